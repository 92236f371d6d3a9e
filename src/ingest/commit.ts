/** One batch into the store: threads -> lives -> rows, with script attribution, content-filter joins and bulk queue sweeps. One transaction. */

import {attribute, wantsAttribution} from '../life/attribution.js'
import {foldLife} from '../life/fold.js'
import {splitIncarnations} from '../life/incarnations.js'
import {keysOf, queueKey, receiptKey} from '../life/keys.js'
import type {Entry, Life} from '../life/life.js'
import {NEARBY_AFTER, NEARBY_BEFORE, type Nearby, NOTHING_NEARBY, PROXY_BEFORE} from '../life/nearby.js'
import {hash53} from '../mail/hash.js'
import {isLoopback} from '../mail/ip.js'
import {arrivedBetween, endedAt, localBetween, looseReferences, openUntil} from '../store/reach.js'
import {entriesOf, nearbyOf} from '../store/revive.js'
import {type Tally, tallyOf} from '../store/row.js'
import {joinHalves} from './halves.js'
import type {Session} from './session.js'
import {type StoredMessage, storedMessage, type Thread} from './threads.js'

/** Around a new line without ID, messages already stored are looked at again within this time, milliseconds. */
const REACH = NEARBY_BEFORE + NEARBY_AFTER
/** Lines of one host may step back this much, milliseconds. */
const STEP_BACK = 3_000
/** A thread's stored messages are fetched when they lie this near to its new lines (longer than any queue lifetime), milliseconds. */
const NEIGHBOURHOOD = 30 * 86_400_000

interface Made {
  readonly thread: Thread
  readonly life: Life
  readonly entries: readonly Entry[]
  readonly message: StoredMessage | null
}

/** Writes everything that is dirty; returns what the batch added to the totals. Call inside the transaction. */
export function commitThreads(session: Session): Tally {
  const sum: Tally = {messages: 0, deliveries: 0, rejections: 0}
  session.keys.refresh()
  wakeForLoose(session)
  wakeForSweeps(session)
  const made: Made[] = []
  let pending = session.threads.dirty()
  while (pending.length > 0) {
    for (const thread of pending) made.push(...unfold(session, thread, sum))
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
      keyed: new Set<number>(),
      references: [],
      tally: {messages: 0, deliveries: 0, rejections: 0},
      life,
    }
    session.writer.putMessage(message.id, thread.server, life, joined, message.keyed, one.message === null)
    ids.push(message.id)
    const tally = tallyOf(life)
    sum.messages += tally.messages - message.tally.messages
    sum.deliveries += tally.deliveries - message.tally.deliveries
    sum.rejections += tally.rejections - message.tally.rejections
    message.tally = tally
    message.life = life
    message.references = life.references
    if (one.message === null) thread.stored.push(message)
  }
  joinHalves(session, made, ids)
  for (const refusal of session.refusals) {
    const life = foldLife(null, [refusal.entry])
    const id = session.writer.reserveMessage()
    session.writer.putMessage(id, refusal.server, life, [], new Set(), true, [refusal.key])
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
    thread.stored.push(storedMessage(id, revived.life, new Set([...keysOf(revived.life)].map((key) => hash53(key)))))
  }
}

const isSweep = ({event}: Entry): boolean => event.type === 'queue-swept'

