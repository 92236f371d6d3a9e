/** What header_checks, body_checks and milter_header_checks log: `VERB: header LINE from ORIGIN; from=<S>[ to=<R>][ proto= helo=][: TEXT]`. */

import type {Client, EventBase, Parsed} from '../../mail/event.js'
import {statusIn} from '../../mail/reply.js'
import {checkTail, event, readClient, type Tail} from './scan.js'

const KINDS = ['header ', 'body ', 'content ', 'mime-error '] as const

/** Actions that are logged (header_checks(5)); `warning` is what WARN logs. */
const VERBS = new Set(
  'info warning reject hold discard filter redirect prepend replace strip bcc pass delay dunno ignore'.split(' '),
)

interface Origin {
  readonly at: number
  readonly client: Client | null
}

/** The ` from local` or ` from H[ip]` that ends right at `end`; null where none does. */
function originBefore(text: string, from: number, end: number): Origin | null {
  const at = text.lastIndexOf(' from ', end)
  if (at < from) return null
  const start = at + 6
  if (text.slice(start, end) === 'local') return {at, client: null}
  const client = readClient(text, start, end)
  return client && text.indexOf(' ', start) >= end ? {at, client} : null
}

/**
 * `text` is what follows the queue ID; null where it is no check. `reject` is a refusal; every other action is a `header-recorded` whose `verb`
 * says what became of the message (`hold`, and `discard`: the client was told 250, but the message goes nowhere). A body line has no
 * header name.
 */
export function readCheck(text: string, at: EventBase): Parsed | null {
  let from = text.startsWith('milter-header-') ? 14 : 0
  const colon = text.indexOf(': ', from)
  if (colon < 0 || colon > 30) return null
  const verb = text.slice(from, colon)
  if (!VERBS.has(verb)) return null
  from = colon + 2
  const kind = KINDS.find((word) => text.startsWith(word, from))
  if (!kind) return null
  from += kind.length
  const tail = checkTail(text, from, (position) => originBefore(text, from, position) !== null)
  const origin = tail ? originBefore(text, from, tail.at) : null
  const line = text.slice(from, origin?.at ?? text.length)
  return checked(verb, kind.trim(), line, origin?.client ?? null, tail, at)
}

function checked(
  verb: string,
  kind: string,
  line: string,
  client: Client | null,
  tail: Tail | null,
  at: EventBase,
): Parsed {
  const colon = kind === 'header' ? line.indexOf(':') : -1
  const header = colon > 0 ? line.slice(0, colon) : ''
  const value = colon > 0 ? line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1) : line
  const words = tail?.text ?? ''
  if (verb === 'reject') {
    const status = statusIn(words)
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'message-rejected',
      stage: kind === 'header' ? 'header' : kind === 'mime-error' ? 'mime' : 'body',
      action: verb,
      temporary: status?.startsWith('4') ?? false,
      client: client && {...client, helo: tail?.helo ?? null},
      sender: tail?.sender ?? null,
      recipient: tail?.recipient ?? null,
      login: tail?.login ?? null,
      user: null,
      text: words === '' ? `${kind} ${line}` : `${kind} ${line}: ${words}`,
      status,
      messageId: null,
      subject: header.toLowerCase() === 'subject' ? value : null,
      envelopeRecipients: [],
    })
  }
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'header-recorded',
    verb,
    header,
    value,
    client: client && {...client, helo: tail?.helo ?? null},
    sender: tail?.sender ?? null,
    recipient: tail?.recipient ?? null,
  })
}
