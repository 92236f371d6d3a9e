/** What the abuse detector is told, out of the narrow rows: sends and their outcomes in time order, without reading one log line. */

import type {AbuseFact, OutcomeFact, OutcomeKind, SendFact, SendOrigin, SentTo} from '../mail/send-fact.js'
import {FLAG, outcomeCodes, refusalCodes} from './codes.js'
import type {Connection, Statement} from './database.js'
import {SENT, textReader} from './subjects.js'

/** One recipient of one message, the message's columns repeated; texts by number. An array: a million objects with names cost a second. */
type Row = readonly [
  id: number,
  server: number,
  at: number,
  flags: number,
  sender: number | null,
  script: number | null,
  directory: number | null,
  login: number | null,
  account: number | null,
  uid: number | null,
  client: number | null,
  url: number | null,
  visitor: number | null,
  forwarder: number | null,
  address: number | null,
  domain: number | null,
  outcome: number,
  refusal: number,
  endedAt: number | null,
  continues: number | null,
]

const KINDS: Readonly<Record<string, OutcomeKind>> = {
  delivered: 'delivered',
  'delivered-locally': 'delivered',
  deferred: 'deferred',
  failed: 'other',
  discarded: 'other',
  removed: 'other',
}

/** A queue of outcomes ordered by time (binary heap). */
class Waiting {
  private readonly heap: OutcomeFact[] = []

  push(fact: OutcomeFact): void {
    const {heap} = this
    let i = heap.push(fact) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.at <= fact.at) break
      heap[i] = above
      i = parent
    }
    heap[i] = fact
  }

  get first(): OutcomeFact | undefined {
    return this.heap[0]
  }

  shift(): OutcomeFact | undefined {
    const {heap} = this
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    for (;;) {
      const left = 2 * i + 1
      const right = left + 1
      const l = heap[left]
      const r = heap[right]
      if (l === undefined) break
      const [child, next] = r !== undefined && r.at < l.at ? [right, r] : [left, l]
      if (next.at >= last.at) break
      heap[i] = next
      i = child
    }
    heap[i] = last
    return top
  }
}

const COLUMNS =
  'message.id, server, message.at, flags, sender, script, directory, login, account, uid, client, url, visitor, forwarder'

const MESSAGES = `SELECT ${COLUMNS}, recipient.address, recipient.domain, recipient.outcome, recipient.refusal, recipient.at, continues
FROM message INDEXED BY message_at LEFT JOIN recipient ON recipient.message = message.id
WHERE message.at >= ? AND message.at < ? AND ((${SENT}) OR continues IS NOT NULL) ORDER BY message.at, message.id, recipient.seq`

/** The message that a second half continues. */
const FIRST_HALF = `SELECT ${COLUMNS}, NULL, NULL, 0, 0, NULL, continues, ${SENT} FROM message WHERE id = ?`
/** Content filters that one message passes in a row at most. */
const MOST_FILTERS = 8

/**
 * Facts of a span of arrivals in time order; outcomes of its messages may lie after it. What a content filter took is told by how it ended
 * behind the filter, as an outcome of the message that the filter was given.
 */
export function* sendFacts(db: Connection, from: number, to: number): Generator<AbuseFact> {
  const reader = new FactReader(db)
  const waiting = new Waiting()
  let send: {fact: SendFact; recipients: SentTo[]} | null = null
  for (const row of db.prepare(MESSAGES).raw().iterate(from, to) as IterableIterator<Row>) {
    const [id, , at, flags] = row
    const own = (flags & FLAG.reinjected) === 0
    if (send !== null && send.fact.messageKey !== id) {
      yield send.fact
      send = null
    }
    if (send === null) {
      for (let next = waiting.first; next !== undefined && next.at <= at; next = waiting.first) {
        waiting.shift()
        yield next
      }
      if (own) send = reader.send(row)
    }
    const [, , , , , , , , , , , , , , address, domain] = row
    if (address === null) continue
    send?.recipients.push({hash: address, domain: domain === null ? '' : reader.text(domain)})
    const outcome = own ? reader.outcome(row, row, address) : reader.behindFilter(row, address)
    if (outcome !== null) waiting.push(outcome)
  }
  if (send !== null) yield send.fact
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next
}

/** Turns rows into facts; keeps one origin object for each distinct origin, for the detector knows it again by identity. */
class FactReader {
  private readonly servers: ReadonlyMap<number, string>
  private readonly domains: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>
  private readonly origins = new Map<string, SendOrigin>()
  private readonly logins = new Map<number, SendOrigin>()
  private readonly senders = new Map<number, {sender: string; domain: string}>()
  private readonly select: Statement
  /** The newest second half's first half: its recipients come one after the other. */
  private newest: {readonly id: number; readonly first: Row | null} | null = null
  readonly text: (id: number) => string