function unfold(session: Session, thread: Thread, sum: Tally): Made[] {
  settle(session, thread)
  thread.dirty = false
  const all = thread.entries.list
  const own = all.some(isSweep) ? all.filter((entry) => !isSweep(entry)) : all
  const lists = splitIncarnations(thread.queueId, own)
  const unclaimed = new Set(thread.stored)
  const made: Made[] = []
  let closed = true
  for (const list of lists) {
    // A command line that names an ID is evidence beside the message's own lines, and no message by itself.
    if (list.every(({event}) => event.type === 'command-run')) continue
    const message = unclaimed.size > 0 ? claim(unclaimed, list) : null
    let life = foldLife(thread.queueId, list)
    const swept = life.ended || !life.accepted ? [] : session.sweepsAfter(thread.server, life)
    if (swept.length > 0) life = foldLife(thread.queueId, [...list, ...swept])
    if (!life.ended) closed = false
    if (message && sameReferences(message.references, life.references) && !session.reconsidered.has(message.id))
      continue
    made.push({thread, life, entries: list, message})
  }
  for (const gone of unclaimed) {
    session.writer.removeMessage(gone.id)
    sum.messages -= gone.tally.messages
    sum.deliveries -= gone.tally.deliveries
    sum.rejections -= gone.tally.rejections
    thread.stored = thread.stored.filter((stored) => stored !== gone)
  }
  thread.closed = closed
  return made
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

/** The other half of a content-filter pass may already be stored without knowing that it is one. */
function wakeFilterTargets(session: Session, made: readonly Made[]): Thread[] {
  const woken: Thread[] = []
  const inBatch = new Set(made.map(({thread}) => thread))
  for (const {thread, life} of made) {
    for (const link of life.links) {
      if (link.kind !== 'handed-on' || link.direction !== 'to' || link.host !== null) continue
      const at = life.lastAt
      const known = session.threads.get(thread.server, link.queueId)
      if (known && (inBatch.has(known) || known.stored.every((stored) => stored.life.reinjected))) continue
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
          target.stored.push(
            storedMessage(id, revived.life, new Set([...keysOf(revived.life)].map((key) => hash53(key)))),
          )
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
function wakeForLoose(session: Session): void {
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
function wakeForSweeps(session: Session): void {
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
    thread.stored.push(storedMessage(id, revived.life, new Set([...keysOf(revived.life)].map((key) => hash53(key)))))
  }
  session.threads.touch(thread)
}

/** Lines without ID around each life that wants them: those of this batch and those in the store. */
function nearbyFinder(session: Session, made: readonly Made[]): (server: number, life: Life) => Nearby {
  const spans = new Map<number, {first: number; last: number}>()
  for (const {thread, life} of made) {
    if (!wantsAttribution(life) || life.arrivedAt === null) continue
    const first = firstNeeded(life, life.arrivedAt)
    const last = Math.max(life.arrivedAt, life.proxied?.at ?? life.arrivedAt)
    const span = spans.get(thread.server)
    if (!span) spans.set(thread.server, {first, last})
    else {
      if (first < span.first) span.first = first
      if (last > span.last) span.last = last
    }
  }
  const lists = new Map<number, Entry[]>()
  for (const [server, span] of spans)
    lists.set(server, looseBetween(session, server, span.first, span.last + NEARBY_AFTER))
  return (server, life) => {
    const list = lists.get(server)
    if (!list || life.arrivedAt === null) return NOTHING_NEARBY
    const found = nearbyOf(between(list, life.arrivedAt - NEARBY_BEFORE, life.arrivedAt + NEARBY_AFTER))
    const clients =
      life.proxied === undefined
        ? []
        : (nearbyOf(between(list, life.proxied.at - PROXY_BEFORE, life.proxied.at)).clients ?? [])
    return {...found, clients, accounts: session.accounts.of(server)}
  }
}

/** The first time whose lines without an ID can say something of a life. */
const firstNeeded = (life: Life, arrivedAt: number): number =>
  life.proxied === undefined
    ? arrivedAt - NEARBY_BEFORE
    : Math.min(arrivedAt - NEARBY_BEFORE, life.proxied.at - PROXY_BEFORE)

/** Lines that can name who sent a message. */
const NAMING = ['command-run', 'script-mailed', 'origin-identified', 'client-accepted'] as const

function looseBetween(session: Session, server: number, first: number, last: number): Entry[] {
  const entries: Entry[] = []
  const known = new Set<number>()
  for (const loose of session.newLoose) {
    if (loose.server !== server || loose.entry.at < first || loose.entry.at > last) continue
    known.add(loose.entry.reference)
    entries.push(loose.entry)
  }
  const rows = looseReferences(session.db, server, NAMING, first, last)
  const missing = rows.filter((reference) => !known.has(reference))
  if (missing.length > 0) entries.push(...entriesOf(session.evidence.lines(missing), session.evidence))
  return entries.sort((a, b) => a.at - b.at || a.reference - b.reference)
}

/** The slice of a list sorted by time. */
function between(list: readonly Entry[], first: number, last: number): Entry[] {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.at ?? 0) < first) low = middle + 1
    else high = middle
  }
  const found: Entry[] = []
  for (let i = low; i < list.length; i++) {
    const entry = list[i]
    if (!entry || entry.at > last) break
    found.push(entry)
  }
  return found
}
