/**
 * Leaves the subjects out of log lines before anything is made of them: `[privacy] subjects = false`. A value is emptied where it stands; nothing else
 * of the line changes, which the dialect's own parser confirms. Where a subject cannot be told from the rest, the rest of the line goes with it.
 */

import type {Parsed} from '../mail/event.js'

/** Cheap test: most lines have none. */
const MAY_HAVE = /T=\\*"|subject/i
/** Where a subject may begin: Exim's field (plain, or inside JSON), a header, a wrapper's field. */
const BEGINS = /(?:^|[\s"])T=(\\?")|subject:[ \t]?|", subject=(")/gi
/** A reject log's header or a folded line of one. */
const HEADER = /^[A-Za-z* ] ([!-9;-~]+)[ \t]*:/
/** What follows the value in Postfix's header checks. */
const AFTER_HEADER = /(?: from [^\s[\]]+\[[^\]\s]*\]; )/

interface Span {
  readonly from: number
  readonly to: number
  /** The value's end is not in this line. */
  readonly open: boolean
  /** A header's value, which the event may repeat elsewhere. */
  readonly header?: boolean
}

/** End of a quoted value: `"` alone, or `\"` where the whole is inside a JSON string, with escapes passed over. */
function quoted(text: string, from: number, json: boolean): Span {
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === '"') return {from, to: i, open: false}
    if (c !== '\\') continue
    if (!json) i++
    else if (text[i + 1] === '"') return {from, to: i, open: false}
    else if (text[i + 1] === '\\') i += text[i + 2] === '\\' || text[i + 2] === 'u' ? 3 : 2
    else i++
  }
  return {from, to: text.length, open: true}
}

/** End of an unquoted value: what follows it in Postfix's words, the end of a JSON string, or of the line. */
function unquoted(text: string, from: number): Span {
  const rest = text.slice(from)
  const after = AFTER_HEADER.exec(rest)
  if (after) return {from, to: from + after.index, open: false, header: true}
  if (/^\s*\{/.test(text)) return {...quoted(text, from, true), header: true}
  return {from, to: text.length, open: true, header: true}
}

/** The parsed line without its subject, to be compared. */
const shape = (parsed: Parsed, value: string): string => {
  const json = JSON.stringify(parsed, (key, one) => (key === 'subject' || key === 'openSubject' ? null : one))
  return value === '' ? json : json.replaceAll(JSON.stringify(value).slice(1, -1), '')
}

const subjectOf = (parsed: Parsed): string | null => {
  if (parsed.kind !== 'event') return null
  const {subject} = parsed.event as {subject?: string | null}
  return subject ?? null
}

export class WithoutSubjects {
  /** The line before was a Subject header of a block, or may have been. */
  private inSubject = true
  /** Processes whose last piece ended inside a subject. */
  private readonly open = new Map<string, boolean>()

  constructor(private readonly parse: (line: string) => Parsed) {}

  /** The line without its subject. Lines are given in their order, for values that go on in the next one. */
  line(text: string): string {
    if (/^[ \t]/.test(text) && this.inSubject && !HEADER.test(text)) return text.length > 1 ? text.slice(0, 1) : text
    const header = HEADER.exec(text)
    this.inSubject = header?.[1]?.toLowerCase() === 'subject'
    if (this.inSubject) return text.slice(0, header?.[0].length)
    if (!MAY_HAVE.test(text) && this.open.size === 0) return text
    const parsed = this.parse(text)
    if (parsed.kind === 'piece') return this.piece(text, parsed)
    return MAY_HAVE.test(text) ? this.whole(text, parsed) : text
  }

  private whole(text: string, parsed: Parsed): string {
    let now = text
    let first = -1
    for (const {from, to, header} of spans(text).reverse()) {
      first = from
      if (from === to) continue
      const value = header ? text.slice(from, to) : ''
      const tried = now.slice(0, from) + now.slice(to)
      // A stranger's word that looks like a subject is another field's: emptying it would change that field.
      if (
        parsed.kind !== 'event' ||
        shape(this.parse(tried), value) === shape(parsed, value) ||
        parsed.event.type === 'text-noted'
      )
        now = tried
    }
    const left = subjectOf(this.parse(now))
    return left === null || left === '' || first < 0 ? now : text.slice(0, first)
  }

  private piece(text: string, {index, of, base}: Extract<Parsed, {kind: 'piece'}>): string {
    const process = `${base.host} ${base.pid}`
    let now = text
    if (index > 1 && this.open.get(process)) {
      const mark = text.search(/\[\d+[/\\]\d+\] ?/)
      const from = mark < 0 ? 0 : mark + (/\[\d+[/\\]\d+\] ?/.exec(text)?.[0].length ?? 0)
      const {to, open} = quoted(text, from, false)
      now = text.slice(0, from) + text.slice(to)
      if (open) return this.closes(process, index, of, true, now)
    }
    const found = spans(now).reverse()
    const open = found[0]?.open === true
    for (const {from, to} of found) now = now.slice(0, from) + now.slice(to)
    return this.closes(process, index, of, open, now)
  }

  private closes(process: string, index: number, of: number, open: boolean, text: string): string {
    if (open && index < of) this.open.set(process, true)
    else this.open.delete(process)
    return text
  }
}

/** Every place that may hold a subject, in order; they do not overlap. */
function spans(text: string): Span[] {
  const found: Span[] = []
  BEGINS.lastIndex = 0
  for (let begin = BEGINS.exec(text); begin; begin = BEGINS.exec(text)) {
    const from = begin.index + begin[0].length
    const span = begin[1]
      ? quoted(text, from, begin[1] !== '"')
      : begin[2]
        ? quoted(text, from, false)
        : unquoted(text, from)
    found.push(span)
    BEGINS.lastIndex = Math.max(span.to, from)
  }
  return found
}
