/** One ingest run: the named logs, oldest first, into the store; what was read before is not read again. */

import {detect} from '../dialect/detect.js'
import {findLogs} from '../input/find-logs.js'
import {bytesOf} from '../input/fingerprint.js'
import type {InputFailure} from '../input/input-failure.js'
import {JournalExport, looksLikeJournalExport} from '../input/journal-export.js'
import {LineSplitter} from '../input/line-splitter.js'
import type {LogFamily, LogPart} from '../input/log-part.js'
import {readBlocks} from '../input/read-part.js'
import type {StreamLines} from '../input/read-stream.js'
import {until} from '../input/until.js'
import {type ClockOptions, type ClockState, PartClock} from '../mail/clock.js'
import type {LogLine} from '../mail/log-line.js'
import type {Connection} from '../store/database.js'
import type {PartRow} from '../store/parts.js'
import {beginningsOf} from '../store/reach.js'
import {refreshVolumes} from '../store/volumes.js'
import type {IngestOptions, IngestResult, SourceSummary} from './options.js'
import {type BatchProgress, PartRun} from './part-run.js'
import {afterTorn, continues, headOf, sampleLines, tailBefore} from './recognise.js'
import {retime} from './retime.js'
import {retract} from './retract.js'
import {Session} from './session.js'

/** Dialects whose lines prove nothing about the MTA's own log being there. */
const NO_MAIL = new Set(['php-mail', 'access'])
const DAY = 86_400_000

interface Prepared {
  readonly family: LogFamily
  readonly dialect: string
  readonly why: string
}

/** A part that is being read. */
export interface Reading {
  readonly id: number
  readonly run: PartRun
  readonly clock: PartClock
  readonly dialect: string
  from: number
  end: number
}

/** Where a commit leaves a part. */
export interface Standing {
  readonly path: string
  /** The file as it was when it was read to its end; null while there may be more in it. */
  readonly done: LogPart | null
  readonly failure: InputFailure | null
  /** Hash of the bytes before the read position where the reader knows it; else worked out from what was read. */
  readonly tail?: string | null
  /** UTC milliseconds up to which lines may be missing after a failure; null: an hour. */
  readonly missingUntil?: number | null
}

/** Sampled lines that tell a dialect; a short newest part is judged together with older ones. */
const TELLING_LINES = 100

/** A few lines of a main log may all be refusals, and a part of a reject log may begin in the middle of a block: the name tells. */
function namedKind(base: string, format: string): string {
  const name = base.slice(base.lastIndexOf('/') + 1)
  if (/reject/i.test(name) && /^(?:exim|auto)/.test(format)) return 'exim-rejectlog'
  return /main/i.test(name) && /^exim-/.test(format) ? 'exim' : format
}

/** A stream's waiting lines are committed at least this often, milliseconds. */
const COMMIT_EVERY = 1_000

export class Ingest {
  session: Session
  private readonly failures: InputFailure[] = []
  private readonly sources: SourceSummary[] = []
  private readonly clocks = new Map<number, ClockState>()
  private readonly sum = {
    lines: 0,
    bytes: 0,
    events: 0,
    ignored: 0,
    unknown: 0,
    continuation: 0,
    repeated: 0,
    truncated: 0,
  }
  /** Times that were provisional may be told better now: IDs told a zone, or new times are provisional. */
  private anchored = false
  private readonly runs = new Set<PartRun>()
  private unchanged = 0
  /** Files are being written: the unfinished last line of an active part is left for later. */
  live = false
  private readBytes = 0
  private totalBytes = 0

  constructor(
    db: Connection,
    private readonly options: IngestOptions,
  ) {
    this.session = new Session(db)
    if (options.subjects === false) this.session.leaveSubjectsOut()
  }

  /** `auto`, or the dialect that was named for every path. */
  get format(): string {
    return this.options.format
  }

  /** Reads everything that the paths name. Problems with single files are values in the result. */
  async run(): Promise<IngestResult> {
    const found = findLogs(this.options.paths)
    const expected = (failure: InputFailure): boolean => this.live && /^(?:ENOENT|NO_MATCH)$/.test(failure.code)
    this.failures.push(...found.failures.filter((failure) => !expected(failure)))
    const prepared: Prepared[] = []
    for (const family of found.families) prepared.push(await this.prepare(family))
    this.totalBytes = prepared.reduce(
      (sum, {family}) => sum + family.parts.reduce((bytes, part) => bytes + part.size, 0),
      0,
    )
    // Scripts' own logs first: a message then meets the call that made it when it is written.
    const order = [
      ...prepared.filter(({dialect}) => NO_MAIL.has(dialect)),
      ...prepared.filter(({dialect}) => !NO_MAIL.has(dialect)),
    ]
    for (const one of order) await this.family(one)
    this.finish()
    return this.result()
  }

