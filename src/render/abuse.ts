/** Alerts with their words: who, how much, against what past, why, the lines that say so, and what an admin could run. */

import type {AbuseAnswer, AlertAnswer} from '../question/alerts-answer.js'
import {alertCommands} from './abuse-commands.js'
import {type AbuseWords, roughly, said} from './abuse-wording.js'
import {abuseWords} from './abuse-words.js'
import type {Colours} from './colour.js'
import {printable} from './printable.js'
import {readableTime} from './wording/facts.js'
import type {Language} from './wording/wording.js'

/** The same answer with the text of every reason, and the commands. */
export function fillAlerts(answer: AbuseAnswer, language: Language): AbuseAnswer {
  const words = abuseWords(language)
  return {
    ...answer,
    alerts: answer.alerts.map((alert) => ({
      ...alert,
      reasons: alert.reasons.map((reason) => ({
        ...reason,
        text: words.reasons[reason.code](said(reason.values, words)),
      })),
      commands: alertCommands(alert, words),
    })),
  }
}

export interface AbuseOptions {
  readonly language: Language
  readonly colours: Colours
  readonly lines: boolean
}

/** Lines of an alert in the text; --json has more. */
const SHOWN_LINES = 8

const minute = (time: string | null): string => (time === null ? '-' : readableTime(time).replace(/:\d\d UTC$/, ' UTC'))
const second = (time: string | null): string => (time === null ? '-' : readableTime(time))

/** A filled answer as text. */
export function renderAbuse(answer: AbuseAnswer, options: AbuseOptions): string {
  const words = abuseWords(options.language)
  const from = minute(answer.window.from)
  const to = minute(answer.window.to)
  const {alerts} = answer
  const out = [
    alerts.length === 0 ? words.none(from, to) : options.colours.bold(words.heading(alerts.length, from, to)),
    ...alerts.map((alert) => `\n${renderAlert(alert, words, options)}`),
  ]
  for (const {subject, reason, until} of answer.excused) {
    const what = `${words.kinds[subject.kind]} ${printable(subject.name)} (${printable(subject.server)})`
    out.push(
      options.colours.dim(
        words.excused({what, reason: printable(reason), until: until === null ? '' : until.slice(0, 10)}),
      ),
    )
  }
  return out.join('\n')
}

function renderAlert(alert: AlertAnswer, words: AbuseWords, {colours, lines}: AbuseOptions): string {
  const {subject} = alert
  const out = [
    `${colours.red(alert.id)}  ${words.kinds[subject.kind]} ${colours.bold(printable(subject.name))} ${printable(subject.server)}`,
    `  ${second(alert.from)} - ${second(alert.to)}`,
    `  ${words.counts(alert)}`,
    `  ${words.expected(roughly(alert.expected), roughly(alert.ratio))}`,
    `  ${words.firstAlert(second(alert.firstAlertAt), alert.score.toFixed(1), alert.threshold.toFixed(1))}`,
  ]
  if (alert.senders.length > 0)
    out.push(`  ${words.senders}: ${alert.senders.map((one) => (one === '' ? '<>' : printable(one))).join(', ')}`)
  if (alert.acknowledged !== null) out.push(`  ${colours.green(words.acknowledged[alert.acknowledged])}`)
  out.push(`  ${words.why}:`)
  for (const {text, weight, code} of alert.reasons) {
    const sign = code === 'fixed-limit' ? words.fixedLimit : `${weight < 0 ? '-' : '+'}${Math.abs(weight).toFixed(1)}`
    out.push(`    ${weight < 0 ? colours.green(sign) : colours.yellow(sign)}  ${text}`)
  }
  if (lines && alert.evidence.length > 0) {
    out.push(`  ${words.evidence}:`)
    for (const {source, offset, line} of alert.evidence.slice(-SHOWN_LINES))
      out.push(`    ${colours.dim(`${printable(source)}:${offset}`)} ${printable(line)}`)
  }
  out.push(`  ${words.commands}:`)
  for (const {command, note} of alert.commands) out.push(`    ${printable(command)}   ${colours.dim(`# ${note}`)}`)
  return out.join('\n')
}
