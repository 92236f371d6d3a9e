/** `backscatter` as text, and what to do about it. */

import type {BackscatterAnswer, HitDomain, OwnBackscatter, Reporter} from '../question/backscatter.js'
import type {Colours} from './colour.js'
import {printable} from './printable.js'
import {renderTable} from './table.js'
import {readableTime} from './wording/facts.js'

const time = (iso: string | null): string => (iso === null ? '-' : readableTime(iso))
const some = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
const LISTED = {
  listed: 'listed at ips.backscatterer.org',
  'not-listed': 'not listed',
  unknown: 'list did not answer',
} as const

const reporterName = ({name, ip}: Reporter): string =>
  printable(name === null ? (ip ?? 'unknown') : `${name} [${ip ?? '?'}]`)

export function renderBackscatter(answer: BackscatterAnswer, colours: Colours): string {
  const {domains, own, ownAddresses, window} = answer
  const out = [`${time(window.from)} to ${time(window.to)}`]
  if (domains.length === 0) out.push('no bounces for mail that never left')
  for (const hit of domains) out.push('', ...hitLines(hit, colours))
  for (const one of own) out.push('', ...ownLines(one, colours))
  if (ownAddresses.length > 0)
    out.push(
      '',
      renderTable(
        ownAddresses.map(({ip, listed}) => [ip, LISTED[listed]]),
        {head: ['our address', 'backscatterer.org'], colours},
      ),
    )
  return out.join('\n')
}

function hitLines(hit: HitDomain, colours: Colours): string[] {
  const explained = hit.explained === 0 ? '' : ` (${hit.explained} more may be about mail of ours)`
  const lines = [
    `${colours.bold(printable(hit.domain))}: ${some(hit.bounces, 'bounce', 'bounces')} for mail that never left${explained}, to ${some(hit.addresses, 'address', 'addresses')}`,
    `  since ${time(hit.since)}, last ${time(hit.until)}, on ${hit.servers.map(printable).join(', ')}`,
    ...hit.reporters
      .slice(0, 5)
      .map(
        (one) =>
          `  ${one.bounces} from ${reporterName(one)}${one.listed === undefined ? '' : `, ${LISTED[one.listed]}`}`,
      ),
  ]
  if (hit.reporters.length > 5) lines.push(`  and ${hit.reporters.length - 5} more reporters`)
  if (hit.catchAll !== null) {
    const examples = hit.catchAll.examples.slice(0, 3).map(printable).join(', ')
    lines.push(
      colours.yellow(
        `  a catch-all feeds on it: ${hit.catchAll.localParts} addresses took nothing but bounces${examples === '' ? '' : ` (${examples})`}`,
      ),
      '  turn the catch-all off: bounces to made-up addresses then stay outside',
    )
  }
  lines.push(`  next: mailwitness advise ${printable(hit.domain)}`)
  return lines
}

function ownLines({server, bounces, since, until, domains, example}: OwnBackscatter, colours: Colours): string[] {
  return [
    colours.yellow(
      `${printable(server)} sent ${some(bounces, 'bounce', 'bounces')} to strangers about mail that came from outside`,
    ),
    `  since ${time(since)}, last ${time(until)}, to ${domains
      .slice(0, 5)
      .map((one) => `${printable(one.domain)} (${one.bounces})`)
      .join(', ')}`,
    '  refuse unknown recipients and spam during the SMTP session instead',
    ...(example === null ? [] : [`  see one: mailwitness trace ${printable(example)}`]),
  ]
}
