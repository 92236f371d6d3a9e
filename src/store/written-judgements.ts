/** Judgements as they stood at some time, so that a later one goes on from there instead of sixty days before. */

import {packText, unpackBytes} from './compression.js'
import type {Connection} from './database.js'

export interface StoredJudgement {
  /** UTC milliseconds: every fact before it was judged, none after. */
  readonly at: number
  /** UTC milliseconds: the first message's day. */
  readonly begin: number
  readonly text: string
  /** Fingerprints of recipients. */
  readonly memory: Uint32Array
}

/** Of one question, and of all. */
const MOST_ALIKE = 4
const MOST = 8

/** The newest one at `notAfter` or before that begins at `begin`; null for none. `settings`: what it was asked with. */
export function writtenJudgement(
  db: Connection,
  settings: string,
  begin: number,
  notAfter: number,
): StoredJudgement | null {
  const row = db
    .prepare(
      'SELECT at, state, memory FROM written_judgement WHERE settings = ? AND begin = ? AND at <= ? ORDER BY at DESC LIMIT 1',
    )
    .get(settings, begin, notAfter) as {at: number; state: Buffer; memory: Buffer} | undefined
  const text = row === undefined ? null : unpacked(row)
  if (row === undefined || text === null) return null
  const memory = new Uint32Array(row.memory.length / 4)
  for (let i = 0; i < memory.length; i++) memory[i] = row.memory.readUInt32LE(i * 4)
  return {at: row.at, begin, text, memory}
}

/** A damaged one is none: the question is judged from further back. */
function unpacked({state, memory}: {readonly state: Buffer; readonly memory: Buffer}): string | null {
  if (memory.length % 4 !== 0) return null
  try {
    return unpackBytes(state).toString('utf8')
  } catch {
    return null
  }
}

/** When those stand (UTC milliseconds) that cannot be read any more. */
export const unreadableJudgements = (db: Connection): number[] =>
  (
    db.prepare('SELECT at, state, memory FROM written_judgement ORDER BY at').all() as {
      at: number
      state: Buffer
      memory: Buffer
    }[]
  )
    .filter((row) => unpacked(row) === null)
    .map(({at}) => at)

/** When the newest one with these settings stands; null for none. */
export const writtenUntil = (db: Connection, settings: string): number | null =>
  db.prepare('SELECT max(at) FROM written_judgement WHERE settings = ?').pluck().get(settings) as number | null

/** Keeps judgements; older ones go. `now`: UTC milliseconds. Call inside a transaction. */
export function putWrittenJudgements(
  db: Connection,
  settings: string,
  judgements: readonly StoredJudgement[],
  now: number,
): void {
  const insert = db.prepare(
    'INSERT OR REPLACE INTO written_judgement(settings, at, begin, made, state, memory) VALUES (?, ?, ?, ?, ?, ?)',
  )
  for (const {at, begin, text, memory} of judgements) {
    const bytes = Buffer.alloc(memory.length * 4)
    for (let i = 0; i < memory.length; i++) bytes.writeUInt32LE(memory[i] ?? 0, i * 4)
    insert.run(settings, at, begin, now, packText(Buffer.from(text, 'utf8')), bytes)
  }
  db.prepare(
    'DELETE FROM written_judgement WHERE settings = ? AND at NOT IN (SELECT at FROM written_judgement WHERE settings = ? ORDER BY at DESC LIMIT ?)',
  ).run(settings, settings, MOST_ALIKE)
  db.prepare(
    'DELETE FROM written_judgement WHERE id NOT IN (SELECT id FROM written_judgement ORDER BY made DESC, at DESC LIMIT ?)',
  ).run(MOST)
}