  constructor(db: Connection) {
    this.servers = new Map(
      (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map(({id, name}) => [id, name]),
    )
    this.domains = domainsOf(db)
    this.select = db.prepare(FIRST_HALF).raw()
    this.text = textReader(db)
  }

  send(row: Row): {fact: SendFact; recipients: SentTo[]} {
    const [id, , at, flags, from, , , , , , client, , visitor] = row
    const {sender, domain} = this.sender(from)
    const ip = visitor ?? client
    const recipients: SentTo[] = []
    const fact: SendFact = {
      type: 'send',
      at,
      origin: this.origin(row),
      messageKey: id,
      sender,
      senderDomain: domain,
      clientIp: ip === null ? null : this.text(ip),
      evaluated: (flags & FLAG.evaluated) !== 0,
      recipients,
      continued: false,
    }
    return {fact, recipients}
  }

  private sender(id: number | null): {sender: string; domain: string} {
    const known = this.senders.get(id ?? 0)
    if (known !== undefined) return known
    const sender = id === null ? '' : this.text(id).toLowerCase()
    const made = {sender, domain: sender.slice(sender.lastIndexOf('@') + 1)}
    this.senders.set(id ?? 0, made)
    return made
  }

  /** How a second half's attempt ended, told of the first half's message; null also where that one is not known or came from outside. */
  behindFilter(row: Row, recipient: number): OutcomeFact | null {
    const [id] = row
    if (this.newest === null || this.newest.id !== id) this.newest = {id, first: this.firstHalf(row)}
    const {first} = this.newest
    return first === null ? null : this.outcome(row, first, recipient)
  }

  private firstHalf(row: Row): Row | null {
    let next = row[19]
    for (let passed = 0; next !== null && passed < MOST_FILTERS; passed++) {
      const found = this.select.get(next) as readonly [...Row, sent: number] | undefined
      if (found === undefined) return null
      if ((found[3] & FLAG.reinjected) === 0) return found[20] === 0 ? null : (found as unknown as Row)
      next = found[19]
    }
    return null
  }

  /** How an attempt ended, for the message `of`; null where nothing is known, or a content filter took it over. */
  outcome(row: Row, of: Row, recipient: number): OutcomeFact | null {
    const [id] = of
    const [, , at, , , , , , , , , , , , , , code, refused, endedAt] = row
    const outcome = outcomeCodes.word(code)
    const plain = KINDS[outcome]
    if (plain === undefined || endedAt === null) return null
    const refusal = refusalCodes.word(refused)
    const kind = outcome === 'failed' && (refusal === 'unknown-user' || refusal === 'policy') ? refusal : plain
    return {
      type: 'outcome',
      at: endedAt > at ? endedAt : at,
      origin: this.origin(of),
      messageKey: id,
      recipient,
      kind,
      local: outcome === 'delivered-locally',
      ownLimit: refusal === 'own-limit',
    }
  }

  /** A message's recipients come one after the other. */
  private last: {readonly id: number; readonly origin: SendOrigin} | null = null

  private origin(row: Row): SendOrigin {
    if (this.last !== null && this.last.id === row[0]) return this.last.origin
    const origin = this.knownOrigin(row)
    this.last = {id: row[0], origin}
    return origin
  }

  private knownOrigin(row: Row): SendOrigin {
    const [, server, , flags, , script, directory, login, account, uid, , url, , forwarder] = row
    const cron = (flags & FLAG.cron) !== 0
    // Numbers of texts: as one number where nothing else is set, which is most of the mail.
    const plain = script === null && directory === null && url === null && forwarder === null && uid === null && !cron
    const short = plain && server < 1024 && login !== null && account === null ? login * 1024 + server : -1
    const swift = short < 0 ? undefined : this.logins.get(short)
    if (swift !== undefined) return swift
    const key = `${server} ${script} ${directory} ${login} ${account} ${uid} ${forwarder} ${cron} ${url}`
    let origin = this.origins.get(key)
    if (origin === undefined) {
      const text = (id: number | null): string | null => (id === null ? null : this.text(id))
      const owner = text(account) ?? (uid === null ? null : `uid:${uid}`)
      const name = text(login)
      const own = new Set<string>(owner === null ? [] : (this.domains.get(server)?.get(owner) ?? []))
      const site = text(url)?.split('/')[0]?.toLowerCase()
      if (site) own.add(site.replace(/^www\./, ''))
      if (name?.includes('@')) own.add(name.slice(name.lastIndexOf('@') + 1).toLowerCase())
      origin = {
        server: this.servers.get(server) ?? String(server),
        script: text(script),
        scriptDirectory: text(directory),
        login: name,
        account: owner,
        forwarder: text(forwarder),
        cron,
        ownDomains: [...own],
      }
      // Pages differ more often than sites: an equal origin is the same one.
      const same = JSON.stringify(origin)
      origin = this.origins.get(same) ?? origin
      this.origins.set(same, origin)
      this.origins.set(key, origin)
    }
    if (short >= 0) this.logins.set(short, origin)
    return origin
  }
}

/** Domains of each account of each server, from ingested userdomains files. */
function domainsOf(db: Connection): Map<number, Map<string, string[]>> {
  const out = new Map<number, Map<string, string[]>>()
  for (const {server, domain, account} of db.prepare('SELECT server, domain, account FROM domain_account').all() as {
    server: number
    domain: string
    account: string
  }[]) {
    const accounts = out.get(server) ?? new Map<string, string[]>()
    out.set(server, accounts)
    const list = accounts.get(account)
    if (list) list.push(domain)
    else accounts.set(account, [domain])
  }
  return out
}
