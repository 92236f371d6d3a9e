/** The raw bytes of a part around its read position: they prove that a file is the same one, and become the evidence as they are. */

import {createHash} from 'node:crypto'

/** Bytes before the read position whose hash says that it is the same file. */
export const TAIL_BYTES = 4096
/** Bytes kept at most: an endless line must not fill the memory. */
const MOST = 4 * 1024 * 1024

export class PartTail {
  private bytes: Buffer = Buffer.alloc(0)
  private end = 0

  /** Takes the next block read; `position` is the offset up to which the part is stored: what lies well before it is let go. */
  saw(block: Buffer, position: number): void {
    if (this.bytes.length === 0) this.end = position
    const wanted = this.end - position + TAIL_BYTES
    const kept = Math.max(0, Math.min(this.bytes.length, wanted, MOST - block.length))
    this.bytes = Buffer.concat([this.bytes.subarray(this.bytes.length - kept), block])
    this.end += block.length
  }

  /** Hash of the bytes before `position`, where `end` is the offset after the last byte seen; null where they are gone. */
  hash(position: number, end: number): string | null {
    const stop = this.bytes.length - (end - position)
    const start = Math.max(0, stop - TAIL_BYTES)
    if (stop <= 0 || stop > this.bytes.length || (stop - start < TAIL_BYTES && stop - start < position)) return null
    return createHash('sha256').update(this.bytes.subarray(start, stop)).digest('hex').slice(0, 32)
  }

  /** The bytes [from, to) of the part, shared with this object; null where they are not here any more. */
  slice(from: number, to: number): Buffer | null {
    const start = this.end - this.bytes.length
    return from >= start && to <= this.end ? this.bytes.subarray(from - start, to - start) : null
  }
}
