/** amavisd-new's result line: what the content filter did with the message that Postfix or Exim gave it. */

import type {EventBase, FilterJudged, Parsed} from '../../mail/event.js'
import {queueIdForm} from '../../mail/queue-id.js'

const RESULT = /^\([^)]{1,40}\) (Passed|Blocked) ([A-Z-]{1,40})/

/** `{DiscardedInbound,Quarantined}`: the actions; where an old amavis names none, Passed or Blocked is all that is known. */
function verdictOf(passed: boolean, actions: string): FilterJudged['verdict'] {
  if (passed) return 'passed'
  if (actions.includes('Discarded')) return 'discarded'
  if (actions.includes('Bounced')) return 'bounced'
  if (actions.includes('Rejected') || actions.includes('TempFailed')) return 'blocked'
  return actions.includes('Quarantined') ? 'quarantined' : 'blocked'
}

/** `{A,B}` after the class; an infected message has the names of what was found between them: `INFECTED (Eicar-Test) {…}`. */
function actionsAfter(text: string, from: number): string {
  let at = from
  if (text.startsWith(' (', at)) at = text.indexOf(') {', at) + 1
  if (at <= 0 || at - from > 300 || !text.startsWith(' {', at)) return ''
  return text.slice(at + 2, text.indexOf('}', at))
}

/** The value of `, NAME: value` after `from`, up to the next comma; null where the line does not hold it. */
function field(text: string, name: string, from: number): string | null {
  const mark = `, ${name}: `
  const at = text.indexOf(mark, from)
  if (at < 0) return null
  const start = at + mark.length
  const end = text.indexOf(', ', start)
  return text.slice(start, end < 0 ? text.length : end)
}

/**
 * `(id) Passed CLEAN {RelayedInbound}, [ip] <s> -> <r>, Queue-ID: Q, Message-ID: <M>, …, queued_as: Q2/Q3, 104 ms`. Message-ID and
 * addresses are strangers' text: Queue-ID is read before the Message-ID, `queued_as` from the end. null for amavis's other lines.
 */
export function readAmavis(text: string, base: EventBase): Parsed | null {
  const match = RESULT.exec(text)
  if (!match) return null
  const after = match[0].length
  const actions = actionsAfter(text, after)
  const messageAt = text.indexOf(', Message-ID: <')
  const head = messageAt < 0 ? text : text.slice(0, messageAt)
  const queueId = field(head, 'Queue-ID', after) ?? field(text, 'Queue-ID', after)
  const messageEnd = messageAt < 0 ? -1 : text.indexOf('>', messageAt)
  const queuedAt = text.lastIndexOf(', queued_as: ')
  const queued = queuedAt < 0 ? '' : (/^[0-9A-Za-z/-]+/.exec(text.slice(queuedAt + 13, queuedAt + 400))?.[0] ?? '')
  return {
    kind: 'event',
    times: 1,
    event: {
      ...base,
      queueId,
      mta: queueId === null ? null : queueIdForm(queueId)?.startsWith('exim') ? 'exim' : 'postfix',
      type: 'filter-judged',
      verdict: verdictOf(match[1] === 'Passed', actions),
      queuedAs: queued === '' ? [] : queued.split('/'),
      messageId: messageEnd < 0 ? null : text.slice(messageAt + 15, messageEnd) || null,
      text,
    },
  }
}
