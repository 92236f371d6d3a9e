/** The facts behind a sentence, made safe for printing: what strangers wrote is escaped, lists are cut, times are readable. */

import type {WordData} from '../../mail/verdict.js'
import {printable} from '../printable.js'

export interface Facts {
  /** The value as printable text; '' where it is missing. */
  text(key: string): string
  /** The number; 0 where it is missing. */
  count(key: string): number
  has(key: string): boolean
  /** At most `most` values, joined by commas, with the number of the rest behind them. */
  list(key: string, most?: number): string
  /** How many values a list holds. */
  size(key: string): number
  /** An ISO time in the reader's form, `2022-05-20 06:15:48 UTC` unless another form was asked for. */
  time(key: string): string
}

export type Sentence = (facts: Facts) => string

/** `time` turns ISO 8601 UTC into the reader's form. */
export function factsOf(data: WordData, time: (iso: string) => string = readableTime): Facts {
  const values = (key: string): readonly string[] => {
    const value = data[key]
    if (value === undefined || value === null || value === '') return []
    return Array.isArray(value) ? value.map((one) => printable(String(one))) : [printable(String(value))]
  }
  return {
    text: (key) => values(key).join(', '),
    count: (key) => (typeof data[key] === 'number' ? data[key] : 0),
    has: (key) => data[key] !== false && values(key).length > 0,
    list: (key, most = 5) => {
      const all = values(key)
      return all.slice(0, most).join(', ') + (all.length > most ? ` (+${all.length - most})` : '')
    },
    size: (key) => values(key).length,
    time: (key) => (values(key)[0] === undefined ? '' : time(values(key)[0] ?? '')),
  }
}

/** The parts of a time for a sentence in plain words. */
export interface TimeParts {
  readonly day: number
  /** 0 is January. */
  readonly month: number
  readonly year: number
  /** `06:15`. */
  readonly clock: string
  readonly zone: string
}

/** A time's parts in the given zone (an IANA name, UTC where null); null where the text is no time. */
export function timeParts(iso: string, timeZone: string | null): TimeParts | null {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return null
  const zone = timeZone ?? 'UTC'
  const local = new Intl.DateTimeFormat('sv-SE', {timeZone: zone, dateStyle: 'short', timeStyle: 'short'}).format(ms)
  const parts = /^(\d+)-(\d+)-(\d+) (\d+:\d+)/.exec(local)
  if (!parts) return null
  const [, year, month, day, clock = ''] = parts
  return {day: Number(day), month: Number(month) - 1, year: Number(year), clock, zone}
}

/** ISO 8601 UTC to `YYYY-MM-DD hh:mm:ss UTC`; text that is no time stays as it is. */
export function readableTime(iso: string, timeZone: string | null = null): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return iso
  const utc = `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  if (timeZone === null || timeZone === 'UTC') return utc
  const local = new Intl.DateTimeFormat('sv-SE', {timeZone, dateStyle: 'short', timeStyle: 'medium'}).format(ms)
  return `${utc} (${local} ${timeZone})`
}

/** ` word` where there is something to say, nothing where not: keeps the blanks right in sentences with missing facts. */
export const behind = (before: string, text: string, after = ''): string =>
  text === '' ? '' : `${before}${text}${after}`

/** The parts that there are, joined: ` (a; b)`, or nothing. */
export const bracketed = (parts: readonly string[]): string =>
  behind(' (', parts.filter((part) => part !== '').join('; '), ')')

/** `b***@dest.example`: enough to recognise one's own correspondence, not enough to write to a stranger. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 1) return address
  const first = [...address][0] ?? ''
  return `${first}***${address.slice(at)}`
}

/** A text from outside without other people's addresses and IP addresses. */
export const withoutPersonal = (text: string): string =>
  text
    .replace(/[^\s<>"'(),:;]{1,128}@[^\s<>"'(),:;]{1,255}/g, maskedAddress)
    .replace(/\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b/g, '$1.x.x')
    .replace(/\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,40}/gi, (ip) => `${ip.split(':').slice(0, 2).join(':')}:…`)
