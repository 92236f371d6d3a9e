/** Which header belongs to whom: the mail that carries the report, the report, the original, or text inside the original. */

import {bareAddress} from '../mail/address.js'
import {isArfField, isDsnField, isMdnField} from './field-names.js'
import type {Block} from './fields.js'
import type {Line} from './plain-lines.js'
import {glued} from './seam.js'
import {FAILURE_PHRASE, FAILURE_SUBJECT} from './wordings.js'

type BlockKind = 'header' | 'dsn' | 'arf' | 'mdn' | 'part' | 'loose'

/** A header of the original, or one inside its body. */
export interface Original {
  readonly block: Block
  /** True where a MIME part (message/rfc822, text/rfc822-headers) holds it. */
  readonly embedded: boolean
}

/** One report's blocks by role. */
export interface Cast {
  readonly outer: readonly Block[]
  readonly report: Block | null
  /** The only header there is, of a whole mail that is no report. */
  readonly lone: Block | null
  readonly originals: readonly Original[]
  readonly dsn: readonly Block[]
  readonly arf: readonly Block[]
  readonly mdn: readonly Block[]
  readonly loose: readonly Block[]
  /** Lines of the report's own prose: from, and the line after its last. */
  readonly text: {readonly from: number; readonly to: number}
}

interface Draft {
  outer: Block[]
  report: Block | null
  top: Block | null
  /** True where the report's header stands at the very beginning. */
  whole: boolean
  originals: Original[]
  dsn: Block[]
  arf: Block[]
  mdn: Block[]
  loose: Block[]
  start: number
}

const draft = (start: number): Draft => ({
  outer: [],
  report: null,
  top: null,
  whole: false,
  originals: [],
  dsn: [],
  arf: [],
  mdn: [],
  loose: [],
  start,
})

/** Gives each block its role; more than one cast where a mail holds several reports as attachments. */
export function castsOf(blocks: readonly Block[], lines: readonly Line[]): Cast[] {
  const firstProse = lines.findIndex((line) => !/^(?:\s|$|From |[A-Za-z][A-Za-z0-9-]{0,60}:)/.test(line.text))
  const beginning = firstProse < 0 ? lines.length : firstProse
  const casts: Draft[] = []
  let current = draft(0)
  let embedded = false
  for (const block of blocks) {
    const kind = kindOf(block)
    if (kind === 'part') {
      embedded = opensMessage(block)
      continue
    }
    if (kind !== 'header') {
      current[kind].push(block)
      if (!opensMessage(block)) continue
      embedded = true
      continue
    }
    const before = current
    current = placeHeader(current, block, embedded, blocks[0] === block && block.start <= beginning)
    if (current !== before) casts.push(before)
    embedded = opensMessage(block)
  }
  casts.push(current)
  return casts.map((cast, n) => finished(cast, casts[n + 1]?.start ?? lines.length, lines))
}

function placeHeader(cast: Draft, block: Block, embedded: boolean, top: boolean): Draft {
  const machine = cast.dsn.length + cast.arf.length + cast.mdn.length > 0
  if (isReportHeader(block)) {
    if (cast.report === null && (top || !machine)) {
      if (cast.top) cast.outer.push(cast.top)
      cast.outer.push(...cast.originals.map((original) => original.block))
      cast.originals = []
      cast.top = null
      cast.report = block
      cast.whole = top
      return cast
    }
    if (cast.report !== null && cast.originals.length === 0 && !machine && outranks(block, cast.report)) {
      // a postmaster (or a telling subject) passed the machine's report on
      cast.outer.push(cast.report)
      cast.report = block
      cast.whole = false
      return cast
    }
    if (cast.report !== null && cast.originals.length > 0 && embedded) {
      const next = draft(block.start)
      next.report = block
      return next
    }
  }
  if (top && cast.report === null && cast.top === null && cast.originals.length === 0) cast.top = block
  else cast.originals.push({block, embedded})
  return cast
}

const outranks = (block: Block, report: Block): boolean =>
  reportMark(block) === 'certain' && reportMark(report) === 'maybe'

