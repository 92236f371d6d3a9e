/** The HTML report's plots: how each way's mail ended, and the day's hours. */

import {type Cell, card, type Page, paragraph, table} from './html-parts.js'
import {PLOT_COLOURS} from './html-style.js'
import {escapeHtml} from './printable.js'
import {endsOf} from './report-parts.js'
import {barPlot, type Series, shareBar} from './svg.js'

const OUTCOMES = [
  ['delivered', 'good'],
  ['local', 'local'],
  ['waiting', 'wait'],
  ['refused', 'bad'],
  ['lost', 'lost'],
] as const

export function waysCard({answer, words, write}: Page): string {
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

export function hoursCard({answer, words, write}: Page): string {
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
