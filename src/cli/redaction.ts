/** The key of the pseudonyms: the database's own, so that they stay the same; a key of the moment where there is no database. */

import {randomBytes} from 'node:crypto'
import {Redactor} from '../render/redact.js'

export async function redactorFor(db: string): Promise<Redactor> {
  const {storeForReading} = await import('./stores.js')
  try {
    const store = await storeForReading(db)
    try {
      const {noteOf} = await import('../store/notes.js')
      return new Redactor(noteOf(store.db, 'address-hash-key') ?? randomBytes(16).toString('hex'))
    } finally {
      store.close()
    }
  } catch {
    // No database that can be read: the command itself says so, if it needs one.
    return new Redactor(randomBytes(16).toString('hex'))
  }
}
