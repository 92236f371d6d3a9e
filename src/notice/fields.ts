/** Header fields found in text: well-formed headers as RFC 5322 has them, and blindly where wrapping and pasting broke them. */

import {fieldClass, isKnownField} from './field-names.js'
import {LIMITS, type Truncation} from './limits.js'
import type {Line} from './plain-lines.js'
import {SEAM} from './seam.js'

/** One header field. */
export interface Field {
  /** Lower case. */
  readonly name: string
  /** Unfolded, may hold seams. */
  readonly value: string
  readonly line: number
}

/** Fields that stand together. */
export interface Block {
  readonly fields: readonly Field[]
  /** True where the header is well-formed; false where it was read across broken lines. */
  readonly strict: boolean
  /** Index of its first and of the line after its last in the cleaned lines. */
  readonly start: number
  readonly end: number
}

const FIELD_START = /^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]{0,2}:/
const INNER_FIELD = /(?<=[\s\u0001])([A-Z][A-Za-z0-9]{0,24}(?:-\u0001?[A-Za-z0-9]{1,24}){0,6}):(?=\s|$)/g
const IDENTIFYING = new Set(['received', 'message-id', 'x-php-script', 'final-recipient', 'reporting-mta'])
const STRUCTURED = new Set(['received', 'to', 'from', 'date', 'message-id', 'return-path', 'mime-version', 'subject'])

/** All blocks of fields in reading order. */
export function blocksOf(lines: readonly Line[], cut: Set<Truncation>): Block[] {
  const blocks: Block[] = []
  let count = 0
  let i = 0
  while (i < lines.length) {
    if (isBlank(lines[i])) {
      i++
      continue
    }
    let end = i
    while (end < lines.length && !isBlank(lines[end])) end++
    for (const block of blocksOfParagraph(lines, i, end, cut)) {
      if (count >= LIMITS.fields) {
        cut.add('fields')
        return blocks
      }
      count += block.fields.length
      blocks.push(block)
    }
    i = end
  }
  return joinSpacedOut(blocks, lines)
}

const isBlank = (line: Line | undefined): boolean => line === undefined || line.text.trim() === ''

function nameAt(text: string): string | null {
  const found = FIELD_START.exec(text)
  return found ? (found[1] ?? '').toLowerCase() : null
}

function blocksOfParagraph(lines: readonly Line[], from: number, to: number, cut: Set<Truncation>): Block[] {
  let start = from
  while (start < to && !startsBlock(lines[start]?.text ?? '')) start++
  // prose or a strange field may stand before a header that was run together
  if (start > from && holdsInnerHeader(lines, from, start))
    return splitBlocks(blindFields(lines, from, to, cut), from, to)
  if (start === to) return []
  let strict = true
  for (let i = start; i < to && strict; i++) {
    const text = lines[i]?.text ?? ''
    strict = /^[ \t]/.test(text) ? i > start : nameAt(text) !== null
  }
  if (strict) {
    const fields = strictFields(lines, start, to, cut)
    if (!hasGluedFields(fields)) return [{fields, strict, start, end: to}]
  }
  return splitBlocks(blindFields(lines, start, to, cut), start, to)
}

function startsBlock(text: string): boolean {
  const name = nameAt(text)
  return name !== null && isKnownField(name)
}

/** Do lines that begin with no known field hold one further in that identifies a message? */
function holdsInnerHeader(lines: readonly Line[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    for (const match of (lines[i]?.text ?? '').matchAll(INNER_FIELD)) {
      if (IDENTIFYING.has((match[1] ?? '').toLowerCase())) return true
    }
  }
  return false
}

function strictFields(lines: readonly Line[], from: number, to: number, cut: Set<Truncation>): Field[] {
  const fields: Field[] = []
  for (let i = from; i < to; ) {
    const line = lines[i]
    if (!line) break
    const head = FIELD_START.exec(line.text)
    const parts = [line.text.slice(head?.[0].length ?? 0)]
    let length = parts[0]?.length ?? 0
    let next = i + 1
    for (; next < to && /^[ \t]/.test(lines[next]?.text ?? ''); next++) {
      const more = lines[next]?.text ?? ''
      if (length < LIMITS.fieldCharacters) parts.push(more)
      length += more.length
    }
    if (head) fields.push({name: (head[1] ?? '').toLowerCase(), value: clip(parts.join('\n'), cut), line: line.number})
    i = next
  }
  return fields
}

function clip(value: string, cut: Set<Truncation>): string {
  if (value.length <= LIMITS.fieldCharacters) return value.trim()
  cut.add('field')
  return value.slice(0, LIMITS.fieldCharacters).trim()
}

