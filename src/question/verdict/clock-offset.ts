/** How far the reporter's clock is off: our log says when its report came in, the report says when it was written. */

import {messageIdKey, queueKey} from '../../life/keys.js'
import {byteString} from '../../mail/text.js'
import type {EvidenceStore} from '../../store/finder.js'
import {QUEUE_LIFE, type Query, TOLERANCE} from './query.js'

/** Wider than this would let other mail of the same pair of addresses in, milliseconds. */
const MOST = 86_400_000

/**
 * The query with the tolerance that the reporter's clock asks for: at least ten minutes, else twice the offset. A report that waited
 * long before it reached us looks the same; the wider search then costs nothing but coverage. At most a day..
 */
export function withClock(store: EvidenceStore, query: Query): Query {
  const {writtenAt, queueIds, messageId} = query.report
  if (writtenAt === null) return query
  const keys = [...queueIds.map(queueKey), ...(messageId === null ? [] : [messageIdKey(byteString(messageId))])]
  if (keys.length === 0) return query
  const offsets = store
    .byKeys(keys)
    .map(({life}) => (life.arrivedAt ?? life.firstAt) - writtenAt)
    .filter((offset) => Math.abs(offset) <= 10 * QUEUE_LIFE)
  const offset = offsets.sort((a, b) => Math.abs(a) - Math.abs(b))[0]
  if (offset === undefined || Math.abs(offset) <= TOLERANCE) return query
  return {...query, clockOffset: offset, tolerance: Math.min(MOST, Math.max(TOLERANCE, 2 * Math.abs(offset)))}
}
