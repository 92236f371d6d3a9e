/** Rows of what somebody of ours sent, in the order of time, in pieces: what judgements and hourly volumes are made of. No log line is read. */

import {FLAG} from './codes.js'
import type {Connection} from './database.js'
import {SENT} from './subjects.js'

/**
 * A message with one of its recipients, null where it has none; texts by number. Rows of one message follow one another. An array: a million objects with
 * names cost a second, and each column 70 ns.
 */
export type Row = readonly [
  id: number,
  at: number,
  flags: number,
  server: number,
  sender: number | null,
  client: number | null,
  script: number | null,
  directory: number | null,
  login: number | null,
  /** A text's number, or minus one minus a uid. */
  owner: number | null,
  url: number | null,
  forwarder: number | null,
  continues: number | null,
  address: number | null,
  domain: number | null,
  ended: number,
  /** Milliseconds from `at`: small numbers need no room of their own. */
  endedAfter: number | null,
]

/** Messages that arrived in [from, to), in the order of time. UTC milliseconds. */
export interface SentPiece {
  readonly from: number
  readonly to: number
  readonly rows: readonly Row[]
}

/** Outcome and refusal in one number: a column less. */
export const ENDED = 'recipient.outcome * 8 + recipient.refusal'
export const outcomeOf = (ended: number): number => ended >> 3
export const refusalIn = (ended: number): number => ended & 7

export const MESSAGE = `message.id, message.at, flags, server, sender, coalesce(visitor, client), script, directory, login,
 coalesce(account, -1 - uid), url, forwarder, continues`
const INSIDE = `message.at >= ? AND message.at < ? AND ((${SENT}) OR (continues IS NOT NULL AND flags & ${FLAG.reinjected} <> 0))`

const ROWS = `SELECT ${MESSAGE}, recipient.address, recipient.domain, ${ENDED}, recipient.at - message.at
FROM message INDEXED BY message_at LEFT JOIN recipient ON recipient.message = message.id
WHERE ${INSIDE} ORDER BY message.at, message.id, recipient.seq`

/** Where a piece that begins at the first time ends: so that no piece holds many more messages than this. */
const PIECE = 8_192
const FIRST_AT = 'SELECT at FROM message INDEXED BY message_at WHERE at >= ? AND at < ? ORDER BY at LIMIT 1'
const PIECE_END = `SELECT at FROM message INDEXED BY message_at WHERE at > ? AND at < ? ORDER BY at LIMIT 1 OFFSET ${PIECE}`

/** The rows of a span in pieces, in time order: whole pieces are read faster than single rows. */
export function* sentRows(db: Connection, from: number, to: number): Generator<SentPiece> {
  const firstAt = db.prepare(FIRST_AT).pluck()
  const pieceEnd = db.prepare(PIECE_END).pluck()
  const rows = db.prepare(ROWS).raw()
  for (let at = from; ; ) {
    const start = firstAt.get(at, to) as number | undefined
    if (start === undefined) return
    const end = (pieceEnd.get(start, to) as number | undefined) ?? to
    yield {from: start, to: end, rows: rows.all(start, end) as unknown as Row[]}
    at = end
  }
}
