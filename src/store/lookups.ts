/** Small named values that the store keeps about itself. */

import type {Connection} from './database.js'

/** A note's value; null where it was never written. */
export const noteOf = (db: Connection, name: string): string | null =>
  (db.prepare('SELECT value FROM note WHERE name = ?').pluck().get(name) as string | undefined) ?? null
