/** The daily report as one HTML file: no script, nothing loaded from outside, plots inline; every number also stands in a table. */

import type {DailyAnswer} from '../question/daily-answer.js'
import {abuseWords} from './abuse-words.js'
import {card, type Page, paragraph} from './html-parts.js'
import {STYLE} from './html-style.js'
import {escapeHtml} from './printable.js'
import {hoursCard, waysCard} from './report-html-plots.js'
import {newScriptsCard, rankTable, senderTable} from './report-html-senders.js'
import {backscatterCard, deferredCard, refusedCard, rejectionsCard} from './report-html-trouble.js'
import {coverageLines, headlines, senderName} from './report-parts.js'
import type {ReportOptions} from './report-text.js'
import {reportWords, writing} from './report-words.js'

export function renderReportHtml(answer: DailyAnswer, options: ReportOptions): string {
  const words = reportWords(options.language)
  const page: Page = {answer, words, write: writing(words, answer.span.zone), language: options.language}
  const {write} = page
  const {from, to, zone} = answer.span
  const title = words.title(options.title)
  const subtitle = words.subtitle({
    from: write.time(from),
    to: write.time(to),
    zone,
    servers: answer.servers.join(', ') || words.none,
  })
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    paragraph(subtitle, 'sub'),
    `<div class="headline${answer.fine ? ' fine' : ''}">${headlines(answer, words, write)
      .map((line) => paragraph(line))
      .join('')}</div>`,
    alertCard(page),
    waysCard(page),
    hoursCard(page),
    card(words.sections.byScore, rankTable(page, answer.byScore), paragraph(words.scoreNote, 'soft')),
    card(words.sections.byVolume, senderTable(page, answer.byVolume)),
    newScriptsCard(page),
    refusedCard(page),
    deferredCard(page),
    rejectionsCard(page),
    backscatterCard(page),
    card(
      words.sections.coverage,
      ...coverageLines(answer, words, write).map((line) =>
        line.startsWith('  ') ? `<p><code>${escapeHtml(line.trim())}</code></p>` : paragraph(line),
      ),
    ),
    paragraph(words.made(options.version), 'foot soft'),
  ]
  return `<!DOCTYPE html>
<html lang="${options.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><div class="page"><div class="wide">
${body.filter((part) => part !== '').join('\n')}
</div></div></body></html>
`
}

function alertCard({answer, words, write, language}: Page): string {
  if (answer.alerts.length === 0) return card(words.sections.alerts, paragraph(words.noAlerts))
  const said = abuseWords(language)
  return card(
    words.sections.alerts,
    ...answer.alerts.map((alert) => {
      const reasons = alert.reasons.filter((reason) => reason.weight >= 0).slice(0, 5)
      return `<div class="alarm"><span class="strong"><strong>${escapeHtml(said.kinds[alert.subject.kind])}</strong></span> <code>${escapeHtml(senderName(alert.subject, answer.servers))}</code>
${paragraph(`${write.time(alert.from)} - ${write.time(alert.to)}: ${said.counts(alert)}`)}
<ul>${reasons.map((reason) => `<li>${escapeHtml(reason.text)}</li>`).join('')}</ul>
<p class="soft">${escapeHtml(alert.acknowledged === null ? `mailwitness abuse ack ${alert.id} --true | --false` : said.acknowledged[alert.acknowledged])}</p></div>`
    }),
  )
}
