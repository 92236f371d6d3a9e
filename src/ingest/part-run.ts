/** One part of a log read into the store: lines -> events -> threads, committed batch by batch together with the read position. */

import {createHash} from 'node:crypto'
import {type Assembled, Assembler} from '../dialect/assembler.js'
import {parseEximText} from '../dialect/exim/log.js'
import {parserFor} from '../dialect/log.js'
import type {Entry} from '../life/life.js'
import type {Anchor, PartClock} from '../mail/clock.js'
import type {MailEvent, Parsed} from '../mail/event.js'
import {hash53} from '../mail/hash.js'
import type {LogLine} from '../mail/log-line.js'
import {EXIM_ID_IN_TEXT, eximId, postfixLongId, queueIdInMessageId} from '../mail/queue-id.js'
import type {Stamp} from '../mail/stamp.js'
import {BYTES_A_BLOCK, LINES_A_BLOCK, lineReference, type StoredLine} from '../store/block.js'
import type {FoundLine} from '../store/evidence.js'
import type {PartCounts, Stretch} from '../store/parts.js'
import {blocksAlongside} from '../store/reach.js'
import type {LooseKind} from '../store/writer.js'
import {commitThreads} from './commit.js'
import {refusalText} from './refusal.js'
import type {Session} from './session.js'
import {WithoutSubjects} from './without-subjects.js'

/** Raw bytes after which a batch is committed. */
const BATCH_BYTES = 512 * 1024
/** A time without lines that is worth remembering, milliseconds. */
const SILENCE = 600_000
/** A daemon start this near to the end of a silence explains it, milliseconds. */
const START_NEAR = 15_000
/** Bytes before the read position whose hash says that it is the same file. */
export const TAIL_BYTES = 4096

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

interface OpenSilence {
  readonly server: number
  readonly first: number
  readonly last: number
  explained: boolean
}

interface OpenBlock {
  id: number
  lines: StoredLine[]
  bytes: number
  wallFirst: number
  wallLast: number
}

type OpenEntry = {-readonly [K in keyof Entry]: Entry[K]}

/** What a commit writes beside the lives: everything about the part itself. */
export interface BatchProgress {
  readonly position: number
  readonly added: PartCounts
}

export class PartRun {
  private lines: LogLine[] = []
  private bytes = 0
  private readonly assembler = new Assembler()
  private readonly parse: (line: string) => Parsed
  private readonly mask: WithoutSubjects | null
  /** Lines that an earlier run stored without their subjects are known by it. */
  private readonly bare: WithoutSubjects | null
  private readonly latest = new Map<number, {at: number; stopped: boolean}>()
  private readonly silences: OpenSilence[] = []
  /** The entry that lines to come may add to. */
  private latestEntry: {assembled: Assembled; entry: OpenEntry} | null = null
  private tail: Buffer = Buffer.alloc(0)
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
  from: number | null = null
  to: number | null = null
  readonly servers = new Set<string>()

  constructor(
    private readonly session: Session,
    private readonly options: PartRunOptions,
  ) {
    this.parse = parserFor(options.dialect)
    this.mask = options.subjects === false ? new WithoutSubjects(this.parse) : null
    this.bare = !this.mask && session.subjectsLeftOut ? new WithoutSubjects(this.parse) : null
    for (const {server, last} of session.parts.lastOf(options.part)) this.latest.set(server, {at: last, stopped: false})
  }

  /** Takes lines in order; true when a batch is full and `commit` should be called. */
  push(lines: readonly LogLine[]): boolean {
    for (const line of lines) {
      this.lines.push(this.mask ? {...line, text: this.mask.line(line.text)} : line)
      this.bytes += line.bytes
    }
    return this.bytes >= BATCH_BYTES
  }

  /** Remembers the raw bytes just read, for the hash before the read position. */
  saw(block: Buffer): void {
    this.tail = block.length >= 2 * TAIL_BYTES ? Buffer.from(block) : Buffer.concat([this.tail, block])
    if (this.tail.length > 4 * 1024 * 1024)
      this.tail = Buffer.from(this.tail.subarray(this.tail.length - 2 * 1024 * 1024))
  }

