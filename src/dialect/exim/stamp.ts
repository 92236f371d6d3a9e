/** The front of an Exim log line: `YYYY-MM-DD HH:MM:SS[.mmm] [+hhmm] [[pid]] [message ID] `, read at fixed positions (log.c, tod.c). */

import type {Stamp} from '../../mail/stamp.js'

/** A line's text with what its front said. Scanners read `text` from `at`. */
export interface Line {
  readonly text: string
  readonly at: number
  readonly stamp: Stamp | null
  readonly host: string | null
  readonly pid: number | null
  readonly queueId: string | null
  /** The line has a stamp of its own. */
  readonly own: boolean
}

const two = (text: string, at: number): number => {
  const a = text.charCodeAt(at) - 48
  const b = text.charCodeAt(at + 1) - 48
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : -1
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468
}

/** The wall clock of `YYYY-MM-DD HH:MM:SS` at `at` as if it were UTC, in milliseconds; -1 where none stands there. */
export function wallAt(text: string, at: number): number {
  if (
    text.charCodeAt(at + 4) !== 45 ||
    text.charCodeAt(at + 7) !== 45 ||
    text.charCodeAt(at + 10) !== 32 ||
    text.charCodeAt(at + 13) !== 58 ||
    text.charCodeAt(at + 16) !== 58
  )
    return -1
  const century = two(text, at)
  const year = two(text, at + 2)
  const month = two(text, at + 5)
  const day = two(text, at + 8)
  const hour = two(text, at + 11)
  const minute = two(text, at + 14)
  const second = two(text, at + 17)
  if (century < 19 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return -1
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1
  return daysFromCivil(century * 100 + year, month, day) * 86_400_000 + (hour * 3600 + minute * 60 + second) * 1000
}

const WORD = new Uint8Array(128)
for (const c of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz') WORD[c.charCodeAt(0)] = 1

function isWord(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (WORD[text.charCodeAt(i)] !== 1) return false
  return true
}

/** The length of the message ID that stands alone at `at` (16 up to 4.96, 23 from 4.97); 0 where none does. */
export function idLengthAt(text: string, at: number): number {
  if (text.charCodeAt(at + 6) !== 45) return 0
  const length = text.charCodeAt(at + 13) === 45 ? 16 : text.charCodeAt(at + 18) === 45 ? 23 : 0
  if (length === 0 || at + length > text.length) return 0
  const after = at + length === text.length ? 32 : text.charCodeAt(at + length)
  if (after !== 32) return 0
  const dash = length === 16 ? 13 : 18
  return isWord(text, at, at + 6) && isWord(text, at + 7, at + dash) && isWord(text, at + dash + 1, at + length)
    ? length
    : 0
}

/** Where the `[digits] ` at `at` ends (after the blank); 0 where no process ID stands there. */
function pidEnd(text: string, at: number): number {
  if (text.charCodeAt(at) !== 91) return 0
  let i = at + 1
  while (text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
  if (i === at + 1 || i - at > 11 || text.charCodeAt(i) !== 93) return 0
  if (i + 1 === text.length) return i + 1
  return text.charCodeAt(i + 1) === 32 ? i + 2 : 0
}

/** The stamp made last: most lines have the same second as the line before, and stamps are values. */
let latest: Stamp = {wall: Number.NaN, offset: null, yearless: false}

function stampFor(wall: number, offset: number | null): Stamp {
  if (latest.wall !== wall || latest.offset !== offset) latest = {wall, offset, yearless: false}
  return latest
}

/**
 * Reads the front of a line. `stamp`, `host` and `pid` are what an envelope (syslog, journald) said; the line's own stamp and pid
 * win, because its own stamp has the year and its own pid is the writer's.
 */
export function readFront(
  text: string,
  envelope: {stamp: Stamp | null; host: string | null; pid: number | null},
): Line {
  let at = 0
  let stamp = envelope.stamp
  let pid = envelope.pid
  let wall = wallAt(text, 0)
  const own = wall >= 0
  if (own) {
    at = 19
    let offset: number | null = null
    if (text.charCodeAt(19) === 46) {
      const hundreds = text.charCodeAt(20) - 48
      const rest = two(text, 21)
      if (hundreds >= 0 && hundreds <= 9 && rest >= 0) {
        wall += hundreds * 100 + rest
        at = 23
      }
    }
    const sign = text.charCodeAt(at + 1)
    if (text.charCodeAt(at) === 32 && (sign === 43 || sign === 45)) {
      const hours = two(text, at + 2)
      const minutes = two(text, at + 4)
      const after = at + 6 >= text.length ? 32 : text.charCodeAt(at + 6)
      if (hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60 && after === 32) {
        offset = (sign === 45 ? -1 : 1) * (hours * 60 + minutes)
        at += 6
      }
    }
    stamp = stampFor(wall, offset)
    if (text.charCodeAt(at) === 32) at++
  }
  const end = pidEnd(text, at)
  if (end > 0) {
    pid = 0
    for (let i = at + 1, c = text.charCodeAt(i); c !== 93; c = text.charCodeAt(++i)) pid = pid * 10 + c - 48
    at = end
  }
  const length = idLengthAt(text, at)
  let queueId: string | null = null
  if (length > 0) {
    queueId = text.slice(at, at + length)
    at += length + 1
  }
  return {text, at, stamp, host: envelope.host, pid, queueId, own}
}
