/** Who a part is, by content: a renamed, compressed, grown or copied log stays the same log, a reused inode does not. */

import {createHash} from 'node:crypto'
import type {InputFailure} from './input-failure.js'
import type {LogPart} from './log-part.js'
import {readBlocks} from './read-part.js'

/** Bytes looked at before an offset, and of a first line at most. */
export const FINGERPRINT_BYTES = 4096

/** How far a part was read and how to know it again. Hashes are SHA-256, the first 128 bits in hex. */
export interface Position {
  /** Decompressed offset: everything before it was read. */
  readonly offset: number
  /** Hash of the first line (without its end, 4 KiB at most); null while it is not complete. */
  readonly headHash: string | null
  /** Hash of up to 4 KiB before `offset`; null at offset 0. */
  readonly tailHash: string | null
}

type Readable = Pick<LogPart, 'path' | 'codec'>

/** 128 bits of SHA-256, in hex. */
export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

/** The hash of a part's first line out of its first bytes; null where the line is not complete in fewer than 4 KiB. */
export function headHashOf(first: Buffer): string | null {
  const end = first.subarray(0, FINGERPRINT_BYTES).indexOf(10)
  if (end >= 0) return hashOf(first.subarray(0, end))
  return first.length >= FINGERPRINT_BYTES ? hashOf(first.subarray(0, FINGERPRINT_BYTES)) : null
}

/** Bytes [from, to) of the decompressed part; shorter where the part ends before. */
export async function bytesOf(
  part: Readable,
  from: number,
  to: number,
): Promise<{bytes: Buffer; failure: InputFailure | null}> {
  const reading = readBlocks(part, {from})
  const blocks: Buffer[] = []
  let length = 0
  for await (const block of reading) {
    blocks.push(block)
    length += block.length
    if (length >= to - from) break
  }
  return {bytes: Buffer.concat(blocks).subarray(0, Math.max(0, to - from)), failure: reading.failure}
}

/** Hash of the first line of a part. */
export async function headOf(part: Readable): Promise<string | null> {
  return headHashOf((await bytesOf(part, 0, FINGERPRINT_BYTES)).bytes)
}

/** Hash of up to 4 KiB before a decompressed offset; null at offset 0 and where the part is shorter. */
export async function tailHash(part: Readable, offset: number): Promise<string | null> {
  const from = Math.max(0, offset - FINGERPRINT_BYTES)
  const {bytes} = await bytesOf(part, from, offset)
  return offset > 0 && bytes.length === offset - from ? hashOf(bytes) : null
}

/** The position at `offset` of a part. */
export async function positionAt(part: Readable, offset: number): Promise<Position> {
  return {offset, headHash: await headOf(part), tailHash: await tailHash(part, offset)}
}

/**
 * Whether the part begins with what was read before: `same` (it holds everything up to the offset), `shorter` (same first
 * line, but it ends before the offset: truncated, or a copy made earlier), `different`.
 */
export async function samePrefix(part: Readable, known: Position): Promise<'same' | 'shorter' | 'different'> {
  if (known.offset === 0) return 'same'
  const head = await headOf(part)
  if (known.headHash !== null && head !== null && head !== known.headHash) return 'different'
  const tail = await tailHash(part, known.offset)
  if (tail !== null) return tail === known.tailHash ? 'same' : 'different'
  return head !== null && head === known.headHash ? 'shorter' : 'different'
}

/** State of a {@link ContentHash}, to be kept and resumed. */
export interface ContentState {
  /** Bytes hashed so far that are whole blocks; resume by feeding the content from here on. */
  readonly offset: number
  readonly chain: string
}

const CHAIN_BLOCK = 1024 * 1024

/** "Same content up to N": SHA-256 chained over 1 MiB blocks, so that hashing can go on from a kept state. */
export class ContentHash {
  #chain: string
  #offset: number
  #hash = createHash('sha256')
  #inBlock = 0

  constructor(state: ContentState = {offset: 0, chain: ''}) {
    this.#chain = state.chain
    this.#offset = state.offset
  }

  /** Feeds content; how it is cut into blocks does not matter. */
  update(bytes: Buffer): this {
    for (let at = 0; at < bytes.length; ) {
      const used = Math.min(CHAIN_BLOCK - this.#inBlock, bytes.length - at)
      this.#hash.update(bytes.subarray(at, at + used))
      this.#inBlock += used
      at += used
      if (this.#inBlock < CHAIN_BLOCK) continue
      this.#chain = this.#link()
      this.#offset += CHAIN_BLOCK
      this.#hash = createHash('sha256')
      this.#inBlock = 0
    }
    return this
  }

  /** The last whole block: what is needed to go on later. */
  get state(): ContentState {
    return {offset: this.#offset, chain: this.#chain}
  }

  /** Hash of everything fed so far; feeding may go on. */
  digest(): string {
    return this.#link()
  }

  #link(): string {
    return createHash('sha256').update(this.#chain).update(this.#hash.copy().digest()).digest('hex')
  }
}
