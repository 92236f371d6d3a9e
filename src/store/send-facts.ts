/** What the abuse detector is told, out of the narrow rows: sends and their outcomes in time order, without reading one log line. */

import type {AbuseFact, OutcomeFact, OutcomeKind, SendFact, SendOrigin} from '../mail/send-fact.js'
import {readable} from '../mail/text.js'
import {FLAG, originCodes, outcomeCodes, refusalCodes} from './codes.js'
import type {Connection} from './database.js'

interface Row {
  id: number
  server: number
  at: number
  flags: number
  sender: string | null
  script: string | null
  directory: string | null
  login: string | null
  account: string | null
  uid: number | null
  client: string | null
  url: string | null
  visitor: string | null
  forwarder: string | null
}

interface RecipientRow {
  address: number
  domain: string | null
  outcome: number
  refusal: number
  at: number | null
}

const KINDS: Readonly<Record<string, OutcomeKind>> = {
  delivered: 'delivered',
  'delivered-locally': 'delivered',
  'handed-on': 'delivered',
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

/** Facts of a span of arrivals in time order; outcomes of its messages may lie after it. */
export function* sendFacts(db: Connection, from: number, to: number): Generator<AbuseFact> {
  const servers = new Map(
    (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map(({id, name}) => [id, name]),
  )
  const domains = domainsOf(db)
  const origins = new Map<string, SendOrigin>()
  const messages = db.prepare(
    `SELECT message.id AS id, server, at, flags, s.value AS sender, c.value AS script, d.value AS directory, l.value AS login, a.value AS account, uid,
i.value AS client, u.value AS url, v.value AS visitor, f.value AS forwarder
FROM message LEFT JOIN text s ON s.id = sender LEFT JOIN text c ON c.id = script LEFT JOIN text d ON d.id = directory LEFT JOIN text l ON l.id = login
LEFT JOIN text a ON a.id = account LEFT JOIN text i ON i.id = client LEFT JOIN text u ON u.id = url LEFT JOIN text v ON v.id = visitor LEFT JOIN text f ON f.id = forwarder
WHERE at >= ? AND at < ? AND flags & ${FLAG.accepted | FLAG.reinjected} = ${FLAG.accepted}
AND (origin IN (${originCodes.code('script')}, ${originCodes.code('local')}, ${originCodes.code('authenticated')}) OR forwarder IS NOT NULL) ORDER BY at, message.id`,
  )
  const recipients = db.prepare(
    'SELECT address, value AS domain, outcome, refusal, at FROM recipient LEFT JOIN text ON text.id = recipient.domain WHERE message = ?',
  )
  const waiting = new Waiting()
  for (const row of messages.iterate(from, to) as IterableIterator<Row>) {
    for (let next = waiting.first; next !== undefined && next.at <= row.at; next = waiting.first) {
      waiting.shift()
      yield next
    }
    const origin = originOf(row, servers.get(row.server) ?? String(row.server), domains.get(row.server), origins)
    const list = recipients.all(row.id) as RecipientRow[]
    yield sendOf(row, origin, list)
    for (const one of list) {
      const outcome = outcomeOf(row, origin, one)
      if (outcome !== null) waiting.push(outcome)
    }
  }
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next
}

function sendOf(row: Row, origin: SendOrigin, list: readonly RecipientRow[]): SendFact {
  const sender = readable(row.sender ?? '').toLowerCase()
  return {
    type: 'send',
    at: row.at,
    origin,
    messageKey: row.id,
    sender,
    senderDomain: sender.slice(sender.lastIndexOf('@') + 1),
    clientIp: row.visitor ?? row.client,
    evaluated: (row.flags & FLAG.evaluated) !== 0,
    recipients: list.map(({address, domain}) => ({hash: address, domain: domain ?? ''})),
    continued: false,
  }
}

function outcomeOf(row: Row, origin: SendOrigin, one: RecipientRow): OutcomeFact | null {
  const outcome = outcomeCodes.word(one.outcome)
  const plain = KINDS[outcome]
  if (plain === undefined || one.at === null) return null
  const refusal = refusalCodes.word(one.refusal)
  const kind = outcome === 'failed' && (refusal === 'unknown-user' || refusal === 'policy') ? refusal : plain
  return {
    type: 'outcome',
    at: Math.max(one.at, row.at),
    origin,
    messageKey: row.id,
    recipient: one.address,
    kind,
    local: outcome === 'delivered-locally',
    ownLimit: refusal === 'own-limit',
  }
}

/** One object per distinct origin: the detector knows it again by identity. */
function originOf(
  row: Row,
  server: string,
  owned: ReadonlyMap<string, readonly string[]> | undefined,
  origins: Map<string, SendOrigin>,
): SendOrigin {
  const account = row.account ?? (row.uid === null ? null : `uid:${row.uid}`)
  const cron = (row.flags & FLAG.cron) !== 0
  const site = row.url === null ? null : (row.url.split('/')[0]?.toLowerCase() ?? null)
  const key = `${row.server}\n${row.script ?? ''}\n${row.directory ?? ''}\n${row.login ?? ''}\n${account ?? ''}\n${row.forwarder ?? ''}\n${cron}\n${site ?? ''}`
  let origin = origins.get(key)
  if (!origin) {
    const own = new Set<string>(account === null ? [] : (owned?.get(account) ?? []))
    if (site !== null) own.add(site.replace(/^www\./, ''))
    const at = row.login?.lastIndexOf('@') ?? -1
    if (row.login !== null && at >= 0) own.add(row.login.slice(at + 1).toLowerCase())
    origin = {
      server,
      script: row.script === null ? null : readable(row.script),
      scriptDirectory: row.directory === null ? null : readable(row.directory),
      login: row.login === null ? null : readable(row.login),
      account: account === null ? null : readable(account),
      forwarder: row.forwarder === null ? null : readable(row.forwarder),
      cron,
      ownDomains: [...own],
    }
    origins.set(key, origin)
  }
  return origin
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
