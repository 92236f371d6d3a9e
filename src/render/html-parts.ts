/** What every card of the HTML report is made of: a page's words, tables whose numbers stand right, paragraphs; all text escaped. */

import type {DailyAnswer} from '../question/daily-answer.js'
import {escapeHtml} from './printable.js'
import type {ReportWords} from './report-wording.js'
import type {Writing} from './report-words.js'
import type {Language} from './wording/wording.js'

export interface Page {
  readonly answer: DailyAnswer
  readonly words: ReportWords
  readonly write: Writing
  readonly language: Language
}

export type Cell = string | number | {readonly html: string; readonly className?: string}

export function table(head: readonly string[], rows: readonly (readonly Cell[])[], write: Writing): string {
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

export const name = (text: string): Cell => ({html: `<code>${escapeHtml(text)}</code>`, className: 'name'})
export const card = (title: string, ...parts: readonly string[]): string =>
  `<div class="card"><h2>${escapeHtml(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}</div>`
export const paragraph = (text: string, className = ''): string =>
  `<p${className === '' ? '' : ` class="${className}"`}>${escapeHtml(text)}</p>`
