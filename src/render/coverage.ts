/** Coverage as text: spans, gaps, and what the clock of each server rests on. */

import type {CoverageAnswer} from '../question/coverage.js'
import type {Colours} from './colour.js'
import {gapReason} from './gap-reason.js'
import {printable} from './printable.js'
import {renderTable} from './table.js'

const CLOCKS: Readonly<Record<string, string>> = {
  line: 'the lines say their zone',
  id: 'zone worked out from the IDs',
  configured: 'zone as configured',
  neighbour: 'zone as in the neighbouring log',
  assumed: "zone ASSUMED to be this machine's: name it with --tz or timezone =",
}

const time = (text: string | null): string => (text === null ? '-' : text.slice(0, 19).replace('T', ' '))

export function renderCoverage(answer: CoverageAnswer, colours: Colours): string {
  if (answer.servers.length === 0) return 'the database holds no logs'
  const out = [
    renderTable(
      answer.servers.map((s) => [
        s.server,
        time(s.from),
        time(s.to),
        s.lines.toLocaleString('en'),
        s.unknown.toLocaleString('en'),
        String(s.gaps.length),
      ]),
      {head: ['server', 'from (UTC)', 'to (UTC)', 'lines', 'unknown', 'gaps'], right: [3, 4, 5], colours},
    ),
  ]
  for (const server of answer.servers) {
    for (const clock of server.clocks)
      if (clock !== 'line') out.push(`${printable(server.server)}: ${CLOCKS[clock] ?? clock}`)
    for (const gap of server.gaps)
      out.push(
        `${colours.yellow('gap')} ${printable(server.server)} ${time(gap.from)} to ${time(gap.to)}: ${gapReason(gap.reason)}`,
      )
  }
  return out.join('\n')
}
