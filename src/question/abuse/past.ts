/** The stored daily maxima that a detector starts from, asked for sender by sender: most senders of a judgement that goes on are known already. */

import type {AbuseSubject, DailyMaximum} from '../../mail/send-fact.js'

const DAY = 86_400_000

/** What is stored of the days before a judgement begins. Days are UTC days since 1970-01-01. */
export interface StoredPast {
  /** The rows of a sender, oldest first. */
  rowsOf(subject: AbuseSubject): readonly DailyMaximum[]
  /** The first day that anything is known of; null for none. */
  firstDayOfServer(server: string): number | null
  firstDayOfAccount(server: string, account: string): number | null
}

/** Rows that are at hand, in any order. */
export function pastOf(rows: readonly DailyMaximum[]): StoredPast {
  const firstDay = (mine: readonly DailyMaximum[]): number | null =>
    mine.length === 0 ? null : Math.min(...mine.map(({day}) => day))
  return {
    rowsOf: ({server, kind, name}) =>
      rows
        .filter(({subject}) => subject.server === server && subject.kind === kind && subject.name === name)
        .sort((a, b) => a.day - b.day),
    firstDayOfServer: (server) => firstDay(rows.filter(({subject}) => subject.server === server)),
    firstDayOfAccount: (server, account) =>
      firstDay(rows.filter((row) => row.subject.server === server && row.account === account)),
  }
}

export class Past {
  readonly #until = new Map<string, number>()

  constructor(private readonly stored: StoredPast) {}

  /** A server's world as old as its rows say. Rows of the first fact's day and later are left out from now on. */
  open<T extends {readonly name: string; readonly bornAt: number}>(site: T): T {
    this.#until.set(site.name, Math.floor(site.bornAt / DAY))
    const first = this.stored.firstDayOfServer(site.name)
    return first === null ? site : {...site, bornAt: Math.min(site.bornAt, first * DAY)}
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
    return this.stored.rowsOf(subject).filter((row) => row.day < until)
  }

  /** UTC milliseconds of an account's first row; null where it has none. */
  accountBornAt(server: string, account: string): number | null {
    const day = this.stored.firstDayOfAccount(server, account)
    return day === null ? null : day * DAY
  }
}
