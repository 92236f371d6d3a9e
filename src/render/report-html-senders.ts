/** The HTML report's tables of senders, each with its day as a sparkline, and the scripts never seen before. */

import type {DailyRank, DailySender} from '../question/daily-answer.js'
import {type Cell, card, name, type Page, paragraph, table} from './html-parts.js'
import {PLOT_COLOURS} from './html-style.js'
import {escapeHtml} from './printable.js'
import {senderName} from './report-parts.js'
import type {ReportWords} from './report-wording.js'
import {sparkline} from './svg.js'

const spark = (one: DailySender, words: ReportWords, bad: boolean): Cell => ({
  html: sparkline(
    words.heads.hours,
    one.hours,
    bad ? {className: 'bad', colour: PLOT_COLOURS.bad} : {className: 'out', colour: PLOT_COLOURS.out},
  ),
  className: 'hide',
})

export function senderTable({answer, words, write}: Page, list: readonly DailySender[]): string {
  if (list.length === 0) return paragraph(words.none)
  const {heads} = words
  return table(
    [heads.sender, heads.hours, heads.messages, heads.recipients, heads.refused],
    list.map((one) => [
      name(senderName(one.subject, answer.servers)),
      spark(one, words, false),
      one.messages,
      one.recipients,
      one.failed,
    ]),
    write,
  )
}

export function rankTable({answer, words, write}: Page, list: readonly DailyRank[]): string {
  if (list.length === 0) return paragraph(words.none)
  const {heads} = words
  const alerted = new Set(answer.alerts.map(({subject}) => `${subject.server}\n${subject.kind}\n${subject.name}`))
  return table(
    [heads.score, heads.sender, heads.hours, heads.messages, heads.recipients, heads.refused],
    list.map((one) => {
      const {subject} = one
      const bad = alerted.has(`${subject.server}\n${subject.kind}\n${subject.name}`)
      const why = one.reasons[0]?.text ?? ''
      return [
        {html: one.score.toFixed(1), className: 'r'},
        {
          html: `<code>${escapeHtml(senderName(subject, answer.servers))}</code>${why === '' ? '' : `<br><span class="soft">${escapeHtml(why)}</span>`}`,
          className: 'name',
        },
        spark(one, words, bad),
        one.messages,
        one.recipients,
        one.failed,
      ]
    }),
    write,
  )
}

export function newScriptsCard({answer, words}: Page): string {
  if (answer.newScripts.length === 0) return ''
  const list = answer.newScripts
    .slice(0, 30)
    .map((one) => `<p class="name"><code>${escapeHtml(senderName(one, answer.servers))}</code></p>`)
  return card(words.sections.newScripts, ...list)
}
