/**
 * A judgement while it goes on: the detector, the limits beside it and the operator's words, told facts in the order of time. It can be
 * written down at any time between two facts, and goes on from there as if it had never stopped.
 */

import type {AbuseFact, AcknowledgedFact, DailyMaximum} from '../mail/send-fact.js'
import type {Alert, Rank} from './abuse/alert.js'
import {AbuseDetector, type AbuseOptions} from './abuse/detector.js'
import type {FixedLimit} from './abuse/fixed-limits.js'
import type {KeptDetector} from './abuse/kept-detector.js'
import type {StoredPast} from './abuse/past.js'
import {alertId} from './alert-id.js'
import {DomainLimit, type KeptDomains} from './alerts-domain-limit.js'

/** What a judgement rests on beside the facts: another setting gives other alerts. */
export interface JudgingSettings {
  readonly budget: number
  readonly limits: readonly FixedLimit[]
  /** Recipients an hour per sender domain; null: no such limit. */
  readonly domainPerHour: number | null
}

/** A judgement as it is written down: text, and the recipients' fingerprints beside it. */
export interface WrittenJudging {
  readonly text: string
  readonly memory: Uint32Array
}

interface Kept {
  readonly detector: Omit<KeptDetector, 'memory'>
  readonly domains: KeptDomains | null
  readonly limited: readonly Alert[]
  readonly escalated: readonly (readonly [string, number])[]
  /** Names of the operator's words that were heard. */
  readonly heard: readonly string[]
  readonly lastAt: number | null
}

const nameOf = ({subject, firstAlertAt, at, abusive}: AcknowledgedFact): string =>
  `${alertId(subject, firstAlertAt)} ${at} ${abusive}`

export class Judging {
  readonly #detector: AbuseDetector
  readonly #domains: DomainLimit | null
  readonly #limited: Alert[] = []
  /** When an alert was raised again last, UTC milliseconds. */
  readonly #escalated = new Map<string, number>()
  #words: readonly AcknowledgedFact[] = []
  #word = 0
  readonly #heard = new Set<string>()
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(settings: JudgingSettings, baseline: StoredPast, written: WrittenJudging | null = null) {
    const options: AbuseOptions = {budget: settings.budget, allow: [], fixedLimits: settings.limits, baseline}
    this.#domains = settings.domainPerHour === null ? null : new DomainLimit(settings.domainPerHour)
    if (written === null) {
      this.#detector = new AbuseDetector(options)
      return
    }
    const kept = JSON.parse(written.text) as Kept
    this.#detector = AbuseDetector.from(options, {...kept.detector, memory: written.memory})
    if (kept.domains !== null) this.#domains?.restore(kept.domains)
    this.#limited.push(...kept.limited)
    for (const [id, at] of kept.escalated) this.#escalated.set(id, at)
    this.#lastAt = kept.lastAt ?? Number.NEGATIVE_INFINITY
    for (const word of kept.heard) this.#heard.add(word)
  }

  write(): WrittenJudging {
    const {memory, ...detector} = this.#detector.keep()
    const kept: Kept = {
      detector,
      domains: this.#domains?.keep() ?? null,
      limited: this.#limited,
      escalated: [...this.#escalated],
      heard: [...this.#heard],
      lastAt: Number.isFinite(this.#lastAt) ? this.#lastAt : null,
    }
    return {text: JSON.stringify(kept), memory}
  }

  /** UTC milliseconds of the newest fact; -Infinity before the first. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** The operator's words, in any order: each works from its time on, once. */
  hear(words: readonly AcknowledgedFact[]): void {
    this.#words = words.filter((word) => !this.#heard.has(nameOf(word))).sort((a, b) => a.at - b.at)
    this.#word = 0
  }

  #tell(word: AcknowledgedFact): void {
    this.#heard.add(nameOf(word))
    this.#detector.feed(word)
  }

  /** Takes in the next fact and says what it gives rise to. */
  feed(fact: AbuseFact): readonly Alert[] {
    for (let next = this.#words[this.#word]; next !== undefined && next.at <= fact.at; next = this.#words[++this.#word])
      this.#tell(next)
    if (fact.at > this.#lastAt) this.#lastAt = fact.at
    const alerts = this.#detector.feed(fact)
    for (const alert of alerts) {
      if (alert.reasons.some((reason) => reason.code === 'fixed-limit')) this.#limited.push(alert)
      else if (alert.state === 'escalated') this.#escalated.set(alertId(alert.subject, alert.firstAlertAt), fact.at)
    }
    if (this.#domains === null || fact.type !== 'send') return alerts
    const passed = this.#domains.send(fact)
    if (passed.length === 0) return alerts
    this.#limited.push(...passed)
    return [...alerts, ...passed]
  }

  /** All incidents so far, oldest first, with their totals up to now. */
  incidents(): readonly Alert[] {
    return this.#detector.incidents()
  }

  /** Every passing of a fixed limit so far. */
  get limited(): readonly Alert[] {
    return this.#limited
  }

  /** When an alert was raised again last; null: never. */
  escalatedAt(id: string): number | null {
    return this.#escalated.get(id) ?? null
  }

  /** The senders of a UTC day by score, as far as the day is judged. */
  rank(day: number): readonly Rank[] {
    return this.#detector.rank(day)
  }

  takeDailyMaxima(): DailyMaximum[] {
    return this.#detector.takeDailyMaxima()
  }
}
