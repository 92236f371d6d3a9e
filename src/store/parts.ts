/** Servers, log streams and their parts: how far each was read, what was counted, which follows which. */

import type {ClockState} from '../mail/clock.js'
import {putAccounts} from './accounts.js'
import {type Connection, prepared} from './database.js'
import {everythingChanged} from './judgement-validity.js'

export interface PartRow {
  readonly id: number
  readonly stream: number
  readonly path: string
  readonly dialect: string
  readonly head: string
  readonly tail: string
  readonly position: number
  readonly device: number | null
  readonly inode: number | null
  readonly size: number | null
  readonly modified: number | null
  readonly clock: string | null
}

export interface PartCounts {
  lines: number
  events: number
  ignored: number
  unknown: number
  continuation: number
  repeated: number
  truncated: number
}

export interface Stretch {
  first: number
  last: number
  lines: number
  unknown: number
  arrivals: number
  /** UTC milliseconds of the first daemon start; null where none. */
  started: number | null
}

/** What a commit says of the part it read from. */
export interface PartProgress {
  readonly id: number
  readonly path: string
  readonly tail: string
  readonly position: number
  readonly device: number | null
  readonly inode: number | null
  readonly size: number | null
  readonly modified: number | null
  readonly rotation: string
  readonly clock: string | null
  readonly clockSource: string | null
  readonly error: string | null
  readonly added: Readonly<PartCounts>
}

/**
 * What is known of a time without lines: nothing; the daemon was stopped before it or started after it; the lines step back over it, so that one of
 * its ends may be a wrong clock's. The place in the list is the number in the store.
 */
const SILENCE_KINDS = ['unexplained', 'explained', 'stepped-back'] as const
export type SilenceKind = (typeof SILENCE_KINDS)[number]
/** The number of a silence over which lines step back. */
export const STEPPED_BACK = SILENCE_KINDS.indexOf('stepped-back')

export class Parts {
  private readonly servers = new Map<string, number>()
  constructor(private readonly db: Connection) {}

  /** Drops what was remembered, after a rollback. */
  forget(): void {
    this.servers.clear()
  }

  server(name: string): number {
    let id = this.servers.get(name)
    if (id === undefined) {
      this.db.prepare('INSERT INTO server(name) VALUES (?) ON CONFLICT(name) DO NOTHING').run(name)
      id = this.db.prepare('SELECT id FROM server WHERE name = ?').pluck().get(name) as number
      this.servers.set(name, id)
    }
    return id
  }

  /** Snapshots a passwd file: names and homes of a server's uids. Lines that are none are passed over. */
  passwd(server: string, text: string): void {
    this.db.transaction(() => putAccounts(this.db, this.server(server), text)).immediate()
  }