function finished(cast: Draft, end: number, lines: readonly Line[]): Cast {
  const machine = cast.dsn.length + cast.arf.length + cast.mdn.length > 0
  let {report, top} = cast
  let originals = cast.originals
  if (
    report &&
    !cast.whole &&
    originals.length === 0 &&
    cast.outer.length === 0 &&
    saysFailure(lines, cast.start, report.start) &&
    !saysFailure(lines, report.end, end)
  ) {
    // a postmaster's own mail came back, and the body of that bounce was pasted
    originals = [{block: report, embedded: false}]
    report = null
  }
  let lone: Block | null = null
  if (top && (originals.length > 0 || machine)) {
    report = top
    top = null
  } else if (top) {
    const body = lines.slice(top.end, end).some((line) => line.text.trim() !== '')
    if (body) lone = top
    else originals = [{block: top, embedded: false}]
  }
  const from = (report ?? lone)?.end ?? cast.start
  return {...cast, report, lone, originals, text: {from, to: originals[0]?.block.start ?? end}}
}

function saysFailure(lines: readonly Line[], from: number, to: number): boolean {
  const prose = lines.slice(from, Math.min(to, from + 100)).map((line) => line.text.slice(0, 500))
  return FAILURE_PHRASE.test(prose.join(' '))
}

const opensMessage = (block: Block): boolean =>
  block.fields.some(
    (field) =>
      field.name === 'content-type' && /^\s*(?:message\/(?:rfc822|global)|text\/rfc822-headers)/i.test(field.value),
  )

/** The first value of a field, its seams glued; null when missing. */
export function fieldValue(block: Block, name: string): string | null {
  const field = block.fields.find((candidate) => candidate.name === name)
  return field ? glued(field.value) : null
}

const BASIC = new Set(['from', 'to', 'subject', 'date', 'return-path', 'cc', 'sender', 'reply-to'])

function kindOf(block: Block): BlockKind {
  let report = 0
  let arf = 0
  let mdn = 0
  let basic = 0
  let content = 0
  let received = 0
  let identified = 0
  for (const {name} of block.fields) {
    if (isDsnField(name)) report++
    if (isArfField(name)) arf++
    if (isMdnField(name)) mdn++
    if (BASIC.has(name)) basic++
    if (name.startsWith('content-')) content++
    if (name === 'received') received++
    if (name === 'message-id' || name === 'message_id' || name === 'x-original-message-id') identified++
  }
  const has = (name: string): boolean => block.fields.some((field) => field.name === name)
  if (received === 0 || !block.strict) {
    if (has('feedback-type') || arf > 2) return 'arf'
    if (has('disposition') && mdn + report > 1) return 'mdn'
    if (report > 1 || has('reporting-mta') || has('final-recipient') || has('x-postfix-queue-id')) {
      if (received === 0 && basic < 3) return 'dsn'
    }
  }
  if (content > 0 && content === block.fields.length) return 'part'
  if (received > 0 || (identified > 0 && block.fields.length > 1) || basic > 2) return 'header'
  return content > 0 && basic === 0 && identified === 0 ? 'part' : 'loose'
}

const DAEMON =
  /mailer-?daemon|mail delivery|microsoftexchange|mdaemon|delivery (?:sub)?system|deliverystatus|symantec_antivirus|mail system/i
const MAYBE_DAEMON = /postmaster|mail ?admin/i
const FORWARDED = /^\s*(?:fwd?|re|aw|wg|tr|rv|enc|i|r|vs|sv)\s?:/i

/**
 * Does this header belong to a report (a machine's answer), rather than to a person's or a script's mail? `certain` where a machine's
 * mark says so; `maybe` where only a postmaster's name or the subject does.
 */
function reportMark(block: Block): 'certain' | 'maybe' | null {
  let mark: 'maybe' | null = null
  for (const {name, value} of block.fields) {
    switch (name) {
      case 'return-path':
        if (bareAddress(value) === '') return 'certain'
        break
      case 'from':
      case 'sender':
        if (DAEMON.test(value)) return 'certain'
        if (MAYBE_DAEMON.test(value)) mark = 'maybe'
        break
      case 'content-type':
        if (/^\s*multipart\/report/i.test(value) || /report-type/i.test(value)) return 'certain'
        break
      case 'x-failed-recipients':
      case 'x-ms-exchange-message-is-ndr':
        return 'certain'
      case 'auto-submitted':
        if (/^\s*auto-(?:replied|notified)/i.test(value)) return 'certain'
        break
      case 'subject':
        if (FAILURE_SUBJECT.test(value) && !FORWARDED.test(value)) mark = 'maybe'
        break
      default:
    }
  }
  return mark
}

/** True where anything in the header speaks of a report. */
export function isReportHeader(block: Block): boolean {
  return reportMark(block) !== null
}
