/** Where messages come from, one object for each distinct origin: the detector knows it again by identity. */

import type {SendOrigin} from '../mail/send-fact.js'
import {FLAG} from './codes.js'
import type {Connection} from './database.js'
import type {Row} from './sent-rows.js'

/** The columns of an origin, as they were when it was made. */
interface Known {
  readonly row: Row
  readonly origin: SendOrigin
}

/** Origins of one script or login that are looked through before a key of text is made. */
const FEW = 8

export class Origins {
  private readonly servers: ReadonlyMap<number, string>
  private readonly domains: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>
  /** By the number that tells most. */
  private readonly near = new Map<number, Known[]>()
  private readonly origins = new Map<string, SendOrigin>()
  private last: Known | null = null

  constructor(
    db: Connection,
    private readonly text: (id: number) => string,
  ) {
    this.servers = new Map(
      (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map(({id, name}) => [id, name]),
    )
    this.domains = domainsOf(db)
  }

  of(row: Row): SendOrigin {
    if (this.last !== null && same(this.last.row, row)) return this.last.origin
    const key = row[6] ?? row[8] ?? row[11] ?? row[7] ?? row[9] ?? 0
    let near = this.near.get(key)
    if (near === undefined) {
      near = []
      this.near.set(key, near)
    }
    let known = near.find((one) => same(one.row, row))
    if (known === undefined) {
      known = {row, origin: this.origin(row)}
      if (near.length < FEW) near.push(known)
    }
    this.last = known
    return known.origin
  }

  private origin(row: Row): SendOrigin {
    const [, , flags, server, , , script, directory, login, owned, url, forwarder] = row
    const cron = (flags & FLAG.cron) !== 0
    const key = `${server} ${script} ${directory} ${login} ${owned} ${url} ${forwarder} ${cron}`
    const known = this.origins.get(key)
    if (known !== undefined) return known
    const text = (id: number | null): string | null => (id === null ? null : this.text(id))
    const owner = owned !== null && owned < 0 ? `uid:${-1 - owned}` : text(owned)
    const name = text(login)
    const own = new Set<string>(owner === null ? [] : (this.domains.get(server)?.get(owner) ?? []))
    const site = text(url)?.split('/')[0]?.toLowerCase()
    if (site) own.add(site.replace(/^www\./, ''))
    if (name?.includes('@')) own.add(name.slice(name.lastIndexOf('@') + 1).toLowerCase())
    const made: SendOrigin = {
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
    const equal = JSON.stringify(made)
    const origin = this.origins.get(equal) ?? made
    this.origins.set(equal, origin)
    this.origins.set(key, origin)
    return origin
  }
}

const same = (a: Row, b: Row): boolean =>
  a[3] === b[3] &&
  a[6] === b[6] &&
  a[7] === b[7] &&
  a[8] === b[8] &&
  a[9] === b[9] &&
  a[10] === b[10] &&
  a[11] === b[11] &&
  (a[2] & FLAG.cron) === (b[2] & FLAG.cron)

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
