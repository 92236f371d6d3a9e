/** What a user may write for a moment or a span of time: ISO 8601, `yesterday`, `7d`. Clock and zone are arguments. */

import {TZDate} from '@date-fns/tz'
import {addDays} from 'date-fns/addDays'
import {startOfDay} from 'date-fns/startOfDay'
import {subDays} from 'date-fns/subDays'
import {subHours} from 'date-fns/subHours'
import {subMinutes} from 'date-fns/subMinutes'
import {subSeconds} from 'date-fns/subSeconds'
import {subWeeks} from 'date-fns/subWeeks'
import {usage} from './failures.js'

/** The clock and the zone that words such as `today` are read in. */
export interface When {
  /** Milliseconds since 1970, UTC. */
  readonly now: number
  /** IANA name, `UTC`, or an offset such as `+05:30`. */
  readonly zone: string
}

/** A half-open span [from, to) in UTC milliseconds; null is an open end. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
}

const ALLOWED =
  'ISO 8601 (2026-11-20, 2026-11-20T14:00, 2026-11-20T14:00:00Z), now, today, yesterday, or a time ago such as 90m, 24h, 7d, 2w'
const AGO = /^(\d{1,6})\s*(s|m|min|h|d|w|seconds?|minutes?|hours?|days?|weeks?)(?:\s+ago)?$/i
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?$/
const UNIX = /^@(\d{1,12})$/

const notUnderstood = (text: string, flag: string): never => {
  throw usage(`cannot understand the time "${text}" of --${flag}`, [`write it as ${ALLOWED}`])
}

function calendarDay(match: RegExpExecArray, zone: string): Date | null {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const check = new Date(Date.UTC(year, month - 1, day))
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day) return null
  return new TZDate(year, month - 1, day, zone)
}

const offsetMinutes = (text: string): number => {
  if (text === 'Z' || text === 'z') return 0
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(3).replace(':', '') || 0)
  return text.startsWith('-') ? -minutes : minutes
}

function ago(count: number, unit: string, now: TZDate): Date {
  const letter = unit.toLowerCase()
  if (letter.startsWith('s')) return subSeconds(now, count)
  if (letter.startsWith('m')) return subMinutes(now, count)
  if (letter.startsWith('h')) return subHours(now, count)
  if (letter.startsWith('d')) return subDays(now, count)
  return subWeeks(now, count)
}

/**
 * One moment in UTC milliseconds. A day's name (`2026-11-20`, `yesterday`) is its first moment, or with `end` the first moment after it.
 * Times without an offset are in `when.zone`. @throws Failure (64) that says what is allowed.
 */
export function readMoment(text: string, when: When, end = false, flag = 'since'): number {
  const word = text.trim()
  const now = new TZDate(when.now, when.zone)
  const day = (start: Date): number => (end ? addDays(start, 1) : start).getTime()
  if (word === 'now') return when.now
  if (word === 'today') return day(startOfDay(now))
  if (word === 'yesterday') return day(subDays(startOfDay(now), 1))
  if (word === 'tomorrow') return day(addDays(startOfDay(now), 1))
  const past = AGO.exec(word)
  if (past) return ago(Number(past[1]), past[2] ?? '', now).getTime()
  const unix = UNIX.exec(word)
  if (unix) return Number(unix[1]) * 1000
  const date = DAY.exec(word)
  if (date) return day(calendarDay(date, when.zone) ?? notUnderstood(text, flag))
  const moment = MOMENT.exec(word)
  if (!moment || !calendarDay(moment, when.zone)) return notUnderstood(text, flag)
  const [year, month, dayOfMonth, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(moment[i] ?? 0))
  const parts = [year ?? 0, (month ?? 1) - 1, dayOfMonth ?? 1, hour ?? 0, minute ?? 0, second ?? 0] as const
  if (parts[3] > 24 || parts[4] > 59 || parts[5] > 60) return notUnderstood(text, flag)
  const millis = Math.floor(Number(`0.${moment[7] ?? 0}`) * 1000)
  const offset = moment[8]
  if (offset === undefined) return new TZDate(...parts, millis, when.zone).getTime()
  return Date.UTC(...parts, millis) - offsetMinutes(offset) * 60_000
}

/** `--since` and `--until` as a half-open span; `--until 2026-11-20` includes that day. @throws Failure (64) where it is empty. */
export function readSpan(
  flags: {readonly since?: string | undefined; readonly until?: string | undefined},
  when: When,
): Span {
  const from = flags.since === undefined ? null : readMoment(flags.since, when, false, 'since')
  const to = flags.until === undefined ? null : readMoment(flags.until, when, true, 'until')
  if (from !== null && to !== null && from >= to)
    throw usage(`the span from --since ${flags.since} to --until ${flags.until} is empty`, [
      'put the earlier time into --since',
    ])
  return {from, to}
}

/** One whole day, `yesterday` or `2026-11-20`, as a half-open span in the given zone (23 to 25 hours). @throws Failure (64). */
export function readDay(text: string, when: When, flag = 'day'): {readonly from: number; readonly to: number} {
  if (!DAY.test(text.trim()) && !['today', 'yesterday'].includes(text.trim()))
    throw usage(`cannot understand the day "${text}" of --${flag}`, ['write it as 2026-11-20, today or yesterday'])
  return {from: readMoment(text, when, false, flag), to: readMoment(text, when, true, flag)}
}

const LENGTH: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000}

/** A length of time (`24h`, `90d`, `2w`) in milliseconds; a day is 24 hours. @throws Failure (64). */
export function readLength(text: string, flag: string): number {
  const match = AGO.exec(text.trim())
  const unit = LENGTH[(match?.[2] ?? '').charAt(0).toLowerCase()]
  const count = Number(match?.[1] ?? 0)
  if (unit === undefined || count === 0)
    throw usage(`cannot understand the length of time "${text}" of --${flag}`, ['write it as 90m, 24h, 7d or 2w'])
  return count * unit
}