  /** Reads a stream that has no file: what the store already holds of it is recognised line by line. */
  async stream(
    name: string,
    {lines: batches, format, failures, ended}: StreamLines,
    notAfter: number,
  ): Promise<IngestResult> {
    let reading: Reading | null = null
    let dialect = this.options.format === 'auto' ? (format ?? 'auto') : this.options.format
    let why = format === null ? 'named by --format' : 'told by its first bytes'
    for await (const lines of inTime(batches, () => (reading?.run.waiting ?? 0) > 0, this.options.signal)) {
      if (lines === null) {
        if (reading !== null) this.commit(reading, {path: name, done: null, failure: null})
        continue
      }
      if (reading === null) {
        if (dialect === 'auto') ({format: dialect, why} = detect(lines.slice(0, 400).map((line) => line.text)))
        reading = this.begin(
          name,
          {path: name, mtimeMs: notAfter, raw: '', date: null},
          dialect,
          `stream ${this.options.subjects === false ? '' : (lines[0]?.text.slice(0, 200) ?? '')}`,
          null,
        )
      }
      for (const line of lines) this.sum.bytes += line.bytes
      if (reading.run.push(lines)) this.commit(reading, {path: name, done: null, failure: null})
    }
    const failure = ended()
    this.failures.push(...failures(), ...(failure === null ? [] : [failure]))
    if (reading !== null) this.close(reading, {path: name, done: null, failure}, why)
    this.finish()
    return this.result()
  }

  result(): IngestResult {
    const {messages, deliveries, rejections} = this.session.total
    return {
      ...this.sum,
      messages,
      deliveries,
      rejections,
      sources: this.sources,
      failures: this.failures,
      unchanged: this.unchanged,
    }
  }

  /** Forgets all that is remembered of the store, because somebody else wrote to it. Nothing may wait for a commit, and no part be read. */
  renew(): void {
    const {db, total, accounts, writer} = this.session
    writer.rest()
    this.session = new Session(db)
    Object.assign(this.session.total, total)
    this.session.accounts.given = accounts.given
    this.clocks.clear()
  }

  /** Ends a run: what was read before its zone or year was known is told again, and the key index is put in order. */
  finish(): void {
    const {parts} = this.session
    for (const {stream, server} of this.anchored ? parts.provisional() : []) {
      if (!retime(this.session, stream, {zone: this.options.zoneOf(server), year: this.options.year})) continue
      for (const run of this.runs) run.retimed()
    }
    this.anchored = false
    this.session.writer.rest()
    this.session.db.transaction(() => this.session.writer.mergeSegments()).immediate()
    if (this.options.leaveVolumes !== true) refreshVolumes(this.session.db)
    this.session.db.pragma('optimize')
  }

  private async prepare(family: LogFamily): Promise<Prepared> {
    if (this.options.format !== 'auto') return {family, dialect: this.options.format, why: 'named by --format'}
    const known = this.session.parts.dialectOf(family.base)
    if (known !== null && known !== 'auto') return {family, dialect: known, why: 'as in its earlier parts'}
    const lines: string[] = []
    for (const part of [...family.parts].reverse()) {
      const {sample} = await headOf(part)
      if (looksLikeJournalExport(sample)) return {family, dialect: 'journal', why: "it is journald's export format"}
      if (sample.length > 0) lines.push(...sampleLines(sample))
      if (lines.length >= TELLING_LINES) break
    }
    const {format, why} = detect(lines)
    return {family, dialect: namedKind(family.base, format), why}
  }

  private async family({family, dialect, why}: Prepared): Promise<void> {
    let before: {id: number; part: LogPart} | null = null
    for (const part of family.parts) {
      if (this.options.signal?.aborted) return
      const id: number | null = await this.part(family, part, dialect, why, before?.id ?? null)
      if (id !== null) {
        if (before !== null && before.id !== id && this.adjacent(before.part, part, id))
          this.session.parts.follows(id, before.id)
        before = {id, part}
      } else if (part.size > 0) before = null
      this.readBytes += part.size
    }
  }

  /** Whether nothing can lie between two parts: neighbouring numbers, or a part that begins when the one before was rotated away. */
  private adjacent(older: LogPart, newer: LogPart, newerId: number): boolean {
    const a = older.rotation
    const b = newer.rotation
    if (a.kind === 'number')
      return (
        (b.kind === 'number' && a.number !== null && b.number === a.number - 1) ||
        (b.kind === 'active' && (a.number === 1 || a.number === 0))
      )
    if (a.kind === 'date' && a.date !== null) {
      const first = Math.min(...beginningsOf(this.session.db, newerId))
      const after = first - a.date
      return after > -1.1 * DAY && after < 1.5 * DAY
    }
    return false
  }

