/**
 * One log stream as a perpetual source of lines, whatever happens to its files: rename and create, copytruncate, compression,
 * deletion, late writes to the renamed file, files that come and go between two looks. Nothing is lost and nothing read twice, but
 * for one race that no reader can win: with copytruncate, what a program writes between the end of the copy and the truncation.
 */

import {statSync} from 'node:fs'
import type {LogLine} from '../mail/log-line.js'
import {findFamily} from './find-logs.js'
import {bytesOf, FINGERPRINT_BYTES, hashOf, headHashOf, type Position, positionAt, samePrefix} from './fingerprint.js'
import {failureOf, type InputFailure} from './input-failure.js'
import {LineSplitter} from './line-splitter.js'
import {LiveFile} from './live-file.js'
import type {LogPart} from './log-part.js'
import {readBlocks} from './read-part.js'

export type FollowEvent =
  | {
      readonly kind: 'lines'
      readonly base: string
      /** Where the part lay when the lines were read. */
      readonly path: string
      readonly lines: readonly LogLine[]
      /** Where a later run goes on in this part; its headHash and tailHash say which part that is. */
      readonly position: Position
    }
  | {readonly kind: 'rotated'; readonly base: string; readonly path: string; readonly position: Position}
  | {readonly kind: 'failure'; readonly base: string; readonly failure: InputFailure}

/** What is remembered of finished parts, so that their compressed or moved selves are known again. */
const REMEMBERED = 256

const signature = (part: LogPart): string => `${part.dev}:${part.ino}:${part.size}:${part.mtimeMs}`

/** Follows one stream; {@link StreamFollower.poll} is one look at it. */
export class StreamFollower {
  readonly base: string
  readonly #quietPolls: number
  #active: LiveFile | null = null
  #rotated: LiveFile[] = []
  /** Truncated files whose copy has not been found yet. */
  #lost: {file: LiveFile; polls: number}[] = []
  #known: Position[] = []
  readonly #settled = new Set<string>()
  readonly #seenOnce = new Set<string>()
  readonly #told = new Set<string>()

  /** `quietPolls`: how many looks without new bytes end a rotated file. */
  constructor(base: string, quietPolls = 5) {
    this.base = base
    this.#quietPolls = quietPolls
  }

