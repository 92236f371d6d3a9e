/** What the detector remembers about one sender and about the account behind it. */

import {ABUSE_WINDOWS, type AbuseSubject, type OutcomeFact, type SendFact} from '../../mail/send-fact.js'
import type {Alert, Reason} from './alert.js'
import {Baseline, type KeptBaseline} from './baseline.js'
import {type Habit, type Holder, noHabit, noHours} from './holder.js'
import {isListSoftware, isMailLibrary, isRiskyPath} from './script-path.js'
import {COUNT, type KeptCounts, perWindow, SlidingCounts} from './windows.js'

const DAY = 86_400_000
const HOUR = 3_600_000
const MOST_CLIENTS = 256
const MOST_SENDERS = 64
const MOST_VISITORS = 64
const EVIDENCE = 12
/** Days that a day waits before it counts as past. */
export const WAITING_DAYS = 3

/** An open incident: from its first alert until a day passes without a score above the threshold. */
export interface Incident {
  lastAt: number
  readonly firstAlertAt: number
  hotAt: number
  messages: number
  recipients: number
  failed: number
  escalateAt: number
  alert: Alert
}

/** The best score of the current day and what it rested on. */
export interface DayBest {
  readonly score: number
  reasons: readonly Reason[]
}

const NOTHING_YET: DayBest = {score: 0, reasons: []}

/** Plain values of a sender that are kept as they are. */
const PLAIN = [
  'failedToday',
  'best',
  'incidentToday',
  'evaluated',
  'inherited',
  'lastAt',
  'lastFailedAt',
  'leniency',
  'habit',
  'today',
] as const

/** A sender as it is kept; who holds it and which incident is open stand beside it. */
export interface KeptSender extends Pick<Sender, (typeof PLAIN)[number]> {
  readonly subject: AbuseSubject
  readonly account: string | null
  readonly bornAt: number
  readonly cron: boolean
  readonly counts: KeptCounts | null
  readonly baseline: KeptBaseline
  readonly strangersMaxima: readonly number[]
  readonly recipientsMaxima: readonly number[]
  readonly incidentMaxima: readonly number[]
  readonly hours: readonly number[]
  readonly clients: readonly (readonly [number, number])[]
  readonly senders: readonly number[]
  readonly visitors: readonly number[]
  readonly visitorsSince: number
  readonly messageKeys: readonly number[]
  readonly waiting: readonly {readonly day: number; readonly strangers: readonly number[]; readonly habit: Habit}[]
}

export class Sender {
  counts = new SlidingCounts()
  readonly baseline = new Baseline()
  readonly risky: boolean
  readonly listSoftware: boolean
  /** The name is a mail library's, shared by whatever the account runs. */
  readonly library: boolean
  habit: Habit = noHabit()
  /** Today's totals; they join the habit when the day ends outside an incident. */
  today: Habit = noHabit()
  failedToday = 0
  strangersMaxima = perWindow()
  recipientsMaxima = perWindow()
  hours: number[] = noHours()
  /** Made with the first of them: most senders never have one. */
  #clients: Map<number, number> | null = null
  #senders: Set<number> | null = null
  #visitors: Set<number> | null = null
  #visitorsSince = 0
  readonly messageKeys: number[] = []
  readonly #waiting: {day: number; strangers: readonly number[]; habit: Habit}[] = []
  #incidentMaxima = perWindow()
  best = NOTHING_YET
  incident: Incident | null = null
  incidentToday = false
  evaluated = false
  inherited = false
  lastAt = 0
  lastFailedAt = 0
  /** Added to the threshold: what the operator's acknowledgements taught. */
  leniency = 0

  constructor(
    readonly subject: AbuseSubject,
    readonly holder: Holder,
    readonly account: string | null,
    /** UTC milliseconds of the first fact. */
    readonly bornAt: number,
    readonly cron: boolean,
  ) {
    this.risky = subject.kind === 'script' && isRiskyPath(`${subject.name}${subject.name.includes('.') ? '' : '/'}`)
    this.library = subject.kind === 'script' && isMailLibrary(subject.name)
    this.listSoftware = subject.kind === 'script' && isListSoftware(subject.name)
  }

