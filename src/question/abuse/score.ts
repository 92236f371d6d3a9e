/** The score of one sender at one moment: the surprise of its volume plus the weights of what else speaks for or against it. */

import {ABUSE_WINDOWS} from '../../mail/send-fact.js'
import type {Reason, ReasonCode} from './alert.js'
import type {Prior} from './baseline.js'
import {clamp, type Share, shareEvidence} from './likelihood.js'
import type {Sender} from './sender.js'
import {COUNT} from './windows.js'

const DAY = 86_400_000
const HOUR = 3_600_000
/** Index of one hour in ABUSE_WINDOWS. */
const HOUR_WINDOW = 1
/** Index of one day in ABUSE_WINDOWS. */
const DAY_WINDOW = 3
/** A long window speaks only while the last hour carries this share of its mean rate: else it tells of yesterday. */
const STILL_RUNNING = 0.3
/** A past older than this makes "new" mean something. */
const OLD_ENOUGH = 5 * DAY

export interface Judgement {
  readonly score: number
  /** Index in ABUSE_WINDOWS of the window that spoke. */
  readonly window: number
  readonly reasons: readonly Reason[]
}

export interface Surroundings {
  readonly at: number
  readonly prior: Prior
  /** UTC milliseconds of the server's first fact. */
  readonly serverBornAt: number
}

/** Weights that are capped make scores equal: then the more surprising window and the earlier time are told, whatever the last bit says. */
export const isHigher = (score: number, than: number): boolean => score > than + 1e-9

/** The least number of strangers in a window that can speak. */
export const FEWEST = 8

/** Judges a sender as of its newest fact; null while nothing of size has happened. */
export function judge(sender: Sender, around: Surroundings): Judgement | null {
  const counts = sender.counts
  const hour = counts.sum(HOUR_WINDOW, COUNT.strangers)
  let best: {score: number; surprise: number; window: number; reasons: Reason[]} | null = null
  let lasting: Reason[] | null = null
  let lastingWeight = 0
  let reasons: Reason[] | null = null
  let weight = 0
  let spoken = HOUR_WINDOW
  for (let w = 0; w < ABUSE_WINDOWS.length; w++) {
    const strangers = counts.sum(w, COUNT.strangers)
    if (strangers < FEWEST) continue
    const hours = (ABUSE_WINDOWS[w] ?? HOUR) / HOUR
    if (hours > 1 && hour < (STILL_RUNNING * strangers) / hours) continue
    const surprise = sender.baseline.surprise(w, strangers, around.prior)
    if (lasting === null) {
      lasting = lastingEvidence(sender, around)
      lastingWeight = weightOf(lasting)
    }
    // Outcomes come late: the shortest window takes the hour's shares.
    const shares = Math.max(w, HOUR_WINDOW)
    if (reasons === null || !counts.areAlike(shares, spoken)) {
      reasons = windowEvidence(sender, shares, around)
      weight = weightOf(reasons)
    }
    spoken = shares
    const score =
      surprise + weight + lastingWeight - firstMailing(sender, surprise, reasons) - fewOfMany(sender, strangers)
    if (best !== null && !isHigher(score, best.score) && (isHigher(best.score, score) || surprise <= best.surprise))
      continue
    const volume: Reason = {
      code: 'volume',
      weight: surprise,
      values: {
        window: ABUSE_WINDOWS[w] ?? 0,
        strangers,
        recipients: counts.sum(w, COUNT.recipients),
        expected: Math.expm1(sender.baseline.days > 0 ? sender.baseline.mean(w) : (around.prior.centre[w] ?? 0)),
        record: sender.baseline.record(w),
        days: sender.baseline.days,
      },
    }
    best = {score, surprise, window: w, reasons: [volume, ...reasons, ...lasting]}
  }
  return best
}

function weightOf(reasons: readonly Reason[]): number {
  let sum = 0
  for (const one of reasons) sum += one.weight
  return sum
}

/**
 * A person may send a first circular any day: then volume and strangers are surprising together, by one cause. What they say together
 * is capped for logins, and for a mail library's name, behind which a newsletter may start. Returns what to take off.
 */
function firstMailing(sender: Sender, surprise: number, reasons: readonly Reason[]): number {
  const personal = sender.subject.kind === 'login'
  if (!personal && !sender.library) return 0
  const strangers = reasons.find((r) => r.code === 'strangers-against-habit')?.weight ?? 0
  return Math.max(0, surprise + Math.max(0, strangers) - (personal ? MOST_OF_CIRCULAR : MOST_OF_LIBRARY))
}

