/** One part to blocks of decompressed bytes from any offset on; what cannot be read ends the blocks and is told as a value. */

import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {type Damage, decompress, engineFor} from './decompress.js'
import {failureOf, type InputFailure} from './input-failure.js'
import type {LogPart} from './log-part.js'
import {type ToolMissing, throughTool} from './piped-tool.js'

export const BLOCK_BYTES = 1024 * 1024

export interface DecompressionLimit {
  /** Decompressed bytes at most. Default: none. */
  readonly bytes?: number
  /** Decompressed to compressed bytes at most, judged from 256 MiB of output on. Default 500 (real logs: 5 to 40; deflate's ceiling is 1032). */
  readonly ratio?: number
}

export interface ReadOptions {
  /** Decompressed offset to begin at. Default 0. */
  readonly from?: number
  /** The part where it is open already; closed at the end. Default: its path is opened. */
  readonly fd?: number
  readonly signal?: AbortSignal
  readonly limit?: DecompressionLimit
}

const RATIO = 500
const RATIO_FROM = 256 * 1024 * 1024

/**
 * The blocks of one part, to be iterated once. After the iteration `failure` says whether the end was the part's end,
 * and `offset` is the decompressed offset up to which everything was handed out.
 */
export class PartReading implements AsyncIterable<Buffer> {
  failure: InputFailure | null = null
  offset: number
  readonly #part: Pick<LogPart, 'path' | 'codec'>
  readonly #options: ReadOptions

  constructor(part: Pick<LogPart, 'path' | 'codec'>, options: ReadOptions = {}) {
    this.#part = part
    this.#options = options
    this.offset = options.from ?? 0
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    const {path, codec} = this.#part
    let fd: number
    try {
      fd = this.#options.fd ?? openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      this.failure = failureOf(path, error)
      return
    }
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile())
        this.failure = {path, code: 'NOT_A_FILE', message: 'not a regular file; it was not read', offset: null}
      else if (codec === 'plain') yield* this.#plain(fd)
      else yield* this.#compressed(fd, stat.size)
    } catch (error) {
      this.failure = failureOf(path, error, this.offset)
    } finally {
      closeSync(fd)
    }
  }

  *#plain(fd: number): Generator<Buffer> {
    while (!this.#options.signal?.aborted) {
      const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      const got = readSync(fd, block, 0, BLOCK_BYTES, this.offset)
      if (got === 0) return
      this.offset += got
      yield block.subarray(0, got)
    }
  }

  async *#compressed(fd: number, size: number): AsyncGenerator<Buffer, void> {
    const from = this.#options.from ?? 0
    let total = 0
    const blocks = this.#engine(fd, size)
    try {
      for (;;) {
        const next = await blocks.next()
        if (next.done) {
          if (next.value) this.#fail(next.value.code, next.value.message, Math.max(from, total))
          return
        }
        const block = next.value
        total += block.length
        const excess = this.#excess(total, size)
        if (excess) {
          this.#fail('DECOMPRESSION_LIMIT', excess, this.offset)
          return
        }
        if (total <= from) continue
        this.offset = total
        yield total - block.length < from ? block.subarray(block.length - (total - from)) : block
        if (this.#options.signal?.aborted) return
      }
    } finally {
      await blocks.return(null)
    }
  }

  /** The system's zstd reads all frames at full speed; node:zlib's (Node 22.15 and later) stands in where it is not installed. */
  async *#engine(fd: number, size: number): AsyncGenerator<Buffer, Damage | ToolMissing | null> {
    const {codec} = this.#part
    if (codec === 'gz') return yield* decompress(fd, size, engineFor('gz') ?? noEngine)
    if (codec === 'plain') return null
    if (size === 0) return {code: 'COMPRESSED_TRUNCATED', message: 'the compressed file is empty'}
    const end = yield* throughTool(fd, codec)
    const engine = codec === 'zst' && end?.code === 'TOOL_MISSING' ? engineFor('zst') : null
    return engine ? yield* decompress(fd, size, engine) : end
  }

  #excess(total: number, size: number): string | null {
    const {bytes = Number.POSITIVE_INFINITY, ratio = RATIO} = this.#options.limit ?? {}
    if (total > bytes) return `more than the allowed ${bytes} bytes after decompression`
    return total > RATIO_FROM && total > size * ratio
      ? `grows more than ${ratio}-fold, as no log does; reading was stopped`
      : null
  }

  #fail(code: string, message: string, offset: number): void {
    this.failure = {path: this.#part.path, code, message, offset}
  }
}

function noEngine(): never {
  throw new Error('this Node has no gzip')
}

/** The blocks of one part (see {@link PartReading}); each block is the caller's to keep. */
export function readBlocks(part: Pick<LogPart, 'path' | 'codec'>, options: ReadOptions = {}): PartReading {
  return new PartReading(part, options)
}
