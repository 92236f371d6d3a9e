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
const failed = `outcome = ${outcome('failed')}`
const kindOf = (kind: Parameters<typeof refusalCodes.code>[0]): number => refusalCodes.code(kind)

/** A message's own recipients, and those of the entries that it went on as behind content filters, up to three in a row. */
const HALVES = [
  'message.id AS own, message.id AS half FROM message INDEXED BY message_at',
  'NULL AS own, one.id AS half FROM message INDEXED BY message_at JOIN message AS one ON one.continues = message.id',
  `NULL AS own, two.id AS half FROM message INDEXED BY message_at JOIN message AS one ON one.continues = message.id
 JOIN message AS two ON two.continues = one.id`,
  `NULL AS own, three.id AS half FROM message INDEXED BY message_at JOIN message AS one ON one.continues = message.id
 JOIN message AS two ON two.continues = one.id JOIN message AS three ON three.continues = two.id`,
].map(
  (
    half,
  ) => `SELECT message.server AS server, message.at / ${HOUR} AS hour, ${SUBJECT_COLUMNS}, message.account AS account,
 coalesce(message.visitor, message.client) AS client, ${half} LEFT JOIN text AS script_text ON script_text.id = message.script
WHERE message.at >= @from AND message.at < @to AND message.flags & ${FLAG.reinjected} = 0 AND ${SENT}`,
)

const NOT_DONE = `outcome NOT IN (${outcome('delivered')}, ${outcome('delivered-locally')}, ${outcome('handed-on')})`

/** What a filter took over is handed on at first: where it ended otherwise behind the filter, it was not delivered. */
const HOURLY = `SELECT server, hour, kind, a, b, group_concat(DISTINCT account) AS accounts, count(DISTINCT own) AS messages,
 count(CASE WHEN own IS NOT NULL THEN seq END) AS recipients, count(DISTINCT address) AS addresses, count(DISTINCT domain) AS domains,
 count(DISTINCT client) AS clients,
 total(CASE WHEN seq IS NULL THEN 0 WHEN own IS NULL THEN -(${NOT_DONE}) ELSE NOT ${NOT_DONE} END) AS delivered,
 total(${failed} AND refusal = ${kindOf('unknown-user')}) AS unknown, total(${failed} AND refusal = ${kindOf('policy')}) AS policy,
 total(${failed} AND refusal NOT IN (${kindOf('unknown-user')}, ${kindOf('policy')})) AS other,
 total(outcome = ${outcome('deferred')}) AS deferred
FROM (${HALVES.join(' UNION ALL ')}) LEFT JOIN recipient ON recipient.message = half GROUP BY server, hour, kind, a, b`

interface HourlyRow {
  server: number
  hour: number
  kind: number
  a: number | null
  b: number
  accounts: string | null
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

/** Hours that are counted in one transaction. */
const AT_ONCE = 24

/**
 * Counts every hour again whose messages changed since its last count, a day a transaction: what was not counted because a run was broken
 * off is due still. Hours that lie older than 400 days before the newest are dropped; hours before the last pruning keep what they have: their messages
 * are gone. Returns the number of hours counted.
 */
export function refreshVolumes(db: Connection): number {
  const due = db.prepare('SELECT hour FROM volume_due ORDER BY hour').pluck().all() as number[]
  if (due.length === 0) return 0
  const pruned = (db.prepare("SELECT max(last) FROM gap WHERE reason = 'pruned'").pluck().get() as number | null) ?? 0
  const kept = Math.ceil(pruned / HOUR)
  let counted = 0
  for (let i = 0; i < due.length; ) {
    const first = due[i] ?? 0
    let last = first
    while (i < due.length && (due[i] ?? 0) < first + AT_ONCE) last = due[i++] ?? last
    db.transaction(() => {
      if (last >= kept) counted += refreshHours(db, Math.max(first, kept), last)
      db.prepare('DELETE FROM volume_due WHERE hour BETWEEN ? AND ?').run(first, last)
    }).immediate()
  }
  db.prepare('DELETE FROM volume WHERE hour < (SELECT max(hour) FROM volume) - ?').run(KEPT_HOURS)
  return counted
}

/** Counts all hours of [first, last]: an hour between two touched ones gives what it gave before. */
function refreshHours(db: Connection, first: number, last: number): number {
  const names = new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
  const text = textReader(db)
  const subjects = new Subjects(db)
  const hours = new Map<number, Map<number, number[]>>()
  const numbers = new Map<string, number | null>()
  for (const row of db.prepare(HOURLY).all({from: first * HOUR, to: (last + 1) * HOUR}) as HourlyRow[]) {
    const columns = `${row.server} ${row.kind} ${row.a} ${row.b}`
    let number = numbers.get(columns)
    if (number === undefined) {
      const subject = subjectOfColumns(row.kind, row.a, row.b, names.get(row.server) ?? '', text)
      const [account = null] = row.accounts === null ? [] : row.accounts.split(',').map(Number).map(text).sort()
      number = subject === null ? null : subjects.number(row.server, subject.kind, subject.name, account)
      numbers.set(columns, number)
    }
    if (number === null) continue
    let sums = hours.get(row.hour)
    if (!sums) {
      sums = new Map()
      hours.set(row.hour, sums)
    }
    const {messages, recipients, addresses, domains, clients, delivered, unknown, policy, other, deferred} = row
    const values = [messages, recipients, addresses, domains, clients, delivered, unknown, policy, other, deferred]
    const before = sums.get(number)
    // Several sender addresses of one domain meet in one row; their distinct counts are an upper bound.
    sums.set(number, before ? before.map((value, i) => value + (values[i] ?? 0)) : values)
  }
  db.prepare('DELETE FROM volume WHERE hour BETWEEN ? AND ?').run(first, last)
  const insert = db.prepare('INSERT INTO volume VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  for (const [hour, sums] of hours) for (const [number, values] of sums) insert.run(hour, number, ...values)
  return last - first + 1
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
