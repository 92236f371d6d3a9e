/** What the abuse detector is told, out of the narrow rows: sends and their outcomes in time order, without reading one log line. */

import {hash53} from '../mail/hash.js'
import type {AbuseFact, OutcomeFact, SendFact, SentTo} from '../mail/send-fact.js'
import {FLAG} from './codes.js'
import type {Connection, Statement} from './database.js'
import {noteOf} from './notes.js'
import {Origins} from './send-origins.js'
import {ENDED, MESSAGE, outcomeOf, type Row, refusalIn, type SentPiece, sentRows} from './sent-rows.js'
import {SENT, textReader} from './subjects.js'
import {toldOf} from './told-outcome.js'
import {WaitingOutcomes} from './waiting-outcomes.js'

/** As in the index message_lingering. */
const LINGERING = 3_600_000
const STILL_RECENT = 'SELECT id FROM message INDEXED BY message_at WHERE at >= ? AND at < ? AND last >= ?'
const STILL_LINGERING = `SELECT id FROM message INDEXED BY message_lingering
WHERE at >= ? AND at < ? AND last >= ? AND last - at >= ${LINGERING}`

/** The message that a second half continues. */
const FIRST_HALF = `SELECT ${MESSAGE}, NULL, NULL, 0, NULL, ${SENT} FROM message WHERE id = ?`
/** Content filters that one message passes in a row at most. */
const MOST_FILTERS = 8

/**
 * Facts of a span of arrivals in time order; outcomes of its messages may lie after it. What a content filter took is told by how it ended
 * behind the filter, as an outcome of the message that the filter was given. With `since` also the outcomes at `from` and later of messages
 * that arrived in [since, from). `pieces`: the rows of [from, to), where somebody else wants them too.
 */
export function* sendFacts(
  db: Connection,
  from: number,
  to: number,
  since = from,
  pieces: Iterable<SentPiece> = sentRows(db, from, to),
): Generator<AbuseFact> {
  const reader = new FactReader(db)
  const waiting = new WaitingOutcomes()
  if (since < from) lateOutcomes(db, reader, waiting, since, from)
  for (const {rows} of pieces) {
    for (let i = 0; i < rows.length; ) {
      const row = rows[i] as Row
      const [id, at, flags] = row
      while (waiting.before(at)) yield waiting.take()
      const own = (flags & FLAG.reinjected) === 0
      const of = own ? row : reader.firstHalf(row)
      const recipients: SentTo[] = []
      for (let one: Row | undefined = row; one !== undefined && one[0] === id; one = rows[++i]) {
        if (one[13] === null) continue
        if (own) recipients.push({hash: one[13], domain: reader.domain(one[14])})
        if (of !== null) waiting.put(reader.outcome(one, of, one[13], one[15], one[16]), id)
      }
      if (own) yield reader.send(row, recipients)
    }
  }
  while (waiting.before(Number.POSITIVE_INFINITY)) yield waiting.take()
}

type Ended = readonly [address: number, ended: number, endedAfter: number | null]

/** What is told at `from` or later of messages that arrived before it. */
function lateOutcomes(db: Connection, reader: FactReader, waiting: WaitingOutcomes, since: number, from: number): void {
  const recent = Math.max(since, from - LINGERING)
  const ids = [
    ...(db.prepare(STILL_RECENT).pluck().all(recent, from, from) as number[]),
    ...(db.prepare(STILL_LINGERING).pluck().all(since, recent, from) as number[]),
  ]
  const one = db
    .prepare(
      `SELECT ${MESSAGE}, NULL, NULL, 0, NULL FROM message WHERE id = ? AND ((${SENT}) OR continues IS NOT NULL)`,
    )
    .raw()
  const recipients = db.prepare(`SELECT address, ${ENDED}, at - ? FROM recipient WHERE message = ? ORDER BY seq`).raw()
  for (const id of ids) {
    const row = one.get(id) as Row | undefined
    if (row === undefined) continue
    const of = (row[2] & FLAG.reinjected) === 0 ? row : reader.firstHalf(row)
    if (of === null) continue
    for (const [address, ended, endedAfter] of recipients.all(row[1], id) as unknown as Ended[]) {
      const outcome = reader.outcome(row, of, address, ended, endedAfter)
      if (outcome !== null && outcome.at >= from) waiting.put(outcome, id)
    }
  }
}

interface KnownSender {
  readonly sender: number
  readonly domain: string
}

const NULL_SENDER: KnownSender = {sender: 0, domain: ''}
const MOST_SENDERS = 200_000

/** Turns rows into facts. */
class FactReader {
  private readonly origins: Origins
  private readonly senders = new Map<number, KnownSender>()
  private readonly select: Statement
  private readonly text: (id: number) => string
  private readonly hashKey: string

  constructor(db: Connection) {
    this.text = textReader(db)
    this.origins = new Origins(db, this.text)
    this.select = db.prepare(FIRST_HALF).raw()
    this.hashKey = noteOf(db, 'address-hash-key') ?? ''
  }

  domain(id: number | null): string {
    return id === null ? '' : this.text(id)
  }

  send(row: Row, recipients: readonly SentTo[]): SendFact {
    const [id, at, flags, , from, client] = row
    const {sender, domain} = from === null ? NULL_SENDER : this.sender(from)
    return {
      type: 'send',
      at,
      origin: this.origins.of(row),
      messageKey: id,
      sender,
      senderDomain: domain,
      client,
      evaluated: (flags & FLAG.evaluated) !== 0,
      recipients,
      continued: false,
    }
  }

  private sender(id: number): KnownSender {
    const known = this.senders.get(id)
    if (known !== undefined) return known
    const text = this.text(id).toLowerCase()
    const made =
      text === ''
        ? NULL_SENDER
        : {sender: hash53(this.hashKey + text) || 1, domain: text.slice(text.lastIndexOf('@') + 1)}
    if (this.senders.size >= MOST_SENDERS) this.senders.clear()
    this.senders.set(id, made)
    return made
  }

  /** The message that a second half goes on with; null also where that one is not known or came from outside. */
  firstHalf(row: Row): Row | null {
    let next = row[12]
    for (let passed = 0; next !== null && passed < MOST_FILTERS; passed++) {
      const found = this.select.get(next) as readonly [...Row, sent: number] | undefined
      if (found === undefined) return null
      if ((found[2] & FLAG.reinjected) === 0) return found[17] === 0 ? null : (found as unknown as Row)
      next = found[12]
    }
    return null
  }

  /** How an attempt ended, for the message `of`; null where nothing is known, or a content filter took it over. */
  outcome(row: Row, of: Row, recipient: number, ended: number, endedAfter: number | null): OutcomeFact | null {
    const told = toldOf(outcomeOf(ended), refusalIn(ended))
    if (told === null || endedAfter === null) return null
    return {
      type: 'outcome',
      at: row[1] + Math.max(0, endedAfter),
      origin: this.origins.of(of),
      messageKey: of[0],
      recipient,
      kind: told.kind,
      local: false,
      ownLimit: told.ownLimit,
    }
  }
}
