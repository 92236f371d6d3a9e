/** Which kept judgements still hold: whoever changes something that they rest on says from when on, and what reaches beyond that goes. */

import type {Connection} from './database.js'
import {noteOf, putNote} from './notes.js'

const DAY = 86_400_000
const EPOCH = 'judged-epoch'

/** Changes with everything that a judgement rests on. Read it before judging, in the same snapshot; compare it before keeping anything. */
export const judgedEpoch = (db: Connection): string => noteOf(db, EPOCH) ?? '0'

/** Facts at `since` (UTC milliseconds) or later are others now. Call inside the transaction that changed them. */
export function factsChanged(db: Connection, since: number): void {
  db.prepare('DELETE FROM written_judgement WHERE at > ?').run(since)
  db.prepare('DELETE FROM judgement WHERE until > ?').run(since)
  db.prepare('DELETE FROM judged_day WHERE day >= ?').run(Math.floor(since / DAY))
  next(db)
}

/** What stood before `before` (UTC milliseconds) is gone or another: only judgements that begin there or later hold. */
export function pastChanged(db: Connection, before: number): void {
  db.prepare('DELETE FROM written_judgement WHERE begin < ?').run(before)
  db.prepare('DELETE FROM judgement WHERE begin < ?').run(before)
  next(db)
}

/** The daily maxima of a day (UTC days since 1970-01-01) are others now: what begins after it rests on them. */
export function maximaChanged(db: Connection, day: number): void {
  db.prepare('DELETE FROM written_judgement WHERE begin > ?').run(day * DAY)
  db.prepare('DELETE FROM judgement WHERE begin > ?').run(day * DAY)
  next(db)
}

/** Whatever judgements rest on may be another now. */
export function everythingChanged(db: Connection): void {
  factsChanged(db, Number.MIN_SAFE_INTEGER)
}

const next = (db: Connection): void => putNote(db, EPOCH, String(Number(judgedEpoch(db)) + 1))
