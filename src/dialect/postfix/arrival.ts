/** How a message came in: pickup's `uid=`, smtpd's `client=`, cleanup's `message-id=`. */

import type {EventBase, Parsed} from '../../mail/event.js'
import {closingAngle, event, readClient} from './scan.js'

/** `uid=1000 from=<web1>`, after a requeue with ` orig_id=OLD`. The sender is as submitted: without a domain where sendmail gave none. */
export function readPickup(text: string, at: EventBase): Parsed | null {
  const space = text.indexOf(' ', 4)
  if (space < 0 || !text.startsWith('from=<', space + 1)) return null
  const uid = Number(text.slice(4, space))
  const open = space + 7
  const close = closingAngle(text, open, [' orig_id='])
  if (!Number.isInteger(uid) || close < 0) return null
  const original = text.startsWith(' orig_id=', close + 1) ? text.slice(close + 10) : ''
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'message-picked-up',
    uid,
    sender: text.slice(open, close),
    originalQueueId: original === '' ? null : original,
  })
}

const NEXT = [', sasl_method=', ', sasl_username=', ', sasl_sender=', ', orig_queue_id=', ', orig_client=']

/** The value of `, name=` at or after `from`: up to the next field of the source's order (smtpd.c). */
function fieldOf(text: string, name: string, from: number, last: boolean): string | null {
  const mark = `, ${name}=`
  const at = last ? text.lastIndexOf(mark) : text.indexOf(mark, from)
  if (at < from) return null
  const start = at + mark.length
  let end = text.length
  for (const next of NEXT) {
    const position = text.indexOf(next, start)
    if (position >= 0 && position < end) end = position
  }
  return text.slice(start, end)
}

/**
 * `client=H[ip][:port][, sasl_method=M, sasl_username=U][, sasl_sender=X][, orig_queue_id=Q0][, orig_client=H[ip]]`. `sasl_sender` is what
 * the client said (MAIL AUTH=), so the fields after it are taken from the end. The queue ID is null on a proxy's `NOQUEUE: client=`.
 */
export function readClientLine(text: string, at: EventBase, service: string | null): Parsed | null {
  const comma = text.indexOf(', ')
  const client = readClient(text, 7, comma < 0 ? text.length : comma)
  if (!client) return null
  const plain = comma < 0
  const original = plain ? null : fieldOf(text, 'orig_client', comma, true)
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'client-accepted',
    client,
    service,
    saslMethod: plain ? null : fieldOf(text, 'sasl_method', comma, false),
    login: plain ? null : fieldOf(text, 'sasl_username', comma, false),
    saslSender: plain ? null : fieldOf(text, 'sasl_sender', comma, false),
    originalQueueId: plain ? null : fieldOf(text, 'orig_queue_id', comma, true),
    originalClient: original === null ? null : readClient(original, 0, original.length),
  })
}

/**
 * The Message-ID of `message-id=VALUE`, without angle brackets: `<M>`, `<M> junk`, `M`, or cut by syslog. null for `<>` and for nothing.
 */
export function messageIdOf(value: string): string | null {
  const open = value.indexOf('<')
  if (open < 0) return value.trim() === '' ? null : value.trim()
  const sign = value.indexOf('@', open)
  let close = value.indexOf('>', sign < 0 ? open : sign)
  if (close < 0) close = value.indexOf('>', open)
  const inside = value.slice(open + 1, close < 0 ? value.length : close)
  return inside === '' ? null : inside
}
