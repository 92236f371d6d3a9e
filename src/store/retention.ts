/**
 * Retention: messages and lines by age, day totals for longer, coverage for good. Works in small transactions in an order in which a
 * stopped run has removed less, never half of something; the first of them marks the time as pruned, so that nothing in it can ever be
 * called "never here".
 */

import {FLAG, outcomeCodes} from './codes.js'
import type {Connection} from './database.js'
import {pastChanged} from './judgement-validity.js'
import {pruneBlocks} from './retention-blocks.js'
import {sweepKeys, sweepTexts} from './retention-sweep.js'

export interface PruneOptions {
  /** UTC milliseconds: what ended before it goes. */
  readonly before: number
  /** UTC milliseconds: day totals of days before it go. */
  readonly totalsBefore: number
  /** UTC milliseconds. */
  readonly now: number
  readonly onStep?: (step: string, done: number) => void
  readonly signal?: AbortSignal
}

export interface Pruned {
  readonly messages: number
  readonly recipients: number
  readonly blocks: number
  readonly lines: number
  readonly keys: number
  readonly totals: number
  /** Bytes inside the file that later ingests use again. */
  readonly freeBytes: number
  readonly stopped: boolean
}

/** Messages of one transaction. */
const BATCH = 500
/** Rows without an ID of one transaction. */
const LOOSE_BATCH = 5_000
const DAY = 86_400_000

/** Removes what is older. Needs the writer's place. */
export function prune(db: Connection, options: PruneOptions): Pruned {
  const {before, onStep, signal} = options
  db.pragma('secure_delete = ON')
  db.transaction(() => {
    markPruned(db, before)
    pastChanged(db, before)
  }).immediate()
  const sum = {messages: 0, recipients: 0}
  let at = Number.MIN_SAFE_INTEGER
  let id = 0
  const stopped = (): boolean => signal?.aborted === true
  for (;;) {
    if (stopped()) break
    const done = db.transaction(() => pruneMessages(db, before, at, id)).immediate()
    if (done === null) break
    sum.messages += done.messages
    sum.recipients += done.recipients
    ;({at, id} = done)
    onStep?.('messages', sum.messages)
  }
  const loose = db.prepare(
    'DELETE FROM loose WHERE (server, at, ref) IN (SELECT server, at, ref FROM loose WHERE at < ? LIMIT ?)',
  )
  while (!stopped() && loose.run(before, LOOSE_BATCH).changes > 0);
  const blocks = stopped()
    ? {blocks: 0, lines: 0}
    : pruneBlocks(db, before, options.now, (n) => onStep?.('blocks', n), stopped)
  const keys = stopped() ? 0 : sweepKeys(db, stopped)
  if (!stopped()) sweepTexts(db)
  const totals = db.prepare('DELETE FROM day_total WHERE day < ?').run(Math.floor(options.totalsBefore / DAY)).changes
  db.pragma('wal_checkpoint(PASSIVE)')
  const freeBytes =
    (db.pragma('freelist_count', {simple: true}) as number) * (db.pragma('page_size', {simple: true}) as number)
  return {...sum, ...blocks, keys, totals, freeBytes, stopped: stopped()}
}

/** Coverage up to `before` becomes a gap of each server that had lines there. */
function markPruned(db: Connection, before: number): void {
  const servers = db
    .prepare('SELECT server, min(first) AS first FROM stretch GROUP BY server HAVING min(first) < ?')
    .all(before) as {server: number; first: number}[]
  for (const {server, first} of servers) {
    const known = db.prepare("SELECT max(last) FROM gap WHERE server = ? AND reason = 'pruned'").pluck().get(server) as
      | number
      | null
    db.prepare("DELETE FROM gap WHERE server = ? AND reason = 'pruned'").run(server)
    db.prepare("INSERT INTO gap(server, stream, first, last, reason) VALUES (?, 0, ?, ?, 'pruned')").run(
      server,
      first,
      Math.max(before, known ?? before),
    )
  }
}

interface OldMessage {
  id: number
  at: number
  last: number
  server: number
  flags: number
  origin: number
  sender: string
}

/** One batch after (at, id): counted into the day totals and removed together. null where there are no more. */
function pruneMessages(
  db: Connection,
  before: number,
  at: number,
  id: number,
): {messages: number; recipients: number; at: number; id: number} | null {
  const rows = db
    .prepare(
      `SELECT message.id AS id, at, last, server, flags, origin, coalesce(c.value, l.value, a.value, f.value, '') AS sender FROM message
LEFT JOIN text c ON c.id = script LEFT JOIN text l ON l.id = login LEFT JOIN text a ON a.id = account LEFT JOIN text f ON f.id = forwarder
WHERE (at, message.id) > (?, ?) AND at < ? ORDER BY at, message.id LIMIT ?`,
    )
    .all(at, id, before, BATCH) as OldMessage[]
  const end = rows.at(-1)
  if (!end) return null
  const recipientsOf = db.prepare('SELECT outcome FROM recipient WHERE message = ?').pluck()
  const total = db.prepare(
    `INSERT INTO day_total(server, day, origin, sender, messages, recipients, delivered, failed, rejections) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(server, day, origin, sender) DO UPDATE SET messages = messages + excluded.messages, recipients = recipients + excluded.recipients,
delivered = delivered + excluded.delivered, failed = failed + excluded.failed, rejections = rejections + excluded.rejections`,
  )
  const gone = db.prepare('DELETE FROM message WHERE id = ?')
  const recipientsGone = db.prepare('DELETE FROM recipient WHERE message = ?')
  let messages = 0
  let recipients = 0
  for (const row of rows) {
    if (row.last >= before) continue
    const outcomes = (recipientsOf.all(row.id) as number[]).map((code) => outcomeCodes.word(code))
    const counted = (row.flags & FLAG.accepted) !== 0 && (row.flags & FLAG.reinjected) === 0
    const rejected = (row.flags & FLAG.rejection) !== 0
    total.run(
      row.server,
      Math.floor(row.at / DAY),
      row.origin,
      row.sender,
      counted ? 1 : 0,
      counted ? outcomes.length : 0,
      counted
        ? outcomes.filter(
            (outcome) => outcome === 'delivered' || outcome === 'delivered-locally' || outcome === 'handed-on',
          ).length
        : 0,
      counted ? outcomes.filter((outcome) => outcome === 'failed').length : 0,
      rejected ? 1 : 0,
    )
    recipientsGone.run(row.id)
    gone.run(row.id)
    messages++
    recipients += outcomes.length
  }
  return {messages, recipients, at: end.at, id: end.id}
}

/** How many messages a prune would remove. */
export const prunable = (db: Connection, before: number): number =>
  db.prepare('SELECT count(*) FROM message WHERE at < ? AND last < ?').pluck().get(before, before) as number
