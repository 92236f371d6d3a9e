/** Reads the time stamps that syslog writers put at the start of a line; positions and digits only, no zone database, no clock. */

import {type Stamp, YEARLESS} from '../../mail/stamp.js'

/** A stamp and the position right after it. */
export interface StampRead {
  readonly stamp: Stamp
  readonly end: number
}

const DAY = 86_400_000

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const key = (text: string, at: number): number =>
  (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2)
const MONTH_BY_KEY = new Map(MONTHS.map((name, index) => [key(name, 0), index]))

/** Month 0..11 by its English three-letter name at `at` (`Nov`); -1 where there is none. */
const monthAt = (line: string, at: number): number => MONTH_BY_KEY.get(key(line, at)) ?? -1

/** Two decimal digits at `at` (the first may be a blank where `padded`); -1 where there are none. */
function two(line: string, at: number, padded = false): number {
  const a = line.charCodeAt(at) - 48
  const b = line.charCodeAt(at + 1) - 48
  if (!(b >= 0 && b <= 9)) return -1
  if (a >= 0 && a <= 9) return a * 10 + b
  return padded && a === -16 ? b : -1
}

function four(line: string, at: number): number {
  const a = two(line, at)
  const b = two(line, at + 2)
  return a < 0 || b < 0 ? -1 : a * 100 + b
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar. */
function days(year: number, month: number, day: number): number {
  const y = month < 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + (yearOfEra >> 2) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** `hh:mm:ss` at `at` in milliseconds; -1 where there is none. A leap second (60) is read as it stands. */
function clockAt(line: string, at: number): number {
  if (line.charCodeAt(at + 2) !== 58 || line.charCodeAt(at + 5) !== 58) return -1
  const h = two(line, at)
  const m = two(line, at + 3)
  const s = two(line, at + 6)
  return h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60 ? -1 : (h * 3600 + m * 60 + s) * 1000
}

/** Milliseconds of wall-clock digits, as if they were UTC; NaN where they name no day. */
function wallOf(year: number, month: number, day: number, clock: number): number {
  return month < 0 || month > 11 || day < 1 || day > 31 || clock < 0 ? Number.NaN : days(year, month, day) * DAY + clock
}

const YEARLESS_MONTH = MONTHS.map((_, month) => days(YEARLESS, month, 1) * DAY)

/** Skips `.123456` or `,123` at `at`; `[milliseconds, end]` packed as end * 1000 + milliseconds, to spare an object per line. */
function fraction(line: string, at: number): number {
  const c = line.charCodeAt(at)
  if (c !== 46 && c !== 44) return at * 1000
  let i = at + 1
  let ms = 0
  for (let digit = line.charCodeAt(i) - 48; digit >= 0 && digit <= 9; digit = line.charCodeAt(i) - 48) {
    const place = i - at
    if (place <= 3) ms = ms * 10 + digit
    i++
  }
  const places = i - at - 1
  if (places === 0) return at * 1000
  if (places === 1) ms *= 100
  else if (places === 2) ms *= 10
  return i * 1000 + ms
}

/**
 * RFC 3164: `Nov  5 02:09:17` (day padded with a blank, a zero, or not at all), also with a year (`Nov 21 2026 03:16:13`) and with a
 * fraction. Without a year the stamp is yearless; the offset is always null. null where none stands at `at`.
 */
export function readTraditionalStamp(line: string, at: number): StampRead | null {
  const month = monthAt(line, at)
  if (month < 0 || line.charCodeAt(at + 3) !== 32) return null
  let i = at + 4
  let day = two(line, i, true)
  if (day < 0) {
    day = line.charCodeAt(i) - 48
    if (!(day >= 1 && day <= 9)) return null
    i += 1
  } else i += 2
  if (line.charCodeAt(i) !== 32 || day < 1 || day > 31) return null
  i++
  let clock = clockAt(line, i)
  let year = -1
  if (clock < 0) {
    year = four(line, i)
    if (year < 1970 || line.charCodeAt(i + 4) !== 32) return null
    i += 5
    clock = clockAt(line, i)
    if (clock < 0) return null
  }
  const rest = fraction(line, i + 8)
  const end = Math.floor(rest / 1000)
  const wall =
    (year < 0 ? (YEARLESS_MONTH[month] ?? 0) + (day - 1) * DAY + clock : wallOf(year, month, day, clock)) +
    (rest % 1000)
  return {stamp: {wall, offset: null, yearless: year < 0}, end}
}

/** Minutes east of UTC written at `at` as `Z`, `+01:00`, `+0100` or `+01`, packed as end * 10000 + offset + 2000; -1 where there is none. */
export function offsetAt(line: string, at: number): number {
  const c = line.charCodeAt(at)
  if (c === 90 || c === 122) return (at + 1) * 10_000 + 2000
  if (c !== 43 && c !== 45) return -1
  const h = two(line, at + 1)
  if (h < 0 || h > 15) return -1
  const colon = line.charCodeAt(at + 3) === 58
  const m = two(line, at + (colon ? 4 : 3))
  const minutes = h * 60 + (m > 0 && m < 60 ? m : 0)
  const end = m < 0 ? at + 3 : at + (colon ? 6 : 5)
  return end * 10_000 + (c === 45 ? -minutes : minutes) + 2000
}

/**
 * ISO 8601 / RFC 3339: `2026-11-21T03:16:13.812954+01:00`, any number of digits, `Z`, an offset without a colon, or no zone (offset
 * null). `separator` is what stands between date and time. null where none stands at `at`.
 */
export function readIsoStamp(line: string, at: number, separator: 'T' | ' ' = 'T'): StampRead | null {
  if (line.charCodeAt(at + 4) !== 45 || line.charCodeAt(at + 7) !== 45) return null
  const between = line.charCodeAt(at + 10)
  if (separator === 'T' ? between !== 84 && between !== 116 : between !== 32) return null
  const year = four(line, at)
  const clock = clockAt(line, at + 11)
  const wall = year < 0 ? Number.NaN : wallOf(year, two(line, at + 5) - 1, two(line, at + 8), clock)
  if (Number.isNaN(wall)) return null
  const rest = fraction(line, at + 19)
  const end = Math.floor(rest / 1000)
  const zone = offsetAt(line, end)
  return zone < 0
    ? {stamp: {wall: wall + (rest % 1000), offset: null, yearless: false}, end}
    : {
        stamp: {wall: wall + (rest % 1000), offset: (zone % 10_000) - 2000, yearless: false},
        end: Math.floor(zone / 10_000),
      }
}

/** `21/Nov/2026:03:16:13 +0100` of web server logs and `21-Nov-2026 02:09:19` of PHP: day, month name, year, clock; NaN where none. */
export function readDayMonthYear(line: string, at: number): number {
  const clock = clockAt(line, at + 12)
  return clock < 0 ? Number.NaN : wallOf(four(line, at + 7), monthAt(line, at + 3), two(line, at), clock)
}
