/** Byte strings (one character per byte, latin1) to readable text and back. */

const HIGH = /[\x80-\xff]/

/**
 * A byte string as text: UTF-8 where the bytes are valid UTF-8, otherwise each byte kept as its latin1 character
 * (nothing is replaced by U+FFFD, so nothing is lost).
 */
export function readable(bytes: string): string {
  if (!HIGH.test(bytes)) return bytes
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}

/** `text.toLowerCase()`, which makes a string even where nothing changes: most addresses are in lower case as they stand. */
export function lowerCase(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if ((c >= 65 && c <= 90) || c > 127) return text.toLowerCase()
  }
  return text
}

/** Text as the byte string of its UTF-8 form. */
export function byteString(text: string): string {
  return HIGH.test(text) || /[^\x00-\xff]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}
