/** What qmgr, postsuper and bounce say of a queue entry: active, removed, held, released, expired, and the notifications about it. */

import type {EventBase, MessageStandingChanged, NotificationMade, Parsed, QueueSwept} from '../../mail/event.js'
import {closingAngle, event} from './scan.js'

const AFTER_SENDER = [', size=', ', status=']

/**
 * `from=<S>, size=N, nrcpt=N (queue active)` is `message-activated`; `from=<S>, status=expired, returned to sender` (also `force-expired`) is
 * the standing `expired`: nothing is returned where the sender is null.
 */
export function readSender(text: string, at: EventBase): Parsed | null {
  let close: number
  let open = 5
  let next: number
  if (text.charCodeAt(5) === 60) {
    open = 6
    close = closingAngle(text, 6, AFTER_SENDER)
    next = close + 1
  } else {
    close = text.indexOf(', ')
    next = close
  }
  if (close < 0) return null
  if (text.startsWith(', size=', next)) {
    const comma = text.indexOf(', nrcpt=', next + 7)
    const size = Number(text.slice(next + 7, comma < 0 ? undefined : comma))
    const recipientCount = comma < 0 ? 0 : Number.parseInt(text.slice(comma + 8, comma + 20), 10)
    if (!Number.isFinite(size) || Number.isNaN(recipientCount)) return null
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'message-activated',
      sender: text.slice(open, close),
      size,
      recipientCount,
    })
  }
  if (text.startsWith(', status=', next) && /^(?:force-)?expired/.test(text.slice(next + 9, next + 22)))
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'message-standing-changed',
      to: 'expired',
      who: null,
    })
  return null
}

const STANDING: Readonly<Record<string, MessageStandingChanged['to']>> = {
  requeued: 'requeued',
  'placed on hold': 'held',
  'released from hold': 'released',
  expired: 'expired',
  'force-expired': 'expired',
}

/**
 * `removed` by qmgr (the queue file is gone: all recipients are done) or by postsuper (an administrator deleted it), `removed (canceled)`
 * (aborted or refused transaction, 3.10), `removed (discarded)`; postsuper's `requeued`, `placed on hold`, `released from hold`, `expired`.
 * Where the shape lost the daemon's name a plain `removed` is taken for qmgr's.
 */
export function readEnd(text: string, at: EventBase, daemon: string | null): Parsed | null {
  if (text.startsWith('removed')) {
    if (text.length === 7)
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'message-removed',
        by: daemon === 'postsuper' ? 'admin' : 'queue-manager',
        who: daemon,
      })
    if (text.startsWith('removed (canceled)'))
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'message-removed',
        by: 'client',
        who: daemon,
      })
    if (text.startsWith('removed (discarded)'))
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'message-removed',
        by: 'discard',
        who: daemon,
      })
    return null
  }
  const to = STANDING[text]
  return to && Object.hasOwn(STANDING, text)
    ? event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'message-standing-changed',
        to,
        who: daemon,
      })
    : null
}

const SWEPT: readonly (readonly [string, QueueSwept['action']])[] = [
  ['Deleted: ', 'deleted'],
  ['Requeued: ', 'requeued'],
  ['Placed on hold: ', 'held'],
  ['Released from hold: ', 'released'],
  ['Force-expired: ', 'expired'],
]

/**
 * postsuper's summary `Deleted: 3 messages`. With ALL there is no line per message, so this line is all that is known; the lines of single
 * messages, where there are any, have the same pid. `ignored` where the count is 0, null where the text is no summary.
 */
export function readSweep(text: string, at: EventBase): Parsed | null {
  for (const [start, action] of SWEPT) {
    if (!text.startsWith(start)) continue
    const count = Number.parseInt(text.slice(start.length), 10)
    if (Number.isNaN(count) || !/^\d+ messages?$/.test(text.slice(start.length))) return null
    return count === 0
      ? {kind: 'ignored', stamp: at.stamp, host: at.host}
      : event({
          stamp: at.stamp,
          host: at.host,
          pid: at.pid,
          queueId: at.queueId,
          mta: at.mta,
          instance: at.instance,
          type: 'queue-swept',
          action,
          count,
        })
  }
  return null
}

const NOTIFICATIONS: readonly (readonly [string, NotificationMade['kind']])[] = [
  ['sender non-delivery notification: ', 'bounce'],
  ['sender delay notification: ', 'delay'],
  ['sender delivery status notification: ', 'success'],
  ['postmaster non-delivery notification: ', 'postmaster'],
  ['postmaster delay notification: ', 'postmaster'],
  ['postmaster delivery status notification: ', 'postmaster'],
]

/** `sender non-delivery notification: Q2`. The lines of Q2 come before it (up to 3.10) or after it (3.11). */
export function readNotification(text: string, at: EventBase): Parsed | null {
  for (const [start, kind] of NOTIFICATIONS) {
    if (!text.startsWith(start)) continue
    const id = text.slice(start.length)
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'notification-made',
      kind,
      notificationQueueId: /^[0-9A-Za-z]+$/.test(id) ? id : null,
    })
  }
  return null
}
