/** What a sender did on the days before: its busiest day, and from where it came. Of a busy sender only the days are read that decide it. */

import {hash53} from '../mail/hash.js'
import {clientReader, countSent, readSent} from './activity.js'
import {arrivedWithin} from './arrivals.js'
import type {Connection} from './database.js'
import type {KeyFinder} from './segments.js'

const DAY = 86_400_000
/** So many rows are read faster than the days are told apart. */
const BUSY = 1_000

export interface Habit {
  /** Accepted messages of the busiest day; null where there were none. */
  readonly busiestDay: number | null
  /** Whether any of them came from a client address. */
  readonly fromClients: boolean
  /** Whether one of them came from an address that was asked for. */
  readonly fromAsked: boolean
}

/** A day of 24 hours: its first and last millisecond, and the messages that may have arrived in it. */
interface Day {
  readonly first: number
  readonly last: number
  readonly ids: readonly number[]
}

/**
 * The accepted messages of [from, to), UTC milliseconds, indexed under a key (life/keys.ts). Days are counted back from `to`, each without its
 * own end's first millisecond but with the one before it: (to - 2 days, to - 1 day]. `busy`: beyond so many messages only some days are read.
 */
export function habitOf(
  db: Connection,
  keys: KeyFinder,
  key: string,
  from: number,
  to: number,
  asked: (clientIp: string) => boolean,
  busy = BUSY,
): Habit {
  const clientOf = clientReader(db)
  const indexed = arrivedWithin(db, keys.messages(hash53(key)), from, to - 1)
  const clients = new Set<number>()
  let fromClients = false
  let fromAsked = false
  let busiestDay: number | null = null
  const seen = (client: number | null): void => {
    if (client === null || clients.has(client)) return
    clients.add(client)
    const ip = clientOf(client)
    if (ip === null) return
    fromClients = true
    if (asked(ip)) fromAsked = true
  }
  /** The messages of a day, whose clients are seen. */
  const read = ({ids, first, last}: Day): number => {
    let sum = 0
    for (const [client, messages] of countSent(db, ids, first, last)) {
      seen(client)
      sum += messages
    }
    return sum
  }
  const counted = (messages: number): void => {
    if (messages > (busiestDay ?? 0)) busiestDay = messages
  }
  if (indexed.length <= busy) {
    const days = new Map<number, number>()
    for (const [, at, client] of readSent(db, indexed, from, to - 1)) {
      seen(client)
      const day = Math.floor((to - at) / DAY)
      days.set(day, (days.get(day) ?? 0) + 1)
    }
    for (const messages of days.values()) counted(messages)
  } else {
    const days: Day[] = []
    for (let last = to - 1, end = to - DAY; last >= from; last = end, end -= DAY) {
      const first = Math.max(from, end + 1)
      days.push({first, last, ids: arrivedWithin(db, indexed, first, last)})
    }
    // No day has more messages than may have arrived in it: from the most promising on, until none can have more.
    const unread = new Set(days)
    for (const day of [...days].sort((a, b) => b.ids.length - a.ids.length)) {
      if (day.ids.length <= (busiestDay ?? 0)) break
      counted(read(day))
      unread.delete(day)
    }
    for (const day of unread) {
      if (fromAsked) break
      read(day)
    }
  }
  return {busiestDay, fromClients, fromAsked}
}
