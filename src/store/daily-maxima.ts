/** The senders' daily maxima, kept 400 days: the detector's long memory, without any recipient. */

import type {DailyMaximum} from '../mail/send-fact.js'
import {FLAG} from './codes.js'
import type {Connection} from './database.js'
import {maximaChanged} from './judgement-validity.js'
import {kindWord, Subjects, serverNumbers} from './subjects.js'

const DAY = 86_400_000
export const KEPT_DAYS = 400

interface Row {
  server: string
  kind: number
  name: string
  account: string | null
  day: number
  recipients: string
  strangers: string
  incident: number
}

/** All rows of days before `day` (UTC days since 1970-01-01). */
export function dailyMaxima(db: Connection, day: number): DailyMaximum[] {
  const rows = db
    .prepare(
      `SELECT server.name AS server, kind, subject.name AS name, account, day, recipients, strangers, incident FROM daily_maximum
JOIN subject ON subject.id = daily_maximum.subject JOIN server ON server.id = subject.server WHERE day < ? AND day >= ?`,
    )
    .all(day, day - KEPT_DAYS) as Row[]
  return rows.map((row) => ({
    subject: {kind: kindWord(row.kind), server: row.server, name: row.name},
    account: row.account,
    day: row.day,
    recipients: JSON.parse(row.recipients) as number[],
    strangers: JSON.parse(row.strangers) as number[],
    incident: row.incident !== 0,
  }))
}

/** Stored messages by UTC day of arrival, of the days in [from, to). */
function messagesByDay(db: Connection, from: number, to: number): Map<number, number> {
  const rows = db
    .prepare(`SELECT at / ${DAY} AS day, count(*) AS messages FROM message WHERE at >= ? AND at < ? GROUP BY 1`)
    .all(from * DAY, to * DAY) as {day: number; messages: number}[]
  return new Map(rows.map((row) => [row.day, row.messages]))
}

/** The first day before `day` of which more messages are stored than were ever judged; null where there is none. */
export function firstUnjudgedDay(db: Connection, day: number): number | null {
  const judged = new Map(
    (db.prepare('SELECT day, messages FROM judged_day').all() as {day: number; messages: number}[]).map((row) => [
      row.day,
      row.messages,
    ]),
  )
  let first: number | null = null
  for (const [at, messages] of messagesByDay(db, Number.MIN_SAFE_INTEGER / DAY, day))
    if ((judged.get(at) ?? 0) < messages && (first === null || at < first)) first = at
  return first
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
    db.prepare('DELETE FROM judged_day WHERE (day >= ? AND day < ?) OR day < ?').run(from, to, to - KEPT_DAYS)
    const insert = db.prepare(
      'INSERT OR REPLACE INTO daily_maximum(subject, day, recipients, strangers, incident) VALUES (?, ?, ?, ?, ?)',
    )
    for (const row of rows) {
      const server = servers.get(row.subject.server)
      if (server === undefined || row.day >= to) continue
      const subject = subjects.number(server, row.subject.kind, row.subject.name, row.account)
      insert.run(subject, row.day, JSON.stringify(row.recipients), JSON.stringify(row.strangers), row.incident ? 1 : 0)
    }
    const judged = db.prepare('INSERT INTO judged_day(day, messages) VALUES (?, ?)')
    for (const [day, messages] of messagesByDay(db, from, to)) judged.run(day, messages)
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
