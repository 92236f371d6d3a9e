/** Queue IDs and the time inside them: Exim message IDs (Spec 3.4) and Postfix short and long queue IDs (mail_queue.h). */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE52 = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz'

const POSTFIX_SHORT = /^[0-9A-F]{6,20}$/
const POSTFIX_LONG = /^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]{10,}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+$/

/** Finds Exim IDs inside other text (both forms, longest first). */
export const EXIM_ID_IN_TEXT =
  /(?<![0-9A-Za-z])[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{11}-[0-9A-Za-z]{4}|[0-9A-Za-z]{6}-[0-9A-Za-z]{2})(?![0-9A-Za-z])/g

const digits = (alphabet: string): Int8Array => {
  const table = new Int8Array(128).fill(-1)
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i
  return table
}
const VALUE62 = digits(BASE62)
const VALUE52 = digits(BASE52)

function decode(text: string, from: number, to: number, values: Int8Array, base: number): number {
  let n = 0
  for (let i = from; i < to; i++) {
    const v = values[text.charCodeAt(i)] ?? -1
    if (v < 0 || v >= base) return Number.NaN
    n = n * base + v
  }
  return n
}

export interface EximId {
  readonly form: 'old' | 'new'
  /** UTC second at which reception started. */
  readonly second: number
  readonly pid: number
  /** The raw fraction field; its unit depends on version and localhost_number. */
  readonly fraction: number
}

export interface PostfixLongId {
  /** UTC time of the queue file's creation, milliseconds. */
  readonly ms: number
  readonly micros: number
  readonly inode: number
}

export interface PostfixShortId {
  /** Microseconds inside an unknown second, 0..999999. */
  readonly micros: number
  readonly inode: string
}

/**
 * The base of an Exim ID's digits: 36 (digits and capitals) where file names know no case (Darwin, Cygwin; Spec 3.4), else 62. In base 62 a
 * first digit that is a letter lies beyond the year 2260, in base 36 every time since 1989 begins with one: the two cannot be mixed up.
 */
function baseOf(id: string): 36 | 62 {
  const c = id.charCodeAt(0)
  return c >= 65 && c <= 90 && /^[0-9A-Z-]+$/.test(id) ? 36 : 62
}

/** Decodes an Exim message ID (6-6-2 up to 4.96, 6-11-4 from 4.97), in base 62 or 36; null when it is none. */
export function eximId(id: string): EximId | null {
  if (!isEximId(id)) return null
  const old = id.length === 16
  const base = baseOf(id)
  const second = decode(id, 0, 6, VALUE62, base)
  return old
    ? {form: 'old', second, pid: decode(id, 7, 13, VALUE62, base), fraction: decode(id, 14, 16, VALUE62, base)}
    : {form: 'new', second, pid: decode(id, 7, 18, VALUE62, base), fraction: decode(id, 19, 23, VALUE62, base)}
}

/** Whether `eximId` would decode it: words of 6, 6 and 2 or of 6, 11 and 4 letters and digits. Asked several times a message, so without a pattern. */
export function isEximId(id: string): boolean {
  const {length} = id
  if (length !== 16 && length !== 23) return false
  const dash = length === 16 ? 13 : 18
  for (let i = 0; i < length; i++) {
    const c = id.charCodeAt(i)
    if (i === 6 || i === dash) {
      if (c !== 45) return false
    } else if ((VALUE62[c] ?? -1) < 0) return false
  }
  return true
}

/** The UTC second inside an Exim ID without building an object; NaN when the first six characters are no digits of its base. */
export function eximIdSecond(id: string): number {
  return decode(id, 0, 6, VALUE62, baseOf(id))
}

/** Decodes a long Postfix queue ID (enable_long_queue_ids); null when it is none. */
export function postfixLongId(id: string): PostfixLongId | null {
  if (!POSTFIX_LONG.test(id)) return null
  const z = id.lastIndexOf('z')
  const second = decode(id, 0, z - 4, VALUE52, 52)
  const micros = decode(id, z - 4, z, VALUE52, 52)
  const inode = decode(id, z + 1, id.length, VALUE52, 51)
  if (Number.isNaN(second) || Number.isNaN(micros) || Number.isNaN(inode) || micros >= 1_000_000) return null
  return {ms: second * 1000 + Math.floor(micros / 1000), micros, inode}
}

/** Decodes a short Postfix queue ID: five hex digits of microseconds, then the inode; null when it cannot be one. */
export function postfixShortId(id: string): PostfixShortId | null {
  if (!POSTFIX_SHORT.test(id)) return null
  const micros = Number.parseInt(id.slice(0, 5), 16)
  return micros < 1_000_000 ? {micros, inode: id.slice(5)} : null
}

export type QueueIdForm = 'exim-old' | 'exim-new' | 'postfix-long' | 'postfix-short'

/** Which MTA's queue ID this text can be; null when none. */
export function queueIdForm(id: string): QueueIdForm | null {
  const exim = eximId(id)
  if (exim) return exim.form === 'old' ? 'exim-old' : 'exim-new'
  if (postfixLongId(id)) return 'postfix-long'
  return postfixShortId(id) ? 'postfix-short' : null
}

/** The UTC time inside an Exim or long Postfix ID in milliseconds; null where the form holds none. */
export function timeInQueueId(id: string): number | null {
  const exim = eximId(id)
  if (exim) return exim.second * 1000
  return postfixLongId(id)?.ms ?? null
}

/**
 * The queue ID inside a Message-ID that an MTA made itself: Exim `E<id>@host`, Postfix `YYYYMMDDhhmmss.<id>@host` (UTC) or `<id>@host`
 * with long IDs. `at` is the UTC time that the Message-ID states, in milliseconds.
 */
export function queueIdInMessageId(messageId: string): {id: string; host: string; at: number | null} | null {
  const at = messageId.lastIndexOf('@')
  if (at <= 0) return null
  const local = messageId.slice(0, at)
  const host = messageId.slice(at + 1)
  if (local.startsWith('E') && eximId(local.slice(1)))
    return {id: local.slice(1), host, at: timeInQueueId(local.slice(1))}
  const first = local.charCodeAt(0)
  const dated = first < 48 || first > 57 ? null : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.([0-9A-Za-z]+)$/.exec(local)
  if (dated) {
    const [, y, mo, d, h, mi, s, id = ''] = dated
    const stated = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))
    return postfixShortId(id) || postfixLongId(id) ? {id, host, at: stated} : null
  }
  const long = postfixLongId(local)
  return long ? {id: local, host, at: long.ms} : null
}
