/** Is this file a part that the store already read, under whatever name, compressed or grown? Told by content, not by inode. */

import {createHash} from 'node:crypto'
import {closeSync, fstatSync, openSync, readSync} from 'node:fs'
import {bytesOf, headHashOf} from '../input/fingerprint.js'
import type {InputFailure} from '../input/input-failure.js'
import {LINE_CAP} from '../input/line-splitter.js'
import type {LogPart} from '../input/log-part.js'
import {readBlocks} from '../input/read-part.js'
import type {PartRow} from '../store/parts.js'
import {TAIL_BYTES} from './part-tail.js'

/** What the beginning of a part holds. */
export interface Head {
  /** Hash of the first line; null for an empty part. */
  readonly hash: string | null
  /** Up to 256 KiB of its beginning, for the choice of dialect. */
  readonly sample: Buffer
  /** Why its beginning could not be read to where it was wanted; null where it could. */
  readonly failure: InputFailure | null
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

/** Reads the beginning of a part. Damage shows itself when the part is read. */
export async function headOf(part: LogPart, most = 256 * 1024): Promise<Head> {
  const blocks: Buffer[] = []
  let bytes = 0
  const reader = readBlocks(part, {from: 0})
  for await (const block of reader) {
    blocks.push(block.subarray(0, most))
    bytes += block.length
    if (bytes >= most) break
  }
  const sample = Buffer.concat(blocks)
  const {failure} = reader
  if (sample.length === 0) return {hash: null, sample, failure}
  // A first line that is not complete yet has no hash of its own: its bytes so far stand for it.
  return {hash: headHashOf(sample) ?? digest(sample), sample, failure}
}

export interface Known {
  readonly row: PartRow
  /** The last line that was read had no end yet. */
  readonly torn: boolean
}

/** The known part that this one continues, with the largest common beginning; null where it is new. */
export async function continues(part: LogPart, known: readonly PartRow[]): Promise<Known | null> {
  const wanted = known.filter((row) => row.position > 0 && row.tail !== '').sort((a, b) => b.position - a.position)
  if (wanted.length === 0) return null
  return part.codec === 'plain' ? continuesPlain(part.path, wanted) : await continuesCompressed(part, wanted)
}

function continuesPlain(path: string, wanted: readonly PartRow[]): Known | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const {size} = fstatSync(fd)
    for (const row of wanted) {
      if (row.position > size) continue
      const start = Math.max(0, row.position - TAIL_BYTES)
      const bytes = Buffer.alloc(row.position - start)
      if (readSync(fd, bytes, 0, bytes.length, start) === bytes.length && digest(bytes) === row.tail)
        return {row, torn: bytes.at(-1) !== 10}
    }
    return null
  } catch {
    return null
  } finally {
    closeSync(fd)
  }
}

async function continuesCompressed(part: LogPart, wanted: readonly PartRow[]): Promise<Known | null> {
  const ascending = [...wanted].reverse()
  let best: Known | null = null
  let tail: Buffer = Buffer.alloc(0)
  let end = 0
  const reader = readBlocks(part, {from: 0})
  for await (const block of reader) {
    tail = Buffer.concat([tail.subarray(Math.max(0, tail.length - TAIL_BYTES)), block])
    end += block.length
    for (const row of ascending) {
      if (row.position > end || row.position <= end - block.length) continue
      const stop = tail.length - (end - row.position)
      if (digest(tail.subarray(Math.max(0, stop - TAIL_BYTES), stop)) === row.tail)
        best = {row, torn: tail[stop - 1] !== 10}
    }
  }
  return best
}

/** Hash of the bytes before a position, for a part of which nothing new was read; null where they cannot be read. */
export async function tailBefore(part: LogPart, position: number): Promise<string | null> {
  const from = Math.max(0, position - TAIL_BYTES)
  const {bytes} = await bytesOf(part, from, position)
  return bytes.length > 0 && bytes.length === position - from ? digest(bytes) : null
}

/** Where to go on in a part whose last line was read unfinished. */
export interface Resumption {
  readonly offset: number
  /** Hash of the bytes before the offset, where what was read behind it must be taken back; null where the line was whole but for its end. */
  readonly retractTo: string | null
}

/** Looks at what became of an unfinished last line. `alive`: it is still being written, so it is taken back even if nothing followed yet. */
export async function afterTorn(part: LogPart, {position}: PartRow, alive: boolean): Promise<Resumption> {
  const {bytes: next} = await bytesOf(part, position, position + 2)
  if (next.length === 0 && !alive) return {offset: position, retractTo: null}
  if (next[0] === 10) return {offset: position + 1, retractTo: null}
  if (next[0] === 13 && next[1] === 10) return {offset: position + 2, retractTo: null}
  const from = Math.max(0, position - LINE_CAP - TAIL_BYTES)
  const {bytes} = await bytesOf(part, from, position)
  const end = bytes.lastIndexOf(10) + 1
  return {offset: from + end, retractTo: end === 0 ? '' : digest(bytes.subarray(Math.max(0, end - TAIL_BYTES), end))}
}

/** The lines of a sample, the cut-off last one left out. */
export function sampleLines(sample: Buffer): string[] {
  const lines = sample.toString('latin1').split('\n')
  if (lines.length > 1) lines.pop()
  return lines.slice(0, 400)
}
