/**
 * How a block's bytes are compressed: Brotli, marked by a first byte that no deflate stream can begin with (block type 3); what was
 * written before is raw deflate and stays readable.
 */

import {brotliCompressSync, brotliDecompressSync, constants, deflateRawSync, inflateRawSync} from 'node:zlib'

const BROTLI = 7
const OUTPUT_BYTES = 64 * 1024
/** A block of text and its last line (store/block.ts). */
const MOST_ROOM = 260 * 1024
const LEAST_ROOM = 1024
/** Log text is packed to about a fifth, its offsets and times to a sixth. */
const USUAL_RATIO = 7

/** Packs log text. Quality 2 packs mail logs a sixth smaller than deflate's level 1 in the same time (docs/performance.md). */
export function packText(text: Uint8Array): Buffer {
  const packed = brotliCompressSync(text, {
    chunkSize: OUTPUT_BYTES,
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 2,
      [constants.BROTLI_PARAM_LGWIN]: 18,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  })
  const marked = Buffer.allocUnsafeSlow(packed.length + 1)
  marked[0] = BROTLI
  packed.copy(marked, 1)
  return marked
}

/** Packs offsets and times. */
export const packNumbers = (bytes: Uint8Array): Buffer => deflateRawSync(bytes, {level: 1})

/** What is unpacked is written into pieces of memory of this size: one piece for nearly all there is, and no more than a block takes. */
const roomFor = (packed: Uint8Array): number => Math.min(MOST_ROOM, Math.max(LEAST_ROOM, packed.length * USUAL_RATIO))

/** The inverse of both. Throws where the bytes are damaged. */
export const unpackBytes = (packed: Uint8Array): Buffer =>
  packed[0] === BROTLI
    ? brotliDecompressSync(packed.subarray(1), {chunkSize: roomFor(packed)})
    : inflateRawSync(packed, {chunkSize: roomFor(packed)})
