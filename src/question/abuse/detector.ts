/** Who sends abnormally, asked of facts in time order: each answer rests only on what was told before it. */

import type {
  AbuseFact,
  AbuseSubject,
  AcknowledgedFact,
  DailyMaximum,
  OutcomeFact,
  SendFact,
  SendOrigin,
} from '../../mail/send-fact.js'
import {type Alert, type AllowRule, excusedBy, type Rank} from './alert.js'
import {priorOf} from './baseline.js'
import {type FixedLimit, FixedLimits} from './fixed-limits.js'
import {type KeptDetector, keptSites, sitesFrom} from './kept-detector.js'
import {Past, type StoredPast} from './past.js'
import {isHigher, type Judgement, judge} from './score.js'
import {type Incident, type Sender, WAITING_DAYS} from './sender.js'
import {byScore, forget, keyOf, newSender, newSite, rankOf, type Site, subjectOf} from './site.js'
import {LENIENCY_FALSE, LENIENCY_TRUE, MOST_LENIENCY, thresholdFor, whileNew} from './threshold.js'
import {COUNT} from './windows.js'

const DAY = 86_400_000

export interface AbuseOptions {
  /** False alerts that the operator accepts per server and week. */
  readonly budget: number
  readonly allow: readonly AllowRule[]
  /** Limits as panels know them, beside the score. */
  readonly fixedLimits: readonly FixedLimit[]
  /**
   * Rows of earlier days, any order; those of a server's first fact's day and later are not used. They hold no recipients, so every
   * recipient is a stranger at first: begin the facts some weeks (better: all that are kept) before the span of interest.
   */
  readonly baseline: StoredPast
  /** Facts before this time (UTC milliseconds) teach, but raise nothing. Default: none. */
  readonly quietUntil?: number
}

export class AbuseDetector {
  readonly #threshold: number
  readonly #allow: readonly AllowRule[]
  readonly #limits: FixedLimits
  readonly #sites = new Map<string, Site>()
  readonly #known = new Map<SendOrigin, Sender>()
  readonly #maxima: DailyMaximum[] = []
  readonly #ranks = new Map<number, Rank[]>()
  readonly #budget: number
  readonly #quietUntil: number
  readonly #past: Past
  readonly #incidents: {subject: AbuseSubject; incident: Incident}[] = []

  constructor(options: AbuseOptions) {
    this.#budget = options.budget
    this.#threshold = thresholdFor(options.budget)
    this.#allow = options.allow
    this.#limits = new FixedLimits(options.fixedLimits)
    this.#quietUntil = options.quietUntil ?? Number.NEGATIVE_INFINITY
    this.#past = new Past(options.baseline)
  }