  /** Reads what is new in one part; its number in the store, or null where it could not be read or is empty. */
  private async part(
    family: LogFamily,
    part: LogPart,
    dialect: string,
    why: string,
    previous: number | null,
  ): Promise<number | null> {
    const {parts} = this.session
    const written = this.live && part.rotation.kind === 'active' && part.codec === 'plain'
    const same = written ? null : parts.unchanged(part.dev, part.ino, part.size, part.mtimeMs)
    if (same !== null) {
      this.unchanged++
      return same
    }
    const {hash, sample, failure: unread} = await headOf(part, 64 * 1024)
    if (hash === null) {
      // A file that was renamed or deleted since it was listed: the follower looks again.
      if (unread !== null && !(this.live && unread.code === 'ENOENT')) this.failures.push(unread)
      return null
    }
    const exports = looksLikeJournalExport(sample)
    const {known, from} = await this.resume(part, written, [...parts.withHead(hash), ...parts.unfinished()], exports)
    const reading = this.begin(
      family.base,
      {path: part.path, mtimeMs: part.mtimeMs, raw: part.rotation.raw, date: part.rotation.date},
      dialect,
      hash,
      known,
      previous,
    )
    if (from !== reading.from) reading.run.position = reading.from = reading.end = from
    const exported = exports ? new JournalExport(part.path, reading.from) : null
    const splitter = exported ?? new LineSplitter({from: reading.from})
    const reader = readBlocks(
      part,
      this.options.signal ? {from: reading.from, signal: this.options.signal} : {from: reading.from},
    )
    for await (const block of reader) this.feed(reading, block, splitter, part)
    const gone = this.live && reader.failure?.code === 'ENOENT'
    const failure = gone ? null : reader.failure
    // What was broken off in the middle of a line, or is being written, goes on there later.
    const stopped = this.options.signal?.aborted === true
    const held = exported === null && splitter instanceof LineSplitter ? splitter.heldBytes : 1
    const last = stopped || written ? null : splitter.end()
    if (last) reading.run.push([last])
    if (exported) this.failures.push(...exported.failures)
    if (failure !== null) this.failures.push(failure)
    const done = stopped || gone || (written && held > 0) ? null : part
    // A file that was touched, or copied, and has nothing new: what was read of it is known by the same bytes as before.
    const tail = reading.end === reading.from ? await tailBefore(part, reading.from) : undefined
    this.close(reading, {path: part.path, done, failure, ...(tail === undefined ? {} : {tail})}, why)
    if (reading.run.counts.lines === 0 && reading.run.counts.repeated === 0) this.unchanged++
    return reading.id
  }

  /** The part as the store knows it, and where to go on in it: before a last line that was read unfinished and goes on. */
  private async resume(
    part: LogPart,
    written: boolean,
    candidates: readonly PartRow[],
    exports: boolean,
  ): Promise<{known: PartRow | null; from: number}> {
    const found = await continues(part, candidates)
    if (found === null) return {known: null, from: 0}
    const {row, torn} = found
    // An entry of journald's export format ends with an empty line.
    const open = exports && !(await bytesOf(part, row.position - 2, row.position)).bytes.equals(Buffer.from('\n\n'))
    if (!torn && !open) return {known: row, from: row.position}
    const {offset, retractTo} = await afterTorn(part, row, written)
    if (retractTo === null && !open) return {known: row, from: offset}
    if (open && (await bytesOf(part, row.position, row.position + 1)).bytes.length === 0)
      return {known: row, from: row.position}
    retract(this.session, row.id, open ? 0 : offset, open ? '' : (retractTo ?? ''))
    return {known: {...row, position: open ? 0 : offset}, from: open ? 0 : offset}
  }

  /** Makes ready to read a part from its beginning, or from where `known` was left. */
  begin(
    base: string,
    at: {path: string; mtimeMs: number; raw: string; date: number | null},
    dialect: string,
    hash: string,
    known: PartRow | null,
    previous: number | null = null,
  ): Reading {
    const {parts, db} = this.session
    const ids = db
      .transaction(() => {
        const stream = known?.stream ?? parts.stream(base)
        return {stream, id: known?.id ?? parts.add(stream, at.path, dialect, hash, at.raw)}
      })
      .immediate()
    const pathServer = this.options.server ?? this.options.serverOfPath(at.path)
    const zone = this.options.zoneOf(pathServer ?? this.options.defaultServer)
    const options: ClockOptions = {
      zone,
      assumedZone: this.options.assumedZone,
      year: this.options.year,
      notAfter: at.date !== null ? Math.min(at.date + 1.5 * DAY, at.mtimeMs) : at.mtimeMs,
      neighbour:
        this.clocks.get(ids.stream) ??
        parts.clockOf(ids.stream) ??
        parts.clockOfServer(pathServer ?? this.options.defaultServer),
    }
    const clock = new PartClock(options)
    if (known?.clock) clock.resume(JSON.parse(known.clock) as ClockState)
    const run = new PartRun(this.session, {
      part: ids.id,
      stream: ids.stream,
      dialect: known?.dialect ?? dialect,
      clock,
      previous,
      subjects: this.options.subjects ?? true,
      mail: !NO_MAIL.has(known?.dialect ?? dialect),
      serverOf: (host) =>
        this.options.server ??
        (host !== null ? this.options.serverOfHost(host) : (pathServer ?? this.options.defaultServer)),
    })
    const from = known?.position ?? 0
    run.position = from
    this.runs.add(run)
    return {id: ids.id, run, clock, dialect: known?.dialect ?? dialect, from, end: from}
  }

