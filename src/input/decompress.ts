/** gz (and zst, where Node has it) by node:zlib: every readable byte is delivered before the damage is told. */

import {readSync} from 'node:fs'
import type {Transform} from 'node:stream'
import zlib from 'node:zlib'

/** Why decompression ended early. `position` is the compressed offset of the trouble. */
export interface Damage {
  readonly code: 'CORRUPT' | 'COMPRESSED_TRUNCATED' | 'TRAILING_GARBAGE'
  readonly message: string
}

type Engine = Transform & {readonly bytesWritten: number}

/** node:zlib loses the output of the engine call that failed, so damage is approached in ever smaller pieces. */
const STEPS = [32 * 1024, 512, 1] as const

/** A decompressor of this Node for the codec; null where it has none (zst before Node 22.15). */
export function engineFor(codec: 'gz' | 'zst'): (() => Transform) | null {
  if (codec === 'gz') return () => zlib.createGunzip({chunkSize: 256 * 1024})
  const made: unknown = Reflect.get(zlib, 'createZstdDecompress')
  return typeof made === 'function' ? () => made.call(zlib) : null
}

/**
 * The decompressed content of all members (gzip) or frames (zstd) of an open file; the return value says how it ended.
 * Zero padding after a member is skipped; anything else after the last one is damage.
 */
export async function* decompress(
  fd: number,
  size: number,
  make: () => Transform,
): AsyncGenerator<Buffer, Damage | null> {
  let delivered = 0
  let safe = 0
  for (const step of STEPS) {
    let skip = delivered
    const walk = walkMembers(fd, size, make, (position) =>
      position < safe ? Math.min(STEPS[0], safe - position) : step,
    )
    for (;;) {
      const next = await walk.next()
      if (next.done) {
        if (next.value === null) return null
        if (next.value.damage.code === 'COMPRESSED_TRUNCATED' || step === 1) return next.value.damage
        safe = next.value.position
        break
      }
      const block = next.value
      if (block.length <= skip) skip -= block.length
      else {
        const fresh = skip > 0 ? block.subarray(skip) : block
        skip = 0
        delivered += fresh.length
        yield fresh
      }
    }
  }
  return null
}

async function* walkMembers(
  fd: number,
  size: number,
  make: () => Transform,
  stepAt: (position: number) => number,
): AsyncGenerator<Buffer, {damage: Damage; position: number} | null> {
  let position = 0
  let members = 0
  while (position < size) {
    const start = skipZeros(fd, position, size)
    if (start >= size && members > 0) return null
    const member = oneMember(fd, start, size, make, stepAt)
    let next = await member.next()
    while (!next.done) {
      yield next.value
      next = await member.next()
    }
    const {damage, position: reached, output} = next.value
    if (damage) {
      const header = /header check|unknown compression method|header flags|[Uu]nknown frame/.test(damage.message)
      const garbage = damage.code === 'CORRUPT' && header && members + output > 0
      const code = garbage ? 'TRAILING_GARBAGE' : damage.code
      return {
        damage: garbage
          ? {code, message: `bytes that are no compressed data follow at compressed offset ${reached}`}
          : damage,
        position: reached,
      }
    }
    if (reached <= start) return null
    members++
    position = reached
  }
  return null
}

interface MemberEnd {
  readonly damage: Damage | null
  /** Compressed offset: behind the member, or the beginning of the piece that failed. */
  readonly position: number
  readonly output: number
}

async function* oneMember(
  fd: number,
  start: number,
  size: number,
  make: () => Transform,
  stepAt: (position: number) => number,
): AsyncGenerator<Buffer, MemberEnd> {
  const engine = make() as Engine
  const queue: Buffer[] = []
  let wake = (): void => {}
  let ended = false
  let error: (Error & {code?: string}) | null = null
  engine.on('readable', () => {
    for (let block: Buffer | null = engine.read(); block !== null; block = engine.read()) queue.push(block)
    wake()
  })
  engine.on('end', () => {
    ended = true
    wake()
  })
  engine.on('error', (e: Error & {code?: string}) => {
    error = e
    wake()
  })
  let output = 0
  let position = start
  let pieceStart = start
  let written = true
  try {
    for (;;) {
      for (let block = queue.shift(); block; block = queue.shift()) {
        output += block.length
        yield block
      }
      if (error !== null) return {damage: damageOf(error, pieceStart), position: pieceStart, output}
      // node:zlib ends by itself behind the member where zero bytes or, for zstd, anything follows
      if (ended) return {damage: null, position: start + engine.bytesWritten, output}
      if (written) {
        written = false
        pieceStart = position
        const piece = Buffer.allocUnsafe(Math.min(stepAt(position), size - position))
        const got = piece.length > 0 ? readSync(fd, piece, 0, piece.length, position) : 0
        position += got
        const done = (): void => {
          written = true
          wake()
        }
        if (got > 0) engine.write(piece.subarray(0, got), done)
        else engine.end()
      }
      if (queue.length === 0 && error === null && !ended && !written)
        await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    engine.destroy()
  }
}

function damageOf(error: Error & {code?: string}, at: number): Damage {
  return error.code === 'Z_BUF_ERROR'
    ? {code: 'COMPRESSED_TRUNCATED', message: 'the compressed file ends in the middle'}
    : {code: 'CORRUPT', message: `compressed data is damaged near compressed offset ${at} (${error.message})`}
}

/** The first offset from `position` on that is no zero byte. */
function skipZeros(fd: number, position: number, size: number): number {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  for (let at = position; at < size; ) {
    const got = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at)
    if (got === 0) return size
    for (let i = 0; i < got; i++) if (buffer[i] !== 0) return at + i
    at += got
  }
  return size
}
