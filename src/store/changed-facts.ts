/** From when on the facts of the abuse detector are others, worked out for one batch: what was stored before is compared with what is stored after. */

import {FLAG} from './codes.js'
import type {Connection, Statement} from './database.js'
import {isSent, SENT} from './subjects.js'
import {toldOf} from './told-outcome.js'

/** A message as it was: its own columns, and its recipients. */
interface Before {
  readonly message: readonly (number | null)[]
  readonly recipients: readonly Recipient[]
}

type Recipient = readonly [
  address: number,
  domain: number | null,
  outcome: number,
  refusal: number,
  endedAt: number | null,
]

/** Columns of which one more or less makes the send itself another fact. The first is the arrival. */
const OWN = `at, flags & ${FLAG.reinjected | FLAG.cron | FLAG.evaluated}, server, sender, coalesce(visitor, client), script, directory, login,
 coalesce(account, -1 - uid), url, forwarder, continues, ${SENT}`

export class ChangedFacts {
  private readonly before = new Map<number, Before | null>()
  private readonly message: Statement
  private readonly recipients: Statement
  private readonly following: Statement
  private since = Number.POSITIVE_INFINITY

  constructor(db: Connection) {
    this.message = db.prepare(`SELECT ${OWN} FROM message WHERE id = ?`).raw()
    this.recipients = db
      .prepare('SELECT address, domain, outcome, refusal, at FROM recipient WHERE message = ? ORDER BY seq')
      .raw()
    this.following = db.prepare('SELECT id FROM message WHERE continues = ?').pluck()
  }

  /** A message is new; its columns as the writer writes them. */
  added(id: number, columns: readonly (number | null)[]): void {
    if (!this.before.has(id)) this.before.set(id, null)
    const [at, , , , flags, origin] = columns
    if (isSent(flags ?? 0, origin ?? 0, columns[FORWARDER] ?? null)) this.from(at ?? 0)
  }

  /** A stored message is about to change. */
  changing(id: number): void {
    const before = this.before.get(id)
    if (before === undefined) this.before.set(id, this.stored(id))
    else if (before === null) this.from(this.stored(id)?.message[0] ?? Number.POSITIVE_INFINITY)
  }

  private stored(id: number): Before | null {
    const message = this.message.get(id) as (number | null)[] | undefined
    return message === undefined ? null : {message, recipients: this.recipients.all(id) as unknown as Recipient[]}
  }

  /** UTC milliseconds from which facts are others than before the batch; null where none is. Begins the next batch. */
  take(): number | null {
    for (const [id, before] of this.before) if (before !== null) this.compare(id, before)
    this.before.clear()
    const {since} = this
    this.since = Number.POSITIVE_INFINITY
    return Number.isFinite(since) ? since : null
  }

  private compare(id: number, before: Before): void {
    const now = this.stored(id)
    if (!tells(before) && (now === null || !tells(now))) return
    const alike =
      now !== null &&
      before.message.every((value, i) => value === now.message[i]) &&
      before.recipients.length === now.recipients.length &&
      before.recipients.every((one, i) => one[0] === now.recipients[i]?.[0] && one[1] === now.recipients[i]?.[1])
    if (!alike) {
      this.from(before.message[0] ?? 0)
      if (now !== null) this.from(now.message[0] ?? 0)
      this.halves(id, 0)
      return
    }
    for (const [i, one] of before.recipients.entries()) {
      const other = now.recipients[i]
      if (other === undefined) continue
      const [old, told] = [outcomeAt(before, one), outcomeAt(now, other)]
      if (old === null && told === null) continue
      if (old !== null && told !== null && old.at === told.at && old.ending === told.ending) continue
      if (old !== null) this.from(old.at)
      if (told !== null) this.from(told.at)
    }
  }

  /** How a message ended behind a content filter is told of the message that the filter was given. */
  private halves(id: number, depth: number): void {
    if (depth === MOST_FILTERS) return
    for (const half of this.following.all(id) as number[]) {
      this.from((this.before.get(half) ?? this.stored(half))?.message[0] ?? Number.POSITIVE_INFINITY)
      this.from(this.stored(half)?.message[0] ?? Number.POSITIVE_INFINITY)
      this.halves(half, depth + 1)
    }
  }

  private from(at: number): void {
    if (at < this.since) this.since = at
  }
}

const MOST_FILTERS = 8
/** Place of the forwarder among the writer's columns. */
const FORWARDER = 16

/** Mail from inside, or the second half of a content filter's pass. */
const tells = ({message}: Before): boolean => message[12] !== 0 || message[11] !== null

function outcomeAt(of: Before, [, , outcome, refusal, endedAt]: Recipient): {at: number; ending: object} | null {
  const ending = toldOf(outcome, refusal)
  if (ending === null || endedAt === null) return null
  return {at: Math.max(endedAt, of.message[0] ?? 0), ending}
}
