/** Which compression a file has, by its first bytes; names lie (`compresscmd zstd` with `compressext .gz`, a plain copy named .gz). */

import type {Codec} from './log-part.js'

/** Bytes of a part's beginning that are enough for {@link codecOf}. */
export const MAGIC_BYTES = 512

/** The codec of a part that begins with `head`; `named` decides where the bytes do not. */
export function codecOf(head: Buffer, named: Codec): Codec {
  if (head.length >= 2 && head[0] === 0x1f && (head[1] === 0x8b || head[1] === 0x9d)) return 'gz'
  const start = head.toString('latin1', 0, 6)
  if (/^BZh[1-9]/.test(start)) return 'bz2'
  if (start === '\xfd7zXZ\0') return 'xz'
  if (start.startsWith('\x28\xb5\x2f\xfd') || /^[\x50-\x5f]\x2a\x4d\x18/.test(start)) return 'zst'
  if (named === 'plain' || head.length === 0) return named
  return looksLikeText(head) ? 'plain' : named
}

/** True where nothing in it is a control character that no log has; NUL is allowed (a crash leaves runs of it). */
export function looksLikeText(head: Buffer): boolean {
  let strange = 0
  for (const byte of head)
    if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 27) || byte === 127) strange++
  return strange * 50 <= head.length
}
