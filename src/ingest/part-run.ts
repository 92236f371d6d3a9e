/** One part of a log read into the store: lines -> events -> threads, committed batch by batch together with the read position. */

import {parserFor} from '../dialect/log.js'
import type {Anchor, PartClock} from '../mail/clock.js'
import type {Parsed} from '../mail/event.js'
import {hash53} from '../mail/hash.js'
import type {LogLine} from '../mail/log-line.js'
import type {Stamp} from '../mail/stamp.js'
import {lineReference} from '../store/block.js'
import type {FoundLine} from '../store/evidence.js'
import type {PartCounts} from '../store/parts.js'
import {BlockBuilder} from './block-builder.js'
import {commitThreads} from './commit.js'
import {knownLines} from './known-lines.js'
import {anchorOf, hostOf, stampOf} from './line-facts.js'
import {PartTail} from './part-tail.js'
import {Presence} from './presence.js'
import {Router} from './router.js'
import type {Session} from './session.js'
import {WithoutSubjects} from './without-subjects.js'

/** Raw bytes after which a batch is committed. */
const BATCH_BYTES = 512 * 1024

export interface PartRunOptions {
  readonly part: number
  readonly stream: number
  readonly dialect: string
  readonly clock: PartClock
  /** The server of a line by the host it names (null in plain Exim logs). */
  readonly serverOf: (host: string | null) => string
  /** The part that was read right before it as its older neighbour, where there is one. */
  readonly previous?: number | null
  /** False: subjects are emptied before a line is parsed, compared or stored. */
  readonly subjects?: boolean
  /** PHP and web logs prove no coverage of mail. */
  readonly mail: boolean
}

/** What a commit writes beside the lives: everything about the part itself. */
export interface BatchProgress {
  readonly position: number
  readonly added: PartCounts
}

/** Where a batch's times come from. */
interface Times {
  readonly stamps: readonly (Stamp | null)[]
  readonly times: number[]
  readonly wallFirst: number
  readonly wallLast: number
}

interface Unread {
  readonly server: number
  readonly hour: number
  count: number
  readonly reference: number
}

/** Lines at the beginning of a part that are taken for the host of those after them. */
const UNNAMED = 64

export class PartRun {
  private lines: readonly LogLine[] = []
  private shared = false
  private bytes = 0
  private readonly parse: (line: string) => Parsed
  private readonly mask: WithoutSubjects | null
  /** Lines that an earlier run stored without their subjects are known by it. */
  private readonly bare: WithoutSubjects | null
  private readonly presence: Presence
  private readonly router: Router
  private readonly tail = new PartTail()
  private verbatim = false
  private host: string | null = null
  /** Some line of the part has a time. */
  private timed = false
  /** The last line was stored before, from another part. */
  private repeating = false
  position = 0
  readonly counts: PartCounts = {
    lines: 0,
    events: 0,
    ignored: 0,
    unknown: 0,
    continuation: 0,
    repeated: 0,
    truncated: 0,
  }
  readonly servers = new Set<string>()

  constructor(
    private readonly session: Session,
    private readonly options: PartRunOptions,
  ) {
    this.parse = parserFor(options.dialect)
    this.mask = options.subjects === false ? new WithoutSubjects(this.parse) : null
    this.bare = !this.mask && session.subjectsLeftOut ? new WithoutSubjects(this.parse) : null
    this.presence = new Presence(session.parts, options.part, options.stream, options.mail)
    this.router = new Router(session, options.stream)
  }

  /** Takes lines in order; true when a batch is full and `commit` should be called. */
  push(lines: readonly LogLine[]): boolean {
    const {mask} = this
    if (this.lines.length === 0 && !mask) {
      this.lines = lines
      this.shared = true
    } else {
      // The list that was pushed is its giver's.
      const own = this.shared ? [...this.lines] : (this.lines as LogLine[])
      for (const line of lines) own.push(mask ? {...line, text: mask.line(line.text)} : line)
      this.lines = own
      this.shared = false
    }
    for (const line of lines) this.bytes += line.bytes
    return this.bytes >= BATCH_BYTES
  }

  /** Remembers the raw bytes just read, before the lines that they complete are pushed. `verbatim`: the lines are pieces of them as they stand. */
  saw(block: Buffer, verbatim: boolean): void {
    this.verbatim = verbatim && !this.mask
    this.tail.saw(block, this.position)
  }

