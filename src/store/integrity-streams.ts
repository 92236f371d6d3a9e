/** What the store holds of each log stream, and samples of its latest lines: what a doctor looks at. */

import {unpackBlock} from './block.js'
import type {Connection} from './database.js'

export interface StreamFacts {
  readonly stream: number
  readonly source: string
  readonly dialects: readonly string[]
  readonly servers: readonly string[]
  readonly parts: number
  readonly lines: number
  readonly events: number
  readonly ignored: number
  readonly unknown: number
  readonly truncated: number
  /** What its clock rests on: line, id, configured, neighbour, assumed. */
  readonly clocks: readonly string[]
  /** UTC milliseconds of the first and last line. */
  readonly from: number | null
  readonly to: number | null
  /** Parts whose reading ended early, with the reason. */
  readonly errors: readonly {readonly path: string; readonly error: string}[]
}

/** Every stream, by name. */
export function streamsOf(db: Connection): StreamFacts[] {
  const streams = db.prepare('SELECT id, name FROM stream ORDER BY name').all() as {id: number; name: string}[]
  const sums = db.prepare(
    'SELECT count(*) AS parts, sum(lines) AS lines, sum(events) AS events, sum(ignored) AS ignored, sum(unknown) AS unknown, sum(truncated) AS truncated FROM part WHERE stream = ?',
  )
  const dialects = db.prepare('SELECT DISTINCT dialect FROM part WHERE stream = ? ORDER BY dialect').pluck()
  const clocks = db
    .prepare(
      'SELECT DISTINCT clock_source FROM part WHERE stream = ? AND clock_source IS NOT NULL ORDER BY clock_source',
    )
    .pluck()
  const servers = db
    .prepare(
      'SELECT DISTINCT server.name FROM stretch JOIN part ON part.id = stretch.part JOIN server ON server.id = stretch.server WHERE part.stream = ? ORDER BY server.name',
    )
    .pluck()
  const span = db.prepare(
    'SELECT min(first) AS first, max(last) AS last FROM stretch JOIN part ON part.id = stretch.part WHERE part.stream = ?',
  )
  const errors = db.prepare('SELECT path, error FROM part WHERE stream = ? AND error IS NOT NULL')
  return streams.map(({id, name}) => {
    const sum = sums.get(id) as Record<
      'parts' | 'lines' | 'events' | 'ignored' | 'unknown' | 'truncated',
      number | null
    >
    const {first, last} = span.get(id) as {first: number | null; last: number | null}
    return {
      stream: id,
      source: name,
      dialects: dialects.all(id) as string[],
      servers: servers.all(id) as string[],
      parts: sum.parts ?? 0,
      lines: sum.lines ?? 0,
      events: sum.events ?? 0,
      ignored: sum.ignored ?? 0,
      unknown: sum.unknown ?? 0,
      truncated: sum.truncated ?? 0,
      clocks: clocks.all(id) as string[],
      from: first,
      to: last,
      errors: errors.all(id) as {path: string; error: string}[],
    }
  })
}

/** The latest lines of a stream, at most about `most`, oldest first, with each one's offset. */
export function latestLines(
  db: Connection,
  stream: number,
  most: number,
): {dialect: string; text: string; offset: number}[] {
  const rows = db
    .prepare(
      'SELECT block.id AS id, part.dialect AS dialect, block.lines AS lines FROM block JOIN part ON part.id = block.part WHERE part.stream = ? ORDER BY block.last DESC, block.id DESC',
    )
    .iterate(stream) as IterableIterator<{id: number; dialect: string; lines: number}>
  const wanted: {id: number; dialect: string}[] = []
  let count = 0
  for (const {id, dialect, lines} of rows) {
    wanted.unshift({id, dialect})
    count += lines
    if (count >= most) break
  }
  const select = db.prepare('SELECT meta, data FROM block WHERE id = ?')
  return wanted.flatMap(({id, dialect}) => {
    const {meta, data} = select.get(id) as {meta: Buffer; data: Buffer}
    return unpackBlock(meta, data).map(({text, offset}) => ({dialect, text, offset}))
  })
}

/** One line of each of the latest hours in which lines were not understood. */
export function unreadReferences(db: Connection, most: number): {server: string; count: number; reference: number}[] {
  return db
    .prepare(
      'SELECT server.name AS server, count, reference FROM unread JOIN server ON server.id = unread.server ORDER BY hour DESC LIMIT ?',
    )
    .all(most) as {server: string; count: number; reference: number}[]
}

/** Facts of the file itself. */
export interface FileFacts {
  readonly schema: number
  readonly sqlite: string
  readonly journal: string
  readonly pages: number
  readonly pageSize: number
  readonly freePages: number
  readonly messages: number
  readonly blocks: number
}

export function fileFacts(db: Connection): FileFacts {
  const pragma = (name: string): number => db.pragma(name, {simple: true}) as number
  const count = (table: string): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  return {
    schema: pragma('user_version'),
    sqlite: db.prepare('SELECT sqlite_version()').pluck().get() as string,
    journal: db.pragma('journal_mode', {simple: true}) as string,
    pages: pragma('page_count'),
    pageSize: pragma('page_size'),
    freePages: pragma('freelist_count'),
    messages: count('message'),
    blocks: count('block'),
  }
}
