/** Lines without a queue ID as rows: taken out by their reference. `StoreWriter.putLoose` puts them in. */

import {LOOSE, type LooseKind} from './codes.js'
import type {Connection} from './database.js'

/** A row of a loose line; `at` is UTC milliseconds. */
export interface LooseRow {
  readonly server: number
  readonly at: number
  readonly kind: LooseKind
}

const ANYWHERE = 'ref = @reference'
/** The table's key is (server, at, ref). */
const AT_ONE_TIME = 'server IN (SELECT id FROM server) AND at = @at AND ref = @reference'

/** Takes a line's rows out, all of them or those of one time, and returns them. */
export function takeLoose(db: Connection, reference: number, at: number | null = null): LooseRow[] {
  const where = at === null ? ANYWHERE : AT_ONE_TIME
  const values = at === null ? {reference} : {reference, at}
  const rows = db.prepare(`SELECT server, at, kind FROM loose WHERE ${where}`).all(values) as {
    server: number
    at: number
    kind: number
  }[]
  db.prepare(`DELETE FROM loose WHERE ${where}`).run(values)
  return rows.flatMap(({server, at: time, kind}) => {
    const word = LOOSE[kind]
    return word === undefined ? [] : [{server, at: time, kind: word}]
  })
}
