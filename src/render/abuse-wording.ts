/** The shape of the sentences about alerts, and the numbers that stand in them. */

import type {SubjectKind} from '../mail/send-fact.js'
import type {ReasonCode} from '../question/abuse/alert.js'
import {printable} from './printable.js'

export type Values = Readonly<Record<string, number | string>>

/** The numbers behind a sentence, ready to print. */
export interface Said {
  count(key: string): number
  text(key: string): string
  /** A count that may be an average: one digit below ten. */
  about(key: string): string
  /** A share (0 to 1) in percent. */
  percent(key: string): string
  /** A length of time in milliseconds, in words. */
  span(key: string): string
  /** A time in UTC milliseconds. */
  time(key: string): string
}

export type AbuseSentence = (said: Said) => string

export const COMMAND_NOTES = ['look', 'stop-script', 'account', 'sessions', 'freeze', 'remove', 'acknowledge'] as const
export type AbuseCommandNote = (typeof COMMAND_NOTES)[number]

export interface AbuseWords {
  readonly units: Readonly<Record<'minute' | 'minutes' | 'hour' | 'hours', string>>
  readonly kinds: Readonly<Record<SubjectKind, string>>
  readonly reasons: Readonly<Record<ReasonCode, AbuseSentence>>
  readonly notes: Readonly<Record<AbuseCommandNote, string>>
  readonly none: (from: string, to: string) => string
  readonly heading: (alerts: number, from: string, to: string) => string
  readonly counts: (f: {
    messages: number
    recipients: number
    failed: number
    unknownUser: number
    policy: number
    waiting: number
  }) => string
  readonly expected: (expected: string, ratio: string) => string
  readonly firstAlert: (at: string, score: string, threshold: string) => string
  readonly acknowledged: Readonly<Record<'true' | 'false', string>>
  readonly why: string
  readonly evidence: string
  readonly commands: string
  readonly senders: string
  readonly excused: (f: {what: string; reason: string; until: string}) => string
  readonly fixedLimit: string
}

/** `2026-11-21 05:00 UTC`. */
export const minuteUtc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** A number for people: one digit below ten, none above. */
export const roughly = (value: number): string =>
  value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value))

/** The values of a reason, for its sentence. */
export function said(values: Values, words: AbuseWords): Said {
  const number = (key: string): number => (typeof values[key] === 'number' ? values[key] : 0)
  return {
    count: number,
    text: (key) => printable(String(values[key] ?? '')),
    about: (key) => roughly(number(key)),
    percent: (key) => `${roughly(number(key) * 100)} %`,
    span: (key) => {
      const minutes = number(key) / 60_000
      const hours = minutes / 60
      if (minutes < 60) return `${minutes} ${minutes === 1 ? words.units.minute : words.units.minutes}`
      return `${roughly(hours)} ${hours === 1 ? words.units.hour : words.units.hours}`
    },
    time: (key) => minuteUtc(number(key)),
  }
}
