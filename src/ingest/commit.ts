/** One batch into the store: threads -> lives -> rows, with script attribution, content-filter joins and bulk queue sweeps. One transaction. */

import {attribute, wantsAttribution} from '../life/attribution.js'
import {foldLife} from '../life/fold.js'
import {splitIncarnations} from '../life/incarnations.js'
import {queueKey, receiptKey} from '../life/keys.js'
import type {Entry, Life} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import {isLoopback} from '../mail/ip.js'
import {FewHashes} from '../store/key-hashes.js'
import {type Tally, tallyOf} from '../store/row.js'
import {joinHalves} from './halves.js'
import {nearbyFinder} from './nearby-finder.js'
import type {Session} from './session.js'
import {passOf, type StoredMessage, storedMessage, type Thread} from './threads.js'
import {NEIGHBOURHOOD, wakeFilterTargets, wakeForLoose, wakeForSweeps} from './wake.js'

/** Lines of one host may step back this much, milliseconds. */
const STEP_BACK = 3_000
interface Made {
  readonly thread: Thread
  readonly life: Life
  readonly message: StoredMessage | null
}

/** Writes everything that is dirty; returns what the batch added to the totals. Call inside the transaction. */
export function commitThreads(session: Session): Tally {
  const sum: Tally = {messages: 0, deliveries: 0, rejections: 0}
  session.writer.flushLoose()
  wakeForLoose(session)
  wakeForSweeps(session)
  const made: Made[] = []
  let pending = session.threads.dirty()
  while (pending.length > 0) {
    for (const thread of pending) unfold(session, thread, sum, made)
    pending = wakeFilterTargets(session, made)
  }
  const nearby = nearbyFinder(session, made)
  const pointed = pointedAt(made)
  const ids: number[] = []
  for (const one of made) {
    const {life, thread} = one
    life.reinjected ||= isReinjected(session, one, pointed)
    if (life.origin.uid !== null) life.origin.account ??= session.accounts.of(thread.server).nameOf(life.origin.uid)
    const joined =
      wantsAttribution(life) || life.identified.length > 0 || life.phpHeader !== null
        ? attribute(life, nearby(thread.server, life))
        : []
    const message = one.message ?? {
      id: session.writer.reserveMessage(),
      keyed: new FewHashes(),
      references: [],
      tally: {messages: 0, deliveries: 0, rejections: 0},
      pass: passOf(life),
    }
    session.writer.putMessage(message.id, thread.server, life, joined, message.keyed, one.message === null)
    ids.push(message.id)
    const tally = tallyOf(life)
    sum.messages += tally.messages - message.tally.messages
    sum.deliveries += tally.deliveries - message.tally.deliveries
    sum.rejections += tally.rejections - message.tally.rejections
    message.tally = tally
    message.pass = passOf(life)
    message.references = life.references
    if (one.message === null) thread.stored.push(message)
  }
  joinHalves(session, made, ids)
  for (const refusal of session.refusals) {
    const life = foldLife(null, [refusal.entry])
    const id = session.writer.reserveMessage()
    session.writer.putMessage(id, refusal.server, life, [], new FewHashes(), true, [refusal.key])
    sum.rejections += life.refusals
  }
  session.refusals.length = 0
  return sum
}

/** Fetches what the store already has of this queue ID, unless nothing there can touch the new lines. */
function settle(session: Session, thread: Thread): void {
  if (thread.settled) return
  thread.settled = true
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  let starts = Number.POSITIVE_INFINITY
  for (const {at, event} of thread.entries.list) {
    if (at < first) first = at
    if (at > last) last = at
    if (
      (event.type === 'message-received' || event.type === 'client-accepted' || event.type === 'message-picked-up') &&
      at < starts
    )
      starts = at
  }
  const frontier = session.frontier(thread.server)
  // Stamps of one source may be whole seconds, and daemons of one host step back a little.
  if (frontier === null || (starts <= first && first > frontier + STEP_BACK)) return
  for (const id of session.keys.messages(hash53(queueKey(thread.queueId)))) {
    if (thread.stored.some((stored) => stored.id === id)) continue
    const row = session.reviver.row(id)
    if (!row || row.server !== thread.server || row.first > last + NEIGHBOURHOOD || row.last < first - NEIGHBOURHOOD)
      continue
    const revived = session.reviver.fromRow(row)
    if (!revived || revived.life.queueId !== thread.queueId) continue
    for (const entry of revived.entries) if (!thread.entries.has(entry.reference)) session.threads.add(thread, entry)
    thread.stored.push(storedMessage(id, revived.life))
  }
}

