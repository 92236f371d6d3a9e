/** Plain walks over what is stored, for exports. */

import {lineReference, unpackBlock} from './block.js'
import {originCodes} from './codes.js'
import {unpackBytes} from './compression.js'
import type {Connection} from './database.js'

const FIRST = Number.MIN_SAFE_INTEGER
const LAST = Number.MAX_SAFE_INTEGER

/** Numbers of the messages that arrived in [from, to), by arrival; null is an open end. */
export const messageIds = (db: Connection, from: number | null, to: number | null): number[] =>
  db
    .prepare('SELECT id FROM message WHERE at >= ? AND at < ? ORDER BY at, id')
    .pluck()
    .all(from ?? FIRST, to ?? LAST) as number[]

export interface WalkedLine {
  readonly reference: number
  readonly source: string
  readonly offset: number
  readonly text: string
  readonly at: number
}

/** Stored lines of [from, to) that fit, in the order in which they were stored. */
export function* linesWith(
  db: Connection,
  fits: (text: string) => boolean,
  from: number | null,
  to: number | null,
): Generator<WalkedLine> {
  const ids = db
    .prepare('SELECT id FROM block WHERE last >= ? AND first < ? ORDER BY id')
    .pluck()
    .all(from ?? FIRST, to ?? LAST) as number[]
  const select = db.prepare(
    'SELECT stream.name AS source, meta, data, times FROM block JOIN part ON part.id = block.part JOIN stream ON stream.id = part.stream WHERE block.id = ?',
  )
  for (const id of ids) {
    const row = select.get(id) as {source: string; meta: Buffer; data: Buffer; times: Buffer | null} | undefined
    if (!row || !fits(unpackBytes(row.data).toString('latin1'))) continue
    for (const [i, line] of unpackBlock(row.meta, row.data, row.times).entries())
      if (fits(line.text) && line.at >= (from ?? FIRST) && line.at < (to ?? LAST))
        yield {reference: lineReference(id, i), source: row.source, ...line}
  }
}

export interface DayTotal {
  readonly server: string
  /** Days since 1970-01-01, UTC. */
  readonly day: number
  readonly origin: string | null
  /** Script, login, account or forwarder; '' where none is known. */
  readonly sender: string
  readonly messages: number
  readonly recipients: number
  readonly delivered: number
  readonly failed: number
  readonly rejections: number
}

/** Totals of pruned days, by day. */
export function dayTotals(db: Connection, from: number | null, to: number | null): DayTotal[] {
  const day = (at: number | null, open: number): number => (at === null ? open : Math.floor(at / 86_400_000))
  const rows = db
    .prepare(
      'SELECT server.name AS server, day, origin, sender, messages, recipients, delivered, failed, rejections FROM day_total JOIN server ON server.id = day_total.server WHERE day >= ? AND day <= ? ORDER BY day, server.name, origin, sender',
    )
    .all(day(from, FIRST), day(to, LAST)) as (Omit<DayTotal, 'origin'> & {origin: number})[]
  return rows.map((row) => ({...row, origin: originCodes.word(row.origin)}))
}
