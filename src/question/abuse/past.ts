/** The stored daily maxima that a detector starts from, by server and sender. */

import type {AbuseSubject, DailyMaximum} from '../../mail/send-fact.js'

const DAY = 86_400_000

export class Past {
  readonly #rows = new Map<string, DailyMaximum[]>()
  readonly #accounts = new Map<string, number>()
  readonly #servers = new Map<string, number>()
  readonly #until = new Map<string, number>()

  constructor(rows: Iterable<DailyMaximum>) {
    for (const row of rows) {
      const key = keyOf(row.subject)
      const list = this.#rows.get(key)
      if (list) list.push(row)
      else this.#rows.set(key, [row])
      const {server} = row.subject
      this.#servers.set(server, Math.min(row.day, this.#servers.get(server) ?? row.day))
      if (row.account === null) continue
      const account = `${server}\n${row.account}`
      this.#accounts.set(account, Math.min(row.day, this.#accounts.get(account) ?? row.day))
    }
    for (const list of this.#rows.values()) list.sort((a, b) => a.day - b.day)
  }

  /** A server's world as old as its rows say. Rows of the first fact's day and later are left out from now on. */
  open<T extends {readonly name: string; readonly bornAt: number}>(site: T): T {
    this.#until.set(site.name, Math.floor(site.bornAt / DAY))
    const first = this.#servers.get(site.name)
    return first === undefined ? site : {...site, bornAt: Math.min(site.bornAt, first * DAY)}
  }

  /** The UTC day from which a server's rows are left out; null where it was never opened. */
  untilOf(server: string): number | null {
    return this.#until.get(server) ?? null
  }

  /** Goes on with a server that was opened before. */
  reopen(server: string, until: number | null): void {
    if (until !== null) this.#until.set(server, until)
  }

  /** The rows of a sender, oldest first. */
  rowsOf(subject: AbuseSubject): readonly DailyMaximum[] {
    const until = this.#until.get(subject.server) ?? Number.POSITIVE_INFINITY
    return (this.#rows.get(keyOf(subject)) ?? []).filter((row) => row.day < until)
  }

  /** UTC milliseconds of an account's first row; null where it has none. */
  accountBornAt(server: string, account: string): number | null {
    const day = this.#accounts.get(`${server}\n${account}`)
    return day === undefined ? null : day * DAY
  }
}

const keyOf = ({server, kind, name}: AbuseSubject): string => `${server}\n${kind}\n${name}`
