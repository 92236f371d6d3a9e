/** What kind of report this is. Machine-readable parts decide first; prose decides only what they leave open; doubt stays `unknown`. */

import {bareAddress} from '../mail/address.js'
import type {Block} from './fields.js'
import type {NoticeKind} from './notice.js'
import type {Line} from './plain-lines.js'
import {type Cast, fieldValue, isReportHeader} from './roles.js'
import {
  CHALLENGE,
  DELAY_PHRASE,
  DELAY_SUBJECT,
  FAILURE_PHRASE,
  FAILURE_SUBJECT,
  LOCAL_REJECT,
  SUSPICIOUS,
  VACATION,
} from './wordings.js'

export interface Judged {
  readonly kind: NoticeKind
  readonly because: readonly string[]
}

const PROSE_CHARACTERS = 20_000

/** Names the kind, with the reasons as short codes. */
export function kindOfNotice(cast: Cast, lines: readonly Line[], subject: string | null): Judged {
  const header = cast.report ?? cast.lone
  const prose = proseOf(cast, lines)
  const machine = byParts(cast, header, prose)
  const about = subject ?? ''
  if (LOCAL_REJECT.test(prose) || /rejected by local scanning code/i.test(about))
    return {kind: 'rejected-locally', because: ['local-reject-phrase']}
  if (machine) return machine
  const answered = answer(cast, header, about, prose)
  if (answered) return answered
  if (DELAY_SUBJECT.test(about) && (FAILURE_SUBJECT.test(about) || DELAY_PHRASE.test(prose)))
    return delay('delay-subject')
  if (DELAY_PHRASE.test(prose) && !/permanent error|given up|giving up/i.test(prose)) return delay('delay-phrase')
  if (FAILURE_SUBJECT.test(about) && cast.report) return failure('failure-subject')
  if (
    cast.report &&
    (FAILURE_PHRASE.test(prose) || header?.fields.some((field) => field.name === 'x-failed-recipients'))
  )
    return failure('failure-phrase')
  if (cast.originals.length > 0) {
    if (cast.report && isReportHeader(cast.report)) return failure('report-with-original')
    if (FAILURE_PHRASE.test(prose)) return failure('failure-phrase')
  }
  if (FAILURE_PHRASE.test(prose) && cast.report === null && cast.lone === null) return failure('failure-phrase')
  return ordinary(cast, header, about, prose)
}

const failure = (because: string): Judged => ({kind: 'failure', because: [because]})
const delay = (because: string): Judged => ({kind: 'delay', because: [because]})

function byParts(cast: Cast, header: Block | null, prose: string): Judged | null {
  if (cast.arf.length > 0) return {kind: 'abuse-report', because: ['feedback-report']}
  const actions = cast.dsn.flatMap((block) => block.fields.filter((field) => field.name === 'action'))
  const said = (word: RegExp): boolean => actions.some((field) => word.test(field.value))
  if (said(/^\s*fail/i)) return failure('dsn-action-failed')
  if (said(/^\s*delay/i)) return delay('dsn-action-delayed')
  if (said(/^\s*(?:delivered|relayed|expanded)/i)) return {kind: 'success', because: ['dsn-action-delivered']}
  if (cast.mdn.length > 0 || /disposition-notification/i.test(header ? (fieldValue(header, 'content-type') ?? '') : ''))
    // Sieve's reject (RFC 5429) and quota refusals come as an MDN: a bounce in another form
    return /\breject/i.test(prose) || FAILURE_PHRASE.test(prose)
      ? failure('mdn-rejected')
      : {kind: 'mdn', because: ['disposition']}
  const statuses = cast.dsn.flatMap((block) => block.fields.filter((field) => field.name === 'status'))
  if (statuses.some((field) => /^\s*5\./.test(field.value))) return failure('dsn-status')
  if (statuses.some((field) => /^\s*4\./.test(field.value))) return delay('dsn-status')
  if (statuses.some((field) => /^\s*2\./.test(field.value))) return {kind: 'success', because: ['dsn-status']}
  return null
}

/** Answers by machines that are no bounces. A failure's subject or prose outweighs every sign of an answer. */
function answer(cast: Cast, header: Block | null, subject: string, prose: string): Judged | null {
  if (!header || cast.dsn.length > 0 || FAILURE_SUBJECT.test(subject)) return null
  const automatic = /^\s*auto-/i.test(fieldValue(header, 'auto-submitted') ?? '')
  const field = (name: string): boolean => header.fields.some((candidate) => candidate.name === name)
  const responder =
    field('x-autoreply') || field('x-vacation') || /auto_?reply/i.test(fieldValue(header, 'precedence') ?? '')
  const failed = FAILURE_PHRASE.test(prose)
  if (VACATION.test(subject) || ((automatic || responder) && !failed && VACATION.test(prose)))
    return {kind: 'vacation', because: ['vacation-wording']}
  if (responder && !failed) return {kind: 'vacation', because: ['autoresponder-header']}
  if (!failed && (CHALLENGE.test(subject) || (automatic && CHALLENGE.test(prose.slice(0, 4000)))))
    return {kind: 'challenge', because: ['challenge-wording']}
  const list = field('list-id') || field('list-unsubscribe') || /^\s*list/i.test(fieldValue(header, 'precedence') ?? '')
  const nullSender = bareAddress(fieldValue(header, 'return-path') ?? '?') === ''
  const doubt = isReportHeader(header) || SUSPICIOUS.test(subject)
  if (list && !failed && !doubt && !nullSender && cast.originals.length === 0)
    return {kind: 'list', because: ['list-header']}
  return null
}

function ordinary(cast: Cast, header: Block | null, subject: string, prose: string): Judged {
  const unknown: Judged = {kind: 'unknown', because: ['nothing-decides']}
  if (!cast.lone || header !== cast.lone || isReportHeader(cast.lone)) return unknown
  const from = fieldValue(cast.lone, 'from')
  const dated = fieldValue(cast.lone, 'date') !== null || fieldValue(cast.lone, 'message-id') !== null
  const automatic = /^\s*auto-/i.test(fieldValue(cast.lone, 'auto-submitted') ?? '')
  const machine = cast.dsn.length + cast.arf.length + cast.mdn.length + cast.originals.length > 0
  if (!from || !dated || automatic || machine || SUSPICIOUS.test(subject) || SUSPICIOUS.test(prose)) return unknown
  return {kind: 'ordinary', because: ['no-sign-of-a-report']}
}

function proseOf(cast: Cast, lines: readonly Line[]): string {
  const parts: string[] = []
  let length = 0
  for (let i = cast.text.from; i < cast.text.to && length < PROSE_CHARACTERS; i++) {
    const text = (lines[i]?.text ?? '').slice(0, 2000)
    parts.push(text)
    length += text.length + 1
  }
  return parts.join(' ').replace(/\s+/g, ' ')
}