const MOST_OF_CIRCULAR = 4
const MOST_OF_LIBRARY = 3.8

/** A long life gives chance many tries: what a handful of recipients say of an established sender counts less. */
function fewOfMany(sender: Sender, strangers: number): number {
  return sender.habit.messages >= 50 ? clamp((20 - strangers) / 20, 0, 0.6) : 0
}
/** A burst's recipients have one cause: more of them than this say no more about the habit. */
const MOST_DECISIONS = 14

function reason(list: Reason[], code: ReasonCode, weight: number, values: Reason['values']): void {
  if (Math.abs(weight) >= 0.05) list.push({code, weight, values})
}

/**
 * The habit's Beta: the general expectation plus half of what this sender did, the latter scaled down to `most` observations at most.
 * Mail comes in bursts, so a thousand messages are no thousand independent witnesses.
 */
function usual(yes: number, no: number, did: number, of: number, most: number): Share {
  const scale = 0.5 * Math.min(1, most / Math.max(1, of))
  return {yes: yes + scale * did, no: no + scale * (of - did)}
}

/** Shares inside one window. */
function windowEvidence(sender: Sender, w: number, around: Surroundings): Reason[] {
  const found: Reason[] = []
  const {counts, habit} = sender
  const resolved = counts.sum(w, COUNT.resolved)
  const unknown = counts.sum(w, COUNT.unknownUser)
  const policy = counts.sum(w, COUNT.policy)
  const unknownHabit = usual(0.8, 30, habit.unknownUser, habit.resolved, 400)
  const policyHabit = usual(0.5, 80, habit.policy, habit.resolved, 400)
  const unknownWeight = clamp(shareEvidence(unknown, resolved, {yes: 1.2, no: 5}, unknownHabit), -1.5, 4)
  reason(found, 'unknown-users', unknownWeight, {
    refused: unknown,
    resolved,
    habit: share(habit.unknownUser, habit.resolved),
  })
  const policyWeight = clamp(shareEvidence(policy, resolved, {yes: 0.6, no: 5}, policyHabit), -0.7, 4)
  reason(found, 'policy-refusals', policyWeight, {
    refused: policy,
    resolved,
    habit: share(habit.policy, habit.resolved),
  })

  const recipients = counts.sum(w, COUNT.recipients)
  const strangers = counts.sum(w, COUNT.strangers)
  const messages = counts.sum(w, COUNT.messages)
  const lists = sender.listSoftware && sender.baseline.days > 0
  if (habit.recipients >= 4 || lists) {
    // Recipients of one message are one decision.
    const together = Math.min(1, (2 * messages) / Math.max(1, recipients), MOST_DECISIONS / Math.max(1, recipients))
    const known = usual(lists ? 0.5 : 1, lists ? 4 : 1, habit.strangers, habit.recipients, 40)
    const weight = clamp(
      shareEvidence(strangers * together, recipients * together, {yes: 6, no: 1.2}, known),
      -0.7,
      2.5,
    )
    reason(found, 'strangers-against-habit', weight, {
      strangers,
      recipients,
      habit: share(habit.strangers, habit.recipients),
    })
  }

  const freshSender = counts.sum(w, COUNT.freshSender)
  if (freshSender >= 4) {
    const one = usual(0.5, 10, habit.freshSender, habit.messages, 100)
    const weight = clamp(shareEvidence(freshSender, messages, {yes: 5, no: 1}, one), 0, 2.5)
    reason(found, 'many-senders', weight, {senders: freshSender, messages})
  }
  if (sender.subject.kind === 'login') loginEvidence(found, sender, w, around)
  else visitorEvidence(found, sender, w)
  const limit = counts.sum(w, COUNT.ownLimit)
  if (limit > 0) reason(found, 'own-limit', Math.min(1.5, 0.5 + limit / 20), {refused: limit})
  return found
}

