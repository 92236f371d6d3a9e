/** Sweeps index rows that nothing refers to any more. Harmless to stop: what is left over is found by the next sweep, and by no question. */

import type {Connection} from './database.js'

/** Index rows looked at in one transaction. */
const CHUNK = 20_000

interface KeyRow {
  segment: number
  hash: number
  message: number
}

/** Removes keys of messages that are gone; returns how many. */
export function sweepKeys(db: Connection, stopped: () => boolean): number {
  const next = db.prepare(
    'SELECT segment, hash, message FROM key WHERE (segment, hash, message) > (?, ?, ?) ORDER BY segment, hash, message LIMIT ?',
  )
  const exists = db.prepare('SELECT 1 FROM message WHERE id = ?').pluck()
  const drop = db.prepare('DELETE FROM key WHERE segment = ? AND hash = ? AND message = ?')
  const left = new Map<number, number>()
  let place: KeyRow = {segment: -1, hash: -1, message: -1}
  let removed = 0
  for (;;) {
    if (stopped()) return removed
    const rows = next.all(place.segment, place.hash, place.message, CHUNK) as KeyRow[]
    const end = rows.at(-1)
    if (!end) break
    const known = new Map<number, boolean>()
    const gone = rows.filter(({message}) => {
      let there = known.get(message)
      if (there === undefined) {
        there = exists.get(message) !== undefined
        known.set(message, there)
      }
      return !there
    })
    for (const {segment} of rows) left.set(segment, (left.get(segment) ?? 0) + 1)
    for (const {segment} of gone) left.set(segment, (left.get(segment) ?? 0) - 1)
    if (gone.length > 0)
      db.transaction(() => {
        for (const {segment, hash, message} of gone) drop.run(segment, hash, message)
      }).immediate()
    removed += gone.length
    place = end
  }
  db.transaction(() => {
    for (const id of db.prepare('SELECT id FROM segment').pluck().all() as number[]) {
      const entries = left.get(id) ?? 0
      if (entries === 0) db.prepare('DELETE FROM segment WHERE id = ?').run(id)
      else db.prepare('UPDATE segment SET entries = ? WHERE id = ?').run(entries, id)
    }
  }).immediate()
  return removed
}

/** Removes repeated strings that no row names any more; returns how many. Needs the writer's place: a writer remembers numbers. */
export function sweepTexts(db: Connection): number {
  const used = new Set<number>()
  const columns = ['sender', 'script', 'directory', 'login', 'account', 'client', 'url', 'visitor', 'forwarder']
  for (const row of db
    .prepare(`SELECT ${columns.join(', ')} FROM message`)
    .raw()
    .iterate() as IterableIterator<(number | null)[]>)
    for (const id of row) if (id !== null) used.add(id)
  for (const id of db
    .prepare('SELECT DISTINCT domain FROM recipient WHERE domain IS NOT NULL')
    .pluck()
    .iterate() as IterableIterator<number>)
    used.add(id)
  const gone = (db.prepare('SELECT id FROM text').pluck().all() as number[]).filter((id) => !used.has(id))
  const drop = db.prepare('DELETE FROM text WHERE id = ?')
  for (let start = 0; start < gone.length; start += CHUNK)
    db.transaction(() => {
      for (const id of gone.slice(start, start + CHUNK)) drop.run(id)
    }).immediate()
  return gone.length
}