const isSweep = ({event}: Entry): boolean => event.type === 'queue-swept'
const isCommand = ({event}: Entry): boolean => event.type === 'command-run'

/** Folds a thread's lives and adds those that changed to `made`. */
function unfold(session: Session, thread: Thread, sum: Tally, made: Made[]): void {
  settle(session, thread)
  thread.dirty = false
  const all = thread.entries.list
  const own = all.some(isSweep) ? all.filter((entry) => !isSweep(entry)) : all
  const unclaimed = thread.stored.length > 0 ? new Set(thread.stored) : null
  let closed = true
  for (const list of splitIncarnations(thread.queueId, own)) {
    // A command line that names an ID is evidence beside the message's own lines, and no message by itself.
    if (list.every(isCommand)) continue
    const message = unclaimed !== null && unclaimed.size > 0 ? claim(unclaimed, list) : null
    let life = foldLife(thread.queueId, list)
    const swept = life.ended || !life.accepted ? [] : session.sweepsAfter(thread.server, life)
    if (swept.length > 0) life = foldLife(thread.queueId, [...list, ...swept])
    if (!life.ended) closed = false
    if (message && sameReferences(message.references, life.references) && !session.reconsidered.has(message.id))
      continue
    made.push({thread, life, message})
  }
  for (const gone of unclaimed ?? []) {
    session.writer.removeMessage(gone.id)
    sum.messages -= gone.tally.messages
    sum.deliveries -= gone.tally.deliveries
    sum.rejections -= gone.tally.rejections
    thread.stored = thread.stored.filter((stored) => stored !== gone)
  }
  thread.closed = closed
}

/** The stored message that shares a line with this list; taken out of `unclaimed`. */
function claim(unclaimed: Set<StoredMessage>, list: readonly Entry[]): StoredMessage | null {
  const references = new Set(list.map((entry) => entry.reference))
  for (const stored of unclaimed) {
    if (!stored.references.some((reference) => references.has(reference))) continue
    unclaimed.delete(stored)
    return stored
  }
  return null
}

const sameReferences = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((reference, i) => reference === b[i])

/** Queue IDs that some life of this batch handed its message to on this machine. */
function pointedAt(made: readonly Made[]): Set<string> {
  const pointed = new Set<string>()
  for (const {thread, life} of made)
    for (const link of life.links)
      if (link.kind === 'handed-on' && link.direction === 'to') pointed.add(`${thread.server} ${link.queueId}`)
  return pointed
}

function isReinjected(session: Session, {thread, life}: Made, pointed: ReadonlySet<string>): boolean {
  if (life.mta !== 'postfix' || life.origin.kind !== 'local' || !isLoopback(life.origin.client?.ip ?? null))
    return false
  if (pointed.has(`${thread.server} ${thread.queueId}`)) return true
  const own = life.arrivedAt ?? life.firstAt
  return session.keys.messages(hash53(receiptKey(thread.queueId))).some((id) => {
    const row = session.reviver.row(id)
    if (!row || row.server !== thread.server || row.first > own + 5_000 || row.last < own - 5_000) return false
    const before = session.reviver.fromRow(row)
    return (
      before?.life.links.some(
        (link) => link.kind === 'handed-on' && link.direction === 'to' && link.queueId === thread.queueId,
      ) === true
    )
  })
}
