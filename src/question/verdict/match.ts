/** Is a message of our logs the one reported? Attributes that agree or disagree, counted; a hit wins only when it is the same message. */

import {addressKey, messageIdKey, queueKey, receiptKey} from '../../life/keys.js'
import type {Life} from '../../life/life.js'
import {unwrap} from '../../mail/address.js'
import {timeInQueueId} from '../../mail/queue-id.js'
import {byteString, readable} from '../../mail/text.js'
import type {EvidenceStore, Found} from '../../store/finder.js'
import type {Fleet} from '../fleet.js'
import {QUEUE_LIFE, type Query, type QueryQueueId} from './query.js'

export interface Match {
  readonly found: Found
  readonly agree: readonly string[]
  readonly disagree: readonly string[]
  readonly points: number
  /** The key that led here. */
  readonly by: 'queue-id' | 'receipt' | 'message-id' | 'envelope'
  readonly accepted: boolean
  /** All agrees but the queue ID, which a hop of this server names otherwise: not the message, but too near to say that it was never here. */
  readonly otherId: boolean
  /** The queue ID of the report that names it, where one does. */
  readonly named: QueryQueueId | null
}

/** Messages looked at for recipient and time at most. */
const MOST_BY_ENVELOPE = 500

/** All messages that some key leads to, judged, best first. */
export function matchesOf(store: EvidenceStore, fleet: Fleet, query: Query): Match[] {
  const matches = new Map<number, Match>()
  const consider = (found: Found, by: Match['by'], named: QueryQueueId | null): void => {
    const match = judge(fleet, query, found, by, named)
    const known = matches.get(found.id)
    if (
      !known ||
      (match.accepted && !known.accepted) ||
      (match.accepted === known.accepted && match.points > known.points)
    )
      matches.set(found.id, match)
  }
  for (const named of query.queueIds) {
    for (const found of store.byKeys([queueKey(named.id)]))
      if (found.life.queueId === named.id) consider(found, 'queue-id', named)
    for (const found of store.byKeys([receiptKey(named.id)]))
      if (found.life.recipients.some((r) => r.receipt?.split('/').includes(named.id))) consider(found, 'receipt', named)
  }
  for (const named of query.reporterIds)
    for (const found of store.byKeys([receiptKey(named.id)]))
      if (found.life.recipients.some((r) => r.receipt?.split('/').includes(named.id))) consider(found, 'receipt', named)
  for (const id of query.messageIds)
    for (const found of store.byKeys([messageIdKey(byteString(id))])) consider(found, 'message-id', null)
  if (![...matches.values()].some((match) => match.accepted) && query.core !== null) {
    for (const recipient of new Set(query.recipients.flatMap(forms))) {
      const near = store
        .byKeys([addressKey(byteString(recipient))], {
          from: query.core.from - query.tolerance,
          to: query.core.to + query.tolerance,
        })
        .filter(({life}) => inCore(query, life.arrivedAt ?? life.firstAt, life.lastAt))
      for (const found of near.slice(-MOST_BY_ENVELOPE)) consider(found, 'envelope', null)
    }
  }
  return [...matches.values()].sort(
    (a, b) => Number(b.accepted) - Number(a.accepted) || b.points - a.points || a.found.id - b.found.id,
  )
}

function inCore(query: Query, arrived: number, last: number): boolean {
  if (query.core === null) return true
  return (
    last >= query.core.from - query.tolerance &&
    arrived <= query.core.to + query.tolerance &&
    arrived >= query.core.from - QUEUE_LIFE - query.tolerance
  )
}

const lower = (text: string): string => text.toLowerCase()

/** An address and what forwarders and signers wrapped into it, lower case. */
function forms(address: string): string[] {
  const out = [lower(address)]
  for (const {kind, original} of unwrap(address))
    if (original !== null && kind !== 'plus-tag') out.push(lower(original))
  return out
}

const share = (a: readonly string[], b: readonly string[]): boolean => {
  const set = new Set(a.flatMap(forms))
  return b.flatMap(forms).some((address) => set.has(address))
}

const squeeze = (text: string): string => readable(text).replaceAll(/\s+/g, '').toLowerCase()

function sameSubject(asked: readonly string[], logged: string): boolean {
  const own = squeeze(logged)
  return asked.some((subject) => {
    const other = squeeze(subject)
    const length = Math.min(own.length, other.length, 40)
    return length > 0 && own.slice(0, length) === other.slice(0, length)
  })
}

/** The hops of the original show that it passed one of our servers; null where it has no hops to tell. */
export function chainNamesUs(query: Query): boolean | null {
  if (query.hops.length === 0) return null
  return query.hops.some(({byUs, fromUs}) => byUs !== null || fromUs !== null)
}

