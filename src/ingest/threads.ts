/** The queue IDs that are open in memory: their entries, the messages they already have in the store, and what changed since the last commit. */

import type {Entry, Life} from '../life/life.js'
import type {Tally} from '../store/row.js'
import {tallyOf} from '../store/row.js'

/** A message of a thread as it stands in the store. */
export interface StoredMessage {
  readonly id: number
  /** Hashes already indexed for it. */
  readonly keyed: Set<number>
  /** References of its lines. */
  references: readonly number[]
  tally: Tally
  life: Life
}

export interface Thread {
  readonly server: number
  readonly queueId: string
  /** Unique entries by reference. */
  readonly entries: Map<number, Entry>
  stored: StoredMessage[]
  dirty: boolean
  /** The store was asked for earlier messages of this queue ID, or need not be. */
  settled: boolean
  lastAt: number
  /** Every life has its end line. */
  closed: boolean
}

/** Entries kept in memory at most, over all threads. */
const MOST_ENTRIES = 400_000
/** A closed thread stays this long after its last line, milliseconds of log time. */
const LINGER = 60_000

export class Threads {
  private readonly threads = new Map<string, Thread>()
  private entries = 0

  private static key(server: number, queueId: string): string {
    return `${server} ${queueId}`
  }

  get(server: number, queueId: string): Thread | undefined {
    return this.threads.get(Threads.key(server, queueId))
  }

  open(server: number, queueId: string, at: number): Thread {
    const key = Threads.key(server, queueId)
    let thread = this.threads.get(key)
    if (!thread) {
      thread = {
        server,
        queueId,
        entries: new Map(),
        stored: [],
        dirty: false,
        settled: false,
        lastAt: at,
        closed: false,
      }
      this.threads.set(key, thread)
    }
    return thread
  }

  add(thread: Thread, entry: Entry): void {
    if (!thread.entries.has(entry.reference)) this.entries++
    thread.entries.set(entry.reference, entry)
    thread.dirty = true
    if (entry.at > thread.lastAt) thread.lastAt = entry.at
  }

  all(): IterableIterator<Thread> {
    return this.threads.values()
  }

  dirty(): Thread[] {
    return [...this.threads.values()].filter((thread) => thread.dirty)
  }

  /** Frees what is finished, then the longest untouched until the limit holds. Call after a commit, when nothing is dirty. */
  evict(now: number): void {
    for (const [key, thread] of this.threads) {
      if (thread.closed && thread.lastAt < now - LINGER) this.drop(key, thread)
    }
    if (this.entries <= MOST_ENTRIES) return
    const open = [...this.threads.entries()].sort(([, a], [, b]) => a.lastAt - b.lastAt)
    for (const [key, thread] of open) {
      if (this.entries <= MOST_ENTRIES / 2) return
      this.drop(key, thread)
    }
  }

  private drop(key: string, thread: Thread): void {
    this.entries -= thread.entries.size
    this.threads.delete(key)
  }
}

/** A message just read from the store, as a thread's. */
export function storedMessage(id: number, life: Life, keyed: Set<number>): StoredMessage {
  return {id, keyed, references: life.references, tally: tallyOf(life), life}
}
