/**
 * What a report suffered on its way to us, undone line by line: line ends, HTML, quote marks, invisible characters, lines cut at a fixed
 * column. Linear; each line keeps the number of the line it came from.
 */

import {SEAM} from './seam.js'

export interface Line {
  readonly text: string
  /** 1-based line of the text it came from. */
  readonly number: number
}

const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g
const BLANKS = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const BREAKING_TAG =
  /<\/?(?:br|p|div|tr|pre|li|h[1-6]|table|blockquote|body|html|head|ul|ol|hr)(?:\s[^<>]{0,500})?\/?>/gi
const OTHER_TAG =
  /<\/?(?:span|font|b|i|u|a|em|strong|code|tt|td|th|tbody|center|small|big|img|meta|style|script|title|o:p)(?:\s[^<>]{0,1000})?\/?>/gi
const HAS_TAG = /<(?:br|p|div|pre|td|tr|span|body|html|blockquote|font)(?:\s[^<>]{0,500})?\/?>/i
const ENTITY = /&(#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,6});/g
const HAS_ENTITY = /&(?:lt|gt|amp|quot|nbsp|apos|#\d{1,7}|#x[0-9a-f]{1,6});/i
const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  bull: '•',
  middot: '·',
  hellip: '…',
}
const QUOTED = /^(?:[ \t]{0,3}[>|]){1,12} ?/

/** Text cut at a fixed column, made whole without marking the places; for encodings, which hold no blanks. */
export function withoutCuts(text: string): string {
  const lines = text.split(/\r{0,3}\n|\r/).map((line, n) => ({text: line, number: n + 1}))
  const joined = rejoinCutLines(lines)
  return joined === lines ? text : joined.map((line) => line.text.replaceAll(SEAM, '')).join('\n')
}

/** Cleans a text into lines. */
export function plainLines(text: string): readonly Line[] {
  return rejoinCutLines(closeUp(unquote(unHtml(numbered(text)))))
}

function numbered(text: string): Line[] {
  const clean = text.replace(INVISIBLE, '').replace(BLANKS, ' ')
  return clean.split(/\r{0,3}\n|\r/).map((line, n) => ({text: line, number: n + 1}))
}

function unHtml(lines: Line[]): Line[] {
  const tags = lines.some((line) => line.text.includes('<') && HAS_TAG.test(line.text))
  const entities = lines.some((line) => line.text.includes('&') && HAS_ENTITY.test(line.text))
  if (!tags && !entities) return lines
  return lines.flatMap((line) => {
    if (!line.text.includes('<') && !line.text.includes('&')) return [line]
    let text = tags ? line.text.replace(BREAKING_TAG, '\n').replace(OTHER_TAG, '') : line.text
    // escaped twice by a ticket system and a mail client: twice is enough, and bounded
    if (entities) text = withoutEntities(text)
    if (entities && HAS_ENTITY.test(text)) text = withoutEntities(text)
    if (!text.includes('\n')) return [{text, number: line.number}]
    return text.split('\n').map((part) => ({text: part, number: line.number}))
  })
}

function withoutEntities(text: string): string {
  return text.replace(ENTITY, (whole, name: string) => {
    if (name[0] !== '#') return NAMED[name.toLowerCase()] ?? whole
    const code = name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    if (code === 10 || code === 13 || code === 160 || code === 9) return ' '
    return code >= 32 && code < 0x110000 ? String.fromCodePoint(code) : whole
  })
}

function unquote(lines: Line[]): Line[] {
  const marks = lines.map((line) => QUOTED.exec(line.text)?.[0].length ?? 0)
  return lines.map((line, i) => {
    // a lone mark is the text's own: `<id@host` cut before its `>`
    const quoted = (marks[i] ?? 0) > 0 && ((marks[i - 1] ?? 0) > 0 || (marks[i + 1] ?? 0) > 0 || lines.length === 1)
    return quoted ? {text: line.text.slice(marks[i]), number: line.number} : line
  })
}

/** Text in which every line is followed by an empty one (line breaks doubled by a web page or a mail client) loses the doubling. */
function closeUp(lines: Line[]): Line[] {
  let full = 0
  let tight = 0
  for (let i = 0; i < lines.length; i++) {
    if (isBlank(lines[i])) continue
    full++
    if (i + 1 < lines.length && !isBlank(lines[i + 1])) tight++
  }
  if (full < 10 || tight * 20 > full) return lines
  const kept: Line[] = []
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]
    if (line && !isBlank(line)) {
      kept.push(line)
      i++
      continue
    }
    let end = i
    while (end < lines.length && isBlank(lines[end])) end++
    if (line) for (let n = 0; n < Math.floor((end - i) / 2); n++) kept.push(line)
    i = end
  }
  return kept
}

const isBlank = (line: Line | undefined): boolean => line === undefined || line.text.trim() === ''

const HEADER_START = /^[A-Za-z][A-Za-z0-9-]{0,60}:\s/
const MIN_COLUMN = 40

/**
 * Joins lines that were cut at a fixed column, through words. The column is the longest line's length, when at least three lines have
 * exactly that length and they are a third of the lines near it (text wrapped at blanks is ragged: an eighth).
 */
function rejoinCutLines(lines: readonly Line[]): readonly Line[] {
  const column = cutColumn(lines)
  if (column === null) return lines
  const joined: Line[] = []
  let parts: string[] = []
  let number = 0
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    if (!line) continue
    if (parts.length === 0) number = line.number
    parts.push(line.text)
    const next = lines[i + 1]
    const cut = line.text.length === column && next !== undefined && next.text !== '' && !HEADER_START.test(next.text)
    if (cut && parts.length < 400) {
      if (!line.text.endsWith(' ') && !/^\s/.test(next.text)) parts.push(SEAM)
      continue
    }
    joined.push({text: parts.join(''), number})
    parts = []
  }
  return joined
}

function cutColumn(lines: readonly Line[]): number | null {
  let column = 0
  for (const line of lines) if (line.text.length > column) column = line.text.length
  if (column < MIN_COLUMN || column > 200) return null
  let exact = 0
  let near = 0
  for (const line of lines) {
    if (line.text.length === column) exact++
    else if (line.text.length > column - 12) near++
  }
  return exact >= 3 && exact * 2 > near ? column : null
}
