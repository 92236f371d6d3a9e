/** `backscatter`: bounces for mail that never left us, catch-alls that feed on them, and the bounces that we send to strangers. */

import {queueKey} from '../life/keys.js'
import {readable} from '../mail/text.js'
import {type BounceIn, bouncesIn, bouncesOut, otherwiseUsed, sendingTimes} from '../store/backscatter.js'
import type {Found, SqliteStore} from '../store/finder.js'
import {iso} from './message.js'

const DAY = 86_400_000
/** A bounce comes at most this long after its mail: the usual queue lifetime. */
const BOUNCE_AFTER = 5 * DAY
/** Stamps of two servers may differ by so much, milliseconds. */
const CLOCKS = 120_000
/** So many addresses of a domain that took only bounces mean a catch-all. */
const CATCH_ALL = 5
const MOST_BOUNCES = 200_000
const MOST_EXAMPLES = 12
const MOST_REPORTERS = 20

export interface Reporter {
  readonly name: string | null
  readonly ip: string | null
  readonly bounces: number
  /** Filled on request: the answer of ips.backscatterer.org. */
  readonly listed?: 'listed' | 'not-listed' | 'unknown'
}

/** A domain hit by bounces for mail that never left. */
export interface HitDomain {
  readonly domain: string
  readonly servers: readonly string[]
  /** Bounces without a message of ours that they could be about. */
  readonly bounces: number
  /** Bounces to addresses that had sent mail in the five days before. */
  readonly explained: number
  readonly since: string | null
  readonly until: string | null
  readonly addresses: number
  readonly reporters: readonly Reporter[]
  /** Addresses that took bounces, never sent and got no other mail; null where there are too few for a catch-all. */
  readonly catchAll: {readonly localParts: number; readonly examples: readonly string[]} | null
}

/** Bounces of ours to strangers. */
export interface OwnBackscatter {
  readonly server: string
  readonly bounces: number
  readonly since: string | null
  readonly until: string | null
  readonly domains: readonly {readonly domain: string; readonly bounces: number}[]
  /** One of ours, as `trace` takes it. */
  readonly example: string | null
}

export interface BackscatterAnswer {
  readonly schema: 'mailwitness.backscatter/1'
  readonly window: {readonly from: string | null; readonly to: string | null}
  readonly domains: readonly HitDomain[]
  readonly own: readonly OwnBackscatter[]
  /** Filled on request: which of our addresses are listed at ips.backscatterer.org. */
  readonly ownAddresses: readonly {readonly ip: string; readonly listed: 'listed' | 'not-listed' | 'unknown'}[]
}

export interface BackscatterQuestion {
  readonly from: number
  readonly to: number
  readonly servers: readonly string[]
  /** Only this domain; null: all. */
  readonly domain: string | null
  /** Own bounces whose cause is looked up, at most. */
  readonly verify: number
}

export function backscatterAnswer(store: SqliteStore, question: BackscatterQuestion): BackscatterAnswer {
  const {from, to} = question
  return {
    schema: 'mailwitness.backscatter/1',
    window: {from: iso(from), to: iso(to)},
    domains: hitDomains(store, question),
    own: ownBackscatter(store, question),
    ownAddresses: [],
  }
}

const wantedServer = ({servers}: BackscatterQuestion, server: string): boolean =>
  servers.length === 0 || servers.includes(server)

/** Domains with unexplained bounces, the hardest hit first. */
export function hitDomains(store: SqliteStore, question: BackscatterQuestion): HitDomain[] {
  const {from, to} = question
  const bounces = bouncesIn(store.db, from, to, MOST_BOUNCES).filter(
    (one) => wantedServer(question, one.server) && (question.domain === null || one.domain === question.domain),
  )
  if (bounces.length === 0) return []
  const domains = new Map<string, BounceIn[]>()
  for (const bounce of bounces) {
    const list = domains.get(bounce.domain)
    if (list) list.push(bounce)
    else domains.set(bounce.domain, [bounce])
  }
  const addresses = new Set(bounces.map((one) => one.address))
  const wanted = {domains: new Set(domains.keys()), addresses}
  const sent = sendingTimes(store.db, store.keys, wanted, from - BOUNCE_AFTER, to)
  const lone = new Set([...addresses].filter((address) => !sent.has(address)))
  const used = lone.size >= CATCH_ALL ? otherwiseUsed(store.db, lone, from, to) : new Set<number>()
  const hits: HitDomain[] = []
  for (const [domain, list] of domains) {
    const unexplained = withoutMail(list, sent)
    if (unexplained.length === 0) continue
    hits.push(hitDomain(store, domain, list, unexplained, (address) => lone.has(address) && !used.has(address)))
  }
  return hits.sort((a, b) => b.bounces - a.bounces || a.domain.localeCompare(b.domain))
}