  /** Hash of the bytes before `position`, where `end` is the offset after the last byte seen; null where they are gone. */
  tailHash(end: number): string | null {
    return this.tail.hash(this.position, end)
  }

  get stream(): number {
    return this.options.stream
  }

  /** UTC milliseconds of the first and last line; null where none has a time. */
  get from(): number | null {
    return this.presence.from
  }

  get to(): number | null {
    return this.presence.to
  }

  /** The part broke off: what followed is a gap up to its file time (an hour where that says nothing). Call inside the commit. */
  damaged(modified: number | null): void {
    this.presence.damaged(modified)
  }

  /** Forgets the times of lines before, which were worked out anew. */
  retimed(): void {
    this.router.retimed()
    this.presence.retimed()
  }

  get waiting(): number {
    return this.lines.length
  }

  /** Writes the waiting lines and calls `also` for the part's own row, all in one transaction. */
  commit(also: (progress: BatchProgress) => void): void {
    const {session} = this
    const lines = this.lines
    this.lines = []
    this.shared = false
    this.bytes = 0
    const before = {...this.counts}
    let latest = Number.NEGATIVE_INFINITY
    session.db
      .transaction(() => {
        if (lines.length > 0) latest = this.take(lines)
        const last = lines[lines.length - 1]
        if (last) this.position = last.offset + last.bytes
        const tally = commitThreads(session)
        session.total.messages += tally.messages
        session.total.deliveries += tally.deliveries
        session.total.rejections += tally.rejections
        this.presence.write()
        const added: PartCounts = {
          lines: this.counts.lines - before.lines,
          events: this.counts.events - before.events,
          ignored: this.counts.ignored - before.ignored,
          unknown: this.counts.unknown - before.unknown,
          continuation: this.counts.continuation - before.continuation,
          repeated: this.counts.repeated - before.repeated,
          truncated: this.counts.truncated - before.truncated,
        }
        also({position: this.position, added})
        session.writer.finish()
      })
      .immediate()
    session.committed(latest)
  }