  /** Hash of the bytes before `position`, where `end` is the offset after the last byte seen; null where they are gone. */
  tailHash(end: number): string | null {
    const stop = this.tail.length - (end - this.position)
    const start = Math.max(0, stop - TAIL_BYTES)
    if (stop <= 0 || stop > this.tail.length || (stop - start < TAIL_BYTES && stop - start < this.position)) return null
    return createHash('sha256').update(this.tail.subarray(start, stop)).digest('hex').slice(0, 32)
  }

  get stream(): number {
    return this.options.stream
  }

  /** The part broke off: what followed is a gap up to its file time (an hour where that says nothing). Call inside the commit. */
  damaged(modified: number | null): void {
    for (const [server, {at}] of this.latest) {
      const until = modified !== null && modified > at && modified - at < 8 * 86_400_000 ? modified : at + 3_600_000
      this.session.parts.gap(server, this.options.stream, at, until, 'unreadable')
    }
  }

  /** Forgets the times of lines before, which were worked out anew. */
  retimed(): void {
    this.latestEntry = null
    for (const {server, last} of this.session.parts.lastOf(this.options.part))
      this.latest.set(server, {at: last, stopped: this.latest.get(server)?.stopped ?? false})
  }

  get waiting(): number {
    return this.lines.length
  }

