/** Joins the two halves of a content filter's pass in the store: who sent the first half is who the second one counts for. */

import {receiptKey} from '../life/keys.js'
import type {Life} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import type {Session} from './session.js'
import type {Pass, Thread} from './threads.js'

/** Clocks of one host's daemons, milliseconds. */
const STEP = 5_000

interface Written {
  readonly thread: Thread
  readonly life: Life
}

/** The second half begins while the first one is being handed over. */
const isPass = (first: Pick<Pass, 'firstAt' | 'lastAt'>, second: Pass): boolean => {
  const at = second.arrivedAt ?? second.firstAt
  return at >= first.firstAt - STEP && at <= first.lastAt + STEP
}

/** Call after every message of the batch was written; `ids` are their numbers in the same order. */
export function joinHalves(session: Session, made: readonly Written[], ids: readonly number[]): void {
  const joined = new Set<number>()
  for (const [i, {thread, life}] of made.entries()) {
    for (const link of life.links) {
      if (link.kind !== 'handed-on' || link.direction !== 'to' || link.host !== null) continue
      for (const second of session.threads.get(thread.server, link.queueId)?.stored ?? []) {
        if (!second.pass.reinjected || !isPass(life, second.pass)) continue
        session.writer.continueFrom(second.id, ids[i] ?? 0)
        joined.add(second.id)
      }
    }
  }
  for (const [i, {thread, life}] of made.entries()) {
    const id = ids[i] ?? 0
    if (!life.reinjected || joined.has(id)) continue
    const first = firstHalf(session, thread, life)
    if (first !== null) session.writer.continueFrom(id, first)
  }
}

/** The stored message that was handed on under this queue ID; null where the store has none. */
function firstHalf(session: Session, {server, queueId}: Thread, second: Life): number | null {
  for (const id of session.keys.messages(hash53(receiptKey(queueId)))) {
    const row = session.reviver.row(id)
    if (!row || row.server !== server || !isPass({firstAt: row.first, lastAt: row.last}, second)) continue
    const handedOn = session.reviver
      .fromRow(row)
      ?.life.links.some(
        (link) =>
          link.kind === 'handed-on' && link.direction === 'to' && link.host === null && link.queueId === queueId,
      )
    if (handedOn) return id
  }
  return null
}