function judge(fleet: Fleet, query: Query, found: Found, by: Match['by'], named: QueryQueueId | null): Match {
  const {life} = found
  const agree: string[] = []
  const disagree: string[] = []
  let points = 0
  let fatal = false
  const say = (name: string, agrees: boolean, plus: number, minus: number): void => {
    if (agrees) {
      agree.push(name)
      points += plus
    } else {
      disagree.push(name)
      points -= minus
    }
  }
  const host = named === null ? null : fleet.serverOfHost(named.host)
  if (by === 'queue-id' && named !== null) {
    if (named.from === 'our-report' || named.from === 'flag') points += 3
    else if (host !== null) points += host === found.server ? 2 : 0
    else points += named.host === null ? 1 : -1
    agree.push('queue ID')
    if (host !== null && host !== found.server) fatal = true
  }
  if (by === 'receipt') {
    // The reporter's own queue ID is what the remote server told us when it took the message.
    points += 3
    agree.push('receipt')
  }
  const messageIds = query.messageIds.map(lower)
  if (messageIds.length > 0 && life.messageId !== null && life.messageId !== '')
    say('Message-ID', messageIds.includes(lower(readable(life.messageId))), 2, 3)
  else if (
    messageIds.length > 0 &&
    life.queueId !== null &&
    messageIds.some((id) => id.startsWith(`e${lower(life.queueId ?? '')}@`))
  )
    say('Message-ID', true, 2, 0)
  if (query.senders.length > 0 && life.sender !== null && life.sender !== '') {
    const own = [readable(life.sender), ...(life.origin.login?.includes('@') ? [readable(life.origin.login)] : [])]
    say('sender', share(query.senders, own), 1, 1)
  }
  const recipients = life.recipients.flatMap((r) => [
    readable(r.address),
    ...(r.original === null ? [] : [readable(r.original)]),
  ])
  if (query.recipients.length > 0 && recipients.length > 0)
    say('recipient', share(query.recipients, recipients), 1, 1.5)
  if (query.subjects.length > 0 && life.subject !== null && life.subject !== '')
    say('subject', sameSubject(query.subjects, life.subject), 1, 1)
  const arrived = life.arrivedAt ?? life.firstAt
  const at = named?.at ?? null
  const exact = named !== null && timeInQueueId(named.id) !== null
  if (at !== null && by === 'queue-id') {
    const near = Math.abs(at - arrived) <= query.tolerance
    say('time', near, 1, 2)
    if (!near && !exact) fatal = true
  } else if (query.core !== null && query.kind !== 'flags') {
    const near = inCore(query, arrived, life.lastAt)
    say('time', near, by === 'envelope' ? 0.5 : 1, 1.5)
    if (!near && (by !== 'receipt' || named?.from === 'reporter') && !(by === 'queue-id' && exact)) fatal = true
  } else if (query.core !== null && !(named !== null && exact)) {
    const near = inCore(query, arrived, life.lastAt)
    say('time', near, 1, 2)
    if (!near) fatal = true
  }
  if (by !== 'message-id' && named?.from === 'hop' && !agree.includes('Message-ID') && isCopy(query, life, recipients))
    fatal = true
  // A hop of this very server names another queue ID: the mail asked about is that one, whether its lines are here or missing.
  const otherId = by === 'envelope' && hopIdsOf(fleet, query, found.server).some((id) => id !== life.queueId)
  const chain = chainNamesUs(query)
  if (chain === true) points += 1
  // The original's own hops are there and none of them is ours: it took another way, whatever else was copied.
  // What we refused before accepting it never got a hop of ours.
  const refused = life.state === 'rejected'
  if (chain === false && by !== 'receipt' && named?.from !== 'our-report' && !refused) fatal = true
  const needed = by === 'envelope' ? envelopeNeeds(query) : 2
  const agrees = !fatal && points >= needed && disagree.length <= Math.max(1, agree.length - 1)
  return {
    found,
    agree,
    disagree,
    points,
    by,
    named,
    accepted: agrees && !otherId,
    otherId: agrees && otherId,
  }
}

/** The queue IDs that hops of one of our servers name. */
const hopIdsOf = (fleet: Fleet, query: Query, server: string): string[] =>
  query.queueIds.filter(({from, host}) => from === 'hop' && fleet.serverOfHost(host) === server).map(({id}) => id)

/**
 * Field guide rule 3: a hop of ours is confirmed by two attributes more. Those inside the hop itself are none: it may have been copied as
 * a whole. Where the rest of the header has several and they speak for another mail, it was.
 */
function isCopy(query: Query, life: Life, recipients: readonly string[]): boolean {
  const {apart} = query
  const votes: boolean[] = []
  if (query.messageIds.length > 0 && life.messageId !== null && life.messageId !== '') votes.push(false)
  if (life.sender !== null && life.sender !== '') {
    const own = [readable(life.sender), ...(life.origin.login === null ? [] : [readable(life.origin.login)])]
    if (share([...apart.senders, ...apart.from], own)) votes.push(true)
    else if (apart.senders.length > 0) votes.push(false)
  }
  if (apart.recipients.length > 0 && recipients.length > 0) votes.push(share(apart.recipients, recipients))
  if (query.subjects.length > 0 && life.subject !== null && life.subject !== '')
    votes.push(sameSubject(query.subjects, life.subject))
  const against = votes.filter((vote) => !vote).length
  return against >= 2 && against > votes.length - against
}

/** Recipient and time alone are weak: where the report names sender or subject as well, those must agree too. */
function envelopeNeeds(query: Query): number {
  return 1.5 + (query.senders.length > 0 ? 1 : 0)
}
