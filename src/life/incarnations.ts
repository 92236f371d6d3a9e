/**
 * A Postfix short queue ID is reused: this splits all lines of one queue ID into lives (incarnations).
 * A pure function of the set of entries. Exim IDs and long Postfix IDs name one message for good and are never split.
 */

import {isEximId, postfixLongId} from '../mail/queue-id.js'
import type {Entry} from './life.js'
import {inOrder} from './order.js'

/** Lines of one host may step back this much (parallel daemons, clock slew), milliseconds. */
const STEP_BACK = 3_000
/** Longer than any queue lifetime (Postfix default 5 days): a silence this long ends a life. */
const LONGEST_SILENCE = 7 * 86_400_000

interface Open {
  entries: Entry[]
  instance: string | null
  start: Entry | null
  closedAt: number | null
  last: number
  messageId: string | null
  size: number | null
  sender: string | null
}

/** True where the ID itself can never be reused. */
export const namesOneMessage = (queueId: string): boolean => isEximId(queueId) || postfixLongId(queueId) !== null

/** Splits the entries of one queue ID into one list a life, oldest first, each in order. */
export function splitIncarnations(queueId: string, entries: readonly Entry[]): (readonly Entry[])[] {
  if (entries.length === 0) return []
  if (namesOneMessage(queueId)) return [inOrder(entries)]
  const byInstance = new Map<string, Entry[]>()
  const unnamed: Entry[] = []
  for (const entry of inOrder(entries)) {
    const instance = entry.event.instance
    if (instance === null) unnamed.push(entry)
    else {
      const list = byInstance.get(instance)
      if (list) list.push(entry)
      else byInstance.set(instance, [entry])
    }
  }
  if (byInstance.size <= 1) return splitOne(inOrder(entries))
  // Companions (amavis, opendkim) do not name the instance: give each line to the instance with the nearest line.
  for (const entry of unnamed) nearest(byInstance, entry).push(entry)
  return [...byInstance.values()]
    .flatMap((list) => splitOne(inOrder(list)))
    .sort((a, b) => (a[0]?.at ?? 0) - (b[0]?.at ?? 0))
}

function nearest(lists: Map<string, Entry[]>, entry: Entry): Entry[] {
  let best: Entry[] = []
  let distance = Number.POSITIVE_INFINITY
  for (const list of lists.values()) {
    for (const other of list) {
      const d = Math.abs(other.at - entry.at)
      if (d < distance) {
        distance = d
        best = list
      }
    }
  }
  return best
}

function splitOne(sorted: readonly Entry[]): Entry[][] {
  const lives: Entry[][] = []
  let open: Open | null = null
  for (const entry of sorted) {
    if (open === null || startsAnother(open, entry)) {
      open = {
        entries: [],
        instance: entry.event.instance,
        start: null,
        closedAt: null,
        last: entry.at,
        messageId: null,
        size: null,
        sender: null,
      }
      lives.push(open.entries)
    }
    open.entries.push(entry)
    note(open, entry)
  }
  return lives
}

function startsAnother(open: Open, entry: Entry): boolean {
  const {event, at} = entry
  if (at - open.last > LONGEST_SILENCE) return true
  const closed = open.closedAt !== null && at > open.closedAt
  const longClosed = open.closedAt !== null && at - open.closedAt > STEP_BACK
  switch (event.type) {
    case 'client-accepted':
    case 'message-picked-up':
      // Lines of the same life may be stamped up to STEP_BACK before its first line; a second start is another life.
      if (open.start !== null) return closed || !sameStart(open.start, entry)
      return closed || at - open.last > STEP_BACK
    case 'message-id-recorded':
      if (event.resent) return closed
      if (closed) return true
      return open.messageId !== null && open.messageId !== (event.messageId ?? '') && at - open.last > STEP_BACK
    case 'message-activated':
      if (longClosed) return true
      return open.size !== null && (open.size !== event.size || open.sender !== event.sender)
    case 'message-removed':
    case 'recipient-attempted':
    case 'notification-made':
    case 'message-standing-changed':
    case 'text-noted':
    case 'filter-judged':
      return longClosed
    default:
      return longClosed
  }
}

/** The same first line from two sources: one may have whole seconds only. */
function sameStart(a: Entry, b: Entry): boolean {
  if (a.event.type !== b.event.type || Math.abs(a.at - b.at) > 1_000) return false
  if (a.event.type === 'client-accepted' && b.event.type === 'client-accepted')
    return a.event.client.ip === b.event.client.ip && a.event.login === b.event.login
  return (
    a.event.type === 'message-picked-up' &&
    b.event.type === 'message-picked-up' &&
    a.event.uid === b.event.uid &&
    a.event.sender === b.event.sender
  )
}

function note(open: Open, entry: Entry): void {
  const {event, at} = entry
  if (at > open.last) open.last = at
  switch (event.type) {
    case 'client-accepted':
    case 'message-picked-up':
      open.start ??= entry
      return
    case 'message-id-recorded':
      if (!event.resent) open.messageId ??= event.messageId ?? ''
      return
    case 'message-activated':
      open.size = event.size
      open.sender = event.sender
      return
    case 'message-removed':
      open.closedAt = at
      return
    case 'message-standing-changed':
      // postsuper -r: the queue file gets another name.
      if (event.to === 'requeued') open.closedAt = at
      return
    default:
      return
  }
}