/** Each mail out explains one bounce within five days after it. Both lists are in time order. */
function withoutMail(bounces: readonly BounceIn[], sent: ReadonlyMap<number, readonly number[]>): BounceIn[] {
  const next = new Map<number, number>()
  const unexplained: BounceIn[] = []
  for (const bounce of bounces) {
    const times = sent.get(bounce.address) ?? []
    let i = next.get(bounce.address) ?? 0
    while (i < times.length && (times[i] ?? 0) < bounce.at - BOUNCE_AFTER) i++
    if (i < times.length && (times[i] ?? 0) <= bounce.at + CLOCKS) i++
    else unexplained.push(bounce)
    next.set(bounce.address, i)
  }
  return unexplained
}

function hitDomain(
  store: SqliteStore,
  domain: string,
  all: readonly BounceIn[],
  unexplained: readonly BounceIn[],
  onlyBounces: (address: number) => boolean,
): HitDomain {
  const made = new Map(unexplained.filter((one) => onlyBounces(one.address)).map((one) => [one.address, one.message]))
  const caught = made.size >= CATCH_ALL
  return {
    domain,
    servers: [...new Set(all.map((one) => one.server))].sort(),
    bounces: unexplained.length,
    explained: all.length - unexplained.length,
    since: iso(unexplained[0]?.at ?? null),
    until: iso(unexplained.at(-1)?.at ?? null),
    addresses: new Set(unexplained.map((one) => one.address)).size,
    reporters: reportersOf(store, unexplained),
    catchAll: caught
      ? {localParts: made.size, examples: addressesOf(store.byIds([...made.values()].slice(0, MOST_EXAMPLES)), domain)}
      : null,
  }
}

/** Who delivered the bounces, by address; the names as the newest line of each has them. */
function reportersOf(store: SqliteStore, bounces: readonly BounceIn[]): Reporter[] {
  const byIp = new Map<string | null, {bounces: number; message: number}>()
  for (const {clientIp, message} of bounces)
    byIp.set(clientIp, {bounces: (byIp.get(clientIp)?.bounces ?? 0) + 1, message})
  return [...byIp]
    .sort((a, b) => b[1].bounces - a[1].bounces || String(a[0]).localeCompare(String(b[0])))
    .slice(0, MOST_REPORTERS)
    .map(([ip, one]) => {
      const name = store.byIds([one.message])[0]?.life.origin.client?.name ?? null
      return {name: name === null ? null : readable(name), ip, bounces: one.bounces}
    })
}

const addressesOf = (found: readonly Found[], domain: string): string[] => [
  ...new Set(
    found
      .flatMap(({life}) => life.recipients.map((one) => readable(one.original ?? one.address)))
      .filter((address) => address.toLowerCase().endsWith(`@${domain}`)),
  ),
]

/** Our own bounces that remote hosts took, about mail that came to us from outside. */
export function ownBackscatter(store: SqliteStore, question: BackscatterQuestion): OwnBackscatter[] {
  const made = bouncesOut(store.db, question.from, question.to, question.verify).filter((one) =>
    wantedServer(question, one.server),
  )
  const servers = new Map<string, {at: number[]; domains: Map<string, number>; example: string | null}>()
  for (const bounce of made) {
    if (question.domain !== null && bounce.domain !== question.domain) continue
    const [found] = store.byIds([bounce.message])
    if (found === undefined || !cameFromOutside(store, found)) continue
    const sum = servers.get(bounce.server) ?? {at: [], domains: new Map<string, number>(), example: null}
    servers.set(bounce.server, sum)
    sum.at.push(bounce.at)
    sum.domains.set(bounce.domain, (sum.domains.get(bounce.domain) ?? 0) + 1)
    sum.example = found.life.queueId
  }
  return [...servers].map(([server, {at, domains, example}]) => ({
    server,
    bounces: at.length,
    since: iso(Math.min(...at)),
    until: iso(Math.max(...at)),
    domains: [...domains]
      .map(([domain, bounces]) => ({domain, bounces}))
      .sort((a, b) => b.bounces - a.bounces || a.domain.localeCompare(b.domain))
      .slice(0, MOST_REPORTERS),
    example,
  }))
}

/** Whether the message that a bounce of ours is about came from outside. */
function cameFromOutside(store: SqliteStore, bounce: Found): boolean {
  const parents = bounce.life.links.filter((link) => link.kind === 'bounce-of' && link.direction === 'to')
  const others = bounce.life.links.filter((link) => link.kind === 'bounce-of')
  for (const {queueId} of parents.length > 0 ? parents : others) {
    const parent = store
      .byKeys([queueKey(queueId)])
      .filter(
        (one) =>
          one.server === bounce.server &&
          one.life.queueId === queueId &&
          one.life.firstAt <= bounce.life.firstAt + CLOCKS,
      )
      .at(-1)
    if (parent?.life.origin.kind === 'relay-in') return true
  }
  return false
}
