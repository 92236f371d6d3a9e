/** Names and homes of a server's uids, from the passwd files that were snapshotted: who owns a process, and who owns a path. */

import type {Accounts} from '../life/nearby.js'
import type {Connection} from './database.js'

/** Homes that many accounts share, or that hold more than one account's files. */
const NO_HOME = new Set([
  '/',
  '/home',
  '/root',
  '/nonexistent',
  '/var/www',
  '/var',
  '/usr',
  '/bin',
  '/dev',
  '/dev/null',
])

/** Domains whose owners are remembered; hostile senders name any number. */
const MOST_DOMAINS = 10_000

/** Snapshots a passwd file: names and homes of a server's uids. Lines that are none are passed over. Call inside a transaction. */
export function putAccounts(db: Connection, server: number, passwd: string): void {
  const put = db.prepare('INSERT OR REPLACE INTO account(server, uid, name, home) VALUES (?, ?, ?, ?)')
  for (const line of passwd.split('\n')) {
    const [name, , uid, , , home] = line.split(':')
    if (name && uid && /^\d+$/.test(uid)) put.run(server, Number(uid), name, home ?? null)
  }
}

/** Reads each server's accounts once; make a new one after a passwd file was read. */
export class AccountFinder {
  private readonly servers = new Map<number, Accounts>()

  /** A passwd file for every server that these lines are of, whatever they call it. Set it before the first line is read. */
  given: string | null = null

  constructor(private readonly db: Connection) {}

  of(server: number): Accounts {
    let accounts = this.servers.get(server)
    if (!accounts) {
      accounts = this.load(server)
      this.servers.set(server, accounts)
    }
    return accounts
  }

  private load(server: number): Accounts {
    const names = new Map<number, string>()
    const homes = new Map<string, string>()
    const select = this.db.prepare('SELECT uid, name, home FROM account WHERE server = ? ORDER BY uid')
    if (this.given !== null) putAccounts(this.db, server, this.given)
    const rows = select.all(server)
    for (const {uid, name, home} of rows as {uid: number; name: string; home: string | null}[]) {
      names.set(uid, name)
      const path = home?.replace(/\/+$/, '') ?? ''
      if (path.startsWith('/') && !NO_HOME.has(path) && !homes.has(path)) homes.set(path, name)
    }
    const domains = this.db.prepare('SELECT account FROM domain_account WHERE server = ? AND domain = ?').pluck()
    const byDomain = new Map<string, readonly string[]>()
    return {
      ownersOfDomain: (domain) => {
        let owners = byDomain.get(domain)
        if (!owners) {
          const named = [...homes].filter(([home]) => home.endsWith(`/${domain}`)).map(([, name]) => name)
          owners = [...new Set([...(domains.all(server, domain) as string[]), ...named])]
          if (byDomain.size > MOST_DOMAINS) byDomain.clear()
          byDomain.set(domain, owners)
        }
        return owners
      },
      nameOf: (uid) => names.get(uid) ?? null,
      ownerOf: (path) => {
        for (let end = path.lastIndexOf('/'); homes.size > 0 && end > 0; end = path.lastIndexOf('/', end - 1)) {
          const owner = homes.get(path.slice(0, end))
          if (owner !== undefined) return owner
        }
        return null
      },
    }
  }
}
