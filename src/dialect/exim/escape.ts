/** Undoes Exim's log escapes exactly once, by the order in which each field was escaped (string_printing and the quoting in deliver.c, receive.c). */

import {byteString} from '../../mail/text.js'

const LETTERS: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', b: '\b', v: '\v', f: '\f'}
const PRINTING = /\\(?:([nrtbvf])|([0-3][0-7]{2}))/g
const QUOTED_TEXT = /\\(?:([nrtbvf])|([0-3][0-7]{2})|([\\"]))/g
const QUOTES = /\\([\\"])/g
const CONTROL_ONLY = /\\(?:([nrt])|([0-3][0-7]{2}))/g

const octal = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 8))

/** T="…" (without its quotes): quoted first, then made printable; one pass undoes both. */
export function subjectText(logged: string): string {
  if (!logged.includes('\\')) return logged
  return logged.replace(QUOTED_TEXT, (_, letter?: string, digits?: string, sign?: string) =>
    letter ? (LETTERS[letter] ?? letter) : digits ? octal(digits) : (sign ?? ''),
  )
}

/** C="…" (without its quotes): made printable first, then quoted, so a line break reads `\\n`. */
export function replyText(logged: string): string {
  if (!logged.includes('\\')) return logged
  return logged
    .replace(QUOTES, '$1')
    .replace(PRINTING, (_, letter?: string, digits?: string) =>
      letter ? (LETTERS[letter] ?? letter) : octal(digits ?? ''),
    )
}

/** Text of `**` and `==`: made printable only, and a backslash is not doubled; octal is undone only where the byte is not printable. */
export function errorText(logged: string): string {
  if (!logged.includes('\\')) return logged
  return logged.replace(CONTROL_ONLY, (whole, letter?: string, digits?: string) => {
    if (letter) return LETTERS[letter] ?? letter
    const byte = octal(digits ?? '')
    return byte < ' ' || byte > '~' ? byte : whole
  })
}

const ENCODED_WORD = /=\?([^?\s]{1,40})\?([QqBb])\?([^?\s]*)\?=/g
const BETWEEN_WORDS = /(\?=)[ \t\r\n]+(?==\?[^?\s]{1,40}\?[QqBb]\?[^?\s]*\?=)/g

/**
 * RFC 2047 encoded words in a byte string, decoded to the byte string of their UTF-8 form. A charset that this machine does not know,
 * or bytes that are not valid in it, leave the word as it stands.
 */
export function decodedWords(bytes: string): string {
  if (!bytes.includes('=?')) return bytes
  return bytes
    .replace(BETWEEN_WORDS, '$1')
    .replace(ENCODED_WORD, (whole, charset: string, form: string, data: string) => {
      const raw =
        form === 'B' || form === 'b'
          ? Buffer.from(data, 'base64')
          : Buffer.from(
              data
                .replaceAll('_', ' ')
                .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
              'latin1',
            )
      try {
        return byteString(new TextDecoder(charset.replace(/\*.*$/, ''), {fatal: true}).decode(raw))
      } catch {
        return whole
      }
    })
}
