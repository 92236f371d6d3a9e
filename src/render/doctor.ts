/** The doctor's answer as text: problems first, then the store, its streams, unread lines, and the configuration lines that would help. */

import type {CoverageAnswer} from '../question/coverage.js'
import type {DoctorStream, Platform, UnknownExample} from '../question/doctor/doctor.js'
import type {Colours} from './colour.js'
import {CONFIG_LINES} from './doctor-config.js'
import type {ToldFinding} from './doctor-words.js'
import {printable} from './printable.js'
import {renderTable} from './table.js'

export interface DoctorCheck {
  readonly full: boolean
  readonly blocks: number
  readonly lines: number
  readonly pruned: number
  readonly masked: number
  readonly messages: number
  readonly compared: number
  readonly rederived: number
  readonly head: {readonly block: number; readonly sha256: string} | null
}

/** `mailwitness.doctor/1`. */
export interface DoctorAnswer {
  readonly schema: 'mailwitness.doctor/1'
  readonly healthy: boolean
  readonly tool: {
    readonly version: string
    readonly node: string
    readonly platform: string
    readonly uid: number | null
    readonly zone: string
  }
  readonly config: {readonly path: string | null; readonly servers: number}
  readonly database: {
    readonly path: string
    readonly exists: boolean
    readonly mode: string | null
    readonly folderMode: string | null
    readonly writable: boolean
    readonly sqlite: string | null
    readonly schema: number | null
    readonly bytes: number | null
    readonly messages: number | null
    readonly blocks: number | null
    readonly journal: string
  }
  readonly streams: readonly DoctorStream[]
  readonly unknown: readonly UnknownExample[]
  readonly coverage: CoverageAnswer | null
  readonly check: DoctorCheck | null
  readonly findings: readonly ToldFinding[]
  readonly configuration: readonly {
    readonly platform: Platform
    readonly title: string
    readonly place: string
    readonly lines: readonly string[]
  }[]
}

const n = (value: number | null): string => (value === null ? '-' : value.toLocaleString('en'))
const time = (text: string | null): string => (text === null ? '-' : text.slice(0, 19).replace('T', ' '))

/** The configuration lines of some platforms, for the answer. */
export function configurationFor(platforms: readonly Platform[]): DoctorAnswer['configuration'] {
  return platforms.flatMap((platform) => CONFIG_LINES[platform].map((block) => ({platform, ...block})))
}

export function renderDoctor(answer: DoctorAnswer, colours: Colours): string {
  const {database, tool} = answer
  const out: string[] = []
  const paint = {problem: colours.red, warning: colours.yellow, hint: colours.dim}
  out.push(colours.bold(answer.healthy ? colours.green('no problem found') : colours.red('there are problems')))
  for (const {level, text} of answer.findings) out.push(`  ${paint[level](level)} ${printable(text)}`)
  out.push('', colours.bold('installation'))
  out.push(
    `  mailwitness ${tool.version}, Node.js ${tool.node} on ${tool.platform}${tool.uid === null ? '' : `, uid ${tool.uid}`}, zone of this machine ${tool.zone}`,
  )
  out.push(`  SQLite binding ${database.sqlite === null ? 'not needed so far' : `works (SQLite ${database.sqlite})`}`)
  out.push(`  configuration ${printable(answer.config.path ?? 'none')}, ${answer.config.servers} servers`)
  out.push(
    database.exists
      ? `  database ${printable(database.path)}, mode ${database.mode ?? '?'} in a folder of mode ${database.folderMode ?? '?'}, ${n(database.messages)} messages, ${n(database.blocks)} blocks of lines, ${((database.bytes ?? 0) / 1e6).toFixed(1)} MB, schema ${database.schema ?? '?'}${database.writable ? '' : ', read-only for this user'}`
      : `  database ${printable(database.path)}: not there`,
  )
  if (answer.streams.length > 0) {
    out.push('', colours.bold('logs'))
    const rows = answer.streams.map((s) => [
      s.source,
      s.dialects.join(', '),
      s.servers.join(', '),
      n(s.lines),
      n(s.unknown),
      s.clocks.join(', '),
      time(s.from),
      time(s.to),
    ])
    out.push(
      renderTable(rows, {
        head: ['log', 'dialect', 'server', 'lines', 'unknown', 'clock', 'from (UTC)', 'to (UTC)'],
        right: [3, 4],
        colours,
      }),
    )
  }
  for (const {source, selectors} of answer.streams) {
    if (selectors === null) continue
    const shown = (state: string): string =>
      Object.entries(selectors)
        .filter(([, value]) => value === state)
        .map(([name]) => name)
        .join(' ') || 'none'
    out.push(`${printable(source)} shows: ${shown('on')}`, `  does not show: ${shown('off')}`)
    if (shown('unclear') !== 'none') out.push(colours.dim(`  too few lines to say: ${shown('unclear')}`))
  }
  if (answer.unknown.length > 0) {
    out.push('', colours.bold('lines that were not understood, one of each shape'))
    for (const one of answer.unknown)
      out.push(
        `  ${n(one.count)} × ${printable(one.reason)}: ${colours.dim(`${printable(one.source)}:${one.offset}`)} ${printable(one.line.slice(0, 400))}`,
      )
  }
  if (answer.check !== null) out.push('', ...renderCheck(answer.check, colours))
  if (answer.configuration.length > 0) {
    out.push('', colours.bold('lines that would make the answers stronger'))
    for (const {title, place, lines} of answer.configuration)
      out.push(`  # ${title}: ${place}`, ...lines.map((line) => `  ${line}`))
  }
  return out.join('\n')
}

function renderCheck(check: DoctorCheck, colours: Colours): string[] {
  const out = [
    colours.bold('check'),
    `  chain of evidence: ${n(check.blocks)} blocks, ${n(check.lines)} lines, ${n(check.pruned)} removed by prune, ${n(check.masked)} with masked lines`,
    `  derived rows: ${n(check.compared)} of ${n(check.messages)} messages compared with their lines${check.full ? '' : ' (--full compares all)'}`,
  ]
  if (check.rederived > 0) out.push(`  ${n(check.rederived)} messages derived again from their lines`)
  if (check.head !== null)
    out.push(
      `  head of the chain: ${check.head.block}:${check.head.sha256} (note it elsewhere; --anchor checks that it is still there)`,
    )
  return out
}
