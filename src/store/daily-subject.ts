/** What one sender did in a span, counted exactly from the narrow rows; and its newest messages, for evidence. */

import type {Outcome} from '../mail/message.js'
import type {AbuseSubject} from '../mail/send-fact.js'
import {FLAG, outcomeCodes, refusalCodes} from './codes.js'
import type {Connection} from './database.js'
import {SENT, SUBJECT_COLUMNS, subjectOfColumns, textReader} from './subjects.js'

export interface SubjectCounts {
  readonly messages: number
  readonly recipients: number
  readonly delivered: number
  /** Recipients refused for good, and why. */
  readonly failed: number
  readonly unknownUser: number
  readonly policy: number
  readonly deferred: number
  /** Messages that are still in a queue as far as the log says. */
  readonly waiting: number
  /** UTC milliseconds of the first and last message; null without messages. */
  readonly first: number | null
  readonly last: number | null
  /** Its envelope senders, most used first, bare; '' is the null sender. */
  readonly senders: readonly string[]
  /** Store numbers of its messages, newest last, at most 200. */
  readonly newest: readonly number[]
  readonly exim: boolean
}

interface MessageRow {
  id: number
  at: number
  flags: number
  state: number
  kind: number
  a: number | null
  b: number
  sender: number | null
}

const MOST_NEWEST = 200
/** A content filter gives a message back within this time, milliseconds. */
const BEHIND_FILTER = 3_600_000
/** Queued and frozen in codes.ts. */
const WAITING = new Set([2, 3])

/** Counts a sender's messages of [from, to] (UTC milliseconds, both included). */
export function countSubject(db: Connection, subject: AbuseSubject, from: number, to: number): SubjectCounts {
  const text = textReader(db)
  const ids: number[] = []
  const passed: number[] = []
  const senders = new Map<number | null, number>()
  let first: number | null = null
  let last: number | null = null
  let exim = false
  let waiting = 0
  const decided = new Map<string, boolean>()
  const rows = db.prepare(
    `SELECT message.id AS id, message.at AS at, message.flags AS flags, message.state AS state, ${SUBJECT_COLUMNS}, message.sender AS sender
FROM message LEFT JOIN text AS script_text ON script_text.id = message.script
WHERE message.at >= ? AND message.at <= ? AND message.server = (SELECT id FROM server WHERE name = ?) AND ${SENT} ORDER BY message.at, message.id`,
  )
  for (const row of rows.iterate(from, to + BEHIND_FILTER, subject.server) as IterableIterator<MessageRow>) {
    const again = (row.flags & FLAG.reinjected) !== 0
    if (row.at > to && !again) continue
    const key = `${row.kind} ${row.a} ${row.b}`
    let fits = decided.get(key)
    if (fits === undefined) {
      const named = subjectOfColumns(row.kind, row.a, row.b, subject.server, text)
      fits = named !== null && named.kind === subject.kind && named.name === subject.name
      decided.set(key, fits)
    }
    if (!fits) continue
    if (again) {
      passed.push(row.id)
      continue
    }
    ids.push(row.id)
    first ??= row.at
    last = row.at
    exim ||= (row.flags & FLAG.exim) !== 0
    if (WAITING.has(row.state)) waiting++
    senders.set(row.sender, (senders.get(row.sender) ?? 0) + 1)
  }
  const sums = {recipients: 0, delivered: 0, failed: 0, unknownUser: 0, policy: 0, deferred: 0}
  const select = db.prepare('SELECT outcome, refusal FROM recipient WHERE message = ?')
  const recipients = (id: number): {outcome: number; refusal: number}[] =>
    select.all(id) as {outcome: number; refusal: number}[]
  for (const id of ids) {
    for (const {outcome, refusal} of recipients(id)) {
      sums.recipients++
      const word = outcomeCodes.word(outcome)
      if (word === 'delivered' || word === 'delivered-locally' || word === 'handed-on') sums.delivered++
      else notDelivered(sums, word, refusal)
    }
  }
  // What a content filter took over was counted as delivered; where it failed behind the filter, it was not.
  for (const id of passed)
    for (const {outcome, refusal} of recipients(id))
      if (notDelivered(sums, outcomeCodes.word(outcome), refusal)) sums.delivered--
  const used = [...senders].filter(([id]) => id !== null).sort((a, b) => b[1] - a[1])
  return {
    messages: ids.length,
    ...sums,
    waiting,
    first,
    last,
    senders: used.slice(0, 5).map(([id]) => text(id ?? 0)),
    newest: ids.slice(-MOST_NEWEST),
    exim,
  }
}

interface Sums {
  failed: number
  unknownUser: number
  policy: number
  deferred: number
}

function notDelivered(sums: Sums, word: Outcome, refusal: number): boolean {
  if (word === 'deferred') sums.deferred++
  else if (word === 'failed') {
    sums.failed++
    const kind = refusalCodes.word(refusal)
    if (kind === 'unknown-user') sums.unknownUser++
    else if (kind === 'policy') sums.policy++
  } else return false
  return true
}
