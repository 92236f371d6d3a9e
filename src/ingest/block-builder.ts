/** The lines of one part gathered into the blocks of the evidence. */

import type {LogLine} from '../mail/log-line.js'
import {BYTES_A_BLOCK, LINES_A_BLOCK, lineReference} from '../store/block.js'
import type {StoreWriter} from '../store/writer.js'

/** Gives the raw bytes [from, to) of the part where they are at hand and its lines are pieces of them as they stand; else null. */
export type RawBytes = (from: number, to: number) => Uint8Array | null

const NEWLINE = 10

export class BlockBuilder {
  private id: number
  private lines: LogLine[] = []
  private times: number[] = []
  private bytes = 0
  private wallFirst = Number.POSITIVE_INFINITY
  private wallLast = Number.NEGATIVE_INFINITY

  constructor(
    private readonly writer: StoreWriter,
    private readonly part: number,
    private readonly raw: RawBytes,
    private readonly provisional: boolean,
  ) {
    this.id = writer.reserveBlock()
  }

  /** The reference that the next line will have; call it once before each line, kept or not. */
  next(): number {
    if (this.bytes >= BYTES_A_BLOCK || this.lines.length >= LINES_A_BLOCK) {
      this.close()
      this.id = this.writer.reserveBlock()
    }
    return lineReference(this.id, this.lines.length)
  }

  /** Keeps the line under the reference given by `next`. `wall` is its stamp's digits; null where it has no stamp. */
  keep(line: LogLine, at: number, wall: number | null): void {
    this.lines.push(line)
    this.times.push(at)
    this.bytes += line.text.length + 1
    if (wall === null) return
    if (wall < this.wallFirst) this.wallFirst = wall
    if (wall > this.wallLast) this.wallLast = wall
  }

  /** Hands the block to the writer. */
  close(): void {
    const {lines, times} = this
    if (lines.length === 0) return
    this.writer.putBlock({
      id: this.id,
      part: this.part,
      lines,
      times,
      raw: this.rawText(),
      wallFirst: Number.isFinite(this.wallFirst) ? this.wallFirst : 0,
      wallLast: Number.isFinite(this.wallLast) ? this.wallLast : 0,
      provisional: this.provisional,
    })
    this.lines = []
    this.times = []
    this.bytes = 0
    this.wallFirst = Number.POSITIVE_INFINITY
    this.wallLast = Number.NEGATIVE_INFINITY
  }

  /** The block's text as it stands in the part, where the lines follow one another in it, each whole and ended by a single `\n`. */
  private rawText(): Uint8Array | null {
    const {lines} = this
    let offset = lines[0]?.offset ?? 0
    const from = offset
    for (const line of lines) {
      if (line.offset !== offset || line.truncated) return null
      offset += line.text.length + 1
    }
    const raw = this.raw(from, offset - 1)
    return raw !== null && areLines(raw, from, lines) ? raw : null
  }
}

/** Whether the bytes are these lines: each ends where its line does, and the first and the last are the same. Not all texts are compared: it costs too much. */
function areLines(raw: Uint8Array, from: number, lines: readonly LogLine[]): boolean {
  const first = lines[0]
  const last = lines.at(-1)
  if (!first || !last) return false
  const lastAt = last.offset - from
  if (raw.length !== lastAt + last.text.length) return false
  for (let i = 1; i < lines.length; i++) if (raw[(lines[i] as LogLine).offset - from - 1] !== NEWLINE) return false
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  return bytes.toString('latin1', 0, first.text.length) === first.text && bytes.toString('latin1', lastAt) === last.text
}