  /** Parses, times, stores and routes one batch; returns the latest UTC time of its lines. */
  private take(lines: readonly LogLine[]): number {
    const parsed: Parsed[] = new Array(lines.length)
    for (let i = 0; i < lines.length; i++) parsed[i] = this.parse((lines[i] as LogLine).text)
    const {stamps, times, wallFirst, wallLast} = this.timesOf(parsed)
    const {part, dialect, stream} = this.options
    const {db, evidence, parts, writer} = this.session
    // A part that begins in the middle of a line, or of an entry: its first lines name no host, but are of the host that the next ones name.
    this.host ??=
      parsed
        .slice(0, UNNAMED)
        .map(hostOf)
        .find((host) => host !== null) ?? null
    const servers = this.serverNames(parsed)
    const masked = this.mask ? () => new WithoutSubjects(this.parse) : null
    const known = knownLines(db, evidence, {part, dialect, wallFirst, wallLast, servers}, masked)
    const unread = new Map<string, Unread>()
    const raw = (from: number, to: number): Uint8Array | null => (this.verbatim ? this.tail.slice(from, to) : null)
    const blocks = new BlockBuilder(writer, part, raw, this.options.clock.provisional)
    let latest = Number.NEGATIVE_INFINITY
    // Most parts have the lines of one server: it is looked up when the host changes.
    let named: string | null | undefined
    let server = 0
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as LogLine
      let one = parsed[i] as Parsed
      const at = times[i] as number
      if (at > latest) latest = at
      // Headers of a reject log's block look alike: they are known where the line that they belong to is.
      if (one.kind !== 'continuation') this.repeating = known !== null && this.isKnown(known, line.text)
      if (this.repeating) {
        this.counts.repeated++
        continue
      }
      this.counts.lines++
      const host = hostOf(one)
      if (host !== null) this.host = host
      if (this.host !== named) {
        named = this.host
        const name = this.options.serverOf(named)
        server = parts.server(name)
        this.servers.add(name)
      }
      const reference = blocks.next()
      if (!(one.kind === 'ignored' && one.foreign === true)) blocks.keep(line, at, stamps[i]?.wall ?? null)
      if (line.truncated) {
        this.counts.truncated++
        parts.gap(server, stream, at - 1_000, at + 1_000, 'line-too-long')
      }
      one = this.unlessFull(one, server)
      this.count(one, server, at, reference, unread)
      // A file without any stamp proves nothing about any time.
      if (this.timed) this.presence.saw(server, at, one)
      this.router.route(one, line.text, server, at, reference)
    }
    blocks.close()
    for (const {server: of, hour, count, reference} of unread.values()) parts.unread(of, hour, count, reference)
    return latest
  }

  /** The UTC time of each line, and the span of the stamps' digits. */
  private timesOf(parsed: readonly Parsed[]): Times {
    const stamps: (Stamp | null)[] = new Array(parsed.length)
    const anchors: Anchor[] = []
    let wallFirst = Number.POSITIVE_INFINITY
    let wallLast = Number.NEGATIVE_INFINITY
    for (let i = 0; i < parsed.length; i++) {
      const one = parsed[i] as Parsed
      const stamp = stampOf(one)
      stamps[i] = stamp
      if (!stamp) continue
      if (stamp.wall < wallFirst) wallFirst = stamp.wall
      if (stamp.wall > wallLast) wallLast = stamp.wall
      if (stamp.offset !== null && !stamp.yearless) continue
      const utc = anchorOf(one)
      if (utc !== null) anchors.push({index: i, utc})
    }
    const times = this.options.clock.resolve(stamps, anchors)
    const [start] = parsed
    const fresh = this.counts.lines === 0 && this.counts.repeated === 0
    if (fresh && (start?.kind === 'continuation' || start?.kind === 'piece')) {
      const before = this.prime(times[0] ?? 0)
      for (let i = 0; before !== null && i < parsed.length && !stamps[i]; i++) times[i] = before
      this.timed ||= before !== null
    }
    this.timed ||= wallFirst <= wallLast
    return {stamps, times, wallFirst, wallLast}
  }

  /** The servers that a batch's lines are of. */
  private serverNames(parsed: readonly Parsed[]): Set<string> {
    const names = new Set<string>()
    let named: string | null | undefined
    for (const one of parsed) {
      const host = hostOf(one) ?? this.host
      if (host === named) continue
      named = host
      names.add(this.options.serverOf(host))
    }
    return names
  }

  /** The first lines go on with what was read before, in an earlier run or in the part before: its last lines are taken up again. */
  private prime(at: number): number | null {
    const {parts, evidence} = this.session
    const lines: FoundLine[] = []
    for (const block of parts.blocksBefore(this.options.part, this.options.previous ?? null, this.options.stream, at)) {
      const own = evidence.wholeBlock(block)
      const start = own.findLastIndex(({text}) => this.parse(text).kind === 'event')
      lines.unshift(
        ...evidence.lines(own.slice(Math.max(0, start)).map((_, i) => lineReference(block, Math.max(0, start) + i))),
      )
      if (start >= 0) break
    }
    for (const {text, reference, at: time} of lines) this.router.prime(this.parse(text), text, time, reference)
    return lines.at(-1)?.at ?? null
  }

  private isKnown(known: ReadonlySet<number>, text: string): boolean {
    return known.has(hash53(text)) || (this.bare !== null && known.has(hash53(this.bare.line(text))))
  }

  /** A line of a message that holds as many as are read of one is counted and kept, and changes no fact; its end is a fact still. */
  private unlessFull(one: Parsed, server: number): Parsed {
    const queueId = one.kind === 'event' ? one.event.queueId : one.kind === 'unknown' ? one.queueId : null
    if (queueId === null || !this.session.threads.isFull(server, queueId)) return one
    if (one.kind === 'event' && /^message-(?:completed|removed)$/.test(one.event.type)) return one
    return {kind: 'unknown', reason: 'message-too-long', stamp: stampOf(one), host: hostOf(one), queueId: null}
  }

  private count(one: Parsed, server: number, at: number, reference: number, unread: Map<string, Unread>): void {
    switch (one.kind) {
      case 'event':
        this.counts.events++
        return
      case 'ignored':
        this.counts.ignored++
        return
      case 'continuation':
      case 'piece':
        this.counts.continuation++
        return
      case 'unknown': {
        this.counts.unknown++
        const hour = Math.floor(at / 3_600_000)
        const key = `${server} ${hour}`
        const known = unread.get(key)
        if (known) known.count++
        else unread.set(key, {server, hour, count: 1, reference})
      }
    }
  }
}
