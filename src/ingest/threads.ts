/** The queue IDs that are open in memory: their entries, the messages they already have in the store, and what changed since the last commit. */

import type {Entry, Life} from '../life/life.js'
import {type Hashes, keyHashesOf} from '../store/key-hashes.js'
import {type Tally, tallyOf} from '../store/row.js'
import {EntrySet} from './entry-set.js'

/** A message of a thread as it stands in the store. */
export interface StoredMessage {
  readonly id: number
  /** Hashes already indexed for it. */
  readonly keyed: Hashes
  /** References of its lines. */
  references: readonly number[]
  tally: Tally
  pass: Pass
}

/** What a life says of a content filter's pass. A whole life is many times as large, and thousands of messages may wait at once. */
export type Pass = Pick<Life, 'reinjected' | 'arrivedAt' | 'firstAt' | 'lastAt'>

export const passOf = ({reinjected, arrivedAt, firstAt, lastAt}: Life): Pass => ({
  reinjected,
  arrivedAt,
  firstAt,
  lastAt,
})

export interface Thread {
  readonly server: number
  readonly queueId: string
  /** Unique entries by reference. */
  readonly entries: EntrySet
  stored: StoredMessage[]
  dirty: boolean
  /** The store was asked for earlier messages of this queue ID, or need not be. */
  settled: boolean
  lastAt: number
  /** Every life has its end line. */
  closed: boolean
}

/**
 * Entries kept in memory at most, over all threads but the large ones: about 1.5 KB each. Those of the messages that wait longest are read from
 * the store again when a line concerns them.
 */
const MOST_ENTRIES = 50_000
/** A thread of more entries is not read again for each line that is added to it, as long as all of them are not more than these times as many. */
const LARGE = 5_000
const MOST_OF_ALL = 8
/** Lines of one queue ID that are read as its message's: a list of 100,000 recipients is, ten million lines that somebody provoked are counted as unread. */
const MOST_LINES = 200_000
/** A closed thread stays this long after its last line, milliseconds of log time. */
const LINGER = 60_000

export class Threads {
  private readonly servers: Map<string, Thread>[] = []
  private touched: Thread[] = []
  private entries = 0
  /** The thread asked for last: many a line belongs to the message of the line before. */
  private latest: Thread | null = null
  /** Threads that hold as many lines as are read of one. */
  private readonly full = new Set<Thread>()

  constructor(
    private readonly mostLines = MOST_LINES,
    private readonly mostEntries = MOST_ENTRIES,
  ) {}

  /** Whether no further line of this queue ID is read as its message's. */
  isFull(server: number, queueId: string): boolean {
    if (this.full.size === 0) return false
    const thread = this.get(server, queueId)
    return thread !== undefined && this.full.has(thread)
  }

  private of(server: number): Map<string, Thread> {
    let threads = this.servers[server]
    if (!threads) {
      threads = new Map()
      this.servers[server] = threads
    }
    return threads
  }

  get(server: number, queueId: string): Thread | undefined {
    return this.servers[server]?.get(queueId)
  }

  open(server: number, queueId: string, at: number): Thread {
    const {latest} = this
    if (latest !== null && latest.server === server && latest.queueId === queueId) return latest
    const threads = this.of(server)
    let thread = threads.get(queueId)
    if (!thread) {
      thread = {
        server,
        queueId,
        entries: new EntrySet(),
        stored: [],
        dirty: false,
        settled: false,
        lastAt: at,
        closed: false,
      }
      threads.set(queueId, thread)
    }
    this.latest = thread
    return thread
  }

  add(thread: Thread, entry: Entry): void {
    if (thread.entries.set(entry)) {
      this.entries++
      if (thread.entries.size >= this.mostLines) this.full.add(thread)
    }
    if (!thread.dirty) this.touch(thread)
    if (entry.at > thread.lastAt) thread.lastAt = entry.at
  }

  /** The thread must be folded again in this commit. */
  touch(thread: Thread): void {
    if (thread.dirty) return
    thread.dirty = true
    this.touched.push(thread)
  }

  *all(): IterableIterator<Thread> {
    for (const threads of this.servers) if (threads) yield* threads.values()
  }

  /** What changed since it was asked last, in the order of the first change. */
  dirty(): Thread[] {
    const touched = this.touched.filter((thread) => thread.dirty)
    this.touched = []
    return touched
  }

  /** Frees what is finished, then the longest untouched until the limit holds. Call after a commit, when nothing is dirty. */
  evict(now: number): void {
    this.touched = []
    let small = 0
    for (const threads of this.servers)
      if (threads)
        for (const thread of threads.values()) {
          if (thread.closed && thread.lastAt < now - LINGER) this.drop(threads, thread)
          else if (thread.entries.size <= LARGE) small += thread.entries.size
        }
    if (small > this.mostEntries) this.dropOldest(small - this.mostEntries / 2, LARGE)
    const most = this.mostEntries * MOST_OF_ALL
    if (this.entries > most) this.dropOldest(this.entries - most / 2, Number.POSITIVE_INFINITY)
  }

  /** Drops threads of at most `largest` entries, the longest untouched first, until so many entries are gone. */
  private dropOldest(entries: number, largest: number): void {
    const goal = this.entries - entries
    for (const thread of [...this.all()].sort((a, b) => a.lastAt - b.lastAt)) {
      if (this.entries <= goal) return
      if (thread.entries.size <= largest) this.drop(this.of(thread.server), thread)
    }
  }

  /** Drops all. Call when nothing is dirty. */
  clear(): void {
    this.servers.length = 0
    this.touched = []
    this.full.clear()
    this.entries = 0
    this.latest = null
  }

  private drop(threads: Map<string, Thread>, thread: Thread): void {
    this.entries -= thread.entries.size
    this.full.delete(thread)
    threads.delete(thread.queueId)
    if (this.latest === thread) this.latest = null
  }
}

/** A message just read from the store, as a thread's. */
export function storedMessage(id: number, life: Life): StoredMessage {
  return {id, keyed: keyHashesOf(life), references: life.references, tally: tallyOf(life), pass: passOf(life)}
}
