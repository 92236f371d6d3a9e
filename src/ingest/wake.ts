/** Stored messages that new lines concern although these are no lines of theirs: their threads are opened and folded once more in this commit. */

import {queueKey} from '../life/keys.js'
import type {Life} from '../life/life.js'
import {NEARBY_AFTER, NEARBY_BEFORE, PROXY_BEFORE} from '../life/nearby.js'
import {hash53} from '../mail/hash.js'
import {arrivedBetween, endedAt, localBetween, openUntil} from '../store/reach.js'
import type {Session} from './session.js'
import {storedMessage, type Thread} from './threads.js'

/** Around a new line without ID, messages already stored are looked at again within this time, milliseconds. */
const REACH = NEARBY_BEFORE + NEARBY_AFTER
/** A thread's stored messages are fetched when they lie this near to its new lines (longer than any queue lifetime), milliseconds. */
export const NEIGHBOURHOOD = 30 * 86_400_000

/** The other half of a content-filter pass may already be stored without knowing that it is one. */
export function wakeFilterTargets(
  session: Session,
  made: readonly {readonly thread: Thread; readonly life: Life}[],
): Thread[] {
  const woken: Thread[] = []
  const inBatch = new Set(made.map(({thread}) => thread))
  for (const {thread, life} of made) {
    for (const link of life.links) {
      if (link.kind !== 'handed-on' || link.direction !== 'to' || link.host !== null) continue
      const at = life.lastAt
      const known = session.threads.get(thread.server, link.queueId)
      if (known && (inBatch.has(known) || known.stored.every((stored) => stored.pass.reinjected))) continue
      const target = known ?? session.threads.open(thread.server, link.queueId, at)
      if (inBatch.has(target)) continue
      inBatch.add(target)
      if (!known) {
        for (const id of session.keys.messages(hash53(queueKey(link.queueId)))) {
          const row = session.reviver.row(id)
          if (!row || row.server !== thread.server || Math.abs(row.first - at) > NEIGHBOURHOOD) continue
          const revived = session.reviver.fromRow(row)
          if (!revived || revived.life.queueId !== link.queueId) continue
          for (const entry of revived.entries) session.threads.add(target, entry)
          target.stored.push(storedMessage(id, revived.life))
        }
        target.settled = true
      }
      if (target.entries.size === 0) {
        target.closed = true
        target.lastAt = Number.NEGATIVE_INFINITY
        continue
      }
      for (const stored of target.stored) session.reconsidered.add(stored.id)
      target.dirty = true
      woken.push(target)
    }
  }
  return woken
}

/** New lines without ID can name the script of messages that were stored before them. */
export function wakeForLoose(session: Session): void {
  const near = (server: number, at: number): void => {
    for (const id of localBetween(session.db, server, at - NEARBY_AFTER, at + NEARBY_BEFORE)) wake(session, id)
  }
  const sessions: {server: number; from: number; to: number}[] = []
  for (const {server, entry} of session.newLoose) {
    const frontier = session.frontier(server)
    if (frontier === null || entry.at > frontier + REACH) continue
    if (entry.event.type === 'client-accepted') sessions.push({server, from: entry.at, to: entry.at + PROXY_BEFORE})
    else near(server, entry.at)
  }
  wakeBehindProxy(session, sessions)
  for (const {server, at} of session.movedLoose) near(server, at)
}

/** `NOQUEUE: client=` lines read late can name the client of whatever a before-queue filter passed on within the time that a message takes. */
function wakeBehindProxy(session: Session, spans: {server: number; from: number; to: number}[]): void {
  if (spans.length === 0) return
  spans.sort((a, b) => a.server - b.server || a.from - b.from)
  let done: {server: number; to: number} | null = null
  for (const {server, from, to} of spans) {
    const start = done !== null && done.server === server ? Math.max(from, done.to) : from
    if (start <= to) for (const id of arrivedBetween(session.db, server, start, to)) wake(session, id)
    done = {server, to}
  }
}

/** postsuper on ALL ends what was open before it. */
export function wakeForSweeps(session: Session): void {
  for (const {server, at} of session.movedSweeps) for (const id of endedAt(session.db, server, at)) wake(session, id)
  for (const sweep of session.newSweeps) {
    if (sweep.entry.event.type !== 'queue-swept') {
      // The line of one message shows that the summary of the same process, read before it, was no sweep over ALL.
      for (const summary of session.summariesOf(sweep.server, sweep.entry))
        for (const id of endedAt(session.db, sweep.server, summary.at)) wake(session, id)
      continue
    }
    for (const thread of session.threads.all()) {
      if (thread.server !== sweep.server || thread.closed) continue
      for (const stored of thread.stored) session.reconsidered.add(stored.id)
      session.threads.touch(thread)
    }
    for (const id of openUntil(session.db, sweep.server, sweep.entry.at)) wake(session, id)
  }
  session.newSweeps.length = 0
}

function wake(session: Session, id: number): void {
  if (session.reconsidered.has(id)) return
  const revived = session.reviver.revive(id)
  if (!revived || revived.life.queueId === null) return
  session.reconsidered.add(id)
  const thread = session.threads.open(revived.server, revived.life.queueId, revived.life.lastAt)
  if (!thread.stored.some((stored) => stored.id === id)) {
    for (const entry of revived.entries) if (!thread.entries.has(entry.reference)) session.threads.add(thread, entry)
    thread.stored.push(storedMessage(id, revived.life))
  }
  session.threads.touch(thread)
}
