/**
 * The key index: (hash -> message) kept as sorted runs ("segments"), one a commit, merged by size tiers, each as rows of packed
 * chunks. A look-up asks every run for the one chunk that may hold the hash. Hashes given and taken here are those of mail/hash.ts.
 */

import type {Connection, Statement} from './database.js'
import {ChunkPacker, ChunkReader, chunkId, HASH_SPAN, messagesIn, PairSorter, shortHash} from './key-chunk.js'

/** Runs of one tier that are merged into one of the next. */
const FAN = 16
/** Entries merged at once, about: they are sorted in memory, 16 bytes each. */
const MERGED_AT_ONCE = 200_000

interface Run {
  readonly id: number
  readonly entries: number
}

interface Chunk {
  readonly id: number
  readonly data: Buffer
}

/**
 * The chunks of a run that hold hashes of [@from, @to): from the one that holds the range's first hash, which may begin before it, or else from the
 * run's first one. With a single lower bound, which lies within the run: SQLite takes one of several, and read all runs before it.
 */
const RANGE = `SELECT id, data FROM key_chunk
WHERE id >= coalesce((SELECT max(id) FROM key_chunk WHERE id BETWEEN @base AND @from), @base) AND id < @to ORDER BY id`

const runsOf = (db: Connection): Run[] => db.prepare('SELECT id, entries FROM segment ORDER BY entries').all() as Run[]

/** The lowest number that no run has: numbers stay small however many commits there were. */
function freeRun(db: Connection): number {
  const used = new Set(runsOf(db).map(({id}) => id))
  let id = 1
  while (used.has(id)) id++
  return id
}

export class KeySegments {
  private readonly sorter = new PairSorter()
  /** Kept from one merge to the next: its lists would be megabytes of garbage each time. */
  private readonly merger = new PairSorter()
  private readonly insert: Statement

  constructor(
    private readonly db: Connection,
    private readonly mergedAtOnce = MERGED_AT_ONCE,
  ) {
    this.insert = db.prepare('INSERT INTO key_chunk(id, data) VALUES (?, ?)')
  }

  add(hash: number, message: number): void {
    this.sorter.add(shortHash(hash), message)
    if (this.sorter.full) this.flush()
  }

  /** Writes what was added as one sorted run. Call inside the commit's transaction. */
  flush(): void {
    if (this.sorter.count === 0) return
    const id = freeRun(this.db)
    const packer = this.packer(id)
    const entries = this.sorter.drain(packer)
    packer.end()
    this.db.prepare('INSERT INTO segment(id, entries) VALUES (?, ?)').run(id, entries)
  }

  private packer(segment: number): ChunkPacker {
    return new ChunkPacker((first, data) => this.insert.run(chunkId(segment, first), data))
  }

  /** Merges small runs so that their number stays logarithmic. Call inside a transaction, between commits. */
  merge(): void {
    for (;;) {
      const tiers = new Map<number, Run[]>()
      for (const run of runsOf(this.db)) {
        const tier = Math.floor(Math.log(Math.max(1, run.entries)) / Math.log(FAN))
        const list = tiers.get(tier)
        if (list) list.push(run)
        else tiers.set(tier, [run])
      }
      const full = [...tiers.values()].find((list) => list.length >= FAN)
      if (!full) return
      this.mergeRuns(full)
    }
  }

  /** One range of hashes after the other, so that memory stays bounded. */
  private mergeRuns(runs: readonly Run[]): void {
    const all = runs.reduce((sum, {entries}) => sum + entries, 0)
    const next = freeRun(this.db)
    const packer = this.packer(next)
    const ranges = Math.max(1, Math.ceil(all / this.mergedAtOnce))
    const width = Math.ceil(HASH_SPAN / ranges)
    const select = this.db.prepare(RANGE)
    const sorter = this.merger
    const reader = new ChunkReader()
    let entries = 0
    for (let range = 0; range < ranges; range++) {
      const from = range * width
      const to = Math.min(HASH_SPAN, from + width)
      for (const {id} of runs) {
        const base = chunkId(id, 0)
        // From the chunk that holds the range's first hash, which may begin before it.
        for (const chunk of select.all({base, from: base + from, to: base + to}) as Chunk[]) {
          reader.open(chunk.id - base, chunk.data)
          while (reader.next() && reader.hash < to) if (reader.hash >= from) sorter.add(reader.hash, reader.message)
        }
      }
      entries += sorter.drain(packer)
    }
    packer.end()
    for (const {id} of runs) {
      this.db.prepare('DELETE FROM key_chunk WHERE id >= ? AND id < ?').run(chunkId(id, 0), chunkId(id + 1, 0))
      this.db.prepare('DELETE FROM segment WHERE id = ?').run(id)
    }
    this.db.prepare('INSERT INTO segment(id, entries) VALUES (?, ?)').run(next, entries)
  }
}

/** Of every run the one chunk that may hold a hash. One statement for all runs: a commit in between cannot hide a run that it merged. */
const FIND = `SELECT segment.id * ${HASH_SPAN}, key_chunk.id, key_chunk.data FROM segment JOIN key_chunk ON key_chunk.id =
(SELECT max(id) FROM key_chunk WHERE id BETWEEN segment.id * ${HASH_SPAN} AND segment.id * ${HASH_SPAN} + ?)`

/** Fewer messages than these are as quickly read again. */
const MANY = 500

/** Reads the key index. */
export class KeyFinder {
  private readonly find: Statement
  private known: Map<number, readonly number[]> | null = null

  constructor(db: Connection) {
    this.find = db.prepare(FIND).raw()
  }

  /**
   * Until `forget` is called a key of many messages is read once: a busy sender's is asked for several times for one answer. Only for as long
   * as one state of the database is looked at.
   */
  remember(): void {
    this.known = new Map()
  }

  forget(): void {
    this.known = null
  }

  /** Message numbers that were indexed under this hash, ascending, without repeats. */
  messages(hash: number): readonly number[] {
    const known = this.known?.get(hash)
    if (known !== undefined) return known
    const found = this.read(shortHash(hash))
    if (found.length > MANY) this.known?.set(hash, found)
    return found
  }

  private read(wanted: number): readonly number[] {
    const runs = (this.find.all(wanted) as [number, number, Buffer][])
      .map(([base, id, data]) => messagesIn(id - base, data, wanted))
      .filter((messages) => messages.length > 0)
      .sort((a, b) => (a[0] as number) - (b[0] as number))
    if (runs.length < 2) return runs[0] ?? []
    // Runs are ascending, and of one time each, mostly: one after the other they are in order.
    // Several times as fast as `flat`.
    const all = ([] as number[]).concat(...runs)
    if (runs.every((run, i) => i === 0 || (run[0] as number) > (runs[i - 1]?.at(-1) as number))) return all
    const sorted = new Float64Array(all).sort()
    return [...sorted].filter((message, i) => message !== sorted[i - 1])
  }
}
