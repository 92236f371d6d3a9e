/** Lines without a queue ID around each life that wants them: those of this batch, those remembered of the one before, and those in the store. */

import {wantsAttribution} from '../life/attribution.js'
import type {Entry, Life} from '../life/life.js'
import {NEARBY_AFTER, NEARBY_BEFORE, type Nearby, NOTHING_NEARBY, PROXY_BEFORE} from '../life/nearby.js'
import {looseReferences} from '../store/reach.js'
import {entriesOf, nearbyOf} from '../store/revive.js'
import type {Session} from './session.js'
import type {Thread} from './threads.js'

/** Finds what lies near a life of the batch. `made` are all of its lives. */
export function nearbyFinder(
  session: Session,
  made: readonly {readonly thread: Thread; readonly life: Life}[],
): (server: number, life: Life) => Nearby {
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
  const lists = new Map<number, Nearby>()
  for (const [server, span] of spans)
    lists.set(server, nearbyOf(looseBetween(session, server, span.first, span.last + NEARBY_AFTER)))
  return (server, life) => {
    const all = lists.get(server)
    if (!all || life.arrivedAt === null) return NOTHING_NEARBY
    const from = life.arrivedAt - NEARBY_BEFORE
    const to = life.arrivedAt + NEARBY_AFTER
    return {
      commands: between(all.commands, from, to),
      calls: between(all.calls, from, to),
      sockets: between(all.sockets, from, to),
      clients:
        life.proxied === undefined ? [] : between(all.clients ?? [], life.proxied.at - PROXY_BEFORE, life.proxied.at),
      accounts: session.accounts.of(server),
    }
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
  const missing: number[] = []
  for (const reference of looseReferences(session.db, server, NAMING, first, last)) {
    if (known.has(reference)) continue
    const late = session.lateLoose.get(reference)
    if (late) entries.push(late)
    else missing.push(reference)
  }
  if (missing.length > 0) entries.push(...entriesOf(session.evidence.lines(missing), session.evidence))
  return entries.sort((a, b) => a.at - b.at || a.reference - b.reference)
}

/** The slice of a list sorted by time. */
function between<E extends Entry>(list: readonly E[], first: number, last: number): readonly E[] {
  if (list.length === 0) return list
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.at ?? 0) < first) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < list.length && (list[end]?.at ?? 0) <= last) end++
  return list.slice(low, end)
}
