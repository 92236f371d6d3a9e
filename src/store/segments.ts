/**
 * The key index: (hash -> message) kept as sorted runs ("segments"), one a commit, merged by size tiers. Each run is appended at the
 * right edge of the table, so inserting costs the same however large the database is; a look-up asks every run.
 */

import type {Connection, Statement} from './database.js'

/** Runs of one tier that are merged into one of the next. */
const FAN = 16

export class KeySegments {
  private readonly hashes: number[] = []
  private readonly messages: number[] = []
  private readonly insert: Statement
  private readonly insertMany: Statement

  constructor(private readonly db: Connection) {
    this.insert = db.prepare('INSERT OR IGNORE INTO key(segment, hash, message) VALUES (?, ?, ?)')
    this.insertMany = db.prepare(
      `INSERT OR IGNORE INTO key(segment, hash, message) VALUES ${new Array(16).fill('(?, ?, ?)').join(', ')}`,
    )
  }

  add(hash: number, message: number): void {
    this.hashes.push(hash)
    this.messages.push(message)
  }

  /** Writes what was added as one sorted run. Call inside the commit's transaction. */
  flush(): void {
    const count = this.hashes.length
    if (count === 0) return
    const hashes = Float64Array.from(this.hashes)
    const order = new Uint32Array(count)
    for (let i = 0; i < count; i++) order[i] = i
    order.sort((a, b) => (hashes[a] as number) - (hashes[b] as number))
    const row = this.db.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM segment').get() as {id: number}
    const values: number[] = []
    for (let i = 0; i < count; i++) {
      const k = order[i] as number
      values.push(row.id, hashes[k] as number, this.messages[k] as number)
      if (values.length === 48) {
        this.insertMany.run(values)
        values.length = 0
      }
    }
    for (let i = 0; i < values.length; i += 3) this.insert.run(values[i], values[i + 1], values[i + 2])
    this.db.prepare('INSERT INTO segment(id, entries) VALUES (?, ?)').run(row.id, count)
    this.hashes.length = 0
    this.messages.length = 0
  }

  /** Merges small runs so that their number stays logarithmic. Call inside a transaction, between commits. */
  merge(): void {
    for (;;) {
      const runs = this.db.prepare('SELECT id, entries FROM segment ORDER BY entries').all() as {
        id: number
        entries: number
      }[]
      const tiers = new Map<number, {id: number; entries: number}[]>()
      for (const run of runs) {
        const tier = Math.floor(Math.log(Math.max(1, run.entries)) / Math.log(FAN))
        const list = tiers.get(tier)
        if (list) list.push(run)
        else tiers.set(tier, [run])
      }
      const full = [...tiers.values()].find((list) => list.length >= FAN)
      if (!full) return
      const next = (this.db.prepare('SELECT max(id) + 1 AS id FROM segment').get() as {id: number}).id
      const ids = full.map((run) => run.id).join(',')
      this.db.exec(`INSERT OR IGNORE INTO key(segment, hash, message) SELECT ${next}, hash, message FROM key WHERE segment IN (${ids}) ORDER BY hash, message;
DELETE FROM key WHERE segment IN (${ids}); DELETE FROM segment WHERE id IN (${ids});`)
      this.db.prepare('INSERT INTO segment(id, entries) VALUES (?, ?)').run(
        next,
        full.reduce((sum, run) => sum + run.entries, 0),
      )
    }
  }
}

/** Reads the key index. */
export class KeyFinder {
  private readonly find: Statement
  private segments: number[] | null = null

  constructor(private readonly db: Connection) {
    this.find = db.prepare('SELECT message FROM key WHERE segment = ? AND hash = ?').pluck()
  }

  /** Forgets the list of runs (after a commit of this connection). */
  refresh(): void {
    this.segments = null
  }

  /** Message numbers that were indexed under this hash, ascending, without repeats. */
  messages(hash: number): number[] {
    this.segments ??= this.db.prepare('SELECT id FROM segment').pluck().all() as number[]
    const found = new Set<number>()
    for (const segment of this.segments)
      for (const message of this.find.all(segment, hash) as number[]) found.add(message)
    return [...found].sort((a, b) => a - b)
  }
}
