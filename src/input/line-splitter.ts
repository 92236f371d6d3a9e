/** Blocks of bytes to lines with exact byte offsets: any chunking gives the same lines, and no line is too long for memory. */

import type {LogLine} from '../mail/log-line.js'

/** Longest text kept of one line, in bytes. Exim writes at most 8 KiB a line, rsyslog 8 KiB by default and 2 MiB at most. */
export const LINE_CAP = 256 * 1024

export interface LineSplitterOptions {
  /** Decompressed offset of the first byte that will be pushed; it must be the beginning of a line. Default 0. */
  readonly from?: number
  /** Bytes of a line that are kept. Default {@link LINE_CAP}. */
  readonly cap?: number
}

/** Splits a stream of bytes at `\n`, strips one `\r` before it, and holds the unfinished last line back. */
export class LineSplitter {
  readonly #cap: number
  /** Beginning of the unfinished line, never longer than the cap plus one block. */
  #held = ''
  #heldBytes = 0
  #heldEndsWithReturn = false
  #offset: number
  #cutLines = 0

  constructor(options: LineSplitterOptions = {}) {
    this.#offset = options.from ?? 0
    this.#cap = options.cap ?? LINE_CAP
  }

  /** Byte offset of the line that comes next: everything before it was handed out. */
  get offset(): number {
    return this.#offset
  }

  /** Bytes of the unfinished line that is held back. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** How many lines were longer than the cap so far. */
  get cutLines(): number {
    return this.#cutLines
  }

  /**
   * The lines that this block completes, in order. The block may be reused afterwards. Each text is a string of its own: a piece of the block's
   * would keep all of it alive as long as one message of it waits.
   */
  push(block: Buffer): LogLine[] {
    const lines: LogLine[] = []
    const text = block.toString('latin1')
    let start = 0
    let end = text.indexOf('\n')
    if (end >= 0 && this.#heldBytes > 0) {
      this.#hold(block, 0, end)
      lines.push(this.#finish(1))
      start = end + 1
      end = text.indexOf('\n', start)
    }
    const cap = this.#cap
    let offset = this.#offset
    while (end >= 0) {
      const bytes = end - start + 1
      const last = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end
      const truncated = last - start > cap
      if (truncated) this.#cutLines++
      lines.push({text: block.toString('latin1', start, truncated ? start + cap : last), offset, bytes, truncated})
      offset += bytes
      start = end + 1
      end = text.indexOf('\n', start)
    }
    this.#offset = offset
    if (start < text.length) this.#hold(block, start, text.length)
    return lines
  }

  /** The part is complete: its last line although no line end followed; null where nothing is held. */
  end(): LogLine | null {
    return this.#heldBytes > 0 ? this.#finish(0) : null
  }

  #hold(block: Buffer, start: number, end: number): void {
    if (end === start) return
    const room = this.#cap + 1 - this.#held.length
    if (room > 0) this.#held += block.toString('latin1', start, Math.min(end, start + room))
    this.#heldBytes += end - start
    this.#heldEndsWithReturn = block[end - 1] === 13
  }

  #finish(lineEnd: 0 | 1): LogLine {
    const length = this.#heldBytes - (this.#heldEndsWithReturn ? 1 : 0)
    const truncated = length > this.#cap
    if (truncated) this.#cutLines++
    const line = {
      text: this.#held.slice(0, Math.min(length, this.#cap)),
      offset: this.#offset,
      bytes: this.#heldBytes + lineEnd,
      truncated,
    }
    this.#offset += line.bytes
    this.#held = ''
    this.#heldBytes = 0
    this.#heldEndsWithReturn = false
    return line
  }
}
