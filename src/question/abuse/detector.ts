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
import {FIRST_PRIOR, type Prior, priorOf} from './baseline.js'
import {type FixedLimit, FixedLimits} from './fixed-limits.js'
import {type Judgement, judge} from './score.js'
import {isMovedScript} from './script-path.js'
import {Holder, Sender, WAITING_DAYS} from './sender.js'
import {LENIENCY_FALSE, LENIENCY_TRUE, MOST_LENIENCY, thresholdFor} from './threshold.js'
import {COUNT} from './windows.js'

const DAY = 86_400_000

export interface AbuseOptions {
  /** False alerts that the operator accepts per server and week. */
  readonly budget: number
  readonly allow: readonly AllowRule[]
  /** Limits as panels know them, beside the score. */
  readonly fixedLimits: readonly FixedLimit[]
  /** Rows of earlier days, any order; only those before the first fact count. */
  readonly baseline: Iterable<DailyMaximum>
}

/** One server's world. */
interface Site {
  readonly name: string
  readonly bornAt: number
  readonly senders: Map<string, Sender>
  readonly holders: Map<string, Holder>
  readonly scriptsOf: Map<string, Sender[]>
  day: number
  priors: Record<'script' | 'login' | 'account', Prior>
  /** Times of alerts that the operator called false. */
  calledFalse: number[]
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

  constructor(options: AbuseOptions) {
    this.#budget = options.budget
    this.#threshold = thresholdFor(options.budget)
    this.#allow = options.allow
    this.#limits = new FixedLimits(options.fixedLimits)
  }

  /** Takes in the next fact (not older than the one before, else it counts as of that one's time) and says what it gives rise to. */
  feed(fact: AbuseFact): readonly Alert[] {
    if (fact.type === 'acknowledged') return this.#acknowledge(fact)
    const sender = this.#known.get(fact.origin) ?? this.#find(fact)
    if (sender === null) return NONE
    const site = this.#sites.get(fact.origin.server)
    if (site === undefined) return NONE
    const day = Math.floor(fact.at / DAY)
    if (day > site.day) this.#endDay(site, day)
    return fact.type === 'send' ? this.#send(site, sender, fact) : this.#outcome(site, sender, fact)
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
    if (judgement.score > sender.best.score) sender.best = {score: judgement.score, reasons: judgement.reasons}
    const threshold = this.#threshold + sender.leniency + this.#caution(site, at)
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
    sender.incident = {
      firstAlertAt: at,
      hotAt: at,
      messages: alert.messages,
      recipients: alert.recipients,
      failed: alert.failed,
      escalateAt: alert.recipients * 10,
      alert,
    }
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
    const sender = site?.senders.get(keyOf(fact.subject.kind, fact.subject.name, false))
    if (site === undefined || sender === undefined) return NONE
    if (fact.abusive) {
      sender.leniency = Math.max(LENIENCY_TRUE, sender.leniency + LENIENCY_TRUE)
      return NONE
    }
    sender.leniency = Math.min(MOST_LENIENCY, sender.leniency + LENIENCY_FALSE)
    site.calledFalse.push(fact.at)
    sender.closeIncident()
    sender.incidentToday = false
    return NONE
  }

