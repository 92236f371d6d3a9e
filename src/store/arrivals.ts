/**
 * Which message numbers arrived in which hour of a server, at most: a busy sender's numbers are cut to a span of time without reading their rows.
 * A range only grows, so it always holds every message of its hour; what was moved or removed may lie in it still.
 */

import {type Connection, prepared, type Statement} from './database.js'

const HOUR = 3_600_000
/** Lists joined by one call; a call takes no more than some ten thousand. */
const MOST_PIECES = 1_000

interface Range {
  first: number
  last: number
}

/** Gathers the ranges of a batch. */
export class ArrivalRanges {
  private readonly upsert: Statement
  private readonly servers = new Map<number, Map<number, Range>>()
  private server = -1
  private hour = Number.NaN
  private range: Range = {first: 0, last: 0}

  constructor(db: Connection) {
    this.upsert = db.prepare(
      `INSERT INTO arrival(hour, server, first, last) VALUES (?, ?, ?, ?)
ON CONFLICT(hour, server) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`,
    )
  }

  /** A message that is written; `hour`: UTC hours since 1970-01-01T00 of its arrival. */
  add(server: number, hour: number, message: number): void {
    if (hour !== this.hour || server !== this.server) this.open(server, hour, message)
    const {range} = this
    if (message < range.first) range.first = message
    else if (message > range.last) range.last = message
  }

  private open(server: number, hour: number, message: number): void {
    const hours = this.servers.get(server) ?? new Map<number, Range>()
    this.servers.set(server, hours)
    this.range = hours.get(hour) ?? {first: message, last: message}
    hours.set(hour, this.range)
    this.server = server
    this.hour = hour
  }

  /** Writes what was gathered. Call it inside the transaction of the messages. */
  flush(): void {
    for (const [server, hours] of this.servers)
      for (const [hour, {first, last}] of hours) this.upsert.run(hour, server, first, last)
    this.servers.clear()
    this.server = -1
  }
}

/** Of ascending message numbers those that may have arrived in [from, to], UTC milliseconds: no message of the span is missing. */
export function arrivedWithin(db: Connection, messages: readonly number[], from: number, to: number): number[] {
  const ranges = prepared(db, 'SELECT first, last FROM arrival WHERE hour BETWEEN ? AND ? ORDER BY first')
    .raw()
    .all(Math.floor(from / HOUR), Math.floor(to / HOUR)) as unknown as [first: number, last: number][]
  let found: number[] = []
  let pieces: (readonly number[])[] = []
  // In pieces, which are copied at once; an hour mostly begins where the one before ended.
  let begun = 0
  let next = 0
  const take = (): void => {
    if (next > begun) pieces.push(messages.slice(begun, next))
    if (pieces.length < MOST_PIECES) return
    found = found.concat(...pieces)
    pieces = []
  }
  for (const [first, last] of ranges) {
    const begin = placeOf(messages, first, next)
    if (begin > next) {
      take()
      begun = begin
    }
    next = placeOf(messages, last + 1, begin)
  }
  take()
  return found.concat(...pieces)
}

/** The place of the first number from `start` on that is not below `least`. */
function placeOf(ascending: readonly number[], least: number, start: number): number {
  let low = start
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] as number) < least) low = middle + 1
    else high = middle
  }
  return low
}