  /** Everything that a detector with the same options needs to go on from here; ranks of the last days only. */
  keep(): KeptDetector {
    const {incidents, sites, memory} = keptSites(this.#sites, this.#past, this.#incidents)
    const days = [...this.#sites.values()].map((site) => site.day)
    const since = Math.max(...days, Number.NEGATIVE_INFINITY) - KEPT_RANK_DAYS + 1
    return {
      sites,
      incidents,
      limits: this.#limits.keep(),
      ranks: [...this.#ranks].filter(([day]) => day >= since),
      memory,
    }
  }

  /** Goes on where `kept` stood. The options must be those of the detector that it is from. */
  static from(options: AbuseOptions, kept: KeptDetector): AbuseDetector {
    const detector = new AbuseDetector(options)
    detector.#limits.restore(kept.limits)
    detector.#incidents.push(...kept.incidents)
    for (const [day, ranks] of kept.ranks) detector.#ranks.set(day, [...ranks])
    for (const site of sitesFrom(kept, detector.#past)) detector.#sites.set(site.name, site)
    return detector
  }

  /** Takes in the next fact (not older than the one before, else it counts as of that one's time) and says what it gives rise to. */
  feed(fact: AbuseFact): readonly Alert[] {
    if (fact.type === 'acknowledged') return this.#acknowledge(fact)
    const before = this.#sites.get(fact.origin.server)
    const day = Math.floor(fact.at / DAY)
    if (before !== undefined && day > before.day) this.#endDay(before, day)
    const sender = this.#known.get(fact.origin) ?? this.#find(fact)
    const site = before ?? this.#sites.get(fact.origin.server)
    if (sender === null || site === undefined) return NONE
    const alerts = fact.type === 'send' ? this.#send(site, sender, fact) : this.#outcome(site, sender, fact)
    return fact.at < this.#quietUntil ? NONE : alerts
  }

  #send(site: Site, sender: Sender, fact: SendFact): readonly Alert[] {
    const open = sender.incident
    if (open && fact.at - open.hotAt > DAY) sender.closeIncident()
    const strangers = sender.send(fact)
    if (sender.subject.kind === 'forwarder') return NONE
    const alerts = strangers > 0 ? this.#judge(site, sender, fact.at) : NONE
    const limited = this.#limits.send(sender, fact)
    if (limited.length === 0) return alerts
    return [...alerts, ...limited.filter((one) => excusedBy(this.#allow, one.subject, fact.at) === null)]
  }

  #outcome(site: Site, sender: Sender, fact: OutcomeFact): readonly Alert[] {
    if (fact.local && fact.kind === 'delivered') return NONE
    sender.outcome(fact)
    if (fact.kind === 'delivered' || fact.kind === 'deferred' || sender.subject.kind === 'forwarder') return NONE
    return this.#judge(site, sender, fact.at)
  }

  #judge(site: Site, sender: Sender, at: number): readonly Alert[] {
    const prior =
      site.priors[sender.subject.kind === 'login' ? 'login' : sender.subject.kind === 'script' ? 'script' : 'account']
    const judgement = judge(sender, {at, prior, serverBornAt: site.bornAt})
    if (judgement === null) return NONE
    if (isHigher(judgement.score, sender.best.score)) sender.best = {score: judgement.score, reasons: judgement.reasons}
    const threshold = this.#threshold + whileNew(at - site.bornAt) + sender.leniency + this.#caution(site, at)
    if (judgement.score < threshold) return NONE
    sender.incidentToday = true
    const incident = sender.incident
    if (incident) {
      incident.hotAt = at
      if (incident.recipients < incident.escalateAt) return NONE
      incident.escalateAt = incident.recipients * 10
      incident.alert = {
        ...this.#alert(sender, judgement, at, threshold),
        state: 'escalated',
        from: incident.alert.from,
        firstAlertAt: incident.firstAlertAt,
        messages: incident.messages,
        recipients: incident.recipients,
        failed: incident.failed,
      }
      return excusedBy(this.#allow, sender.subject, at) === null ? [incident.alert] : NONE
    }
    const alert = this.#alert(sender, judgement, at, threshold)
    const opened: Incident = {
      lastAt: at,
      firstAlertAt: at,
      hotAt: at,
      messages: alert.messages,
      recipients: alert.recipients,
      failed: alert.failed,
      escalateAt: alert.recipients * 10,
      alert,
    }
    sender.incident = opened
    if (excusedBy(this.#allow, sender.subject, at) === null) this.#keep(sender.subject, opened)
    return excusedBy(this.#allow, sender.subject, at) === null ? [alert] : NONE
  }

  #alert(sender: Sender, {score, window, reasons}: Judgement, at: number, threshold: number): Alert {
    const volume = reasons.find((r) => r.code === 'volume')
    const span = Number(volume?.values['window'] ?? DAY)
    const expected = Number(volume?.values['expected'] ?? 0)
    const counts = sender.counts
    const recipients = counts.sum(window, COUNT.recipients)
    return {
      subject: sender.subject,
      account: sender.account,
      state: 'opened',
      from: Math.max(sender.bornAt, at - span),
      to: at,
      firstAlertAt: at,
      messages: counts.sum(window, COUNT.messages),
      recipients,
      failed: counts.sum(window, COUNT.unknownUser) + counts.sum(window, COUNT.policy),
      expected,
      ratio: recipients / Math.max(1, expected),
      score,
      threshold,
      reasons,
      messageKeys: sender.newestKeys(),
    }
  }

  /** More false alarms than the budget in the last four weeks raise this server's threshold. */
  #caution(site: Site, at: number): number {
    let n = 0
    for (const t of site.calledFalse) if (at - t < 28 * DAY) n++
    const over = n / 4 - this.#budget
    return over > 0 ? Math.min(2, Math.log10(1 + over / this.#budget) * 1.6) : 0
  }

  #acknowledge(fact: AcknowledgedFact): readonly Alert[] {
    const site = this.#sites.get(fact.subject.server)
    if (site === undefined) return NONE
    const key = keyOf(fact.subject.kind, fact.subject.name, false)
    const step = fact.abusive ? LENIENCY_TRUE : LENIENCY_FALSE
    const leniency = Math.min(MOST_LENIENCY, Math.max(LENIENCY_TRUE, (site.leniency.get(key) ?? 0) + step))
    site.leniency.set(key, leniency)
    const sender = site.senders.get(key)
    if (sender) sender.leniency = leniency
    if (fact.abusive) return NONE
    site.calledFalse.push(fact.at)
    sender?.forgive()
    return NONE
  }

  #keep(subject: AbuseSubject, incident: Incident): void {
    this.#incidents.push({subject, incident})
    if (this.#incidents.length > MOST_INCIDENTS) this.#incidents.shift()
  }

  /** All incidents so far that nobody excused, oldest first, with their totals up to now. */
  incidents(): Alert[] {
    return this.#incidents
      .filter(({incident}) => incident.firstAlertAt >= this.#quietUntil)
      .map(({incident: {alert, firstAlertAt, lastAt, messages, recipients, failed}}) => ({
        ...alert,
        firstAlertAt,
        to: lastAt,
        messages,
        recipients,
        failed,
        ratio: recipients / Math.max(1, alert.expected),
      }))
  }

  /** Finds or makes the state behind an origin. */
  #find(fact: SendFact | OutcomeFact): Sender | null {
    const {origin} = fact
    const subject = subjectOf(origin, fact.type === 'send' ? fact.senderDomain : '')
    if (subject === null) return null
    let site = this.#sites.get(origin.server)
    if (site === undefined) {
      if (fact.type === 'outcome') return null
      site = this.#past.open(newSite(origin.server, fact.at))
      this.#sites.set(origin.server, site)
    }
    const key = keyOf(subject.kind, subject.name, origin.cron)
    let sender = site.senders.get(key)
    if (sender === undefined) {
      if (fact.type === 'outcome') return null
      sender = newSender(site, subject, origin, fact.at, this.#past)
      sender.leniency = site.leniency.get(key) ?? 0
      site.senders.set(key, sender)
    }
    for (const domain of origin.ownDomains) sender.holder.domains.add(domain)
    if (this.#known.size > MOST_ORIGINS) this.#known.clear()
    if (subject.kind !== 'domain') this.#known.set(origin, sender)
    return sender
  }

  #endDay(site: Site, day: number): void {
    for (const [key, sender] of site.senders) {
      const idle = day - Math.floor(sender.lastAt / DAY)
      if (idle > FORGET_DAYS) {
        forget(site, key, sender)
        this.#known.clear()
      }
      if (idle === REST_DAYS) sender.rest()
      sender.learnUntil(day - 1 - WAITING_DAYS)
      if (sender.today.recipients === 0 && sender.today.resolved === 0) continue
      if (sender.incident && day * DAY - sender.incident.hotAt > DAY) sender.closeIncident()
      if (!sender.cron)
        this.#maxima.push({
          subject: sender.subject,
          account: sender.account,
          day: site.day,
          recipients: [...sender.recipientsMaxima],
          strangers: [...sender.strangersMaxima],
          incident: sender.incidentToday,
        })
      const list = this.#ranks.get(site.day) ?? []
      this.#ranks.set(site.day, list)
      list.push(rankOf(site, sender))
      sender.endDay(site.day)
    }
    this.#trimRanks(site.day)
    site.day = day
    const of = (kind: string) =>
      [...site.senders.values()].filter((s) => s.subject.kind === kind).map((s) => s.baseline)
    site.priors = {script: priorOf(of('script')), login: priorOf(of('login')), account: priorOf(of('account'))}
  }

  #trimRanks(day: number): void {
    const list = this.#ranks.get(day)
    if (list) this.#ranks.set(day, list.sort(byScore).slice(0, MOST_RANKS))
    for (const old of this.#ranks.keys()) if (old < day - RANK_DAYS) this.#ranks.delete(old)
  }

  /** The senders of a day (UTC days since 1970-01-01), highest score first, without any threshold; the running day as of now. */
  rank(day: number): readonly Rank[] {
    const running: Rank[] = []
    for (const site of this.#sites.values()) {
      if (site.day !== day) continue
      for (const sender of site.senders.values()) if (sender.today.recipients > 0) running.push(rankOf(site, sender))
    }
    return [...(this.#ranks.get(day) ?? []), ...running].sort(byScore).slice(0, MOST_RANKS)
  }

  /** The finished days' maxima since the last call, for the store to keep. */
  takeDailyMaxima(): DailyMaximum[] {
    return this.#maxima.splice(0)
  }
}

/** Days whose ranks a kept state holds, its own among them. */
export const KEPT_RANK_DAYS = 3

const NONE: readonly Alert[] = []
const MOST_INCIDENTS = 10_000
const FORGET_DAYS = 400
const REST_DAYS = 4
const MOST_ORIGINS = 200_000
const MOST_RANKS = 200
const RANK_DAYS = 62
