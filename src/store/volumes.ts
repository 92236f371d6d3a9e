/** Hourly volumes of every sender, without recipients: recomputed for touched hours from the narrow rows, so any order and repeat gives the same. */

import type {AbuseSubject} from '../mail/send-fact.js'
import {FLAG, outcomeCodes, refusalCodes} from './codes.js'
import type {Connection} from './database.js'
import {
  kindCode,
  kindWord,
  SENT,
  SUBJECT_COLUMNS,
  Subjects,
  serverNumbers,
  subjectOfColumns,
  textReader,
} from './subjects.js'

const HOUR = 3_600_000
/** Hours that are kept: 400 days. */
export const KEPT_HOURS = 400 * 24

/** What one sender did in one hour. Absolute numbers, never increments. */
export interface VolumeHour {
  /** UTC hours since 1970-01-01T00. */
  readonly hour: number
  readonly messages: number
  readonly recipients: number
  /** Distinct recipients, recipient domains, client addresses. */
  readonly addresses: number
  readonly domains: number
  readonly clients: number
  readonly delivered: number
  readonly unknownUser: number
  readonly policy: number
  readonly other: number
  readonly deferred: number
}

const outcome = (word: Parameters<typeof outcomeCodes.code>[0]): number => outcomeCodes.code(word)
const failed = `recipient.outcome = ${outcome('failed')}`
const kindOf = (kind: Parameters<typeof refusalCodes.code>[0]): number => refusalCodes.code(kind)

const HOURLY = `SELECT server, hour, kind, a, b, min(account) AS account, count(DISTINCT own) AS messages, count(own_seq) AS recipients,
 count(DISTINCT address) AS addresses, count(DISTINCT domain) AS domains, count(DISTINCT client) AS clients,
 total(CASE WHEN own IS NULL THEN -(gone OR waits) ELSE done END) AS delivered, total(unknown) AS unknown, total(policy) AS policy,
 total(gone) - total(unknown) - total(policy) AS other, total(waits) AS deferred FROM (
SELECT CASE WHEN message.flags & ${FLAG.reinjected} = 0 THEN message.id END AS own, CASE WHEN message.flags & ${FLAG.reinjected} = 0 THEN seq END AS own_seq,
 message.server AS server, message.at / ${HOUR} AS hour, ${SUBJECT_COLUMNS}, message.account AS account, coalesce(message.visitor, message.client) AS client,
 address, domain, ${failed} AS gone, recipient.outcome = ${outcome('deferred')} AS waits,
 recipient.outcome IN (${outcome('delivered')}, ${outcome('delivered-locally')}, ${outcome('handed-on')}) AS done,
 ${failed} AND refusal = ${kindOf('unknown-user')} AS unknown, ${failed} AND refusal = ${kindOf('policy')} AS policy
FROM message INDEXED BY message_at LEFT JOIN text AS script_text ON script_text.id = message.script LEFT JOIN recipient ON recipient.message = message.id
WHERE message.at >= ? AND message.at < ? AND ${SENT}) GROUP BY server, hour, kind, a, b HAVING messages > 0`

interface HourlyRow {
  server: number
  hour: number
  kind: number
  a: number | null
  b: number
  account: number | null
  messages: number
  recipients: number
  addresses: number
  domains: number
  clients: number
  delivered: number
  unknown: number
  policy: number
  other: number
  deferred: number
}

/**
 * Recomputes the volumes of every hour that touches [from, to] (UTC milliseconds of arrivals), a day a transaction, and drops hours older than
 * 400 days before the newest. Hours before the last pruning keep what they have: their messages are gone. Returns the number of rows written.
 */
export function refreshVolumes(db: Connection, from: number, to: number): number {
  const pruned = (db.prepare("SELECT max(last) FROM gap WHERE reason = 'pruned'").pluck().get() as number | null) ?? 0
  const span = db.prepare('SELECT min(at) AS first, max(at) AS last FROM message').get() as {
    first: number | null
    last: number | null
  }
  if (span.first === null || span.last === null) return 0
  const first = Math.max(Math.floor(Math.max(from, span.first) / HOUR), Math.ceil(pruned / HOUR))
  const last = Math.floor(Math.min(to, span.last) / HOUR)
  let rows = 0
  for (let hour = first; hour <= last; hour += 24) rows += refreshHours(db, hour, Math.min(hour + 23, last))
  db.prepare('DELETE FROM volume WHERE hour < (SELECT max(hour) FROM volume) - ?').run(KEPT_HOURS)
  return rows
}

function refreshHours(db: Connection, first: number, last: number): number {
  const names = new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
  const text = textReader(db)
  return db
    .transaction(() => {
      const subjects = new Subjects(db)
      const sums = new Map<string, number[]>()
      for (const row of db.prepare(HOURLY).all(first * HOUR, (last + 1) * HOUR) as HourlyRow[]) {
        const subject = subjectOfColumns(row.kind, row.a, row.b, names.get(row.server) ?? '', text)
        if (subject === null) continue
        const account = row.account === null ? null : text(row.account)
        const number = subjects.number(row.server, subject.kind, subject.name, account)
        const key = `${row.hour} ${number}`
        const {messages, recipients, addresses, domains, clients, delivered, unknown, policy, other, deferred} = row
        const values = [messages, recipients, addresses, domains, clients, delivered, unknown, policy, other, deferred]
        const before = sums.get(key)
        // Several sender addresses of one domain meet in one row; their distinct counts are an upper bound.
        sums.set(key, before ? before.map((value, i) => value + (values[i] ?? 0)) : values)
      }
      db.prepare('DELETE FROM volume WHERE hour BETWEEN ? AND ?').run(first, last)
      const insert = db.prepare('INSERT INTO volume VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      for (const [key, values] of sums) insert.run(...key.split(' ').map(Number), ...values)
      return sums.size
    })
    .immediate()
}

/** One sender's hours of a span, oldest first. */
export function volumesOf(db: Connection, subject: AbuseSubject, from: number, to: number): VolumeHour[] {
  return db
    .prepare(
      `SELECT hour, messages, recipients, addresses, domains, clients, delivered, unknown_user AS unknownUser, policy, other, deferred
FROM volume JOIN subject ON subject.id = volume.subject JOIN server ON server.id = subject.server
WHERE server.name = ? AND subject.kind = ? AND subject.name = ? AND hour >= ? AND hour < ? ORDER BY hour`,
    )
    .all(
      subject.server,
      kindCode(subject.kind),
      subject.name,
      Math.floor(from / HOUR),
      Math.ceil(to / HOUR),
    ) as VolumeHour[]
}

/** Senders that had no volume before `from` and have some in [from, to). */
export function newSubjects(
  db: Connection,
  from: number,
  to: number,
): (AbuseSubject & {readonly account: string | null})[] {
  const rows = db
    .prepare(
      `SELECT server.name AS server, subject.kind AS kind, subject.name AS name, subject.account AS account FROM volume JOIN subject ON subject.id = volume.subject
JOIN server ON server.id = subject.server WHERE hour >= ? AND hour < ? AND NOT EXISTS
 (SELECT 1 FROM volume AS earlier WHERE earlier.subject = volume.subject AND earlier.hour < ?) GROUP BY subject.id ORDER BY server.name, subject.name`,
    )
    .all(Math.floor(from / HOUR), Math.ceil(to / HOUR), Math.floor(from / HOUR)) as {
    server: string
    kind: number
    name: string
    account: string | null
  }[]
  return rows.map(({kind, ...rest}) => ({...rest, kind: kindWord(kind)}))
}