function loginEvidence(found: Reason[], sender: Sender, w: number, around: Surroundings): void {
  const {counts, habit} = sender
  const messages = counts.sum(w, COUNT.messages)
  const foreign = counts.sum(w, COUNT.foreignSender)
  if (foreign >= 3) {
    const own = usual(0.5, 10, habit.foreignSender, habit.messages, 100)
    reason(found, 'foreign-senders', clamp(shareEvidence(foreign, messages, {yes: 5, no: 1}, own), -0.5, 2), {
      messages,
      foreign,
    })
  }
  if (around.at - sender.bornAt < OLD_ENOUGH || habit.withClient < 8) {
    clientsAtOnce(found, sender, messages, around.at)
    return
  }
  const fresh = counts.sum(w, COUNT.freshClient)
  const known = usual(1, 3, habit.freshClient, habit.withClient, 60)
  const weight = clamp(shareEvidence(fresh, messages, {yes: 8, no: 0.5}, known), -2, 2.5)
  const distinct = sender.freshClients(around.at)
  const spread = weight > 0 && distinct >= 8 ? 0.5 : 0
  reason(found, weight >= 0 ? 'new-clients' : 'usual-clients', weight + spread, {messages, fresh, distinct})
}

/** Without a habit to hold it against: one person does not write from several machines at once. */
function clientsAtOnce(found: Reason[], sender: Sender, messages: number, at: number): void {
  const distinct = sender.freshClients(at, HOUR)
  if (distinct >= 3)
    reason(found, 'new-clients', Math.min(2.5, 0.3 + 0.3 * distinct), {messages, fresh: messages, distinct})
}

function visitorEvidence(found: Reason[], sender: Sender, w: number): void {
  const {counts, habit} = sender
  if (habit.withClient < 8) return
  const messages = counts.sum(w, COUNT.messages)
  const same = counts.sum(w, COUNT.sameVisitor)
  const known = usual(1, 3, habit.sameVisitor, habit.withClient, 60)
  const weight = clamp(shareEvidence(same, messages, {yes: 6, no: 1}, known), -0.3, 1.5)
  reason(found, 'one-visitor', weight, {messages, same, habit: share(habit.sameVisitor, habit.withClient)})
}

/** What holds whatever the window. */
function lastingEvidence(sender: Sender, around: Surroundings): Reason[] {
  const found: Reason[] = []
  const {habit, holder} = sender
  const {at} = around
  if (sender.risky) reason(found, 'risky-path', 2, {path: sender.subject.name})
  if (sender.evaluated) reason(found, 'evaluated-code', sender.risky ? 1 : 2, {})
  const serverIsOld = at - around.serverBornAt > OLD_ENOUGH
  const accountIsOld = holder.bornAt - around.serverBornAt < DAY || at - holder.bornAt > OLD_ENOUGH
  const young = sender.subject.kind === 'script' && !sender.inherited && !sender.library && at - sender.bornAt < 3 * DAY
  if (young && sender.listSoftware && !sender.risky) reason(found, 'list-software', -1, {})
  if (young && serverIsOld && accountIsOld) {
    reason(found, 'first-day', at - sender.bornAt < DAY ? 1.2 : 0.8, {firstSeenAt: sender.bornAt})
    const others = holder.scriptsBornAfter(at - DAY)
    if (others >= 3) reason(found, 'several-new-scripts', Math.min(1.5, 0.5 * (others - 1)), {scripts: others})
  }
  const steady = sender.counts.steadyBuckets(DAY_WINDOW, COUNT.strangers, 6)
  const established = habit.messages >= 50 || sender.listSoftware
  if (
    !established &&
    steady >= 6 &&
    sender.counts.sum(DAY_WINDOW, COUNT.strangers) > sender.baseline.record(DAY_WINDOW)
  )
    reason(found, 'round-the-clock', 0.8, {hours: steady * 2})
  const hour = Math.floor(at / HOUR) % 24
  const own = habit.messages >= 20
  const usualHours = own ? sender.hours : holder.hours
  const ever = own ? habit.messages : total(holder.hours) - sender.today.messages
  if (ever >= 20 && hoursAround(usualHours, hour) - sender.today.messages <= ever * 0.01)
    reason(found, 'unusual-hour', 0.7, {hour, messages: ever})
  return found
}

/** Messages ever sent within an hour of this hour of the day. */
function hoursAround(hours: readonly number[], hour: number): number {
  return (hours[(hour + 23) % 24] ?? 0) + (hours[hour] ?? 0) + (hours[(hour + 1) % 24] ?? 0)
}

const total = (hours: readonly number[]): number => hours.reduce((sum, n) => sum + n, 0)

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)
