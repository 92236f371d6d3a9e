/** Checks derived rows against their lines: messages are folded again and compared with what is stored. Reads only. */

import {keysOf} from '../life/keys.js'
import {hash53} from '../mail/hash.js'
import {blockOf} from './block.js'
import type {Connection} from './database.js'
import {EvidenceFinder} from './evidence.js'
import type {Fault} from './integrity.js'
import {noteOf} from './notes.js'
import {type MessageRow, Reviver} from './revive.js'
import {columnsOf, recipientRow, type TextNumbers} from './row.js'
import {KeyFinder} from './segments.js'
import {unpackReferences} from './varint.js'
import {MESSAGE_COLUMNS} from './writer.js'
import {unreadableJudgements} from './written-judgements.js'

export interface DerivedCheck {
  readonly messages: number
  readonly compared: number
  readonly faults: readonly Fault[]
}

const MOST_FAULTS = 100
const HOUR = 3_600_000

/** Looks numbers up without making them; a text that is not there has a number that no row holds. */
function readOnlyNumbers(db: Connection): TextNumbers {
  const select = db.prepare('SELECT id FROM text WHERE value = ?').pluck()
  return {number: (value) => (value === null ? null : ((select.get(value) as number | undefined) ?? -1))}
}

/** Compares `sample` messages spread evenly over all (null: every one) with the rows that their lines give now. */
export function checkDerived(db: Connection, sample: number | null): DerivedCheck {
  const faults: Fault[] = []
  const evidence = new EvidenceFinder(db)
  const reviver = new Reviver(db, evidence)
  const keys = new KeyFinder(db)
  const texts = readOnlyNumbers(db)
  const hashKey = noteOf(db, 'address-hash-key') ?? ''
  const messages = db.prepare('SELECT count(*) FROM message').pluck().get() as number
  const orphans = db
    .prepare('SELECT count(*) FROM recipient WHERE message NOT IN (SELECT id FROM message)')
    .pluck()
    .get() as number
  if (orphans > 0)
    faults.push({code: 'row-orphaned', place: 'recipients', detail: `${orphans} rows belong to no message`})
  for (const at of unreadableJudgements(db))
    faults.push({
      code: 'judgement-unreadable',
      place: `judgement as of ${new Date(at).toISOString()}`,
      detail: 'nothing can go on from it; the next question judges from further back',
    })
  const step = sample === null || messages <= sample ? 1 : Math.floor(messages / sample)
  const names = MESSAGE_COLUMNS.split(', ')
  const select = db.prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE id = ?`).raw()
  const recipients = db
    .prepare('SELECT address, domain, outcome, refusal, at, attempts FROM recipient WHERE message = ? ORDER BY seq')
    .raw()
  const inHour = db.prepare('SELECT 1 FROM arrival WHERE hour = ? AND server = ? AND ? BETWEEN first AND last').pluck()
  const blockExists = db.prepare('SELECT 1 FROM block WHERE id = ?').pluck()
  const rows = db
    .prepare('SELECT id, server, at, first, last, flags, refs, joined FROM message ORDER BY id')
    .all() as MessageRow[]
  let compared = 0
  for (let i = 0; i < rows.length && faults.length < MOST_FAULTS; i += step) {
    const row = rows[i]
    if (!row) continue
    compared++
    const place = `message ${row.id}`
    const lost = [...unpackReferences(row.refs), ...(row.joined ? unpackReferences(row.joined) : [])].find(
      (reference) => blockExists.get(blockOf(reference)) === undefined,
    )
    if (lost !== undefined) {
      faults.push({code: 'block-missing', place: `block ${blockOf(lost)}`, detail: `${place} rests on a line of it`})
      continue
    }
    try {
      const revived = reviver.fromRow(row)
      if (!revived) {
        faults.push({code: 'message-unreadable', place, detail: 'its lines are no message any more'})
        continue
      }
      const stored = select.get(row.id) as unknown[]
      const wrong = columnsOf(revived.life, texts).findIndex((value, k) => value !== stored[k])
      if (wrong >= 0)
        faults.push({code: 'message-differs', place, detail: `its lines give another ${names[wrong] ?? 'value'}`})
      if (inHour.get(Math.floor(row.at / HOUR), row.server, row.id) === undefined)
        faults.push({code: 'message-differs', place, detail: 'it is not among the messages of its hour'})
      const wanted = revived.life.recipients.map((recipient) => Object.values(recipientRow(recipient, texts, hashKey)))
      if (JSON.stringify(wanted) !== JSON.stringify(recipients.all(row.id)))
        faults.push({code: 'message-differs', place, detail: 'its lines give other recipients'})
      for (const key of keysOf(revived.life))
        if (!keys.messages(hash53(key)).includes(row.id)) {
          faults.push({code: 'key-missing', place, detail: `it cannot be found by a key of kind ${key.slice(0, 1)}`})
          break
        }
    } catch (error) {
      faults.push({code: 'message-unreadable', place, detail: error instanceof Error ? error.message : String(error)})
    }
  }
  return {messages, compared, faults}
}