  /** Snapshots a panel's map of domains to accounts (cPanel's /etc/userdomains: `domain: account`). */
  userdomains(server: string, text: string): void {
    const put = this.db.prepare(
      'INSERT INTO domain_account(server, domain, account) VALUES (?, ?, ?) ON CONFLICT(server, domain) DO UPDATE SET account = excluded.account WHERE account <> excluded.account',
    )
    this.db
      .transaction(() => {
        const id = this.server(server)
        let changed = 0
        for (const line of text.split('\n')) {
          const found = /^([^\s:#]+):\s*(\S+)/.exec(line)
          if (found?.[1] && found[2] && found[2] !== 'nobody')
            changed += put.run(id, found[1].toLowerCase(), found[2]).changes
        }
        if (changed > 0) everythingChanged(this.db)
      })
      .immediate()
  }

  stream(name: string): number {
    this.db.prepare('INSERT INTO stream(name) VALUES (?) ON CONFLICT(name) DO NOTHING').run(name)
    return this.db.prepare('SELECT id FROM stream WHERE name = ?').pluck().get(name) as number
  }

  /** Parts whose first line has this hash. */
  withHead(head: string): PartRow[] {
    return this.db
      .prepare(
        'SELECT id, stream, path, dialect, head, tail, position, device, inode, size, modified, clock FROM part WHERE head = ?',
      )
      .all(head) as PartRow[]
  }

  /** All parts of a stream that were read to some position, oldest first. */
  ofStream(name: string): PartRow[] {
    return this.db
      .prepare(
        `SELECT id, stream, path, dialect, head, tail, position, device, inode, size, modified, clock FROM part
WHERE stream = (SELECT id FROM stream WHERE name = ?) AND position > 0 AND tail <> '' ORDER BY id`,
      )
      .all(name) as PartRow[]
  }

  /** The dialect of a stream's latest part; null for a new stream. */
  dialectOf(name: string): string | null {
    const dialect = this.db
      .prepare(
        'SELECT part.dialect FROM part JOIN stream ON stream.id = part.stream WHERE stream.name = ? ORDER BY part.id DESC LIMIT 1',
      )
      .pluck()
      .get(name)
    return (dialect as string | undefined) ?? null
  }

  /** The part that is this very file, not touched since it was read to its end; null where none is. */
  unchanged(device: number, inode: number, size: number, modified: number): number | null {
    const row = this.db
      .prepare('SELECT id FROM part WHERE device = ? AND inode = ? AND size = ? AND modified = ? AND error IS NULL')
      .pluck()
      .get(device, inode, size, modified)
    return (row as number | undefined) ?? null
  }

  /** The clock of the stream's latest part; null where none was worked out. */
  clockOf(stream: number): ClockState | null {
    const row = this.db
      .prepare(
        "SELECT clock FROM part WHERE stream = ? AND clock IS NOT NULL AND clock_source <> 'assumed' ORDER BY id DESC LIMIT 1",
      )
      .pluck()
      .get(stream) as string | undefined
    return row === undefined ? null : (JSON.parse(row) as ClockState)
  }

  /** The clock of another stream of the same server, worked out from IDs; null where none was. */
  clockOfServer(server: string): ClockState | null {
    const row = this.db
      .prepare(
        `SELECT clock FROM part WHERE clock_source = 'id' AND id IN (SELECT part FROM stretch JOIN server ON server.id = stretch.server WHERE server.name = ?)
ORDER BY id DESC LIMIT 1`,
      )
      .pluck()
      .get(server) as string | undefined
    return row === undefined ? null : {...(JSON.parse(row) as ClockState), source: 'neighbour'}
  }

  /** Streams that hold times which rest on an assumption, with a server of theirs. */
  provisional(): {stream: number; server: string}[] {
    return this.db
      .prepare(
        `SELECT part.stream AS stream, min(server.name) AS server FROM part JOIN stretch ON stretch.part = part.id JOIN server ON server.id = stretch.server
WHERE part.id IN (SELECT part FROM block WHERE provisional <> 0) GROUP BY part.stream ORDER BY part.stream`,
      )
      .all() as {stream: number; server: string}[]
  }

  /**
   * The blocks whose lines a part's next ones may go on with, newest first: the part's own, then those of `previous` and of the parts that it
   * follows; where there is none, the part of the stream that ends within the hour before `at`.
   */
  blocksBefore(part: number, previous: number | null, stream: number, at: number): number[] {
    const blocks = this.db.prepare('SELECT id FROM block WHERE part = ? ORDER BY id DESC LIMIT 2').pluck()
    const follows = this.db.prepare('SELECT follows FROM part WHERE id = ?').pluck()
    const found = blocks.all(part) as number[]
    let before = previous
    for (let i = 0; before !== null && i < 8; i++) {
      found.push(...(blocks.all(before) as number[]))
      before = (follows.get(before) as number | null | undefined) ?? null
    }
    if (found.length > 0) return found
    return this.db
      .prepare(
        `SELECT block.id FROM block JOIN part ON part.id = block.part WHERE part.stream = ? AND part.id <> ? AND block.last <= ? AND block.last >= ?
ORDER BY block.last DESC, block.id DESC LIMIT 1`,
      )
      .pluck()
      .all(stream, part, at + 1_000, at - 3_600_000) as number[]
  }

  /** A part's blocks, newest first. */
  blocksOf(part: number): number[] {
    return this.db.prepare('SELECT id FROM block WHERE part = ? ORDER BY id DESC').pluck().all(part) as number[]
  }

  add(stream: number, path: string, dialect: string, head: string, rotation: string): number {
    const row = this.db
      .prepare("INSERT INTO part(stream, path, dialect, head, tail, position, rotation) VALUES (?, ?, ?, ?, '', 0, ?)")
      .run(stream, path, dialect, head, rotation)
    return Number(row.lastInsertRowid)
  }

  progress(part: PartProgress): void {
    const {added} = part
    prepared(
      this.db,
      `UPDATE part SET path = ?, tail = ?, position = ?, device = ?, inode = ?, size = ?, modified = ?, rotation = ?, clock = ?, clock_source = ?, error = ?,
lines = lines + ?, events = events + ?, ignored = ignored + ?, unknown = unknown + ?, continuation = continuation + ?, repeated = repeated + ?, truncated = truncated + ? WHERE id = ?`,
    ).run(
      part.path,
      part.tail,
      part.position,
      part.device,
      part.inode,
      part.size,
      part.modified,
      part.rotation,
      part.clock,
      part.clockSource,
      part.error,
      added.lines,
      added.events,
      added.ignored,
      added.unknown,
      added.continuation,
      added.repeated,
      added.truncated,
      part.id,
    )
  }

  /** The part's stream or dialect learnt better than at its first sight; rotation changes its name. */
  follows(part: number, before: number): void {
    this.db.prepare('UPDATE part SET follows = ? WHERE id = ? AND follows IS NULL').run(before, part)
  }

  stretch(part: number, server: number, seen: Stretch): void {
    prepared(
      this.db,
      `INSERT INTO stretch(part, server, first, last, lines, unknown, arrivals, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT(part, server) DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last), lines = lines + excluded.lines,
unknown = unknown + excluded.unknown, arrivals = arrivals + excluded.arrivals, started = min(started, excluded.started)`,
    ).run(
      part,
      server,
      seen.first,
      seen.last,
      seen.lines,
      seen.unknown,
      seen.arrivals,
      seen.started ?? Number.MAX_SAFE_INTEGER,
    )
  }

  /** Moves what is known of a part by its lines' times, after these were worked out anew. */
  shift(part: number, stream: number, moved: (at: number) => number): void {
    const {db} = this
    const rows = db.prepare('SELECT server, first, last, started FROM stretch WHERE part = ?').all(part) as {
      server: number
      first: number
      last: number
      started: number
    }[]
    for (const {server, first, last, started} of rows) {
      const ends = [moved(first), moved(last)]
      const start = started === Number.MAX_SAFE_INTEGER ? started : moved(started)
      db.prepare('UPDATE stretch SET first = ?, last = ?, started = ? WHERE part = ? AND server = ?').run(
        Math.min(...ends),
        Math.max(...ends),
        start,
        part,
        server,
      )
      this.shiftSpans('silence', 'explained', [server, stream, first - 60_000, last + 60_000], moved)
      this.shiftSpans('gap', 'reason', [server, stream, first - 60_000, last + 60_000], moved)
    }
  }

  private shiftSpans(table: string, extra: string, within: readonly number[], moved: (at: number) => number): void {
    const {db} = this
    const rows = db
      .prepare(
        `SELECT first, last, ${extra} AS extra FROM ${table} WHERE server = ? AND stream = ? AND first >= ? AND last <= ?`,
      )
      .all(...within) as {first: number; last: number; extra: number | string}[]
    const drop = db.prepare(
      `DELETE FROM ${table} WHERE server = ? AND stream = ? AND first = ? AND last = ? AND ${extra} = ?`,
    )
    const put = db.prepare(
      `INSERT OR IGNORE INTO ${table}(server, stream, first, last, ${extra}) VALUES (?, ?, ?, ?, ?)`,
    )
    const [server, stream] = within
    for (const row of rows) drop.run(server, stream, row.first, row.last, row.extra)
    for (const row of rows) put.run(server, stream, moved(row.first), moved(row.last), row.extra)
  }

  /** A part will be read again from `offset` on; `less` are the counts of what was taken back. */
  setBack(part: number, offset: number, tail: string, less: Readonly<PartCounts>): void {
    this.db
      .prepare(
        `UPDATE part SET position = ?, tail = ?, device = NULL, inode = NULL, size = NULL, modified = NULL, lines = lines + ?, events = events + ?,
ignored = ignored + ?, unknown = unknown + ?, continuation = continuation + ? WHERE id = ?`,
      )
      .run(offset, tail, less.lines, less.events, less.ignored, less.unknown, less.continuation, part)
    const servers = this.boundsOf(part)
    const [only] = servers
    if (!only || servers.length > 1) return
    this.db
      .prepare('UPDATE stretch SET lines = max(0, lines + ?), unknown = max(0, unknown + ?) WHERE part = ?')
      .run(less.lines, less.unknown, part)
    if (less.unknown < 0) this.unread(only.server, Math.floor(only.last / 3_600_000), less.unknown, 0)
    this.db.prepare('DELETE FROM unread WHERE count <= 0').run()
  }

  /** Parts whose only line was unfinished when it was read: their first line's hash is not known yet. */
  unfinished(): PartRow[] {
    return this.db
      .prepare(
        "SELECT id, stream, path, dialect, head, tail, position, device, inode, size, modified, clock FROM part WHERE head = tail AND tail <> ''",
      )
      .all() as PartRow[]
  }

  /** Takes unreadable lines out of their hour and counts them in another. */
  moveUnread(server: number, from: number, to: number, reference: number): void {
    this.db.prepare('UPDATE unread SET count = count - 1 WHERE server = ? AND hour = ?').run(server, from)
    this.db.prepare('DELETE FROM unread WHERE server = ? AND hour = ? AND count <= 0').run(server, from)
    this.unread(server, to, 1, reference)
  }

  gap(server: number, stream: number, first: number, last: number, reason: string): void {
    this.db
      .prepare('INSERT OR IGNORE INTO gap(server, stream, first, last, reason) VALUES (?, ?, ?, ?, ?)')
      .run(server, stream, Math.floor(first), Math.ceil(last), reason)
  }

  /** A long time without lines inside one part. */
  silence(server: number, stream: number, first: number, last: number, kind: SilenceKind): void {
    this.db
      .prepare(
        'INSERT INTO silence(server, stream, first, last, explained) VALUES (?, ?, ?, ?, ?) ON CONFLICT(server, stream, first) DO UPDATE SET last = max(last, excluded.last), explained = max(explained, excluded.explained)',
      )
      .run(server, stream, first, last, SILENCE_KINDS.indexOf(kind))
  }

  /** The silence around a time; null where there is none. */
  silenceAt(server: number, stream: number, at: number): {first: number; last: number; kind: SilenceKind} | null {
    const row = this.db
      .prepare(
        'SELECT first, last, explained FROM silence WHERE server = ? AND stream = ? AND first < ? AND last > ? ORDER BY first DESC LIMIT 1',
      )
      .get(server, stream, at, at) as {first: number; last: number; explained: number} | undefined
    return row ? {first: row.first, last: row.last, kind: SILENCE_KINDS[row.explained] ?? 'unexplained'} : null
  }

  /** The time around one that no silence holds, up to the silences before and after it. */
  betweenSilences(server: number, stream: number, at: number): {from: number; to: number} {
    return this.db
      .prepare(
        `SELECT coalesce(max(last) FILTER (WHERE last <= ?), -9e15) AS "from", coalesce(min(first) FILTER (WHERE first >= ?), 9e15) AS "to"
FROM silence WHERE server = ? AND stream = ?`,
      )
      .get(at, at, server, stream) as {from: number; to: number}
  }

  dropSilence(server: number, stream: number, first: number): void {
    this.db.prepare('DELETE FROM silence WHERE server = ? AND stream = ? AND first = ?').run(server, stream, first)
  }

  /** Lines that could not be understood, by hour, with one example's reference. */
  unread(server: number, hour: number, count: number, reference: number): void {
    this.db
      .prepare(
        'INSERT INTO unread(server, hour, count, reference) VALUES (?, ?, ?, ?) ON CONFLICT(server, hour) DO UPDATE SET count = count + excluded.count',
      )
      .run(server, hour, count, reference)
  }

  /** First and last time of a server's lines in one part. */
  boundsOf(part: number): {server: number; first: number; last: number}[] {
    return this.db.prepare('SELECT server, first, last FROM stretch WHERE part = ?').all(part) as {
      server: number
      first: number
      last: number
    }[]
  }

  /** Latest time of any stored line, by server. */
  frontiers(): Map<number, number> {
    const rows = prepared(this.db, 'SELECT server, max(last) AS last FROM stretch GROUP BY server').all() as {
      server: number
      last: number
    }[]
    return new Map(rows.map(({server, last}) => [server, last]))
  }
}
