/** A new alert in one line, for a log. */

import type {AlertAnswer} from '../question/alerts-answer.js'
import {abuseWords} from './abuse-words.js'
import {printable} from './printable.js'
import type {Language} from './wording/wording.js'

/** Grounds that are named. */
const MOST_REASONS = 3

/** A filled alert as one line without line breaks or escapes of strangers. */
export function alertLine(alert: AlertAnswer, language: Language): string {
  const words = abuseWords(language)
  const {subject} = alert
  const why = alert.reasons.filter(({weight, code}) => weight > 0 || code === 'fixed-limit').slice(0, MOST_REASONS)
  return [
    `ALERT ${alert.id} ${alert.firstAlertAt ?? '-'} ${words.kinds[subject.kind]} ${printable(subject.name)} (${printable(subject.server)})`,
    words.counts(alert),
    ...why.map(({text}) => printable(text)),
  ].join('; ')
}
