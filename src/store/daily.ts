/** A day's totals out of the narrow rows, by SQL alone: no log line is read, so a day of millions of lines takes a second. */

import type {MessageState, OriginKind, Outcome} from '../mail/message.js'
import type {AbuseSubject} from '../mail/send-fact.js'
import {FLAG, originCodes, outcomeCodes, type RefusalKind, refusalCodes, stateCodes} from './codes.js'
import type {Connection} from './database.js'
import {kindCode, kindWord, SENT, SUBJECT_COLUMNS, serverNumbers, subjectOfColumns, textReader} from './subjects.js'

const HOUR = 3_600_000

/** Messages of one server, origin and hour. `hour` counts from the begin of the span. */
export interface MessageSum {
  readonly server: string
  readonly origin: OriginKind | null
  /** Came from outside and went on to the outside. */
  readonly forwarded: boolean
  readonly hour: number
  readonly messages: number
  readonly bytes: number
}

/** Recipients of accepted messages that ended alike. `domain` is told only for those that failed or wait. */
export interface RecipientSum {
  readonly server: string
  readonly origin: OriginKind | null
  readonly forwarded: boolean
  /** Second half of a content filter's pass: its outcomes stand for recipients already counted as handed on. */
  readonly reinjected: boolean
  readonly hour: number
  readonly outcome: Outcome
  readonly refusal: RefusalKind
  readonly domain: string | null
  readonly recipients: number
  /** Attempts beyond the first. */
  readonly retries: number
}

const INSIDE = 'message.at >= ? AND message.at < ?'
const accepted = `message.flags & ${FLAG.accepted} <> 0`

export function messageSums(db: Connection, from: number, to: number): MessageSum[] {
  const names = namesOf(db)
  const rows = db
    .prepare(
      `SELECT server, origin, forwarder IS NOT NULL AS forwarded, CAST((at - ?) / ${HOUR} AS INTEGER) AS hour, count(*) AS messages, total(size) AS bytes
FROM message INDEXED BY message_at WHERE ${INSIDE} AND ${accepted} AND flags & ${FLAG.reinjected} = 0 GROUP BY 1, 2, 3, 4`,
    )
    .all(from, from, to) as {
    server: number
    origin: number
    forwarded: number
    hour: number
    messages: number
    bytes: number
  }[]
  return rows.map((row) => ({
    ...row,
    server: names.get(row.server) ?? '',
    origin: originCodes.word(row.origin),
    forwarded: row.forwarded !== 0,
  }))
}

/** Hours that fit into a group's number: 119 years. */
const HOURS = 2 ** 20

/** One number for what recipients are grouped by: one column sorts in two thirds of the time of seven. */
const GROUP = `((((server * 8 + origin) * 2 + (forwarder IS NOT NULL)) * 2 + (flags & ${FLAG.reinjected} <> 0)) * ${HOURS}
 + CAST((message.at - ?) / ${HOUR} AS INTEGER)) * 64 + outcome * 8 + refusal`

export function recipientSums(db: Connection, from: number, to: number): RecipientSum[] {
  const names = namesOf(db)
  const text = textReader(db)
  const rows = db
    .prepare(
      `SELECT ${GROUP} AS grouped, CASE WHEN outcome IN (${outcomeCodes.code('deferred')}, ${outcomeCodes.code('failed')}) THEN domain END AS domain,
 count(*) AS recipients, total(max(attempts - 1, 0)) AS retries
FROM message INDEXED BY message_at JOIN recipient ON recipient.message = message.id WHERE ${INSIDE} AND ${accepted} GROUP BY 1, 2`,
    )
    .all(from, from, to) as {grouped: number; domain: number | null; recipients: number; retries: number}[]
  return rows.map(({grouped, domain, recipients, retries}) => {
    let rest = grouped
    const next = (size: number): number => {
      const value = rest % size
      rest = Math.floor(rest / size)
      return value
    }
    const refusal = refusalCodes.word(next(8))
    const outcome = outcomeCodes.word(next(8))
    const hour = next(HOURS)
    const reinjected = next(2) !== 0
    const forwarded = next(2) !== 0
    const origin = originCodes.word(next(8))
    return {
      server: names.get(rest) ?? '',
      origin,
      forwarded,
      reinjected,
      hour,
      outcome,
      refusal,
      domain: domain === null ? null : text(domain),
      recipients,
      retries,
    }
  })
}

/** Refusals before acceptance. */
export interface RejectionSum {
  readonly server: string
  readonly hour: number
  readonly refusal: RefusalKind
  readonly clientIp: string | null
  readonly rejections: number
  /** The store's number of the newest one. */
  readonly newest: number
}

export function rejectionSums(db: Connection, from: number, to: number): RejectionSum[] {
  const names = namesOf(db)
  const text = textReader(db)
  const rows = db
    .prepare(
      `SELECT server, CAST((message.at - ?) / ${HOUR} AS INTEGER) AS hour, coalesce(max(refusal), ${refusalCodes.code('other')}) AS refusal, client,
 max(1, count(seq)) AS rejections, message.id AS id
FROM message INDEXED BY message_rejected LEFT JOIN recipient ON recipient.message = message.id WHERE state = ${stateCodes.code('rejected')} AND ${INSIDE}
 GROUP BY message.id`,
    )
    .all(from, from, to) as {
    server: number
    hour: number
    refusal: number
    client: number | null
    rejections: number
    id: number
  }[]
  const sums = new Map<string, RejectionSum & {rejections: number; newest: number}>()
  for (const row of rows) {
    const key = `${row.server} ${row.hour} ${row.refusal} ${row.client}`
    const sum = sums.get(key)
    if (sum) {
      sum.rejections += row.rejections
      sum.newest = Math.max(sum.newest, row.id)
    } else {
      sums.set(key, {
        server: names.get(row.server) ?? '',
        hour: row.hour,
        refusal: refusalCodes.word(row.refusal),
        clientIp: row.client === null ? null : text(row.client),
        rejections: row.rejections,
        newest: row.id,
      })
    }
  }
  return [...sums.values()]
}

