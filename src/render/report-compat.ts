/** Totals as another program counts them, in its own words. */

import type {CompatTotals} from '../question/daily-compat.js'
import {renderTable} from './table.js'

/** Name behind number, as pflogsumm and eximstats users know it. */
export function renderCompat({program, span, totals}: CompatTotals): string {
  const rows = Object.entries(totals).map(([name, value]) => [String(value), name])
  return `as ${program} counts, ${span.from} to ${span.to}\n${renderTable(rows, {right: [0]})}`
}
