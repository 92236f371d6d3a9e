/** Small named values that the store keeps about itself. */

import {type Connection, prepared} from './database.js'

/** Set where some lines were stored without their subjects. */
export const SUBJECTS_LEFT_OUT = 'subjects-left-out'

/** A note's value; null where it was never written. */
export const noteOf = (db: Connection, name: string): string | null =>
  (db.prepare('SELECT value FROM note WHERE name = ?').pluck().get(name) as string | undefined) ?? null

/** Writes or replaces a note. Call inside a transaction. */
export const putNote = (db: Connection, name: string, value: string): void => {
  prepared(
    db,
    'INSERT INTO note(name, value) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value',
  ).run(name, value)
}