  /** Writes the waiting lines and calls `also` for the part's own row, all in one transaction. */
  commit(also: (progress: BatchProgress) => void): void {
    const {session} = this
    const lines = this.lines
    this.lines = []
    this.bytes = 0
    const before = {...this.counts}
    let latest = Number.NEGATIVE_INFINITY
    session.db
      .transaction(() => {
        const times = lines.length > 0 ? this.take(lines) : []
        for (const time of times) if (time > latest) latest = time
        const last = lines[lines.length - 1]
        if (last) this.position = last.offset + last.bytes
        const tally = commitThreads(session)
        session.total.messages += tally.messages
        session.total.deliveries += tally.deliveries
        session.total.rejections += tally.rejections
        for (const {server, first, last: until, explained} of this.silences)
          session.parts.silence(server, this.options.stream, first, until, explained)
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
    if (this.silences.length > 1) this.silences.splice(0, this.silences.length - 1)
    session.committed(latest)
  }

  /** Parses, times, stores and routes one batch; returns each line's UTC time. */
  private take(lines: readonly LogLine[]): number[] {
    const parsed: Parsed[] = new Array(lines.length)
    const stamps: (Stamp | null)[] = new Array(lines.length)
    const anchors: Anchor[] = []
    let wallFirst = Number.POSITIVE_INFINITY
    let wallLast = Number.NEGATIVE_INFINITY
    for (let i = 0; i < lines.length; i++) {
      const one = this.parse((lines[i] as LogLine).text)
      parsed[i] = one
      const stamp = stampOf(one)
      stamps[i] = stamp
      if (stamp) {
        if (stamp.wall < wallFirst) wallFirst = stamp.wall
        if (stamp.wall > wallLast) wallLast = stamp.wall
        if ((one.kind === 'event' || one.kind === 'piece') && (stamp.offset === null || stamp.yearless)) {
          const utc = one.kind === 'event' ? anchorOf(one.event) : anchorOfPiece(one)
          if (utc !== null) anchors.push({index: i, utc})
        }
      }
    }
    const times = this.options.clock.resolve(stamps, anchors)
    const [start] = parsed
    const fresh = this.counts.lines === 0 && this.counts.repeated === 0
    if (fresh && (start?.kind === 'continuation' || start?.kind === 'piece')) {
      const before = this.prime(times[0] ?? 0)
      for (let i = 0; before !== null && i < lines.length && !stamps[i]; i++) times[i] = before
      this.timed ||= before !== null
    }
    this.timed ||= stamps.some((stamp) => stamp !== null)
    const hosts = new Set(parsed.map((one) => hostOf(one)))
    const known = this.knownLines(
      wallFirst,
      wallLast,
      new Set([...hosts].map((host) => this.options.serverOf(host ?? this.host))),
    )
    const stretches = new Map<number, Stretch>()
    const unread = new Map<string, {server: number; hour: number; count: number; reference: number}>()
    let block = this.openBlock()
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as LogLine
      const one = parsed[i] as Parsed
      const at = times[i] as number
      this.counts.lines++
      // Headers of a reject log's block look alike: they are known where the line that they belong to is.
      if (one.kind !== 'continuation') this.repeating = known !== null && this.isKnown(known, line.text)
      if (this.repeating) {
        this.counts.lines--
        this.counts.repeated++
        continue
      }
      const host = hostOf(one)
      if (host !== null) this.host = host
      const name = this.options.serverOf(host ?? this.host)
      const server = this.session.parts.server(name)
      this.servers.add(name)
      if (block.bytes >= BYTES_A_BLOCK || block.lines.length >= LINES_A_BLOCK) {
        this.closeBlock(block)
        block = this.openBlock()
      }
      const reference = lineReference(block.id, block.lines.length)
      if (!(one.kind === 'ignored' && one.foreign === true)) {
        block.lines.push({text: line.text, offset: line.offset, at})
        block.bytes += line.text.length + 1
        const wall = stamps[i]?.wall
        if (wall !== undefined) {
          if (wall < block.wallFirst) block.wallFirst = wall
          if (wall > block.wallLast) block.wallLast = wall
        }
      }
      this.count(one, line, server, at, reference, unread)
      // A file without any stamp proves nothing about any time.
      if (this.timed) this.seen(stretches, server, at, one)
      this.route(one, line.text, server, at, reference)
    }
    this.closeBlock(block)
    for (const [server, stretch] of stretches) this.session.parts.stretch(this.options.part, server, stretch)
    for (const {server, hour, count, reference} of unread.values())
      this.session.parts.unread(server, hour, count, reference)
    return times
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
    for (const {text, reference, at: time} of lines) {
      const step = this.assembler.push(this.parse(text), reference, text)
      if (step.kind !== 'event' && step.kind !== 'added') continue
      const {event, more, times} = step.assembled
      if (step.kind === 'event')
        this.latestEntry = {assembled: step.assembled, entry: {at: time, reference, more, times, event}}
      else if (this.latestEntry) Object.assign(this.latestEntry.entry, {event, more, times})
    }
    return lines.at(-1)?.at ?? null
  }

  private openBlock(): OpenBlock {
    return {
      id: this.session.writer.reserveBlock(),
      lines: [],
      bytes: 0,
      wallFirst: Number.POSITIVE_INFINITY,
      wallLast: Number.NEGATIVE_INFINITY,
    }
  }

  private closeBlock(block: OpenBlock): void {
    if (block.lines.length === 0) return
    const wallFirst = Number.isFinite(block.wallFirst) ? block.wallFirst : 0
    const wallLast = Number.isFinite(block.wallLast) ? block.wallLast : 0
    const {provisional} = this.options.clock
    this.session.writer.putBlock({
      id: block.id,
      part: this.options.part,
      lines: block.lines,
      wallFirst,
      wallLast,
      provisional,
    })
  }

  /** Hashes of lines of other parts that lie in the same time; null where there are none. The same line is stored once. */
  private knownLines(wallFirst: number, wallLast: number, servers: ReadonlySet<string>): Set<number> | null {
    if (wallFirst > wallLast) return null
    const {db, evidence} = this.session
    // Exim writes a refusal into its main and its reject log alike; the reject log's copy is kept, because headers follow it.
    const rejectlog = this.options.dialect === 'exim-rejectlog'
    const blocks = blocksAlongside(db, this.options.part, wallFirst, wallLast, servers, rejectlog)
    if (blocks.length === 0) return null
    const known = new Set<number>()
    const {parse} = this
    for (const id of blocks) {
      // Lines that were stored with their subjects are known without them too.
      const mask = this.mask ? new WithoutSubjects(parse) : null
      for (const {text} of evidence.wholeBlock(id)) {
        known.add(hash53(text))
        if (mask) known.add(hash53(mask.line(text)))
      }
    }
    return known
  }

  private isKnown(known: ReadonlySet<number>, text: string): boolean {
    return known.has(hash53(text)) || (this.bare !== null && known.has(hash53(this.bare.line(text))))
  }

  private count(
    one: Parsed,
    line: LogLine,
    server: number,
    at: number,
    reference: number,
    unread: Map<string, {server: number; hour: number; count: number; reference: number}>,
  ): void {
    if (line.truncated) {
      this.counts.truncated++
      this.session.parts.gap(server, this.options.stream, at - 1_000, at + 1_000, 'line-too-long')
    }
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

  private seen(stretches: Map<number, Stretch>, server: number, at: number, one: Parsed): void {
    if (this.from === null || at < this.from) this.from = at
    if (this.to === null || at > this.to) this.to = at
    const arrival = one.kind === 'event' && isArrival(one.event) ? 1 : 0
    const sign = one.kind === 'event' && one.event.type === 'sign-of-life' ? one.event.sign : null
    const started = sign === 'daemon-started'
    const stretch = stretches.get(server)
    if (stretch) {
      if (at < stretch.first) stretch.first = at
      if (at > stretch.last) stretch.last = at
      stretch.lines++
      stretch.arrivals += arrival
      if (one.kind === 'unknown') stretch.unknown++
      if (started && (stretch.started === null || at < stretch.started)) stretch.started = at
    } else
      stretches.set(server, {
        first: at,
        last: at,
        lines: 1,
        unknown: one.kind === 'unknown' ? 1 : 0,
        arrivals: arrival,
        started: started ? at : null,
      })
    if (!this.options.mail) return
    const before = this.latest.get(server)
    if (before && at - before.at > SILENCE)
      this.silences.push({server, first: before.at, last: at, explained: before.stopped})
    if (started)
      for (const silence of this.silences)
        if (silence.server === server && at - silence.last <= START_NEAR && at >= silence.last) silence.explained = true
    this.latest.set(server, {
      at: before ? Math.max(before.at, at) : at,
      stopped: sign === 'daemon-stopped' || (before?.stopped === true && one.kind === 'ignored'),
    })
  }

  private route(one: Parsed, text: string, server: number, at: number, reference: number): void {
    const {session} = this
    const step = this.assembler.push(one, reference, text)
    if (step.kind === 'added') {
      const entry = this.latestEntry?.assembled === step.assembled ? this.latestEntry.entry : null
      const before = entry === null ? null : {...entry}
      if (entry) {
        entry.event = step.assembled.event
        entry.more = step.assembled.more
        entry.times = step.assembled.times
        if (entry.event.queueId !== null) {
          const thread = session.threads.open(server, entry.event.queueId, at)
          session.threads.add(thread, entry)
        } else if (entry.event.type === 'message-rejected') session.refusalGrew(server, before ?? entry, entry)
        else if (entry.event.type === 'command-run' && entry.event.submission)
          session.writer.putLoose(server, entry.at, reference, 'command-run')
      }
      return
    }
    if (step.kind === 'event') {
      const entry: OpenEntry = {
        at,
        reference,
        more: step.assembled.more,
        times: step.assembled.times,
        event: step.assembled.event,
      }
      this.latestEntry = {assembled: step.assembled, entry}
      this.routeEvent(entry, server)
      return
    }
    if (one.kind === 'unknown' && one.queueId !== null) {
      const event: MailEvent = {
        type: 'text-noted',
        stamp: one.stamp,
        host: one.host,
        pid: null,
        queueId: one.queueId,
        mta: null,
        instance: null,
        text,
      }
      const thread = session.threads.open(server, one.queueId, at)
      session.threads.add(thread, {at, reference, event})
    }
  }

  private routeEvent(entry: Entry, server: number): void {
    const {session} = this
    const {event, at} = entry
    if (event.queueId !== null) {
      const thread = session.threads.open(server, event.queueId, at)
      session.threads.add(thread, entry)
      if (isAdminLine(event)) {
        session.writer.putLoose(server, at, entry.reference, 'queue-swept')
        session.addSweep(server, entry)
      }
      return
    }
    switch (event.type) {
      case 'message-rejected': {
        const key = session.isNewRefusal(server, at, refusalText(entry))
        if (key !== null) session.refusals.push({server, key, entry})
        return
      }
      case 'command-run':
        if (event.submission && event.parent === null) this.loose(server, entry, 'command-run')
        else
          for (const id of event.args.join(' ').match(EXIM_ID_IN_TEXT) ?? [])
            session.threads.add(session.threads.open(server, id, at), entry)
        return
      case 'script-mailed':
        this.loose(server, entry, 'script-mailed')
        return
      case 'origin-identified':
        this.loose(server, entry, 'origin-identified')
        return
      case 'page-requested':
        this.loose(server, entry, 'page-requested')
        return
      case 'client-accepted':
        this.loose(server, entry, 'client-accepted')
        return
      case 'queue-swept':
        session.writer.putLoose(server, at, entry.reference, 'queue-swept')
        session.addSweep(server, entry)
        return
      case 'lines-lost':
        session.parts.gap(server, this.options.stream, at - 60_000, at, 'lines-lost')
        return
      default:
        return
    }
  }

  private loose(server: number, entry: Entry, kind: LooseKind): void {
    this.session.writer.putLoose(server, entry.at, entry.reference, kind)
    // Pieces that syslog cut a line into are read again together or not at all.
    for (const piece of entry.more ?? []) this.session.writer.putLoose(server, entry.at, piece, kind)
    if (kind !== 'page-requested') this.session.newLoose.push({server, entry})
  }
}

export function stampOf(parsed: Parsed): Stamp | null {
  switch (parsed.kind) {
    case 'event':
      return parsed.event.stamp
    case 'ignored':
    case 'unknown':
      return parsed.stamp
    case 'piece':
      return parsed.base.stamp
    case 'continuation':
      return null
  }
}

function hostOf(parsed: Parsed): string | null {
  switch (parsed.kind) {
    case 'event':
      return parsed.event.host
    case 'ignored':
    case 'unknown':
      return parsed.host
    case 'piece':
      return parsed.base.host
    case 'continuation':
      return null
  }
}

/** postsuper's line on one message. */
const isAdminLine = (event: MailEvent): boolean =>
  event.mta === 'postfix' &&
  ((event.type === 'message-removed' && event.by === 'admin') ||
    (event.type === 'message-standing-changed' && event.who === 'postsuper'))

const isArrival = (event: MailEvent): boolean =>
  event.type === 'message-received' || event.type === 'client-accepted' || event.type === 'message-picked-up'

/** The same of a line that syslog cut: its first piece holds the ID. */
function anchorOfPiece(piece: Extract<Parsed, {kind: 'piece'}>): number | null {
  if (piece.index !== 1) return null
  const begun = parseEximText(piece.text, piece.base)
  return begun.kind === 'event' ? anchorOf(begun.event) : null
}

/** The UTC time that a line's own ID states, for lines written at the message's birth. */
function anchorOf(event: MailEvent): number | null {
  if (event.queueId === null) return null
  if (event.type === 'message-received' || event.type === 'message-rejected') {
    const id = eximId(event.queueId)
    return id ? id.second * 1000 : null
  }
  if (event.type === 'client-accepted' || event.type === 'message-picked-up')
    return postfixLongId(event.queueId)?.ms ?? null
  if (event.type === 'message-id-recorded' && event.messageId !== null) {
    const own = queueIdInMessageId(event.messageId)
    return own && own.id === event.queueId ? own.at : null
  }
  return null
}