  /**
   * Before the first poll. Without `resume` the active file is read from its beginning and rotated parts count as read; with it
   * each part is read from where it was left, parts newer than those whole, older ones not.
   */
  async start(resume?: readonly Position[]): Promise<void> {
    const parts = findFamily(this.base).family.parts.filter((p) => p.rotation.kind !== 'active')
    if (resume === undefined) {
      for (const part of parts) await this.#settle(part)
      return
    }
    this.#known = [...resume]
    const matches: boolean[] = []
    for (const part of parts) matches.push((await this.#match(part, this.#known)) !== null)
    const first = matches.indexOf(true)
    const active = findFamily(this.base).family.parts.find((p) => p.rotation.kind === 'active')
    const fresh = first < 0 && active !== undefined && (await this.#match(active, this.#known)) !== null
    const older = fresh ? parts.length : Math.max(0, first)
    for (const part of parts.slice(0, older)) await this.#settle(part)
  }

  async #settle(part: LogPart): Promise<void> {
    this.#settled.add(signature(part))
    if (part.codec === 'plain' && part.size > 0) this.#remember(await positionAt(part, part.size))
  }

  /** Looks once at all files of the stream and gives what is new, rotated parts first. */
  async *poll(): AsyncGenerator<FollowEvent, void> {
    for (const file of this.#rotated) yield* this.#drain(file)
    yield* this.#checkActive()
    const {family, failures} = findFamily(this.base)
    for (const failure of failures) yield* this.#tell(failure)
    for (const part of family.parts) if (part.rotation.kind !== 'active') yield* this.#consider(part)
    yield* this.#giveUpLost()
    const active = family.parts.find((p) => p.rotation.kind === 'active')
    if (!this.#active && active) yield* this.#open(active)
    if (this.#active) yield* this.#drain(this.#active)
    yield* this.#retire()
  }

  /** Closes all files; unfinished last lines stay unread for the next run. */
  close(): void {
    for (const file of [this.#active, ...this.#rotated, ...this.#lost.map((l) => l.file)]) file?.close()
    this.#active = null
    this.#rotated = []
    this.#lost = []
  }

  *#drain(file: LiveFile): Generator<FollowEvent> {
    let any = false
    try {
      for (let read = file.read(); read.kind === 'lines'; read = file.read()) {
        any = true
        if (read.lines.length > 0) yield this.#lines(file, read.lines)
      }
    } catch (error) {
      yield* this.#tell(failureOf(file.path, error, file.offset))
    }
    file.quiet = any ? 0 : file.quiet + 1
  }

  #lines(file: LiveFile, lines: readonly LogLine[]): FollowEvent {
    return {kind: 'lines', base: this.base, path: file.path, lines, position: file.linePosition}
  }

  *#checkActive(): Generator<FollowEvent> {
    const file = this.#active
    if (!file) return
    let here = false
    try {
      const stat = statSync(this.base)
      here = stat.dev === file.dev && stat.ino === file.ino
    } catch {
      here = false // gone for now: a rename without its create yet, or deleted
    }
    const read = this.#tryRead(file)
    if (read?.lines.length) yield this.#lines(file, read.lines)
    if (here && read?.kind !== 'replaced' && read !== null) return
    this.#active = null
    if (read?.kind === 'replaced') {
      this.#lost.push({file, polls: 0})
      return
    }
    yield* this.#drain(file)
    file.quiet = 0
    this.#rotated.push(file)
    yield {kind: 'rotated', base: this.base, path: file.path, position: file.linePosition}
  }

  /** null where the descriptor has gone stale (a network file system gave the inode away). */
  #tryRead(file: LiveFile): ReturnType<LiveFile['read']> | null {
    try {
      return file.read()
    } catch {
      return null
    }
  }

  /**
   * Each problem once. A file that was listed and is gone when it is opened was renamed: the next look finds it. Where it was deleted unread, no part
   * follows the one before, and coverage has the gap.
   */
  *#tell(failure: InputFailure): Generator<FollowEvent> {
    if (failure.code === 'ENOENT') return
    const key = `${failure.path} ${failure.code}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    yield {kind: 'failure', base: this.base, failure}
  }

  async *#open(part: LogPart): AsyncGenerator<FollowEvent, void> {
    try {
      const back = this.#rotated.findIndex((f) => f.dev === part.dev && f.ino === part.ino)
      const [file] = back < 0 ? [] : this.#rotated.splice(back, 1)
      const known = file ? null : await this.#match(part, this.#known)
      this.#active = file ?? new LiveFile(this.base, known?.offset ?? 0)
      this.#active.path = this.base
      if (known) this.#known = this.#known.filter((k) => k !== known)
    } catch (error) {
      yield* this.#tell(failureOf(this.base, error))
    }
  }

  /** The longest of the positions that this part continues; `shorter` ones only where none does. */
  async #match(part: LogPart, positions: readonly Position[]): Promise<Position | null> {
    const {bytes} = await bytesOf(part, 0, FINGERPRINT_BYTES)
    const head = headHashOf(bytes)
    for (const position of [...positions].sort((a, b) => b.offset - a.offset)) {
      if (position.offset === 0 || (head !== null && position.headHash !== null && head !== position.headHash)) continue
      if (position.offset <= bytes.length) {
        if (hashOf(bytes.subarray(0, position.offset)) === position.tailHash) return position
      } else if (bytes.length === FINGERPRINT_BYTES && (await samePrefix(part, position)) === 'same') return position
    }
    return null
  }

  /** A rotated part that is not settled: ours under another name, a copy, compressed, or one we never saw. */
  async *#consider(part: LogPart): AsyncGenerator<FollowEvent, void> {
    const mark = signature(part)
    if (this.#settled.has(mark) || part.size === 0) return
    const live = [this.#active, ...this.#rotated].find((f) => f?.dev === part.dev && f.ino === part.ino)
    if (live) {
      live.path = part.path
      return
    }
    if (part.codec !== 'plain') {
      if (!this.#seenOnce.has(mark)) {
        this.#seenOnce.add(mark) // perhaps still being written: look again next time
        return
      }
      if (part.twin !== null) return
    }
    const {bytes: head} = await bytesOf(part, 0, FINGERPRINT_BYTES)
    const headHash = headHashOf(head)
    for (const entry of this.#lost) {
      const position = entry.file.readPosition
      const shorter = headHash !== null && headHash === position.headHash
      if ((await this.#match(part, [position])) === null && !shorter) continue
      if ((await samePrefix(part, position)) === 'same') yield* this.#take(part, position.offset, entry.file.splitter)
      else yield* this.#finish(entry.file)
      this.#lost = this.#lost.filter((l) => l !== entry)
      entry.file.close()
      return
    }
    const active = this.#active
    if (active && startsAlike(active.firstBytes(), head)) return // copytruncate is at work: the active file still holds it
    const open = this.#rotated.map((f) => f.readPosition)
    const match = await this.#match(part, [...open, ...this.#known])
    if (match && open.includes(match)) this.#settled.add(mark)
    else if (match) {
      this.#known = this.#known.filter((k) => k !== match)
      yield* this.#take(part, match.offset, null)
    } else if (headHash !== null && [...open, ...this.#known].some((k) => k.headHash === headHash))
      this.#settled.add(mark)
    else yield* this.#take(part, 0, null)
  }

  /** Reads a part from an offset on: a plain one as long as it is written to, a compressed one at once. */
  async *#take(part: LogPart, from: number, carried: LineSplitter | null): AsyncGenerator<FollowEvent, void> {
    if (part.codec === 'plain') {
      try {
        const file = new LiveFile(part.path, from, carried)
        this.#rotated.push(file)
        yield* this.#drain(file)
      } catch (error) {
        yield* this.#tell(failureOf(part.path, error))
      }
      return
    }
    this.#settled.add(signature(part))
    const splitter = carried ?? new LineSplitter({from})
    const reading = readBlocks(part, {from})
    const {bytes: head} = await bytesOf(part, 0, FINGERPRINT_BYTES)
    let tail = (await bytesOf(part, Math.max(0, from - FINGERPRINT_BYTES), from)).bytes
    const at = (offset: number): Position => ({
      offset,
      headHash: headHashOf(head),
      tailHash: offset > 0 ? hashOf(tail) : null,
    })
    let last: LogLine[] = []
    for await (const block of reading) {
      const lines = splitter.push(block)
      tail = Buffer.from(Buffer.concat([tail, block]).subarray(-FINGERPRINT_BYTES))
      // the position is told with the last lines only: before, a later run reads this part again
      if (last.length > 0) yield {kind: 'lines', base: this.base, path: part.path, lines: last, position: at0(head)}
      last = lines
    }
    const rest = splitter.end()
    if (rest) last.push(rest)
    const position = at(reading.offset)
    if (last.length > 0) yield {kind: 'lines', base: this.base, path: part.path, lines: last, position}
    this.#remember(position)
    if (reading.failure) yield* this.#tell(reading.failure)
  }

  *#giveUpLost(): Generator<FollowEvent> {
    for (const entry of this.#lost) {
      if (entry.polls++ < this.#quietPolls) continue
      const {file} = entry
      yield* this.#finish(file)
      const message = 'the file was truncated and no rotated copy was found; lines written before may be missing'
      const failure = {path: file.path, code: 'TRUNCATED_WITHOUT_COPY', message, offset: file.offset}
      yield {kind: 'failure', base: this.base, failure}
      file.close()
      this.#lost = this.#lost.filter((l) => l !== entry)
    }
  }

  *#retire(): Generator<FollowEvent> {
    if (!this.#active) return
    for (const file of this.#rotated.filter((f) => f.quiet >= this.#quietPolls)) {
      yield* this.#finish(file)
      file.close()
      this.#rotated = this.#rotated.filter((f) => f !== file)
    }
  }

  /** The file will not be written any more: its unfinished last line, and its fingerprint for later. */
  *#finish(file: LiveFile): Generator<FollowEvent> {
    const position = file.readPosition
    const line = file.splitter.end()
    if (line) yield {kind: 'lines', base: this.base, path: file.path, lines: [line], position}
    this.#remember(position)
  }

  #remember(position: Position): void {
    if (position.offset > 0) this.#known = [...this.#known.slice(1 - REMEMBERED), position]
  }
}

const at0 = (head: Buffer): Position => ({offset: 0, headHash: headHashOf(head), tailHash: null})

/** True where the shorter of two beginnings is the beginning of the longer, and neither is empty. */
function startsAlike(a: Buffer, b: Buffer): boolean {
  const length = Math.min(a.length, b.length)
  return length > 0 && a.subarray(0, length).equals(b.subarray(0, length))
}
