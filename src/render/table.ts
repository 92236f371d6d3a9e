/** Tables of text: aligned columns without frames, so that they read well on a terminal, in a mail and in a ticket. */

import Table from 'cli-table3'
import {type Colours, colours} from './colour.js'
import {printable} from './printable.js'

export interface TableOptions {
  readonly head?: readonly string[]
  /** Columns (from 0) whose values stand at the right: numbers. */
  readonly right?: readonly number[]
  readonly colours?: Colours
  /** Columns that the whole table may take; the widest column is wrapped to fit. Default: no limit. */
  readonly width?: number
}

const GAP = '  '
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
}

/** Widths that fit: the widest column gives way, but no column below twelve. */
function fitted(rows: readonly (readonly string[])[], limit: number): number[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  let over = widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1) - limit
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    const width = widths[widest] ?? 0
    if (width <= 12) break
    const less = Math.min(over, Math.max(1, width - 12))
    widths[widest] = width - less
    over -= less
  }
  return widths
}

/**
 * The rows as text without a line feed at the end; every cell is made printable here. Styles only where `options.colours` has them on.
 * An empty table is an empty text.
 */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  if (rows.length === 0) return ''
  const {bold} = options.colours ?? colours(false)
  const body = rows.map((row) => row.map(printable))
  const head = options.head?.map(printable) ?? []
  const columns = Math.max(head.length, ...body.map((row) => row.length))
  const table = new Table({
    chars: BARE,
    style: {head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0},
    colAligns: Array.from({length: columns}, (_, i) => (options.right?.includes(i) === true ? 'right' : 'left')),
    ...(options.width === undefined
      ? {}
      : {colWidths: fitted([head, ...body], options.width), wordWrap: true, wrapOnWordBoundary: false}),
  })
  if (head.length > 0) table.push(head.map(bold))
  for (const row of body) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map((line) => line.replace(/ +$/, ''))
    .join('\n')
}
