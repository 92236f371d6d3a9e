/** One plain file that is being written: read by its descriptor, so a rename or removal loses nothing; truncation is noticed by content. */

import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import type {LogLine} from '../mail/log-line.js'
import {FINGERPRINT_BYTES, hashOf, headHashOf, type Position} from './fingerprint.js'
import {LineSplitter} from './line-splitter.js'
import {BLOCK_BYTES} from './read-part.js'

export interface LiveRead {
  /** `replaced`: what stands before our offset is not what we read (truncated, or truncated and grown again). */
  readonly kind: 'lines' | 'quiet' | 'replaced'
  readonly lines: LogLine[]
}

/** A file followed by descriptor. Not knowing about names: the follower tells it where it lies now. */
export class LiveFile {
  readonly dev: number
  readonly ino: number
  path: string
  /** Polls without new bytes since it was rotated away. */
  quiet = 0
  readonly #fd: number
  #splitter: LineSplitter
  /** Bytes handed to the splitter. */
  #offset: number
  /** The last bytes before the offset, at most 4 KiB: proof that the file is still the one we read. */
  #overlap: Buffer
  #head: Buffer
  #buffer = Buffer.allocUnsafeSlow(FINGERPRINT_BYTES + BLOCK_BYTES)

  /** Opens without following a FIFO into a wait. Throws the system's error. `splitter` carries an unfinished line over from a truncated file. */
  constructor(path: string, from = 0, splitter: LineSplitter | null = null) {
    this.path = path
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const {dev, ino} = fstatSync(this.#fd)
    this.dev = dev
    this.ino = ino
    this.#offset = from
    this.#splitter = splitter ?? new LineSplitter({from})
    this.#overlap = this.#bytes(Math.max(0, from - FINGERPRINT_BYTES), from)
    this.#head = this.#bytes(0, Math.min(from, FINGERPRINT_BYTES))
  }

  /** Bytes read so far, the held part of an unfinished line included. */
  get offset(): number {
    return this.#offset
  }

  get splitter(): LineSplitter {
    return this.#splitter
  }

  /** The first bytes that were read, at most 4 KiB. */
  get head(): Buffer {
    return this.#head
  }

  /** How far bytes (not lines) were read. */
  get readPosition(): Position {
    return {
      offset: this.#offset,
      headHash: headHashOf(this.#head),
      tailHash: this.#offset > 0 ? hashOf(this.#overlap) : null,
    }
  }

  /** How far whole lines were handed out: where a later run goes on. */
  get linePosition(): Position {
    const offset = this.#splitter.offset
    const headHash = headHashOf(this.#head)
    if (offset === this.#offset) return this.readPosition
    const bytes = this.#bytes(Math.max(0, offset - FINGERPRINT_BYTES), offset)
    return {offset, headHash, tailHash: offset > 0 ? hashOf(bytes) : null}
  }

  /** The first bytes that stand in the file now. */
  firstBytes(): Buffer {
    return this.#bytes(0, FINGERPRINT_BYTES)
  }

  /**
   * The next block's lines. What precedes the offset is read again in the same call and compared, so that bytes of
   * another content are never taken for the continuation.
   */
  read(): LiveRead {
    const overlap = this.#overlap.length
    const got = readSync(this.#fd, this.#buffer, 0, overlap + BLOCK_BYTES, this.#offset - overlap)
    if (got < overlap || !this.#buffer.subarray(0, overlap).equals(this.#overlap)) return {kind: 'replaced', lines: []}
    if (got === overlap) return {kind: 'quiet', lines: []}
    const fresh = this.#buffer.subarray(overlap, got)
    const lines = this.#splitter.push(fresh)
    this.#offset += fresh.length
    if (this.#head.length < FINGERPRINT_BYTES && this.#offset - fresh.length === this.#head.length)
      this.#head = Buffer.concat([this.#head, fresh]).subarray(0, FINGERPRINT_BYTES)
    this.#overlap = Buffer.from(this.#buffer.subarray(Math.max(0, got - FINGERPRINT_BYTES), got))
    return {kind: 'lines', lines}
  }

  close(): void {
    closeSync(this.#fd)
  }

  #bytes(from: number, to: number): Buffer {
    const buffer = Buffer.alloc(Math.max(0, to - from))
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, buffer.length, from))
  }
}
