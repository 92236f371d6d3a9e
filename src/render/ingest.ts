/** The summary of an ingest run. */

import type {IngestJson} from '../ingest/options.js'
import type {Colours} from './colour.js'
import {printable} from './printable.js'
import {renderTable} from './table.js'

const n = (value: number): string => value.toLocaleString('en')

export function renderIngest({json}: {readonly json: IngestJson}, colours: Colours): string {
  const out: string[] = []
  if (json.sources.length > 0) {
    out.push(
      renderTable(
        json.sources.map((source) => [
          printable(source.path),
          source.dialect,
          printable(source.server ?? 'several'),
          n(source.lines),
          n(source.unknown),
          short(source.from),
          short(source.to),
        ]),
        {head: ['log', 'dialect', 'server', 'lines', 'unknown', 'from (UTC)', 'to (UTC)'], right: [3, 4], colours},
      ),
      '',
    )
  }
  const seconds = json.elapsedMs / 1000
  out.push(
    `${n(json.lines)} lines (${(json.bytes / 1e6).toFixed(1)} MB) in ${seconds.toFixed(1)} s: ${n(json.events)} events, ${n(json.ignored)} ignored, ${n(json.unknown)} unknown, ${n(json.continuation)} continued`,
  )
  out.push(
    `${n(json.messages)} messages accepted, ${n(json.deliveries)} deliveries, ${n(json.rejections)} rejections added`,
  )
  if (json.unchanged > 0) out.push(`${n(json.unchanged)} file${json.unchanged === 1 ? '' : 's'} held nothing new`)
  if (json.repeated > 0) out.push(`${n(json.repeated)} lines were stored already, from another file`)
  if (json.truncated > 0) out.push(`${n(json.truncated)} lines were longer than the limit and are marked as gaps`)
  for (const failure of json.failures)
    out.push(
      colours.red(
        `not read: ${printable(failure.path)}: ${printable(failure.message)}${failure.offset === null ? '' : ` (after byte ${failure.offset})`}`,
      ),
    )
  return out.join('\n')
}

const short = (time: string | null): string => (time === null ? '-' : time.slice(0, 19).replace('T', ' '))
