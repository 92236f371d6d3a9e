/** Answers of the abuse detector kept for as long as nothing changed that they rest on. */

import {hash53} from '../mail/hash.js'
import type {Connection} from './database.js'

const MOST_KEPT = 64

/** A fingerprint of the operator's words: an answer tells them of its alerts, whenever they were said. */
function wordsOf(db: Connection): string {
  const words = db.prepare('SELECT alert, at, abusive FROM acknowledgement ORDER BY alert').raw().all()
  return hash53(JSON.stringify(words)).toString(36)
}

/** The kept answer to a question; null where there is none, or the operator has said something since. */
export function keptJudgement(db: Connection, question: string): string | null {
  const row = db.prepare('SELECT state, answer FROM judgement WHERE question = ?').get(question) as
    | {state: string; answer: string}
    | undefined
  return row && row.state === wordsOf(db) ? row.answer : null
}

/** What an answer rests on: facts of messages from `begin` on, before `until`. UTC milliseconds, as `now`. */
export interface JudgedSpan {
  readonly begin: number
  readonly until: number
  readonly now: number
}

/** Keeps an answer; the oldest go when there are many. Nothing that it rests on may have changed since it was asked for. */
export function keepJudgement(db: Connection, question: string, answer: string, {begin, until, now}: JudgedSpan): void {
  db.transaction(() => {
    db.prepare(
      'INSERT OR REPLACE INTO judgement(question, state, at, answer, begin, until) VALUES (?, ?, ?, ?, ?, ?)',
    ).run(question, wordsOf(db), now, answer, begin, until)
    db.prepare(
      'DELETE FROM judgement WHERE question NOT IN (SELECT question FROM judgement ORDER BY at DESC LIMIT ?)',
    ).run(MOST_KEPT)
  }).immediate()
}
