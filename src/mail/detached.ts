/** Strings of their own: a piece of a string keeps all of that string alive, and lines are cut from blocks of a megabyte. */

/** Below this length V8 copies a piece of a string instead of pointing into it (SlicedString::kMinLength). */
const COPIED = 13
const scratch = Buffer.allocUnsafeSlow(4096)

/** The same text, which keeps nothing else alive. */
export function detached(text: string): string {
  if (text.length < COPIED) return text
  if (text.length > scratch.length) return Buffer.from(text).toString()
  const length = scratch.write(text, 0, 'latin1')
  const copy = scratch.toString('latin1', 0, length)
  return copy === text ? copy : text
}
