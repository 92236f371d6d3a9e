/** The daily report as one HTML file: no script, nothing loaded from outside, plots inline; every number also stands in a table. */

import type {DailyAnswer, DailyRank, DailySender} from '../question/daily-answer.js'
import {abuseWords} from './abuse-words.js'
import {PLOT_COLOURS, STYLE} from './html-style.js'
import {escapeHtml} from './printable.js'
import {coverageLines, endsOf, headlines, senderName} from './report-parts.js'
import type {ReportOptions} from './report-text.js'
import type {ReportWords} from './report-wording.js'
import {reportWords, type Writing, writing} from './report-words.js'
import {barPlot, type Series, shareBar, sparkline} from './svg.js'
import type {Language} from './wording/wording.js'

interface Page {
  readonly answer: DailyAnswer
  readonly words: ReportWords
  readonly write: Writing
  readonly language: Language
}

type Cell = string | number | {readonly html: string; readonly className?: string}

function table(head: readonly string[], rows: readonly (readonly Cell[])[], write: Writing): string {
  const numeric = (i: number): boolean => rows.some((row) => standsRight(row[i]))
  const top = head.map((one, i) => `<th${numeric(i) ? ' class="r"' : ''}>${escapeHtml(one)}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map((cell) => cellHtml(cell, write)).join('')}</tr>`).join('\n')
  return `<table role="presentation"><thead><tr>${top}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

/** Numbers, and what is marked as one. */
const standsRight = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || (typeof cell === 'object' && /^r\b/.test(cell.className ?? ''))

function cellHtml(cell: Cell, write: Writing): string {
  if (typeof cell === 'number') return `<td class="r">${write.number(cell)}</td>`
  if (typeof cell === 'string') return `<td>${escapeHtml(cell)}</td>`
  return `<td${cell.className === undefined ? '' : ` class="${cell.className}"`}>${cell.html}</td>`
}

const name = (text: string): Cell => ({html: `<code>${escapeHtml(text)}</code>`, className: 'name'})
const card = (title: string, ...parts: readonly string[]): string =>
  `<div class="card"><h2>${escapeHtml(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}</div>`
const paragraph = (text: string, className = ''): string =>
  `<p${className === '' ? '' : ` class="${className}"`}>${escapeHtml(text)}</p>`

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

const OUTCOMES = [
  ['delivered', 'good'],
  ['local', 'local'],
  ['waiting', 'wait'],
  ['refused', 'bad'],
  ['lost', 'lost'],
] as const

function waysCard({answer, words, write}: Page): string {
  if (answer.ways.length === 0) return card(words.sections.mail, paragraph(words.none))
  const most = Math.max(
    ...answer.ways.map((way) =>
      Math.max(
        way.recipients,
        Object.values(endsOf(way)).reduce((sum, one) => sum + one, 0),
      ),
    ),
  )
  const rows = answer.ways.map((way): Cell[] => {
    const ends = endsOf(way)
    const series = OUTCOMES.map(([key, className]) => ({
      label: words.outcomes[key],
      className,
      colour: PLOT_COLOURS[className],
      values: [ends[key]],
      tip: `${words.outcomes[key]}: ${write.number(ends[key])}`,
    }))
    return [
      words.ways[way.way],
      way.messages,
      way.recipients,
      {html: shareBar(words.ways[way.way], series, most), className: 'bar'},
      ends.delivered + ends.local,
      ends.waiting,
      ends.refused,
      {html: escapeHtml(write.size(way.bytes)), className: 'r hide'},
    ]
  })
  const {heads} = words
  const head = [
    heads.way,
    heads.messages,
    heads.recipients,
    '',
    heads.delivered,
    heads.waiting,
    heads.refused,
    heads.size,
  ]
  return card(
    words.sections.mail,
    table(head, rows, write),
    legend(OUTCOMES.map(([key, className]) => [words.outcomes[key], className])),
  )
}

const legend = (items: readonly (readonly [label: string, className: keyof typeof PLOT_COLOURS])[]): string =>
  `<p class="legend soft">${items.map(([label, className]) => `<span class="item"><span class="dot ${className}" style="background-color:${PLOT_COLOURS[className]}"></span>${escapeHtml(label)}</span> `).join('')}</p>`

function hoursCard({answer, words, write}: Page): string {
  if (answer.hours.length === 0 || answer.hours.length > 26) return ''
  const series: Series[] = [
    {
      label: words.legend.outgoing,
      className: 'out',
      colour: PLOT_COLOURS.out,
      values: answer.hours.map((hour) => hour.outgoing),
    },
    {
      label: words.legend.incoming,
      className: 'in',
      colour: PLOT_COLOURS.in,
      values: answer.hours.map((hour) => hour.incoming),
    },
    {
      label: words.legend.rejected,
      className: 'rejected',
      colour: PLOT_COLOURS.rejected,
      values: answer.hours.map((hour) => hour.rejected),
    },
  ]
  const labels = answer.hours.map((hour) => write.clock(hour.from))
  return card(
    words.sections.hours,
    barPlot({title: words.sections.hours, labels, series, every: 3, number: write.number}),
    legend([
      [words.legend.outgoing, 'out'],
      [words.legend.incoming, 'in'],
      [words.legend.rejected, 'rejected'],
    ]),
  )
}

const spark = (one: DailySender, words: ReportWords, bad: boolean): Cell => ({
  html: sparkline(
    words.heads.hours,
    one.hours,
    bad ? {className: 'bad', colour: PLOT_COLOURS.bad} : {className: 'out', colour: PLOT_COLOURS.out},
  ),
  className: 'hide',
})

function senderTable({answer, words, write}: Page, list: readonly DailySender[]): string {
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

function rankTable({answer, words, write}: Page, list: readonly DailyRank[]): string {
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

function newScriptsCard({answer, words}: Page): string {
  if (answer.newScripts.length === 0) return ''
  const list = answer.newScripts
    .slice(0, 30)
    .map((one) => `<p class="name"><code>${escapeHtml(senderName(one, answer.servers))}</code></p>`)
  return card(words.sections.newScripts, ...list)
}

function refusedCard({answer: {refused}, words, write}: Page): string {
  const {heads} = words
  const sentence = words.refusedSentence({
    recipients: write.number(refused.recipients),
    unknownUser: write.number(refused.unknownUser),
    policy: write.number(refused.policy),
    ownLimit: write.number(refused.ownLimit),
    other: write.number(refused.other),
  })
  if (refused.domains.length === 0) return card(words.sections.refused, paragraph(sentence))
  const rows = refused.domains.map((one) => [one.domain, one.recipients, one.unknownUser, one.policy, one.other])
  return card(
    words.sections.refused,
    paragraph(sentence),
    table([heads.domain, heads.total, heads.unknownUser, heads.policy, heads.other], rows, write),
  )
}

function deferredCard({answer: {deferred, queue}, words, write}: Page): string {
  const {heads} = words
  const parts = [
    paragraph(
      words.deferredSentence({recipients: write.number(deferred.recipients), retries: write.number(deferred.retries)}),
    ),
  ]
  if (deferred.domains.length > 0)
    parts.push(
      table(
        [heads.domain, heads.recipients],
        deferred.domains.map((one) => [one.domain, one.recipients]),
        write,
      ),
    )
  if (queue.waiting === 0) parts.push(paragraph(words.queueEmpty))
  else
    parts.push(
      paragraph(
        words.queueSentence({
          waiting: write.number(queue.waiting),
          frozen: write.number(queue.frozen),
          oldest: write.time(queue.oldest),
        }),
      ),
      table(
        [heads.age, heads.messages],
        queue.ages.map((age, i) => [words.age(age.upTo, queue.ages[i - 1]?.upTo ?? null), age.messages]),
        write,
      ),
    )
  return card(`${words.sections.deferred}, ${words.sections.queue.toLowerCase()}`, ...parts)
}

function rejectionsCard({answer: {rejections}, words, write}: Page): string {
  const {heads} = words
  const parts = [
    paragraph(
      words.rejectionSentence({count: write.number(rejections.count), sampled: write.number(rejections.sampled)}),
    ),
  ]
  if (rejections.reasons.length > 0)
    parts.push(
      table(
        [heads.share, heads.reason],
        rejections.reasons.map((one) => [
          {html: write.percent(one.share), className: 'r'},
          {html: escapeHtml(one.text), className: 'name'},
        ]),
        write,
      ),
    )
  if (rejections.clients.length > 0)
    parts.push(
      table(
        [heads.client, heads.refused],
        rejections.clients.map((one) => [one.ip ?? '-', one.rejections]),
        write,
      ),
    )
  return card(words.sections.rejections, ...parts)
}

function backscatterCard({answer: {backscatter}, words, write}: Page): string {
  const {domains, own} = backscatter
  if (domains.length === 0 && own.length === 0) return ''
  const {heads} = words
  const rows = domains.slice(0, 15).map((one): Cell[] => [
    one.domain,
    one.bounces,
    write.time(one.since),
    one.reporters
      .slice(0, 3)
      .map((reporter) => reporter.name ?? reporter.ip ?? '-')
      .join(', '),
  ])
  return card(
    words.sections.backscatter,
    rows.length === 0 ? '' : table([heads.domain, heads.bounces, heads.since, heads.reporter], rows, write),
    ...domains.flatMap(({domain, catchAll}) =>
      catchAll === null
        ? []
        : [
            paragraph(
              words.catchAll({
                domain,
                localParts: write.number(catchAll.localParts),
                examples: catchAll.examples.slice(0, 3).join(', '),
              }),
            ),
          ],
    ),
    ...own.map(({server, bounces, domains: strangers}) =>
      paragraph(
        words.own({
          server,
          bounces: write.number(bounces),
          domains: strangers
            .slice(0, 5)
            .map((one) => `${one.domain} ${one.bounces}`)
            .join(', '),
        }),
      ),
    ),
    own.length > 0 ? paragraph(words.ownNext) : '',
  )
}
