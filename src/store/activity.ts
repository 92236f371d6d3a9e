/** What one sender (script, login, account) did over a span: for causes and for the scope of a ticket. */

import {hash53} from '../mail/hash.js'
import {FLAG, outcomeCodes} from './codes.js'
import type {Connection} from './database.js'
import type {KeyFinder} from './segments.js'

export interface SentMessage {
  readonly id: number
  readonly server: number
  /** UTC milliseconds of arrival. */
  readonly at: number
  readonly clientIp: string | null
  readonly recipients: number
  readonly failed: number
}

/** When and from where one message was sent. */
export interface Occasion {
  /** UTC milliseconds of arrival. */
  readonly at: number
  readonly clientIp: string | null
}

// One statement for all that the index knows of a busy sender: a statement a message would cost several times as much.
const OF_SENDER = `FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value LEFT JOIN text ON text.id = message.client
WHERE message.at BETWEEN ? AND ? AND flags & ${FLAG.accepted} <> 0 AND flags & ${FLAG.reinjected} = 0 ORDER BY message.at, message.id`

/** Accepted messages of a span indexed under a key (life/keys.ts), oldest first, with counts of recipients. */
export function activityOf(db: Connection, keys: KeyFinder, key: string, from: number, to: number): SentMessage[] {
  const select = db.prepare(
    `SELECT message.id AS id, message.server AS server, message.at AS at, text.value AS clientIp,
(SELECT count(*) FROM recipient WHERE recipient.message = message.id) AS recipients,
(SELECT count(*) FROM recipient WHERE recipient.message = message.id AND outcome = ${outcomeCodes.code('failed')}) AS failed
${OF_SENDER}`,
  )
  return select.all(JSON.stringify(keys.messages(hash53(key))), from, to) as SentMessage[]
}

/** The same without what costs more than a row: for a habit of many days. */
export function occasionsOf(db: Connection, keys: KeyFinder, key: string, from: number, to: number): Occasion[] {
  const select = db.prepare(`SELECT message.at AS at, text.value AS clientIp ${OF_SENDER}`)
  return select.all(JSON.stringify(keys.messages(hash53(key))), from, to) as Occasion[]
}
