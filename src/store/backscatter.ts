/** Bounces in and out of the narrow rows: null-sender mail that came from outside, and the bounces that we made ourselves. */

import {addressKey} from '../life/keys.js'
import {hash53} from '../mail/hash.js'
import {FLAG, originCodes, outcomeCodes} from './codes.js'
import type {Connection} from './database.js'
import {noteOf} from './notes.js'
import {addressHash} from './row.js'
import type {KeyFinder} from './segments.js'
import {SENT, serverNumbers, textReader} from './subjects.js'

/** One recipient of a null-sender message that came from outside and was accepted. */
export interface BounceIn {
  /** The store's number of the message. */
  readonly message: number
  readonly server: string
  /** UTC milliseconds. */
  readonly at: number
  /** Keyed hash of the recipient's address. */
  readonly address: number
  /** The recipient's domain, lower case. */
  readonly domain: string
  readonly clientIp: string | null
}

/** Bounces of [from, to) from outside, oldest first; at most `most`, the newest. */
export function bouncesIn(db: Connection, from: number, to: number, most: number): BounceIn[] {
  const nobody = db.prepare("SELECT id FROM text WHERE value = ''").pluck().get() as number | undefined
  if (nobody === undefined) return []
  const names = new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
  const text = textReader(db)
  const rows = db
    .prepare(
      `SELECT message.id AS message, message.server AS server, message.at AS at, recipient.address AS address, recipient.domain AS domain, message.client AS client, message.forwarder AS forwarder
FROM message INDEXED BY message_at JOIN recipient ON recipient.message = message.id
WHERE message.at >= ? AND message.at < ? AND message.sender = ? AND message.origin = ${originCodes.code('relay-in')}
 AND message.flags & ${FLAG.accepted | FLAG.reinjected} = ${FLAG.accepted} AND recipient.domain IS NOT NULL ORDER BY message.at DESC, message.id DESC LIMIT ?`,
    )
    .all(from, to, nobody, most) as {
    message: number
    server: number
    at: number
    address: number
    domain: number
    client: number | null
    forwarder: number | null
  }[]
  const key = hashKey(db)
  const seen = new Set<string>()
  const bounces: BounceIn[] = []
  for (const row of rows.reverse()) {
    // Behind a forwarder the recipient is somebody outside; ours is the forwarder.
    const own = row.forwarder === null ? null : text(row.forwarder).toLowerCase()
    const address = own === null ? row.address : addressHash(own, key)
    if (seen.has(`${row.message} ${address}`)) continue
    seen.add(`${row.message} ${address}`)
    bounces.push({
      message: row.message,
      server: names.get(row.server) ?? '',
      at: row.at,
      address,
      domain: own === null ? text(row.domain).toLowerCase() : own.slice(own.lastIndexOf('@') + 1),
      clientIp: row.client === null ? null : text(row.client),
    })
  }
  return bounces
}

const hashKey = (db: Connection): string => noteOf(db, 'address-hash-key') ?? ''

/**
 * For each of these addresses (by hash) that sent mail through us: the times of its messages' recipients in [from, to), oldest first. Only
 * senders' addresses are kept as text, so the look-up goes from the senders of these domains to their hashes.
 */
export function sendingTimes(
  db: Connection,
  keys: KeyFinder,
  wanted: {readonly domains: ReadonlySet<string>; readonly addresses: ReadonlySet<number>},
  from: number,
  to: number,
): Map<number, number[]> {
  const key = hashKey(db)
  const sent = db.prepare(
    `SELECT at, (SELECT count(*) FROM recipient WHERE recipient.message = message.id) AS recipients FROM message
WHERE id = ? AND sender = ? AND at >= ? AND at < ? AND ${SENT} AND flags & ${FLAG.reinjected} = 0`,
  )
  const out = new Map<number, number[]>()
  const candidates: {id: number; value: string; hash: number}[] = []
  for (const {id, value} of db
    .prepare("SELECT id, value FROM text WHERE instr(value, '@') > 0")
    .iterate() as IterableIterator<{
    id: number
    value: string
  }>) {
    if (!wanted.domains.has(value.slice(value.lastIndexOf('@') + 1).toLowerCase())) continue
    const hash = addressHash(value, key)
    if (wanted.addresses.has(hash)) candidates.push({id, value, hash})
  }
  for (const {id, value, hash} of candidates) {
    const times = out.get(hash) ?? []
    for (const message of keys.messages(hash53(addressKey(value))).slice(-MOST_SENT)) {
      const row = sent.get(message, id, from, to) as {at: number; recipients: number} | undefined
      if (row) for (let i = 0; i < Math.max(1, row.recipients); i++) times.push(row.at)
    }
    out.set(
      hash,
      times.sort((a, b) => a - b),
    )
  }
  return out
}

const MOST_SENT = 5_000

/** Of these addresses (by hash) of a domain: those that got other mail than bounces in [from, to). */
export function otherwiseUsed(db: Connection, addresses: ReadonlySet<number>, from: number, to: number): Set<number> {
  const nobody = (db.prepare("SELECT id FROM text WHERE value = ''").pluck().get() as number | undefined) ?? -1
  const used = new Set<number>()
  const rows = db
    .prepare(
      `SELECT DISTINCT recipient.address FROM message INDEXED BY message_at JOIN recipient ON recipient.message = message.id
WHERE message.at >= ? AND message.at < ? AND message.sender <> ? AND message.flags & ${FLAG.accepted} <> 0
 AND recipient.outcome IN (${outcomeCodes.code('delivered-locally')}, ${outcomeCodes.code('handed-on')}, ${outcomeCodes.code('delivered')})`,
    )
    .pluck()
  for (const address of rows.iterate(from, to, nobody) as IterableIterator<number>)
    if (addresses.has(address)) used.add(address)
  return used
}

/** A bounce that we made and that another host took. */
export interface BounceOut {
  readonly message: number
  readonly server: string
  readonly at: number
  readonly domain: string
}

/** Bounces made by us in [from, to) that went to remote hosts, oldest first; at most `most`, the newest. */
export function bouncesOut(db: Connection, from: number, to: number, most: number): BounceOut[] {
  const names = new Map([...serverNumbers(db)].map(([name, id]) => [id, name]))
  const text = textReader(db)
  const rows = db
    .prepare(
      `SELECT message.id AS message, message.server AS server, message.at AS at, recipient.domain AS domain
FROM message INDEXED BY message_bounce JOIN recipient ON recipient.message = message.id
WHERE message.at >= ? AND message.at < ? AND message.origin = ${originCodes.code('bounce')} AND message.flags & ${FLAG.reinjected} = 0
 AND recipient.outcome = ${outcomeCodes.code('delivered')} AND recipient.domain IS NOT NULL ORDER BY message.at DESC, message.id DESC LIMIT ?`,
    )
    .all(from, to, most) as {message: number; server: number; at: number; domain: number}[]
  return rows
    .map((row) => ({
      message: row.message,
      server: names.get(row.server) ?? '',
      at: row.at,
      domain: text(row.domain).toLowerCase(),
    }))
    .reverse()
}
