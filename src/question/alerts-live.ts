/** The alerts of `abuse` as they come up while the log is being written: the same detector on the same facts, told in time order, each fact once. */

import type {AbuseFact} from '../mail/send-fact.js'
import type {Alert} from './abuse/alert.js'
import {alertId} from './alert-id.js'
import {type AbuseQuestion, type AbuseRecords, beginning, excuseOf, type Incident} from './alerts.js'
import {Judging} from './judging.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Outcomes that come later than this after their message are looked for once an hour only. */
const SOON = 2 * HOUR
/** No message stays in a queue longer. */
const LATEST = 6 * DAY

export type LiveQuestion = Omit<AbuseQuestion, 'from' | 'to' | 'mode'>

const isLate = (fact: AbuseFact, sent: ReadonlyMap<number, number>): boolean =>
  fact.type === 'outcome' && fact.at - (sent.get(fact.messageKey) ?? fact.at) > SOON

export class LiveAlerts {
  readonly #judging: Judging
  #heardAt = Number.NEGATIVE_INFINITY
  /** When a subject last had an alert, UTC milliseconds. */
  readonly #raised = new Map<string, number>()
  /** Facts before these times (UTC milliseconds) were told: those of new messages, and late outcomes. */
  #until: number
  #lateUntil: number

  /**
   * Learns everything that was logged before `from` (UTC milliseconds), from where an earlier judgement stood if there is one; alerts are given
   * from there on.
   */
  constructor(
    private readonly records: AbuseRecords,
    private readonly question: LiveQuestion,
    from: number,
  ) {
    const {at: begin, stays} = beginning(records, {from}, records.span()?.first ?? from)
    const written = stays ? records.written(question, begin, from) : null
    this.#judging = new Judging(question, records.past(Math.floor(begin / DAY)), written)
    this.#until = from
    this.#lateUntil = from
    for (const fact of records.facts(written?.at ?? begin, from, begin)) if (fact.at < from) this.#feed(fact)
  }

  /** Facts before this time were told. */
  get until(): number {
    return this.#until
  }

  /** Judges what was logged up to `to` (UTC milliseconds, not included); the alerts that it gave rise to, oldest first. */
  take(to: number): Incident[] {
    if (to <= this.#until) return []
    const facts = to - this.#lateUntil >= HOUR ? this.#all(to) : this.#soon(to)
    const found: Incident[] = []
    for (const fact of facts) found.push(...this.#alerts(fact))
    this.#until = to
    return found
  }

  /** Messages since the last look, and outcomes that came soon after their message. */
  *#soon(to: number): Generator<AbuseFact> {
    const sent = new Map<number, number>()
    for (const fact of this.records.facts(this.#until - SOON, to)) {
      if (fact.type === 'send') sent.set(fact.messageKey, fact.at)
      if (fact.at >= this.#until && fact.at < to && !isLate(fact, sent)) yield fact
    }
  }

  /** Everything since the last look, in time order, and before it the late outcomes since the last hourly look. */
  *#all(to: number): Generator<AbuseFact> {
    const sent = new Map<number, number>()
    for (const fact of this.records.facts(this.#lateUntil - LATEST, to)) {
      if (fact.type === 'send') sent.set(fact.messageKey, fact.at)
      if (fact.at < this.#lateUntil || fact.at >= to) continue
      if (fact.at >= this.#until || isLate(fact, sent)) yield fact
    }
    this.#lateUntil = to
  }

  #alerts(fact: AbuseFact): Incident[] {
    return this.#feed(fact).flatMap((alert) => {
      const {subject, state, firstAlertAt, reasons} = alert
      const {servers, excuses} = this.question
      const key = `${subject.server}\n${subject.kind}\n${subject.name}`
      const before = this.#raised.get(key) ?? Number.NEGATIVE_INFINITY
      this.#raised.set(key, fact.at)
      if (state !== 'opened' || (servers.length > 0 && !servers.includes(subject.server))) return []
      // A fixed limit that is passed during an incident is a further reason of it, no alert of its own.
      if (reasons.some(({code}) => code === 'fixed-limit') && fact.at - before <= DAY) return []
      if (excuseOf(excuses, subject, firstAlertAt) !== null) return []
      return [{...alert, id: alertId(subject, firstAlertAt), acknowledged: null}]
    })
  }

  /** What the operator has said is asked again once a minute of log time. */
  #feed(fact: AbuseFact): readonly Alert[] {
    if (fact.type === 'send' && fact.at - this.#heardAt >= 60_000) {
      this.#heardAt = fact.at
      this.#judging.hear(this.records.acknowledged())
    }
    return this.#judging.feed(fact)
  }
}
