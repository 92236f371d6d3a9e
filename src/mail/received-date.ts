/** Dates as mail headers write them: RFC 5322 section 3.3, its obsolete forms (section 4.3), and what real MTAs and damage make of them. */

/** A header date: the instant and the zone that it was written in. */
export interface HeaderDate {
  /** UTC, milliseconds since 1970-01-01. */
  readonly ms: number
  /** Minutes east of UTC as written; null for a missing zone, `-0000` or an unknown letter zone (read as UTC). */
  readonly offset: number | null
}

const MONTHS: Readonly<Record<string, number>> = {
  jan: 0,
  feb: 1,
  mar: 2,
  apr: 3,
  may: 4,
  jun: 5,
  jul: 6,
  aug: 7,
  sep: 8,
  oct: 9,
  nov: 10,
  dec: 11,
}

/** RFC 5322 section 4.3 (North America) and the abbreviations that hosts in other zones put in the zone's place. */
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  cet: 60,
  cest: 120,
  met: 60,
  mest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
  nzst: 720,
  nzdt: 780,
}

const DAY_MONTH_YEAR = /(?<!\d)(\d{1,2})[\s-]{1,3}([A-Za-z]{3})[a-z]{0,6}\.?[\s-]{1,3}(\d{4}|\d{2})(?!\d)/
const MONTH_DAY = /(?<![A-Za-z])([A-Za-z]{3})\s{1,2}(\d{1,2})\s/
const YEAR = /(?<![\d:+-])(19[7-9]\d|20\d\d)(?!\d)/
const TIME = /(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)(?:\.\d{1,9})?/
const NUMERIC_ZONE = /^\s{0,3}(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})(?!\d)/
const LETTER_ZONE = /^\s{0,3}\(?([A-Za-z]{1,4})(?![A-Za-z])/

/** Reads a header date; null where there is none. Only the first 120 characters count. Never throws. */
export function headerDate(text: string): HeaderDate | null {
  const s = text.length > 120 ? text.slice(0, 120) : text
  const time = TIME.exec(s)
  if (!time) return null
  const day = dayOf(s)
  if (!day) return null
  const hour = Number(time[1])
  const minute = Number(time[2])
  const second = Number(time[3] ?? 0)
  if (hour > 24 || minute > 59 || second > 60) return null
  const wall = Date.UTC(day.year, day.month, day.day, hour, minute, second)
  const offset = zoneOf(s.slice(time.index + time[0].length))
  return Number.isNaN(wall) ? null : {ms: wall - (offset ?? 0) * 60_000, offset}
}

function dayOf(s: string): {year: number; month: number; day: number} | null {
  const usual = DAY_MONTH_YEAR.exec(s)
  const found = usual ? [usual[2], usual[1], usual[3]] : ctime(s)
  if (!found) return null
  const month = MONTHS[(found[0] ?? '').toLowerCase()]
  const day = Number(found[1])
  let year = Number(found[2])
  if (year < 100) year += year < 50 ? 2000 : 1900
  return month === undefined || day < 1 || day > 31 ? null : {year, month, day}
}

function ctime(s: string): (string | undefined)[] | null {
  const day = MONTH_DAY.exec(s)
  const year = YEAR.exec(s)
  return day && year ? [day[1], day[2], year[1]] : null
}

function zoneOf(rest: string): number | null {
  const numeric = NUMERIC_ZONE.exec(rest)
  if (numeric) {
    const minutes = Number(numeric[2]) * 60 + Number(numeric[3])
    if (numeric[1] === '-') return minutes === 0 ? null : -minutes
    return minutes
  }
  const letters = LETTER_ZONE.exec(rest)
  return letters ? (ZONES[(letters[1] ?? '').toLowerCase()] ?? null) : null
}
