/** A journey: every queue entry that one message passed, followed both ways across filters, forwards, requeues, bounces and our servers. */

import {messageIdKey, queueKey, receiptKey} from '../life/keys.js'
import type {LifeOrigin} from '../life/life.js'
import type {Link, LinkKind} from '../mail/message.js'
import type {EvidenceStore, Found} from '../store/finder.js'
import type {Fleet} from './fleet.js'
import {addLink} from './links.js'

/** Two queue entries of one message lie no further apart than this, milliseconds: longer than any queue lifetime. */
const LIFETIME = 8 * 86_400_000
/** A hand-over to the next server is logged on both sides within this, milliseconds. */
const HANDOVER = 15 * 60_000
/** A pipe filter gives the message back within this, milliseconds. */
const FILTERED = 120_000
/** Queue entries in one journey at most (mail loops). */
const LONGEST = 200

export interface Step {
  readonly found: Found
  /** Queue IDs that its own lines name wrongly: a filter's kept session repeats the first message's XFORWARD data. */
  readonly refuted: Set<string>
  /** Links that other queue entries say of this one. */
  readonly extra: Link[]
}

export interface JourneyOptions {
  /** Also follow to the bounces made about it. */
  readonly bounces: boolean
}

interface Edge {
  readonly kind: LinkKind
  readonly direction: 'to' | 'from'
  readonly other: Found
}

/** All queue entries joined to `start`, oldest first. */
export function journeyOf(store: EvidenceStore, fleet: Fleet, start: Found, options: JourneyOptions): Step[] {
  const steps = new Map<number, Step>([[start.id, {found: start, refuted: new Set(), extra: []}]])
  const waiting: Found[] = [start]
  while (waiting.length > 0 && steps.size < LONGEST) {
    const here = waiting.shift()
    if (!here) break
    for (const {kind, direction, other} of edgesOf(store, fleet, here, steps.get(here.id)?.refuted ?? new Set())) {
      if (kind === 'bounce-of' && !options.bounces) continue
      const step = steps.get(other.id) ?? {found: other, refuted: new Set<string>(), extra: []}
      if (!steps.has(other.id)) {
        steps.set(other.id, step)
        waiting.push(other)
      }
      const back = direction === 'to' ? 'from' : 'to'
      addLink(step.extra, {kind, direction: back, server: here.server, queueId: here.life.queueId ?? ''})
      const own = steps.get(here.id)
      if (own) addLink(own.extra, {kind, direction, server: other.server, queueId: other.life.queueId ?? ''})
    }
  }
  return [...steps.values()]
    .map(settled(steps))
    .sort(
      (a, b) =>
        (a.found.life.arrivedAt ?? a.found.life.firstAt) - (b.found.life.arrivedAt ?? b.found.life.firstAt) ||
        a.found.id - b.found.id,
    )
}

/**
 * What only the other queue entry knows: a requeued entry or one behind a filter has the origin of the one before; a forwarded one is proven to
 * be that; a message that was requeued went on under the next ID.
 */
function settled(steps: ReadonlyMap<number, Step>): (step: Step) => Step {
  const byId = (queueId: string, server: string): Found | undefined =>
    [...steps.values()].find(({found}) => found.life.queueId === queueId && found.server === server)?.found
  const before = (step: Step, kind: LinkKind): Found | undefined => {
    const link = step.extra.find((l) => l.kind === kind && l.direction === 'from' && l.server === step.found.server)
    return link && byId(link.queueId, link.server)
  }
  const originOf = (step: Step, depth: number): LifeOrigin => {
    const {origin, reinjected} = step.found.life
    const giver =
      reinjected && origin.kind !== 'bounce' ? (before(step, 'requeued') ?? before(step, 'handed-on')) : undefined
    const from = giver && steps.get(giver.id)
    if (from && from !== step && depth < LONGEST) return originOf(from, depth + 1)
    return origin.kind === 'forward' && before(step, 'forwarded') ? {...origin, certainty: 'proven'} : origin
  }
  return (step) => {
    const {life} = step.found
    const origin = originOf(step, 0)
    const next = step.extra.find((l) => l.kind === 'requeued' && l.direction === 'to')
    if (origin === life.origin && !next) return step
    const recipients = next
      ? life.recipients.map((r) =>
          r.outcome === 'deferred' || r.outcome === 'unknown'
            ? {...r, outcome: 'handed-on' as const, forwardedAs: next.queueId}
            : r,
        )
      : life.recipients
    return {
      ...step,
      found: {...step.found, life: {...life, origin, recipients, ended: life.ended || next !== undefined}},
    }
  }
}

const near = (a: Found, b: Found, within: number): boolean =>
  b.life.firstAt <= a.life.lastAt + within && b.life.lastAt >= a.life.firstAt - within

