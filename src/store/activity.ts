/** What one sender (script, login, account) did over a span: for causes and for the scope of a ticket. */

import {hash53} from '../mail/hash.js'
import {arrivedWithin} from './arrivals.js'
import {FLAG, outcomeCodes} from './codes.js'
import {type Connection, prepared} from './database.js'
import type {KeyFinder} from './segments.js'

/** When and from where one message was sent. */
export interface Occasion {
  /** The message's number. */
  readonly id: number
  /** UTC milliseconds of arrival. */
  readonly at: number
  readonly clientIp: string | null
}

export interface SentMessage extends Occasion {
  readonly recipients: number
  readonly failed: number
}

/** So many rows are read as fast as the ranges of the hours. */
const FEW = 64

// One statement for all that the index knows of a busy sender: a statement a message would cost several times as much.
const OF_SENDER = `SELECT message.id, message.at, message.client FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value
WHERE message.at BETWEEN ? AND ? AND flags & ${FLAG.accepted} <> 0 AND flags & ${FLAG.reinjected} = 0`

const CLIENTS_OF_SENDER = `SELECT message.client, count(*) FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value
WHERE message.at BETWEEN ? AND ? AND flags & ${FLAG.accepted} <> 0 AND flags & ${FLAG.reinjected} = 0 GROUP BY message.client`

/** A message of a sender; its client by a text's number. */
export type IndexedSender = readonly [id: number, at: number, client: number | null]

/** Of these messages the accepted ones that arrived in [from, to]. */
export const readSent = (db: Connection, ids: readonly number[], from: number, to: number): IndexedSender[] =>
  prepared(db, OF_SENDER).raw().all(JSON.stringify(ids), from, to) as unknown as IndexedSender[]

/** Of the same messages how many came from each client. */
export const countSent = (
  db: Connection,
  ids: readonly number[],
  from: number,
  to: number,
): (readonly [client: number | null, messages: number])[] =>
  prepared(db, CLIENTS_OF_SENDER).raw().all(JSON.stringify(ids), from, to) as [number | null, number][]

/** Reads client addresses by number, each once. */
export function clientReader(db: Connection): (client: number | null) => string | null {
  const text = db.prepare('SELECT value FROM text WHERE id = ?').pluck()
  const clients = new Map<number | null, string | null>([[null, null]])
  return (client) => {
    let clientIp = clients.get(client)
    if (clientIp === undefined) {
      clientIp = (text.get(client) as string | undefined) ?? null
      clients.set(client, clientIp)
    }
    return clientIp
  }
}

/** Accepted messages of a span indexed under a key (life/keys.ts), oldest first. */
export function occasionsOf(db: Connection, keys: KeyFinder, key: string, from: number, to: number): Occasion[] {
  const indexed = keys.messages(hash53(key))
  const ids = indexed.length > FEW ? arrivedWithin(db, indexed, from, to) : indexed
  const clientOf = clientReader(db)
  return readSent(db, ids, from, to)
    .map(([id, at, client]) => ({id, at, clientIp: clientOf(client)}))
    .sort((a, b) => a.at - b.at || a.id - b.id)
}

const RECIPIENTS = `SELECT count(recipient.seq), total(outcome = ${outcomeCodes.code('failed')}) FROM json_each(?) AS wanted
LEFT JOIN recipient ON recipient.message = wanted.value GROUP BY wanted.key ORDER BY wanted.key`

/** The same messages with counts of their recipients, which cost more than the rest: only for few. */
export function withRecipients(db: Connection, sent: readonly Occasion[]): SentMessage[] {
  const ids = JSON.stringify(sent.map(({id}) => id))
  const counts = db.prepare(RECIPIENTS).raw().all(ids) as [recipients: number, failed: number][]
  return sent.map((one, i) => ({...one, recipients: counts[i]?.[0] ?? 0, failed: counts[i]?.[1] ?? 0}))
}
