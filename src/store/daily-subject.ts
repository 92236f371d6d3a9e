/** What one sender did in a span, counted exactly from the narrow rows; and its newest messages, for evidence. */

import type {Outcome} from '../mail/message.js'
import type {AbuseSubject} from '../mail/send-fact.js'
import {byteString} from '../mail/text.js'
import {FLAG, outcomeCodes, refusalCodes} from './codes.js'
import type {Connection} from './database.js'
import {SENT, SUBJECT_COLUMNS, serverNumbers, subjectOfColumns, textReader} from './subjects.js'

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
  server: number
  at: number
  flags: number
  state: number
  kind: number
  a: number | null
  b: number
  sender: number | null
}

const MOST_NEWEST = 200
/** Content filters that one message passes in a row at most. */
const MOST_FILTERS = 8
/** Queued and frozen in codes.ts. */
const WAITING = new Set([2, 3])

/** A sender and the span that it is counted in (UTC milliseconds, both included). */
export interface CountedSpan {
  readonly subject: AbuseSubject
  readonly from: number
  readonly to: number
}

/** One sender being counted. */
class Count {
  readonly ids: number[] = []
  readonly senders = new Map<number, number>()
  first: number | null = null
  last: number | null = null
  exim = false
  waiting = 0

  constructor(readonly span: CountedSpan) {}

  take(row: MessageRow): void {
    if (row.at < this.span.from || row.at > this.span.to) return
    this.ids.push(row.id)
    this.first ??= row.at
    this.last = row.at
    this.exim ||= (row.flags & FLAG.exim) !== 0
    if (WAITING.has(row.state)) this.waiting++
    if (row.sender !== null) this.senders.set(row.sender, (this.senders.get(row.sender) ?? 0) + 1)
  }
}

/** Counts senders, each in its own span, in one pass over all spans; answers in the order asked. */
export function countSubjects(db: Connection, spans: readonly CountedSpan[]): SubjectCounts[] {
  if (spans.length === 0) return []
  const text = textReader(db)
  const names = new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
  const counts = spans.map((span) => new Count(span))
  const decided = new Map<string, readonly Count[]>()
  const candidates = JSON.stringify(candidateTexts(db, spans))
  const rows = db.prepare(
    `WITH candidate AS MATERIALIZED (SELECT value FROM json_each(?))
SELECT message.id AS id, message.at AS at, message.flags AS flags, message.state AS state, message.server AS server, ${SUBJECT_COLUMNS}, message.sender AS sender
FROM message INDEXED BY message_at LEFT JOIN text AS script_text ON script_text.id = message.script
WHERE message.at >= ? AND message.at <= ? AND (message.script IN candidate OR message.directory IN candidate OR message.login IN candidate
 OR message.account IN candidate OR message.forwarder IN candidate
 OR (message.script IS NULL AND message.directory IS NULL AND message.login IS NULL AND message.account IS NULL)) AND message.flags & ${FLAG.reinjected} = 0 AND ${SENT}
ORDER BY message.at, message.id`,
  )
  const from = Math.min(...spans.map((span) => span.from))
  const to = Math.max(...spans.map((span) => span.to))
  for (const row of rows.iterate(candidates, from, to) as IterableIterator<MessageRow>) {
    const key = `${row.server} ${row.kind} ${row.a} ${row.b}`
    let fitting = decided.get(key)
    if (fitting === undefined) {
      const named = subjectOfColumns(row.kind, row.a, row.b, names.get(row.server) ?? '', text)
      fitting = counts.filter(({span: {subject}}) => named !== null && sameSubject(named, subject))
      decided.set(key, fitting)
    }
    for (const count of fitting) count.take(row)
  }
  const recipients = db.prepare('SELECT outcome, refusal FROM recipient WHERE message = ?')
  const passed = passedOn(db)
  return counts.map((count) => summed(count, (id) => recipients.all(id) as Ended[], passed, text))
}

/** The same for one sender. */
export function countSubject(db: Connection, subject: AbuseSubject, from: number, to: number): SubjectCounts {
  const [counts] = countSubjects(db, [{subject, from, to}])
  if (counts === undefined) throw new Error('one span gives one count')
  return counts
}

const sameSubject = (a: AbuseSubject, b: AbuseSubject): boolean =>
  a.kind === b.kind && a.name === b.name && a.server === b.server

/** Numbers of the texts that these senders' rows can carry. */
function candidateTexts(db: Connection, spans: readonly CountedSpan[]): number[] {
  const number = db.prepare('SELECT id FROM text WHERE value = ?').pluck()
  const names = spans.flatMap(({subject: {name}}) => [name, name.replace(/\/$/, ''), name.slice(name.indexOf(':') + 1)])
  return [...new Set(names.flatMap((name) => [name, byteString(name)]))].flatMap((name) => {
    const id = number.get(name) as number | undefined
    return id === undefined ? [] : [id]
  })
}

interface Half {
  readonly id: number
  readonly state: number
}

/** What a message went on as behind content filters, nearest first. */
function passedOn(db: Connection): (id: number) => readonly Half[] {
  if (db.prepare('SELECT 1 FROM message WHERE continues IS NOT NULL LIMIT 1').get() === undefined) return () => []
  const next = db.prepare('SELECT id, state FROM message WHERE continues = ? ORDER BY id')
  const passed = (id: number, depth: number): Half[] =>
    depth === MOST_FILTERS ? [] : (next.all(id) as Half[]).flatMap((half) => [half, ...passed(half.id, depth + 1)])
  return (id) => passed(id, 0)
}

interface Ended {
  readonly outcome: number
  readonly refusal: number
}

function summed(
  count: Count,
  recipients: (id: number) => Ended[],
  passedOn: (id: number) => readonly Half[],
  text: (id: number) => string,
): SubjectCounts {
  const {ids, first, last, exim, senders} = count
  const passed = ids.flatMap((id) => passedOn(id))
  const waiting = count.waiting + passed.filter(({state}) => WAITING.has(state)).length
  const sums = {recipients: 0, delivered: 0, failed: 0, unknownUser: 0, policy: 0, deferred: 0}
  for (const id of ids) {
    for (const {outcome, refusal} of recipients(id)) {
      sums.recipients++
      const word = outcomeCodes.word(outcome)
      if (word === 'delivered' || word === 'delivered-locally' || word === 'handed-on') sums.delivered++
      else notDelivered(sums, word, refusal)
    }
  }
  // What a content filter took over was counted as delivered; where it failed behind the filter, it was not.
  for (const {id} of passed)
    for (const {outcome, refusal} of recipients(id))
      if (notDelivered(sums, outcomeCodes.word(outcome), refusal)) sums.delivered--
  const used = [...senders].sort((a, b) => b[1] - a[1])
  return {
    messages: ids.length,
    ...sums,
    waiting,
    first,
    last,
    senders: used.slice(0, 5).map(([id]) => text(id)),
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
