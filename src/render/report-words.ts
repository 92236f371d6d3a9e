/** The daily report's words by language, and how it writes numbers and times. */

import type {ReportWords} from './report-wording.js'
import {germanReport} from './report-words-de.js'
import {englishReport} from './report-words-en.js'
import type {Language} from './wording/wording.js'

const WORDS: Readonly<Record<Language, ReportWords>> = {en: englishReport, de: germanReport}

export const reportWords = (language: Language): ReportWords => WORDS[language]

/** Numbers and times as one report writes them. */
export interface Writing {
  readonly number: (value: number) => string
  /** At most six characters. */
  readonly short: (value: number) => string
  /** 1000-based: `12.3 MB`. */
  readonly size: (bytes: number) => string
  readonly percent: (share: number) => string
  /** `2026-11-21 06:15` in the report's zone; `-` for null. */
  readonly time: (iso: string | null) => string
  /** `06:15` in the report's zone. */
  readonly clock: (iso: string | null) => string
}

export function writing(words: ReportWords, zone: string): Writing {
  const whole = new Intl.NumberFormat(words.locale)
  const tenth = new Intl.NumberFormat(words.locale, {maximumFractionDigits: 1})
  const stamp = new Intl.DateTimeFormat('sv-SE', {timeZone: zone, dateStyle: 'short', timeStyle: 'short'})
  const time = (iso: string | null): string => (iso === null ? '-' : stamp.format(Date.parse(iso)))
  return {
    number: (value) => whole.format(value),
    short: (value) =>
      value < 100_000
        ? whole.format(value)
        : value < 1e6
          ? `${Math.round(value / 1e3)}k`
          : `${tenth.format(value / 1e6)}M`,
    size: (bytes) => {
      const unit = bytes >= 1e9 ? 'GB' : bytes >= 1e6 ? 'MB' : 'kB'
      return `${tenth.format(bytes / (unit === 'GB' ? 1e9 : unit === 'MB' ? 1e6 : 1e3))} ${unit}`
    },
    percent: (share) => `${whole.format(Math.round(share * 100))} %`,
    time,
    clock: (iso) => time(iso).slice(11),
  }
}