  private feed(reading: Reading, block: Buffer, splitter: LineSplitter | JournalExport, part: {path: string}): void {
    reading.run.saw(block, splitter instanceof LineSplitter)
    reading.end += block.length
    this.sum.bytes += block.length
    const lines: LogLine[] = splitter.push(block)
    if (reading.run.push(lines)) this.commit(reading, {path: part.path, done: null, failure: null})
    this.options.onProgress?.({
      path: part.path,
      bytes: this.readBytes,
      totalBytes: this.totalBytes,
      lines: this.sum.lines + reading.run.counts.lines,
    })
  }

  /** Writes what waits of a part together with its read position. */
  commit(reading: Reading, {path, done, failure, tail, missingUntil}: Standing): void {
    const before = reading.clock.state().source
    reading.run.commit((progress: BatchProgress) => {
      const state = reading.clock.state()
      this.session.parts.progress({
        id: reading.id,
        path,
        tail: (tail === undefined ? reading.run.tailHash(reading.end) : tail) ?? '',
        position: progress.position,
        device: done?.dev ?? null,
        inode: done?.ino ?? null,
        size: done?.size ?? null,
        modified: done?.mtimeMs ?? null,
        rotation: done?.rotation.raw ?? '',
        clock: JSON.stringify(state),
        clockSource: state.source,
        error: failure === null ? null : `${failure.code}: ${failure.message}`,
        added: progress.added,
      })
      if (failure !== null && failure.offset !== null) reading.run.damaged(missingUntil ?? done?.mtimeMs ?? null)
    })
    const {source} = reading.clock.state()
    if (reading.clock.provisional || (source === 'id' && before !== 'id')) this.anchored = true
    this.clocks.set(reading.run.stream, reading.clock.state())
  }

  private close(reading: Reading, standing: Standing, why: string): void {
    this.commit(reading, standing)
    this.conclude(reading, standing.path, why)
  }

  /** Adds a part's counts to the summary. */
  conclude({run, dialect}: Reading, path: string, why: string): void {
    this.runs.delete(run)
    const {counts} = run
    for (const key of ['lines', 'events', 'ignored', 'unknown', 'continuation', 'repeated', 'truncated'] as const)
      this.sum[key] += counts[key]
    if (counts.lines === 0 && counts.repeated === 0) return
    this.sources.push({
      path,
      dialect,
      server: run.servers.size === 1 ? ([...run.servers][0] ?? null) : null,
      lines: counts.lines,
      unknown: counts.unknown,
      from: run.from,
      to: run.to,
      why,
    })
  }

  /** Remembers a problem for the summary. */
  failed(failure: InputFailure): void {
    this.failures.push(failure)
  }

  /** Bytes that were read outside of {@link run}, for progress and summary. */
  counted(path: string, bytes: number, lines: number): void {
    this.sum.bytes += bytes
    this.options.onProgress?.({path, bytes: this.sum.bytes, totalBytes: this.sum.bytes, lines})
  }
}

/** The batches as they come, and null where some wait and a second has passed. Ends early when the signal fires. */
async function* inTime<T>(
  batches: AsyncIterable<T>,
  waiting: () => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<T | null> {
  const iterator = until(batches, signal)
  let next = iterator.next()
  let timer: ReturnType<typeof setTimeout> | null = null
  let due: Promise<'due'> | null = null
  try {
    for (;;) {
      if (due === null && waiting())
        due = new Promise((resolve) => (timer = setTimeout(() => resolve('due'), COMMIT_EVERY)))
      const first = await (due === null ? next : Promise.race([next, due]))
      if (first === 'due') {
        due = null
        yield null
      } else if (first.done) return
      else {
        next = iterator.next()
        next.catch(() => {})
        yield first.value
      }
    }
  } finally {
    if (timer) clearTimeout(timer)
  }
}