/** Two or more fields (or a Received line) that swallowed other header names: the lines were run together. */
function hasGluedFields(fields: readonly Field[]): boolean {
  let swallowed = 0
  for (const field of fields) {
    if (!STRUCTURED.has(field.name)) continue
    let inside = 0
    for (const match of field.value.matchAll(INNER_FIELD)) if (isKnownField((match[1] ?? '').toLowerCase())) inside++
    if (inside > 0) swallowed += field.name === 'received' || inside > 1 ? 2 : 1
  }
  return swallowed > 1
}

interface Mark {
  readonly name: string
  readonly at: number
  readonly valueAt: number
}

/** Fields wherever a known name and a colon stand, whatever the line breaks are. */
function blindFields(lines: readonly Line[], from: number, to: number, cut: Set<Truncation>): Field[] {
  const parts: string[] = []
  const starts: number[] = []
  const marks: Mark[] = []
  let length = 0
  let joined = false
  for (let i = from; i < to; i++) {
    const text = lines[i]?.text ?? ''
    starts.push(length)
    const head = joined ? null : FIELD_START.exec(text)
    const name = (head?.[1] ?? '').toLowerCase()
    if (head && (isKnownField(name) || text[head[0].length] === ' '))
      marks.push({name, at: length, valueAt: length + head[0].length})
    // a wrap at a hyphen may have cut a token in two
    joined = /[0-9A-Za-z]-$/.test(text)
    parts.push(text, joined ? SEAM : ' ')
    length += text.length + 1
  }
  const whole = parts.join('')
  for (const match of whole.matchAll(INNER_FIELD)) {
    const name = (match[1] ?? '').replaceAll(SEAM, '').toLowerCase()
    if (isKnownField(name)) marks.push({name, at: match.index, valueAt: match.index + match[0].length})
  }
  marks.sort((one, two) => one.at - two.at)
  const single = marks.filter((mark, n) => mark.at !== marks[n - 1]?.at)
  let row = 0
  return single.map((mark, n) => {
    while ((starts[row + 1] ?? Number.POSITIVE_INFINITY) <= mark.at) row++
    const value = clip(whole.slice(mark.valueAt, single[n + 1]?.at ?? whole.length), cut)
    return {name: mark.name, value, line: lines[from + row]?.number ?? 0}
  })
}

const ONCE = new Set(['from', 'date', 'message-id', 'subject'])
const TRACE = new Set(['received', 'return-path', 'delivered-to', 'x-original-to', 'envelope-to', 'delivery-date'])

/** Cuts fields that were run together into the headers they came from. */
function splitBlocks(fields: Field[], start: number, end: number): Block[] {
  const blocks: Block[] = []
  let current: Field[] = []
  let once = new Set<string>()
  let trace = -1
  const close = (at: number): void => {
    const rest = current.splice(at)
    if (current.length > 0) blocks.push({fields: current, strict: false, start, end})
    current = rest
    once = new Set(rest.map((field) => field.name).filter((name) => ONCE.has(name)))
    trace = -1
  }
  for (const field of fields) {
    const before = current.at(-1)
    if (before && changesClass(before, field)) close(current.length)
    if (ONCE.has(field.name) && once.has(field.name)) close(trace >= 0 ? trace : current.length)
    if (TRACE.has(field.name)) {
      if (trace < 0 && once.size > 0) trace = current.length
    }
    if (ONCE.has(field.name)) once.add(field.name)
    current.push(field)
  }
  close(current.length)
  return blocks
}

function changesClass(before: Field, after: Field): boolean {
  if (before.name === 'content-type' && /^\s?(?:message|text\/rfc822)/i.test(before.value)) return true
  const one = fieldClass(before.name)
  const two = fieldClass(after.name)
  return one !== 'either' && two !== 'either' && one !== two
}

/** Headers pasted with an empty line after each field: single-field blocks, one line apart, are one header. */
function joinSpacedOut(blocks: Block[], lines: readonly Line[]): Block[] {
  const joined: Block[] = []
  for (let i = 0; i < blocks.length; ) {
    let end = i + 1
    while (end < blocks.length && spacedOut(blocks[end - 1], blocks[end], lines)) end++
    const run = blocks.slice(i, end)
    const first = run[0]
    const last = run.at(-1)
    if (run.length >= 3 && first && last) {
      const fields = run.flatMap((block) => block.fields)
      joined.push(...splitBlocks(fields, first.start, last.end))
    } else joined.push(...run)
    i = end
  }
  return joined
}

function spacedOut(one: Block | undefined, two: Block | undefined, lines: readonly Line[]): boolean {
  if (!one || !two || one.fields.length !== 1 || two.fields.length !== 1) return false
  if (fieldClass(one.fields[0]?.name ?? '') !== 'header' || fieldClass(two.fields[0]?.name ?? '') !== 'header')
    return false
  for (let i = one.end; i < two.start; i++) if (!isBlank(lines[i])) return false
  return true
}
