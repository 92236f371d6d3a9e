/** A block of verbatim lines: compressed, with each line's offset and time, hashed and chained to the block before. */

import {createHash} from 'node:crypto'
import {packNumbers, packText, unpackBytes} from './compression.js'
import {VarintReader, VarintWriter} from './varint.js'

/** Lines in one block at most; a line reference is block * LINES_A_BLOCK + line. */
export const LINES_A_BLOCK = 4096
/** Bytes of text after which a block is closed. */
export const BYTES_A_BLOCK = 256 * 1024

export interface StoredLine {
  /** Verbatim, latin1, without line end. */
  readonly text: string
  /** Byte offset in the decompressed part. */
  readonly offset: number
  /** UTC milliseconds that ingest resolved for it. */
  readonly at: number
}

export interface PackedBlock {
  readonly lines: number
  readonly meta: Buffer
  readonly data: Buffer
  readonly sha256: Buffer
}

export const lineReference = (block: number, line: number): number => block * LINES_A_BLOCK + line
export const blockOf = (reference: number): number => Math.floor(reference / LINES_A_BLOCK)
export const lineOf = (reference: number): number => reference % LINES_A_BLOCK

/** Hash of a block's uncompressed content after the hash of the block before it (empty for the first). */
export function chainHash(before: Uint8Array, text: Uint8Array, meta: Uint8Array): Buffer {
  return createHash('sha256').update(before).update(text).update(meta).digest()
}

/** A block's content before it is compressed. */
export interface PlainBlock {
  readonly lines: number
  readonly text: Uint8Array
  readonly meta: Uint8Array
}

/** Packs lines (at most LINES_A_BLOCK). */
export const packBlock = (lines: readonly StoredLine[], before: Uint8Array): PackedBlock =>
  packPlain(
    plainBlock(
      lines,
      lines.map(({at}) => at),
    ),
    before,
  )

/** Lines and their times as the bytes that are hashed and compressed. `raw`: the lines' bytes with `\n` between them, where they are at hand. */
export function plainBlock(
  lines: readonly Pick<StoredLine, 'text' | 'offset'>[],
  times: readonly number[],
  raw: Uint8Array | null = null,
): PlainBlock {
  const meta = new VarintWriter()
  let expected = 0
  let at = 0
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as Pick<StoredLine, 'text' | 'offset'>
    const time = times[i] as number
    meta.signed(line.offset - expected)
    meta.signed(time - at)
    at = time
    expected = line.offset + line.text.length + 1
  }
  const text = raw ?? Buffer.from(lines.map((line) => line.text).join('\n'), 'latin1')
  return {lines: lines.length, text, meta: meta.take()}
}

/** Compresses a block and chains it to the one before. */
export function packPlain({lines, text, meta}: PlainBlock, before: Uint8Array): PackedBlock {
  return {lines, meta: packNumbers(meta), data: packText(text), sha256: chainHash(before, text, meta)}
}

/** Times that replace those of a block's lines, one a line. */
export function packTimes(times: readonly number[]): Buffer {
  const out = new VarintWriter()
  let before = 0
  for (const time of times) {
    out.signed(time - before)
    before = time
  }
  return packNumbers(out.take())
}

/** The lines of a block, with the times that replaced their own where there are any. Throws only where the decompressor finds the bytes damaged. */
export const unpackBlock = (
  meta: Uint8Array,
  data: Uint8Array,
  times: Uint8Array | null = null,
): readonly StoredLine[] => new BlockLines(meta, data, times).all()

/** An unpacked block whose lines are cut out when they are asked for: a look-up wants a few of its two thousand. */
export class BlockLines {
  private readonly meta: Buffer
  private readonly times: Buffer | null
  private readonly stamps: LineStamps
  private readonly bytes: Buffer
  // Lists of numbers, not an object a line: most lines are only passed over.
  private readonly ends: number[] = []
  private readonly offsets: number[] = []
  private readonly ats: number[] = []
  private whole: readonly StoredLine[] | null = null

  /** Throws where the decompressor finds the bytes damaged. */
  constructor(meta: Uint8Array, data: Uint8Array, times: Uint8Array | null) {
    this.meta = unpackBytes(meta)
    this.times = times === null ? null : unpackBytes(times)
    this.bytes = unpackBytes(data)
    this.stamps = new LineStamps(this.meta, this.times)
  }

  /** The line at an index; undefined past the end. */
  at(index: number): StoredLine | undefined {
    if (this.whole !== null) return this.whole[index]
    // One line after the other is asked for of a message with many: each search passes over twice as many as were known.
    if (index >= this.ends.length) this.passTo(Math.max(index, 2 * this.ends.length))
    const {bytes, ends, offsets, ats} = this
    if (index >= ends.length) return undefined
    const start = index === 0 ? 0 : (ends[index - 1] as number) + 1
    // A copy: a piece of a longer string would keep all of it alive.
    const text = bytes.toString('latin1', start, ends[index])
    return {text, offset: offsets[index] as number, at: ats[index] as number}
  }

  /** Finds where the lines up to an index end. In a string, because the search in a buffer takes several calls to begin. */
  private passTo(index: number): void {
    const {bytes, ends, offsets, ats, stamps} = this
    const begin = ends.length === 0 ? 0 : (ends[ends.length - 1] as number) + 1
    const text = bytes.toString('latin1', begin)
    let start = 0
    while (ends.length <= index && start <= text.length && begin <= bytes.length) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      stamps.step(end - start)
      ends.push(begin + end)
      offsets.push(stamps.offset)
      ats.push(stamps.time)
      start = end + 1
    }
  }

  all(): readonly StoredLine[] {
    if (this.whole !== null) return this.whole
    const stamps = new LineStamps(this.meta, this.times)
    this.whole = this.bytes
      .toString('latin1')
      .split('\n')
      .map((text) => {
        stamps.step(text.length)
        return {text, offset: stamps.offset, at: stamps.time}
      })
    return this.whole
  }

  /** Whether any of these lower-case texts stands anywhere in the block, in any case. */
  holdsAny(needles: readonly string[]): boolean {
    const text = this.bytes.toString('latin1').toLowerCase()
    return needles.some((needle) => text.includes(needle))
  }
}

/** The offsets and times of a block's lines, one after the other. */
class LineStamps {
  offset = 0
  /** UTC milliseconds. */
  time = 0
  private readonly own: VarintReader
  private readonly replaced: VarintReader | null
  private expected = 0
  private at = 0
  private better = 0

  constructor(meta: Buffer, times: Buffer | null) {
    this.own = new VarintReader(meta)
    this.replaced = times === null ? null : new VarintReader(times)
  }

  /** Goes to the next line, which is so long. */
  step(length: number): void {
    this.offset = this.expected + this.own.signed()
    this.at += this.own.signed()
    if (this.replaced !== null) this.better += this.replaced.signed()
    this.expected = this.offset + length + 1
    this.time = this.replaced === null ? this.at : this.better
  }
}

/** Recomputes a stored block's chained hash. */
export function hashOfPacked(before: Uint8Array, meta: Uint8Array, data: Uint8Array): Buffer {
  return chainHash(before, unpackBytes(data), unpackBytes(meta))
}
