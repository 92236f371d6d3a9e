/**
 * Live reading: what is on disk first, then every stream as it grows, through rotations, until told to stop. Facts and read position
 * are committed together, once a second or when a batch is full.
 */

import {statSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {detect} from '../dialect/detect.js'
import {baseOf} from '../input/family.js'
import {findLogs} from '../input/find-logs.js'
import type {Position} from '../input/fingerprint.js'
import {FolderHints, pollEvery} from '../input/follow.js'
import {type FollowEvent, StreamFollower} from '../input/follow-stream.js'
import {isGlob} from '../input/glob.js'
import type {WriterPlace} from '../store/writer-place.js'
import type {Ingest, Reading} from './ingest.js'

export interface FollowOptions {
  readonly signal: AbortSignal
  /** UTC milliseconds now: the time of a file that is gone when its lines are read. */
  readonly now: () => number
  /** Where others may write while this run waits. Default: it keeps the place. */
  readonly place?: WriterPlace
  /** Called after others wrote, before the next look. */
  readonly renewed?: () => void
  /** Milliseconds between looks. Default 1,000. */
  readonly pollMs?: number
  /** Called after each look, when what it found is in the store. `busy`: it found something. */
  readonly looked?: (busy: boolean) => void
}

/** Looks between two searches for streams that are new in folders and patterns. */
const SEARCH_EVERY = 5
/** Parts of one stream that are kept ready; older ones are found again in the store. */
const KEPT_PARTS = 4
/** Commits after which small runs of the key index are merged. */
const MERGE_EVERY = 32

/** A part whose lines come from a follower. */
interface LivePart {
  readonly reading: Reading
  readonly head: string
  readonly why: string
  path: string
  /** Offset of the line that comes next, and the hash of the bytes before it where known. */
  next: number
  tail: string | null
}

/** Reads the paths until the signal fires; then everything that was read is committed. Problems with single files are values in the result. */
export async function followLogs(ingest: Ingest, paths: readonly string[], options: FollowOptions): Promise<void> {
  ingest.live = true
  await ingest.run()
  const following = new Following(ingest, paths, options)
  try {
    await following.until(options.signal)
  } finally {
    following.close()
  }
}

class Following {
  private readonly streams = new Map<string, StreamFollower>()
  private readonly parts = new Map<string, LivePart[]>()
  /** The part that was just rotated away, by stream: what comes next follows it. */
  private readonly rotated = new Map<string, number>()
  private hints: FolderHints | null = null
  private commits = 0
  /** Told to stop while somebody else held the writer's place: nothing waits, and nothing may be written. */
  private stopped = false

  constructor(
    private readonly ingest: Ingest,
    private readonly paths: readonly string[],
    private readonly options: FollowOptions,
  ) {}

  async until(signal: AbortSignal): Promise<void> {
    const pollMs = this.options.pollMs ?? 1000
    for (let look = 0; !signal.aborted; look++) {
      if (look % SEARCH_EVERY === 0) await this.search()
      const busy = await this.look(signal)
      this.options.looked?.(busy)
      await this.rest(pollMs, busy, signal)
    }
  }

  close(): void {
    this.hints?.close()
    for (const stream of this.streams.values()) stream.close()
    this.leaveParts()
    if (!this.stopped) this.ingest.finish()
  }

  /** Every part is committed and found again in the store when more of it comes. */
  private leaveParts(): void {
    for (const parts of this.parts.values())
      for (const part of parts) {
        this.commit(part)
        this.ingest.conclude(part.reading, part.path, part.why)
      }
    this.parts.clear()
  }

  /** Waits, with the writer's place free for others: `prune`, `forget` and `abuse --ack` get their turn. */
  private async rest(pollMs: number, busy: boolean, signal: AbortSignal): Promise<void> {
    const {place} = this.options
    place?.give()
    // A busy log is read once a second; a quiet one is waited for.
    if (busy) await sleep(pollMs, undefined, {signal}).catch(() => {})
    else await pollEvery(pollMs, this.hints ?? undefined)(signal)
    const back = await place?.take(signal)
    if (back === 'stopped') this.stopped = true
    if (back !== 'changed') return
    this.leaveParts()
    this.ingest.renew()
    this.options.renewed?.()
  }

  /** Streams that appeared, and named files that do not exist yet. */
  private async search(): Promise<void> {
    const found = findLogs(this.paths)
    const missing = this.paths.filter(
      (path) => !isGlob(path) && found.failures.some((failure) => failure.path === path && failure.code === 'ENOENT'),
    )
    const bases = [...found.families.map(({base}) => base), ...missing.map((path) => baseOf(path))]
    const before = this.streams.size
    for (const base of bases) {
      if (this.streams.has(base)) continue
      const stream = new StreamFollower(base)
      this.streams.set(base, stream)
      await stream.start(this.positions(base))
    }
    if (this.streams.size === before && this.hints !== null) return
    this.hints?.close()
    this.hints = new FolderHints([...this.streams.keys()])
  }

  /** Where the store left each part of a stream. */
  private positions(base: string): Position[] {
    return this.ingest.session.parts.ofStream(base).map(({position, head, tail}) => ({
      offset: position,
      // A part of one unfinished line has no hash of its first line.
      headHash: head === tail ? null : head,
      tailHash: tail,
    }))
  }

  private async look(signal: AbortSignal): Promise<boolean> {
    let busy = false
    for (const stream of this.streams.values())
      for await (const event of stream.poll()) {
        busy = true
        this.take(event)
        if (signal.aborted) break
      }
    for (const parts of this.parts.values()) for (const part of parts) this.commit(part)
    return busy
  }

  private take(event: FollowEvent): void {
    switch (event.kind) {
      case 'lines':
        this.lines(event)
        return
      case 'rotated': {
        const part = this.parts.get(event.base)?.find(({next}) => next === event.position.offset)
        if (part) this.rotated.set(event.base, part.reading.id)
        return
      }
      case 'failure': {
        this.rotated.delete(event.base)
        this.ingest.failed(event.failure)
        const part = this.parts.get(event.base)?.at(-1)
        if (part && event.failure.offset !== null)
          this.ingest.commit(part.reading, {
            path: part.path,
            done: null,
            failure: event.failure,
            tail: part.tail,
            missingUntil: this.options.now(),
          })
      }
    }
  }

  private lines({base, path, lines, position}: Extract<FollowEvent, {kind: 'lines'}>): void {
    const [first] = lines
    const last = lines.at(-1)
    if (!first || !last) return
    const head = position.headHash ?? position.tailHash ?? ''
    const part =
      this.parts.get(base)?.find((one) => one.head === head && one.next === first.offset) ??
      this.begin(base, path, head, lines)
    part.path = path
    part.next = last.offset + last.bytes
    part.tail = position.offset === part.next ? position.tailHash : null
    this.ingest.counted(path, part.next - first.offset, part.reading.run.counts.lines + lines.length)
    if (part.reading.run.push(lines)) this.commit(part)
  }

  private begin(
    base: string,
    path: string,
    head: string,
    lines: Extract<FollowEvent, {kind: 'lines'}>['lines'],
  ): LivePart {
    const {ingest} = this
    const {parts} = ingest.session
    const offset = lines[0]?.offset ?? 0
    const known = parts.withHead(head).find((row) => row.position === offset && row.position > 0) ?? null
    const dialect = known?.dialect ?? parts.dialectOf(base)
    const detected =
      dialect === null
        ? detect(lines.slice(0, 400).map(({text}) => text))
        : {format: dialect, why: 'as in its earlier parts'}
    const format = ingest.format === 'auto' ? detected.format : ingest.format
    const reading = ingest.begin(base, {path, mtimeMs: this.modified(path), raw: '', date: null}, format, head, known)
    const before = this.rotated.get(base)
    if (before !== undefined && offset === 0 && path === base) {
      parts.follows(reading.id, before)
      this.rotated.delete(base)
    }
    const part: LivePart = {reading, head, why: detected.why, path, next: offset, tail: null}
    const list = this.parts.get(base) ?? []
    this.parts.set(base, list)
    list.push(part)
    const oldest = list.length > KEPT_PARTS ? list.shift() : undefined
    if (oldest) {
      this.commit(oldest)
      ingest.conclude(oldest.reading, oldest.path, oldest.why)
    }
    return part
  }

  private commit(part: LivePart): void {
    if (part.reading.run.waiting === 0) return
    this.ingest.commit(part.reading, {path: part.path, done: null, failure: null, tail: part.tail})
    if (++this.commits % MERGE_EVERY === 0) this.ingest.finish()
  }

  private modified(path: string): number {
    try {
      return statSync(path).mtimeMs
    } catch {
      return this.options.now()
    }
  }
}
