/** Sweeps index rows that nothing refers to any more. Harmless to stop: what is left over is found by the next sweep, and by no question. */

import type {Connection} from './database.js'
import {keepKeys} from './key-remover.js'

/** Index rows looked at in one transaction. */
const CHUNK = 20_000

/** Removes keys of messages that are gone; returns how many. */
export function sweepKeys(db: Connection, stopped: () => boolean): number {
  const exists = db.prepare('SELECT 1 FROM message WHERE id = ?').pluck()
  return keepKeys(db, (message) => exists.get(message) !== undefined, stopped)
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
