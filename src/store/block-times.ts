/** Blocks whose times rest on an assumption, those beside them whose times an ID told, and times put in the place of others. Times are UTC milliseconds. */

import {packTimes} from './block.js'
import type {Connection} from './database.js'

/** A block with the span of its stamps' digits (wall) and of its times. */
export interface BlockSpan {
  readonly id: number
  readonly part: number
  readonly wallFirst: number
  readonly wallLast: number
  readonly first: number
  readonly last: number
}

const SPAN = `SELECT block.id AS id, block.part AS part, wall_first AS wallFirst, wall_last AS wallLast, block.first AS first, block.last AS last
FROM block JOIN part ON part.id = block.part`

/** A stream's blocks whose times rest on an assumed zone or year. */
export const provisionalBlocks = (db: Connection, stream: number): BlockSpan[] =>
  db.prepare(`${SPAN} WHERE part.stream = ? AND provisional <> 0 ORDER BY block.id`).all(stream) as BlockSpan[]

/** A stream's blocks whose times IDs told; where it has none, those of other streams in the same folder of the same server: they share the host's clock. */
export function firmBlocks(db: Connection, stream: number): BlockSpan[] {
  const own = db
    .prepare(`${SPAN} WHERE part.stream = ? AND provisional = 0 AND part.clock_source = 'id'`)
    .all(stream) as BlockSpan[]
  if (own.length > 0) return own
  const name = db.prepare('SELECT name FROM stream WHERE id = ?').pluck().get(stream) as string
  const folder = name.slice(0, name.lastIndexOf('/') + 1)
  return db
    .prepare(
      `${SPAN} JOIN stream ON stream.id = part.stream WHERE provisional = 0 AND part.clock_source = 'id'
AND substr(stream.name, 1, ?) = ? AND instr(substr(stream.name, ?), '/') = 0
AND part.id IN (SELECT part FROM stretch WHERE server IN (SELECT server FROM stretch JOIN part AS own ON own.id = stretch.part WHERE own.stream = ?))`,
    )
    .all(folder.length, folder, folder.length + 1, stream) as BlockSpan[]
}

/** The block's times are what they are: no assumption any more, or still one. */
export function settleBlock(db: Connection, block: number, settled: boolean): void {
  db.prepare('UPDATE block SET provisional = ? WHERE id = ?').run(settled ? 0 : 1, block)
}

/** Puts other times in the place of a block's, one a line; what was read stays as it is. */
export function retimeBlock(db: Connection, block: number, times: readonly number[], settled: boolean): void {
  db.prepare('UPDATE block SET provisional = ?, times = ?, first = ?, last = ? WHERE id = ?').run(
    settled ? 0 : 1,
    packTimes(times),
    Math.min(...times),
    Math.max(...times),
    block,
  )
}

/** The server whose lines of a part are counted as unreadable in that hour (UTC hours since 1970); undefined where the part has no lines. */
export const unreadServer = (db: Connection, part: number, hour: number): number | undefined =>
  db
    .prepare(
      'SELECT stretch.server FROM stretch LEFT JOIN unread ON unread.server = stretch.server AND hour = ? WHERE part = ? ORDER BY count IS NULL, stretch.server LIMIT 1',
    )
    .pluck()
    .get(hour, part) as number | undefined
