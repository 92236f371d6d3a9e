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

/** Messages of one sender looked at, at most: the latest. */
const MOST = 50_000

/** Accepted messages indexed under a key (life/keys.ts), oldest first, with counts of recipients. */
export function activityOf(db: Connection, keys: KeyFinder, key: string): SentMessage[] {
  const ids = keys.messages(hash53(key)).slice(-MOST)
  const select = db.prepare(
    `SELECT message.id AS id, message.server AS server, message.at AS at, text.value AS clientIp,
(SELECT count(*) FROM recipient WHERE recipient.message = message.id) AS recipients,
(SELECT count(*) FROM recipient WHERE recipient.message = message.id AND outcome = ${outcomeCodes.code('failed')}) AS failed
FROM message LEFT JOIN text ON text.id = message.client WHERE message.id = ? AND flags & ${FLAG.accepted} <> 0 AND flags & ${FLAG.reinjected} = 0`,
  )
  const out: SentMessage[] = []
  for (const id of ids) {
    const row = select.get(id) as SentMessage | undefined
    if (row) out.push(row)
  }
  return out.sort((a, b) => a.at - b.at)
}