  /** Finds or makes the state behind an origin. */
  #find(fact: SendFact | OutcomeFact): Sender | null {
    const {origin} = fact
    const subject = subjectOf(origin, fact.type === 'send' ? fact.senderDomain : '')
    if (subject === null) return null
    let site = this.#sites.get(origin.server)
    if (site === undefined) {
      if (fact.type === 'outcome') return null
      site = newSite(origin.server, fact.at)
      this.#sites.set(origin.server, site)
    }
    const key = keyOf(subject.kind, subject.name, origin.cron)
    let sender = site.senders.get(key)
    if (sender === undefined) {
      if (fact.type === 'outcome') return null
      sender = newSender(site, subject, origin, fact.at)
      site.senders.set(key, sender)
    }
    for (const domain of origin.ownDomains) sender.holder.domains.add(domain)
    if (subject.kind !== 'domain') this.#known.set(origin, sender)
    return sender
  }

  #endDay(site: Site, day: number): void {
    for (const sender of site.senders.values()) {
      sender.learnUntil(day - 1 - WAITING_DAYS)
      if (sender.today.recipients === 0 && sender.today.resolved === 0) continue
      if (sender.incident && day * DAY - sender.incident.hotAt > DAY) sender.closeIncident()
      this.#maxima.push({
        subject: sender.subject,
        account: sender.account,
        day: site.day,
        recipients: [...sender.recipientsMaxima],
        strangers: [...sender.strangersMaxima],
        incident: sender.incidentToday,
      })
      this.#rankToday(site, sender)
      sender.endDay(site.day)
    }
    this.#trimRanks(site.day)
    site.day = day
    const of = (kind: string) =>
      [...site.senders.values()].filter((s) => s.subject.kind === kind).map((s) => s.baseline)
    site.priors = {script: priorOf(of('script')), login: priorOf(of('login')), account: priorOf(of('account'))}
  }

  #rankToday(site: Site, sender: Sender): void {
    const today = sender.today
    const list = this.#ranks.get(site.day) ?? []
    this.#ranks.set(site.day, list)
    list.push({
      subject: sender.subject,
      account: sender.account,
      day: site.day,
      score: sender.best.score,
      messages: today.messages,
      recipients: today.recipients,
      strangers: today.strangers,
      failed: sender.failedToday,
      reasons: sender.best.reasons,
    })
  }

  #trimRanks(day: number): void {
    const list = this.#ranks.get(day)
    if (list) this.#ranks.set(day, list.sort(byScore).slice(0, MOST_RANKS))
    for (const old of this.#ranks.keys()) if (old < day - RANK_DAYS) this.#ranks.delete(old)
  }

  /** The senders of a finished day (UTC days since 1970-01-01), highest score first, without any threshold. */
  rank(day: number): readonly Rank[] {
    return this.#ranks.get(day) ?? []
  }

  /** The finished days' maxima since the last call, for the store to keep. */
  takeDailyMaxima(): DailyMaximum[] {
    return this.#maxima.splice(0)
  }
}

const NONE: readonly Alert[] = []
const MOST_RANKS = 200
const RANK_DAYS = 62

const byScore = (a: Rank, b: Rank): number => b.score - a.score || b.recipients - a.recipients

const keyOf = (kind: string, name: string, cron: boolean): string => `${cron ? 'cron' : kind}\n${name}`

function newSite(name: string, at: number): Site {
  return {
    name,
    bornAt: at,
    senders: new Map(),
    holders: new Map(),
    scriptsOf: new Map(),
    day: Math.floor(at / DAY),
    priors: {script: FIRST_PRIOR, login: FIRST_PRIOR, account: FIRST_PRIOR},
    calledFalse: [],
  }
}

/** The most telling name that the log gives: forwarder, script, its directory, login, account, sender domain. */
export function subjectOf(origin: SendOrigin, senderDomain: string): AbuseSubject | null {
  const {server, account} = origin
  if (origin.forwarder !== null) return {kind: 'forwarder', server, name: origin.forwarder}
  if (origin.cron && account !== null) return {kind: 'account', server, name: account}
  if (origin.script !== null) {
    const whole = origin.script.startsWith('/') || account === null
    return {kind: 'script', server, name: whole ? origin.script : `${account}:${origin.script}`}
  }
  if (origin.scriptDirectory !== null) return {kind: 'script', server, name: `${origin.scriptDirectory}/`}
  if (origin.login !== null) return {kind: 'login', server, name: origin.login}
  if (account !== null) return {kind: 'account', server, name: account}
  return senderDomain === '' ? null : {kind: 'domain', server, name: senderDomain}
}

function newSender(site: Site, subject: AbuseSubject, origin: SendOrigin, at: number): Sender {
  const holderName = origin.account ?? origin.login?.slice(origin.login.lastIndexOf('@') + 1) ?? subject.name
  let holder = site.holders.get(holderName)
  if (holder === undefined) {
    holder = new Holder(holderName, at)
    site.holders.set(holderName, holder)
  }
  const sender = new Sender(subject, holder, origin.account, at, origin.cron)
  if (subject.kind !== 'script') return sender
  const siblings = site.scriptsOf.get(holderName) ?? []
  const before = siblings.find((s) => isMovedScript(s.subject.name, subject.name))
  if (before) sender.inherit(before)
  else holder.scriptsBorn.push(at)
  siblings.push(sender)
  site.scriptsOf.set(holderName, siblings)
  return sender
}