function edgesOf(store: EvidenceStore, fleet: Fleet, here: Found, refuted: Set<string>): Edge[] {
  const edges: Edge[] = []
  const {life} = here
  for (const link of life.links) {
    for (const other of store.byKeys([queueKey(link.queueId)])) {
      if (other.server !== here.server || other.id === here.id || !near(here, other, LIFETIME)) continue
      const [giver, taker] = link.direction === 'to' ? [here, other] : [other, here]
      if (link.kind === 'handed-on' && !reallyHanded(giver, taker)) refuted.add(link.queueId)
      else edges.push({kind: link.kind, direction: link.direction, other})
    }
  }
  for (const recipient of life.recipients) {
    if (recipient.receipt === null || recipient.outcome !== 'delivered') continue
    for (const other of store.byKeys([queueKey(recipient.receipt)])) {
      if (
        other.server !== here.server &&
        recipient.at !== null &&
        Math.abs(other.life.firstAt - recipient.at) <= HANDOVER &&
        sameMessage(here, other)
      )
        edges.push({kind: 'handed-on', direction: 'to', other})
    }
  }
  if (life.queueId !== null) edges.push(...pointingHere(store, fleet, here, life.queueId))
  edges.push(...pipeFilter(store, here))
  return edges
}

/** The giver's own receipt names the taker, or nothing speaks against it: a content filter keeps the Message-ID. */
function reallyHanded(giver: Found, taker: Found): boolean {
  const receipts = giver.life.recipients.flatMap((recipient) => recipient.receipt?.split('/') ?? [])
  if (taker.life.queueId !== null && receipts.includes(taker.life.queueId)) return true
  const a = giver.life.messageId
  const b = taker.life.messageId
  return a === null || b === null || a.toLowerCase() === b.toLowerCase()
}

/** Entries whose lines name this queue ID: parents that handed it on, bounces about it, our own servers that got it as a receipt. */
function pointingHere(store: EvidenceStore, _fleet: Fleet, here: Found, queueId: string): Edge[] {
  const edges: Edge[] = []
  for (const other of store.byKeys([receiptKey(queueId)])) {
    if (other.id === here.id || !near(here, other, LIFETIME)) continue
    if (other.server === here.server) {
      for (const link of other.life.links) {
        const [giver, taker] = link.direction === 'to' ? [other, here] : [here, other]
        if (link.queueId !== queueId || (link.kind === 'handed-on' && !reallyHanded(giver, taker))) continue
        edges.push({kind: link.kind, direction: link.direction === 'to' ? 'from' : 'to', other})
      }
    } else if (
      other.life.recipients.some(
        (r) => r.receipt === queueId && r.at !== null && Math.abs(here.life.firstAt - r.at) <= HANDOVER,
      ) &&
      sameMessage(here, other)
    ) {
      edges.push({kind: 'handed-on', direction: 'from', other})
    }
  }
  return edges
}

/** Queue IDs of strangers can equal ours by chance: the Message-ID must agree where both have one, else sender and a recipient. */
function sameMessage(a: Found, b: Found): boolean {
  if (a.life.messageId !== null && b.life.messageId !== null)
    return a.life.messageId.toLowerCase() === b.life.messageId.toLowerCase()
  const recipients = new Set(
    b.life.recipients.flatMap((r) => [r.address.toLowerCase(), (r.original ?? '').toLowerCase()]),
  )
  return (
    (a.life.sender ?? '').toLowerCase() === (b.life.sender ?? '').toLowerCase() ||
    a.life.recipients.some((r) => recipients.has(r.address.toLowerCase()))
  )
}

/** A filter behind pipe(8) gives the message back through sendmail: same Message-ID, local submission, at once. */
function pipeFilter(store: EvidenceStore, here: Found): Edge[] {
  const {life} = here
  if (life.mta !== 'postfix' || life.messageId === null) return []
  const piped = life.recipients.some((r) => r.outcome === 'delivered-locally' && r.transport === 'pipe')
  const submitted = life.origin.uid !== null
  if (!piped && !submitted) return []
  const edges: Edge[] = []
  for (const other of store.byKeys([messageIdKey(life.messageId)])) {
    if (other.id === here.id || other.server !== here.server || Math.abs(other.life.firstAt - life.firstAt) > FILTERED)
      continue
    const otherPiped = other.life.recipients.some((r) => r.outcome === 'delivered-locally' && r.transport === 'pipe')
    if (piped && other.life.origin.uid !== null && other.life.firstAt >= life.firstAt)
      edges.push({kind: 'handed-on', direction: 'to', other})
    else if (submitted && otherPiped && other.life.firstAt <= life.firstAt)
      edges.push({kind: 'handed-on', direction: 'from', other})
  }
  return edges
}
