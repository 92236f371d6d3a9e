/** The senders' daily maxima, kept 400 days: the detector's long memory, without any recipient. */

import type {AbuseSubject, DailyMaximum} from '../mail/send-fact.js'
import {FLAG} from './codes.js'
import type {Connection, Statement} from './database.js'
import {maximaChanged} from './judgement-validity.js'
import {kindCode, Subjects, serverNumbers} from './subjects.js'

const DAY = 86_400_000
export const KEPT_DAYS = 400
/** Before every day that a clock can tell. */
const FIRST_DAY = -100_000_000

interface Row {
  day: number
  account: string | null
  recipients: string
  strangers: string
  incident: number
}

/** What is kept of days before a day (UTC days since 1970-01-01), asked for sender by sender: a year of a large server is hundreds of thousands of rows. */
export class DailyPast {
  private readonly rows: Statement
  private days: {servers: Map<string, number>; accounts: Map<string, number>} | null = null

  constructor(
    private readonly db: Connection,
    private readonly before: number,
  ) {
    this.rows = db.prepare(
      `SELECT day, account, recipients, strangers, incident FROM daily_maximum JOIN subject ON subject.id = daily_maximum.subject
JOIN server ON server.id = subject.server WHERE server.name = ? AND kind = ? AND subject.name = ? AND day < ? AND day >= ? ORDER BY day`,
    )
  }

  /** The rows of a sender, oldest first. */
  rowsOf(subject: AbuseSubject): DailyMaximum[] {
    const {server, kind, name} = subject
    const rows = this.rows.all(server, kindCode(kind), name, this.before, this.before - KEPT_DAYS) as Row[]
    return rows.map((row) => ({
      subject: {kind, server, name},
      account: row.account,
      day: row.day,
      recipients: JSON.parse(row.recipients) as number[],
      strangers: JSON.parse(row.strangers) as number[],
      incident: row.incident !== 0,
    }))
  }

  firstDayOfServer(server: string): number | null {
    return this.firstDays().servers.get(server) ?? null
  }

  firstDayOfAccount(server: string, account: string): number | null {
    return this.firstDays().accounts.get(`${server}\n${account}`) ?? null
  }

  /** One look into the index a sender. */
  private firstDays(): {servers: Map<string, number>; accounts: Map<string, number>} {
    if (this.days !== null) return this.days
    const days = {servers: new Map<string, number>(), accounts: new Map<string, number>()}
    const first = this.db
      .prepare(
        `SELECT server.name, account, (SELECT min(day) FROM daily_maximum WHERE subject = subject.id AND day < ? AND day >= ?) AS first
FROM subject JOIN server ON server.id = subject.server WHERE first IS NOT NULL`,
      )
      .raw()
      .all(this.before, this.before - KEPT_DAYS) as [server: string, account: string | null, day: number][]
    for (const [server, account, day] of first) {
      days.servers.set(server, Math.min(day, days.servers.get(server) ?? day))
      if (account === null) continue
      const key = `${server}\n${account}`
      days.accounts.set(key, Math.min(day, days.accounts.get(key) ?? day))
    }
    this.days = days
    return days
  }
}

/** The UTC days in [from, to) with messages, ascending: one look into the index a day. */
function* daysWithMessages(db: Connection, from: number, to: number): Generator<number> {
  const next = db.prepare('SELECT min(at) FROM message WHERE at >= ? AND at < ?').pluck()
  for (let day = from; day < to; day++) {
    const at = next.get(day * DAY, to * DAY) as number | null
    if (at === null) return
    day = Math.floor(at / DAY)
    yield day
  }
}

/** The first day before `day` with messages that was never judged as it is stored now; null where there is none. */
export function firstUnjudgedDay(db: Connection, day: number): number | null {
  const judged = new Set(db.prepare('SELECT day FROM judged_day').pluck().all() as number[])
  for (const one of daysWithMessages(db, FIRST_DAY, day)) if (!judged.has(one)) return one
  return null
}

/**
 * Replaces the rows of the days in [from, to) by these, puts those of days before `from` beside what is there, and drops what is older than
 * 400 days.
 */
export function putDailyMaxima(db: Connection, rows: readonly DailyMaximum[], from: number, to: number): void {
  if (to <= from) return
  const servers = serverNumbers(db)
  db.transaction(() => {
    const subjects = new Subjects(db)
    const first = rows.reduce((day, row) => Math.min(day, row.day), from)
    const before = rowsSince(db, first)
    db.prepare('DELETE FROM daily_maximum WHERE (day >= ? AND day < ?) OR day < ?').run(from, to, to - KEPT_DAYS)
    db.prepare('DELETE FROM judged_day WHERE day >= ? AND day < ?').run(from, to)
    const insert = db.prepare(
      'INSERT OR REPLACE INTO daily_maximum(subject, day, recipients, strangers, incident) VALUES (?, ?, ?, ?, ?)',
    )
    for (const row of rows) {
      const server = servers.get(row.subject.server)
      if (server === undefined || row.day >= to) continue
      const subject = subjects.number(server, row.subject.kind, row.subject.name, row.account)
      insert.run(subject, row.day, JSON.stringify(row.recipients), JSON.stringify(row.strangers), row.incident ? 1 : 0)
    }
    const judged = db.prepare('INSERT INTO judged_day(day) VALUES (?)')
    for (const day of daysWithMessages(db, from, to)) judged.run(day)
    const changed = firstChange(before, rowsSince(db, first))
    if (changed !== null) maximaChanged(db, changed)
  }).immediate()
}

type StoredRow = readonly [day: number, subject: number, recipients: string, strangers: string, incident: number]

/** Rows from a day on that judgements rest on that are kept, in order. */
const rowsSince = (db: Connection, day: number): StoredRow[] =>
  db
    .prepare(
      `SELECT day, subject, recipients, strangers, incident FROM daily_maximum WHERE day >= ? AND day <
 (SELECT max(begin) FROM (SELECT begin FROM written_judgement UNION ALL SELECT begin FROM judgement)) / ${DAY} ORDER BY day, subject`,
    )
    .raw()
    .all(day) as unknown as StoredRow[]

/** The first day whose rows are others now; null for none. */
function firstChange(before: readonly StoredRow[], now: readonly StoredRow[]): number | null {
  for (let i = 0; i < before.length || i < now.length; i++) {
    const [old, row] = [before[i], now[i]]
    if (old === undefined || row === undefined || old.some((value, k) => value !== row[k]))
      return Math.min(old?.[0] ?? Number.POSITIVE_INFINITY, row?.[0] ?? Number.POSITIVE_INFINITY)
  }
  return null
}

/** Messages that arrived in [from, to), UTC milliseconds. */
export const sentBetween = (db: Connection, from: number, to: number): number =>
  db.prepare('SELECT count(*) FROM message WHERE at >= ? AND at < ?').pluck().get(from, to) as number

/** UTC milliseconds of the first and last arrival that was accepted; null where there is none. */
export function arrivalSpan(db: Connection): {first: number; last: number} | null {
  const one = (order: 'ASC' | 'DESC'): number | undefined =>
    db
      .prepare(`SELECT at FROM message WHERE flags & ${FLAG.accepted} <> 0 ORDER BY at ${order} LIMIT 1`)
      .pluck()
      .get() as number | undefined
  const first = one('ASC')
  const last = one('DESC')
  return first === undefined || last === undefined ? null : {first, last}
}
