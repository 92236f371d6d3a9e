/** Answers of the abuse detector kept for as long as nothing changed that they rest on. */

import {hash53} from '../mail/hash.js'
import type {Connection} from './database.js'
import {noteOf} from './notes.js'

const MOST_KEPT = 64

/** A fingerprint of everything stored that a judgement rests on: changes with every changed message and every acknowledgement. */
function stateOf(db: Connection): string {
  const changed = noteOf(db, 'changed')
  const messages = db.prepare('SELECT max(id) FROM message').pluck().get() as number | null
  const words = db.prepare('SELECT alert, at, abusive FROM acknowledgement ORDER BY alert').raw().all()
  const domains = db.prepare('SELECT count(*) FROM domain_account').pluck().get() as number
  return `${changed ?? 0} ${messages ?? 0} ${domains} ${hash53(JSON.stringify(words)).toString(36)}`
}

/** The kept answer to a question; null where there is none or the store has changed since. */
export function keptJudgement(db: Connection, question: string): string | null {
  const row = db.prepare('SELECT state, answer FROM judgement WHERE question = ?').get(question) as
    | {state: string; answer: string}
    | undefined
  return row && row.state === stateOf(db) ? row.answer : null
}

/** Keeps an answer; the oldest go when there are many. `at`: UTC milliseconds of now. */
export function keepJudgement(db: Connection, question: string, answer: string, at: number): void {
  db.transaction(() => {
    db.prepare('INSERT OR REPLACE INTO judgement(question, state, at, answer) VALUES (?, ?, ?, ?)').run(
      question,
      stateOf(db),
      at,
      answer,
    )
    db.prepare(
      'DELETE FROM judgement WHERE question NOT IN (SELECT question FROM judgement ORDER BY at DESC LIMIT ?)',
    ).run(MOST_KEPT)
  }).immediate()
}