  /** What is written down: asked for one sender after the other, so that thousands never lie in memory twice. */
  toJSON(): KeptSender {
    const {subject, account, bornAt, cron, failedToday, best, incidentToday, evaluated, inherited} = this
    const {lastAt, lastFailedAt, leniency, habit, today} = this
    return {
      subject,
      account,
      bornAt,
      cron,
      failedToday,
      best,
      incidentToday,
      evaluated,
      inherited,
      lastAt,
      lastFailedAt,
      leniency,
      habit,
      today,
      counts: this.counts.keep(),
      baseline: this.baseline.keep(),
      strangersMaxima: [...this.strangersMaxima],
      recipientsMaxima: [...this.recipientsMaxima],
      incidentMaxima: [...this.#incidentMaxima],
      hours: [...this.hours],
      clients: [...(this.#clients ?? [])],
      senders: [...(this.#senders ?? [])],
      visitors: [...(this.#visitors ?? [])],
      visitorsSince: this.#visitorsSince,
      messageKeys: [...this.messageKeys],
      waiting: this.#waiting.map(({day, strangers, habit: usual}) => ({day, strangers: [...strangers], habit: usual})),
    }
  }

  static from(kept: KeptSender, holder: Holder, incident: Incident | null): Sender {
    const sender = new Sender(kept.subject, holder, kept.account, kept.bornAt, kept.cron)
    for (const name of PLAIN) Object.assign(sender, {[name]: kept[name]})
    sender.counts = SlidingCounts.from(kept.counts)
    sender.baseline.restore(kept.baseline)
    sender.strangersMaxima = [...kept.strangersMaxima]
    sender.recipientsMaxima = [...kept.recipientsMaxima]
    sender.#incidentMaxima = [...kept.incidentMaxima]
    sender.hours = [...kept.hours]
    if (kept.clients.length > 0) sender.#clients = new Map(kept.clients)
    if (kept.senders.length > 0) sender.#senders = new Set(kept.senders)
    if (kept.visitors.length > 0) sender.#visitors = new Set(kept.visitors)
    sender.#visitorsSince = kept.visitorsSince
    sender.messageKeys.push(...kept.messageKeys)
    for (const {day, strangers, habit} of kept.waiting) sender.#waiting.push({day, strangers: [...strangers], habit})
    sender.incident = incident
    return sender
  }

  /** Takes in one message; says how many of its recipients are strangers. */
  send(fact: SendFact): number {
    const {at, recipients} = fact
    const today = this.today
    const counts = this.counts
    counts.advance(at)
    let strangers = 0
    for (const {hash, domain} of recipients) {
      if (!this.holder.domains.has(domain) && this.holder.recipients.isStranger(hash)) strangers++
    }
    counts.add(COUNT.recipients, recipients.length)
    today.recipients += recipients.length
    if (strangers > 0) {
      counts.add(COUNT.strangers, strangers)
      today.strangers += strangers
    }
    if (!fact.continued) this.#message(fact)
    counts.raise(this.recipientsMaxima, COUNT.recipients)
    if (strangers > 0) counts.raise(this.strangersMaxima, COUNT.strangers)
    if (strangers > 0 || this.messageKeys.length === 0) this.#remember(fact.messageKey)
    this.lastAt = at
    this.holder.lastAt = at
    const incident = this.incident
    if (incident) {
      incident.lastAt = at
      incident.recipients += recipients.length
      if (!fact.continued) incident.messages++
    }
    return strangers
  }

  #message(fact: SendFact): void {
    const {at, origin, client, sender, senderDomain} = fact
    const today = this.today
    const counts = this.counts
    counts.add(COUNT.messages, 1)
    today.messages++
    const hour = Math.floor(at / HOUR) % 24
    this.hours[hour] = (this.hours[hour] ?? 0) + 1
    this.holder.hours[hour] = (this.holder.hours[hour] ?? 0) + 1
    if (fact.evaluated) this.evaluated = true
    if (client !== null) {
      today.withClient++
      if (this.subject.kind === 'login') {
        if (this.#isFreshClient(client, at)) {
          counts.add(COUNT.freshClient, 1)
          today.freshClient++
        }
      } else if (this.#isSameVisitor(client, at)) {
        counts.add(COUNT.sameVisitor, 1)
        today.sameVisitor++
      }
    }
    if (sender === 0) return
    this.#senders ??= new Set()
    if (!this.#senders.has(sender)) {
      if (this.#senders.size < MOST_SENDERS) this.#senders.add(sender)
      counts.add(COUNT.freshSender, 1)
      today.freshSender++
    }
    if (origin.login !== null && !this.holder.domains.has(senderDomain)) {
      counts.add(COUNT.foreignSender, 1)
      today.foreignSender++
    }
  }

  /** True where the client's address was first seen within the last day. */
  #isFreshClient(ip: number, at: number): boolean {
    this.#clients ??= new Map()
    const first = this.#clients.get(ip)
    if (first !== undefined) return at - first < DAY
    if (this.#clients.size >= MOST_CLIENTS) {
      const oldest = this.#clients.keys().next()
      if (!oldest.done) this.#clients.delete(oldest.value)
    }
    this.#clients.set(ip, at)
    return true
  }

  /** Distinct client addresses first seen within the last day, or so many milliseconds. */
  freshClients(at: number, within = DAY): number {
    let n = 0
    for (const first of this.#clients?.values() ?? []) if (at - first < within) n++
    return n
  }

  #isSameVisitor(ip: number, at: number): boolean {
    this.#visitors ??= new Set()
    if (at - this.#visitorsSince > 6 * HOUR) {
      this.#visitors.clear()
      this.#visitorsSince = at
    }
    if (this.#visitors.has(ip)) return true
    if (this.#visitors.size < MOST_VISITORS) this.#visitors.add(ip)
    return false
  }

  /** Takes in how one recipient ended. */
  outcome(fact: OutcomeFact): void {
    if (fact.kind === 'deferred') return
    const counts = this.counts
    counts.advance(fact.at)
    if (fact.ownLimit) counts.add(COUNT.ownLimit, 1)
    if (fact.local) return
    counts.add(COUNT.resolved, 1)
    this.today.resolved++
    if (fact.kind === 'delivered') return
    this.failedToday++
    this.lastFailedAt = fact.at
    if (this.incident) this.incident.failed++
    if (fact.ownLimit) return
    if (fact.kind === 'unknown-user') {
      counts.add(COUNT.unknownUser, 1)
      this.today.unknownUser++
    } else if (fact.kind === 'policy') {
      counts.add(COUNT.policy, 1)
      this.today.policy++
    }
  }

  #remember(key: number): void {
    this.messageKeys.push(key)
    if (this.messageKeys.length > EVIDENCE * 2) this.messageKeys.splice(0, EVIDENCE)
  }

  /** The newest messages' keys, newest last. */
  newestKeys(): number[] {
    return this.messageKeys.slice(-EVIDENCE)
  }

  /** Takes over the past of the same script at its old place. */
  inherit(before: Sender): void {
    this.baseline.inherit(before.baseline)
    this.habit = {...before.habit}
    this.hours = [...before.hours]
    this.inherited = true
  }

  /** The operator called the incident false: its days are past like any other, its largest counts are what this sender may do. */
  forgive(): void {
    for (let w = 0; w < ABUSE_WINDOWS.length; w++)
      this.#incidentMaxima[w] = Math.max(this.#incidentMaxima[w] ?? 0, this.strangersMaxima[w] ?? 0)
    this.baseline.learn(this.#incidentMaxima)
    this.#incidentMaxima.fill(0)
    this.closeIncident()
    this.incidentToday = false
  }

  /** Gives back the windows of a sender at rest. */
  rest(): void {
    this.counts = new SlidingCounts()
  }

  /** Ends the incident: what was counted in it raises no second one. */
  closeIncident(): void {
    this.incident = null
    this.counts = new SlidingCounts()
  }

  /**
   * Ends the day. It becomes past only after some more days: an abuse that starts below the threshold must not be its own excuse.
   * Days of an incident, and the waiting days before it, stay out of the baseline and of the habit.
   */
  endDay(day: number): void {
    if (this.incidentToday) {
      this.#waiting.length = 0
      for (let w = 0; w < ABUSE_WINDOWS.length; w++)
        this.#incidentMaxima[w] = Math.max(this.#incidentMaxima[w] ?? 0, this.strangersMaxima[w] ?? 0)
    } else this.#waiting.push({day, strangers: this.strangersMaxima, habit: this.today})
    this.learnUntil(day - WAITING_DAYS)
    this.today = noHabit()
    this.failedToday = 0
    this.strangersMaxima = perWindow()
    this.recipientsMaxima = perWindow()
    this.best = NOTHING_YET
    this.incidentToday = this.incident !== null
    this.evaluated = false
  }

  /**
   * Lets the waiting days up to this one (UTC days since 1970-01-01) join the past. On a sender's first day everybody is a stranger:
   * it says nothing about the habit.
   */
  learnUntil(day: number): void {
    for (let next = this.#waiting[0]; next !== undefined && next.day <= day; next = this.#waiting[0]) {
      this.#waiting.shift()
      if (this.baseline.days === 0) {
        next.habit.recipients = 0
        next.habit.strangers = 0
      }
      this.baseline.learn(next.strangers)
      for (const key of Object.keys(this.habit) as (keyof Habit)[]) this.habit[key] += next.habit[key]
    }
  }
}
