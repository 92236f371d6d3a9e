/** The alerts of `abuse` as they come up while the log is being written: the same detector on the same facts, told in time order, each fact once. */

import type {AbuseFact} from '../mail/send-fact.js'
import type {Alert} from './abuse/alert.js'
import {AbuseDetector} from './abuse/detector.js'
import {type AbuseQuestion, type AbuseRecords, alertId, beginning, excuseOf, type Incident} from './alerts.js'
import {DomainLimit} from './alerts-domain-limit.js'

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
  readonly #detector: AbuseDetector
  readonly #domains: DomainLimit | null
  #words: ReturnType<AbuseRecords['acknowledged']> = []
  #heardAt = Number.NEGATIVE_INFINITY
  readonly #heard = new Set<string>()
  /** When a subject last had an alert, UTC milliseconds. */
  readonly #raised = new Map<string, number>()
  /** Facts before these times (UTC milliseconds) were told: those of new messages, and late outcomes. */
  #until: number
  #lateUntil: number

  /** Learns everything that was logged before `from` (UTC milliseconds); alerts are given from there on. Takes seconds on a busy server. */
  constructor(
    private readonly records: AbuseRecords,
    private readonly question: LiveQuestion,
    from: number,
  ) {
    const readFrom = beginning(records, {from}, records.span()?.first ?? from)
    this.#detector = new AbuseDetector({
      budget: question.budget,
      allow: [],
      fixedLimits: question.limits,
      baseline: records.dailyMaxima(Math.floor(readFrom / DAY)),
    })
    this.#domains = question.domainPerHour === null ? null : new DomainLimit(question.domainPerHour)
    this.#until = from
    this.#lateUntil = from
    for (const fact of records.facts(readFrom, from)) if (fact.at < from) this.#feed(fact)
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

  #feed(fact: AbuseFact): readonly Alert[] {
    if (fact.type === 'send') this.#hear(fact.at)
    const limited = this.#domains !== null && fact.type === 'send' ? this.#domains.send(fact) : []
    const alerts = this.#detector.feed(fact)
    return limited.length === 0 ? alerts : [...alerts, ...limited]
  }

  /** What the operator has said of alerts up to now. Asked again once a minute of log time. */
  #hear(at: number): void {
    if (at - this.#heardAt >= 60_000) {
      this.#heardAt = at
      this.#words = [...this.records.acknowledged()].sort((a, b) => a.at - b.at)
    }
    for (const word of this.#words) {
      if (word.at > at) return
      const key = `${alertId(word.subject, word.firstAlertAt)} ${word.at} ${word.abusive}`
      if (this.#heard.has(key)) continue
      this.#heard.add(key)
      this.#detector.feed(word)
    }
  }
}
