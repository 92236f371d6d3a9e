/** What a new line may concern of what is stored: messages and lines near it in time, as ingest asks for them. Times are UTC milliseconds, ends included. */

import {LOOSE, type LooseKind} from './codes.js'
import {type Connection, prepared} from './database.js'
import {OVERLAPPING} from './wall-spans.js'

const numbers = (db: Connection, sql: string, ...values: readonly (number | string)[]): number[] =>
  prepared(db, sql)
    .pluck()
    .all(...values) as number[]

/** Messages of a server that arrived in a span. */
export const arrivedBetween = (db: Connection, server: number, from: number, to: number): number[] =>
  numbers(db, 'SELECT id FROM message WHERE server = ? AND at BETWEEN ? AND ?', server, from, to)

/** Those of them whose origin is a local one: a line without an ID can name their script. */
export const localBetween = (db: Connection, server: number, from: number, to: number): number[] =>
  numbers(db, 'SELECT id FROM message WHERE at BETWEEN ? AND ? AND server = ? AND origin IN (1, 2)', from, to, server)

/** Accepted messages without an end that arrived until then. */
export const openUntil = (db: Connection, server: number, at: number): number[] =>
  numbers(db, 'SELECT id FROM message WHERE server = ? AND at <= ? AND flags & 3 = 1', server, at)

/** Ended messages whose last line has that time. */
export const endedAt = (db: Connection, server: number, at: number): number[] =>
  numbers(db, 'SELECT id FROM message WHERE server = ? AND last = ? AND flags & 2 = 2', server, at)

/** References of a server's lines without a queue ID, of some kinds, in a span. */
export const looseReferences = (
  db: Connection,
  server: number,
  kinds: readonly LooseKind[],
  from = Number.MIN_SAFE_INTEGER,
  to = Number.MAX_SAFE_INTEGER,
): number[] =>
  numbers(
    db,
    `SELECT ref FROM loose WHERE server = ? AND at BETWEEN ? AND ? AND kind IN (${kinds.map((kind) => LOOSE.indexOf(kind)).join(',')})`,
    server,
    from,
    to,
  )

/** The first time of each server in a part. */
export const beginningsOf = (db: Connection, part: number): number[] =>
  numbers(db, 'SELECT first FROM stretch WHERE part = ?', part)

const ALONGSIDE = `SELECT near.id FROM (${OVERLAPPING}) AS near WHERE near.part <> @part
AND near.part IN (SELECT part FROM stretch WHERE server IN (SELECT id FROM server WHERE name IN (SELECT value FROM json_each(@servers))))
AND (SELECT dialect = 'exim-rejectlog' FROM part WHERE part.id = near.part) = @rejectlog`

/**
 * Blocks of other parts of these servers (names) whose stamps' digits lie in a span: they may hold the same lines. Reject logs are compared with
 * reject logs only, all others with all others.
 */
export const blocksAlongside = (
  db: Connection,
  part: number,
  wallFirst: number,
  wallLast: number,
  servers: ReadonlySet<string>,
  rejectlog: boolean,
): number[] =>
  prepared(db, ALONGSIDE)
    .pluck()
    .all({
      first: wallFirst,
      last: wallLast,
      part,
      servers: JSON.stringify([...servers]),
      rejectlog: rejectlog ? 1 : 0,
    }) as number[]