/** What stands in a queue at the end of the log, of the messages that arrived before `to`. */
export interface WaitingSum {
  readonly server: string
  readonly state: MessageState
  readonly at: number
}

export function waitingMessages(db: Connection, from: number, to: number, most: number): WaitingSum[] {
  const names = namesOf(db)
  const rows = db
    .prepare(
      `SELECT server, state, at FROM message INDEXED BY message_waiting WHERE state IN (2, 3) AND ${INSIDE} AND ${accepted} AND flags & ${FLAG.reinjected} = 0
ORDER BY at DESC LIMIT ?`,
    )
    .all(from, to, most) as {server: number; state: number; at: number}[]
  return rows.map((row) => ({server: names.get(row.server) ?? '', state: stateCodes.word(row.state), at: row.at}))
}

/** One sender's day. */
export interface SenderSum {
  readonly subject: AbuseSubject
  readonly account: string | null
  readonly messages: number
  readonly recipients: number
  readonly failed: number
  readonly deferred: number
}

/** The busiest senders by recipients: from the hourly volumes where the span is made of whole UTC hours that are counted, else counted now. */
export function busiestSenders(db: Connection, from: number, to: number, most: number): SenderSum[] {
  const whole = from % HOUR === 0 && to % HOUR === 0 && !someHourIsDue(db, from / HOUR, to / HOUR)
  return (whole ? fromVolumes(db, from / HOUR, to / HOUR, most) : null) ?? counted(db, from, to, most)
}

/** Messages changed since these hours were counted, as while a log is being read. */
const someHourIsDue = (db: Connection, first: number, last: number): boolean =>
  db.prepare('SELECT 1 FROM volume_due WHERE hour >= ? AND hour < ? LIMIT 1').get(first, last) !== undefined

function fromVolumes(db: Connection, first: number, last: number, most: number): SenderSum[] | null {
  const rows = db
    .prepare(
      `SELECT server.name AS server, subject.kind AS kind, subject.name AS name, subject.account AS account, sum(messages) AS messages,
 sum(recipients) AS recipients, sum(unknown_user + policy + other) AS failed, sum(deferred) AS deferred
FROM volume JOIN subject ON subject.id = volume.subject JOIN server ON server.id = subject.server WHERE hour >= ? AND hour < ?
GROUP BY subject.id ORDER BY recipients DESC, messages DESC, subject.name LIMIT ?`,
    )
    .all(first, last, most) as (Omit<SenderSum, 'subject'> & {server: string; kind: number; name: string})[]
  if (rows.length === 0) return null
  return rows.map(({server, kind, name, ...sums}) => ({subject: {kind: kindWord(kind), server, name}, ...sums}))
}

function counted(db: Connection, from: number, to: number, most: number): SenderSum[] {
  const names = namesOf(db)
  const text = textReader(db)
  const failed = `sum(recipient.outcome = ${outcomeCodes.code('failed')})`
  const rows = db
    .prepare(
      `SELECT message.server AS server, ${SUBJECT_COLUMNS}, min(message.account) AS account, count(DISTINCT message.id) AS messages, count(seq) AS recipients,
 coalesce(${failed}, 0) AS failed, coalesce(sum(recipient.outcome = ${outcomeCodes.code('deferred')}), 0) AS deferred
FROM message INDEXED BY message_at LEFT JOIN text AS script_text ON script_text.id = message.script LEFT JOIN recipient ON recipient.message = message.id
WHERE ${INSIDE} AND ${SENT} AND message.flags & ${FLAG.reinjected} = 0 GROUP BY 1, kind, a, b ORDER BY recipients DESC, messages DESC LIMIT ?`,
    )
    .all(from, to, most) as {
    server: number
    kind: number
    a: number | null
    b: number
    account: number | null
    messages: number
    recipients: number
    failed: number
    deferred: number
  }[]
  return rows.flatMap(({server, kind, a, b, account, ...sums}) => {
    const subject = subjectOfColumns(kind, a, b, names.get(server) ?? '', text)
    return subject === null ? [] : [{subject, account: account === null ? null : text(account), ...sums}]
  })
}

/** Recipients by hour of one sender; `hour` counts from the begin of the span, which is made of whole UTC hours. */
export function hoursOf(db: Connection, subject: AbuseSubject, from: number, to: number): Map<number, number> {
  const first = Math.floor(from / HOUR)
  const rows = db
    .prepare(
      `SELECT hour, recipients FROM volume WHERE hour >= ? AND hour < ? AND subject =
 (SELECT subject.id FROM subject JOIN server ON server.id = subject.server WHERE server.name = ? AND kind = ? AND subject.name = ?)`,
    )
    .all(first, Math.ceil(to / HOUR), subject.server, kindCode(subject.kind), subject.name) as {
    hour: number
    recipients: number
  }[]
  return new Map(rows.map((row) => [row.hour - first, row.recipients]))
}

const namesOf = (db: Connection): Map<number, string> => new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
