/** `abuse`: the alerts of a span, each judged only on what was logged before it. Data only; the words are render's. */

import type {AbuseFact, AbuseSubject, AcknowledgedFact, DailyMaximum} from '../mail/send-fact.js'
import type {Alert, Rank, Reason} from './abuse/alert.js'
import {KEPT_RANK_DAYS} from './abuse/detector.js'
import type {StoredPast} from './abuse/past.js'
import {alertId} from './alert-id.js'
import {Judging, type JudgingSettings, type WrittenJudging} from './judging.js'

const DAY = 86_400_000
/** Days of stored facts before the span from which the detector learns the habits, at least, where there are so many. */
export const HISTORY_DAYS = 60
/** A beginning stays for so many days, so that a judgement can go on from where an earlier one stood. */
const BEGIN_EVERY = 30
/** The same for a store whose older messages are pruned away day by day. */
const PRUNED_EVERY = 10
/** Windows of 72 hours need so many days of facts before a day's maxima are whole. */
const WHOLE_AFTER = 3

/** What the judgement needs of a store. Times are UTC milliseconds, days UTC days since 1970-01-01. */
export interface AbuseRecords {
  readonly servers: readonly string[]
  /**
   * Facts of the messages that arrived in [from, to), in the order of time; outcomes may lie after it. With `since` also the outcomes at `from`
   * and later of messages that arrived in [since, from).
   */
  facts(from: number, to: number, since?: number): Iterable<AbuseFact>
  /** What is known of days before `day`. */
  past(day: number): StoredPast
  acknowledged(): readonly AcknowledgedFact[]
  /** The first day before `day` with messages that were never judged; null where there is none. */
  firstUnjudgedDay(day: number): number | null
  /** Up to where older messages were pruned away; null where none were. */
  prunedUntil(): number | null
  /** The newest judgement that was written down at `notAfter` or before, of facts from `begin` on and with these settings; null for none. */
  written(settings: JudgingSettings, begin: number, notAfter: number): (WrittenJudging & {readonly at: number}) | null
  /** The first and last arrival. */
  span(): {readonly first: number; readonly last: number} | null
}

/** A sender the operator has excused. `*` in the name stands for any run of characters. */
export interface Excuse {
  readonly kind: AbuseSubject['kind'] | null
  readonly name: string
  readonly server: string | null
  readonly reason: string
  /** UTC milliseconds; null: without end. */
  readonly until: number | null
}

export interface AbuseQuestion extends JudgingSettings {
  readonly from: number
  readonly to: number
  /**
   * `raised`: alerts raised inside the span. `active`: also those raised before it that still sent inside it.
   */
  readonly mode: 'raised' | 'active'
  /** Only these servers; empty: all. */
  readonly servers: readonly string[]
  readonly excuses: readonly Excuse[]
}

/** One incident. */
export interface Incident extends Alert {
  /** Stands for this alert in `abuse ack`. */
  readonly id: string
  /** What the operator said of it. */
  readonly acknowledged: 'true' | 'false' | null
}

export interface Excused {
  readonly incident: Incident
  readonly excuse: Excuse
}

export interface AbuseFindings {
  readonly incidents: readonly Incident[]
  readonly excused: readonly Excused[]
  /** Every sender of the span's days by score, without threshold. */
  readonly ranks: readonly Rank[]
  /** Maxima of whole days, to be kept; they replace all rows of the days in [maximaFrom, maximaTo), and single rows of days before. */
  readonly maxima: readonly DailyMaximum[]
  readonly maximaFrom: number
  readonly maximaTo: number
  /** UTC milliseconds from which facts were read. */
  readonly readFrom: number
}

/** The excuse that holds for a subject at a time, or null. */
export function excuseOf(excuses: readonly Excuse[], subject: AbuseSubject, at: number): Excuse | null {
  for (const excuse of excuses) {
    if (excuse.until !== null && at >= excuse.until) continue
    if (excuse.server !== null && excuse.server !== subject.server) continue
    if (excuse.kind !== null && excuse.kind !== subject.kind) continue
    if (fits(excuse.name, subject.name)) return excuse
  }
  return null
}

/** `*` is any run of characters; all else is literal. Linear: each piece is looked for once, from the left. */
function fits(pattern: string, name: string): boolean {
  const pieces = pattern.split('*')
  const [head = '', ...rest] = pieces
  if (rest.length === 0) return pattern === name
  const tail = rest.pop() ?? ''
  if (!name.startsWith(head) || name.length < head.length + tail.length || !name.endsWith(tail)) return false
  let at = head.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found < 0 || found + piece.length > name.length - tail.length) return false
    at = found + piece.length
  }
  return true
}

/** A judgement as it stood at a time, to be kept: `at` and `begin` are UTC milliseconds. */
export interface Cut extends WrittenJudging {
  readonly at: number
  readonly begin: number
}

/** Findings, and the judgement as it stood at the times asked for. */
export type Judged = AbuseFindings & {readonly cuts: readonly Cut[]}

/** A judgement may be left off after each day of the log, and after so many facts. */
const MOST_IN_STEP = 16_384

/** Judges a span, at once: see judgeInSteps. */
export function judgeAbuse(records: AbuseRecords, question: AbuseQuestion, cuts: readonly number[] = []): Judged {
  const steps = judgeInSteps(records, question, cuts)
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

/**
 * Judges a span. Goes on from a judgement that was written down where there is one, else reads 60 to 90 days before the span, more only where
 * older days were never judged. `cuts`: times up to the span's end, ascending, at which the judgement is to be written down. Yields now and then how
 * far it has come (UTC milliseconds).
 */
export function* judgeInSteps(
  records: AbuseRecords,
  question: AbuseQuestion,
  cuts: readonly number[],
): Generator<number, Judged> {
  const stored = records.span()
  const {at: begin, stays} = beginning(records, question, stored?.first ?? question.from)
  const days = daysOf(question)
  const written = stays ? writtenFor(records, question, begin, days[0]) : null
  const from = written?.at ?? begin
  const judging = new Judging(question, records.past(Math.floor(begin / DAY)), written)
  const words = records.acknowledged()
  judging.hear(words)
  const made: Cut[] = []
  const pending = stays ? cuts.filter((cut) => cut > from && cut <= question.to) : []
  const cutUntil = (at: number): void => {
    for (let cut = pending[0]; cut !== undefined && cut <= at; cut = pending[0]) {
      made.push({at: cut, begin, ...judging.write()})
      pending.shift()
    }
  }
  let told = 0
  let dayEnds = Number.NEGATIVE_INFINITY
  for (const fact of records.facts(from, question.to, begin)) {
    // Outcomes may lie behind the span, messages never.
    if (fact.at >= question.to) continue
    if (pending.length > 0) cutUntil(fact.at)
    judging.feed(fact)
    if (++told < MOST_IN_STEP && fact.at < dayEnds) continue
    told = 0
    dayEnds = (Math.floor(fact.at / DAY) + 1) * DAY
    yield fact.at
  }
  cutUntil(question.to)
  const said = new Map(words.map((one) => [alertId(one.subject, one.firstAlertAt), one.abusive]))
  const found: Incident[] = []
  const excused: Excused[] = []
  for (const alert of withLimits(judging.incidents(), judging.limited)) {
    const id = alertId(alert.subject, alert.firstAlertAt)
    if (!wanted(alert, question, judging.escalatedAt(id))) continue
    const abusive = said.get(id)
    const incident: Incident = {...alert, id, acknowledged: abusive === undefined ? null : abusive ? 'true' : 'false'}
    const excuse = excuseOf(question.excuses, alert.subject, alert.firstAlertAt)
    if (excuse === null) found.push(incident)
    else excused.push({incident, excuse})
  }
  const first = Math.floor(begin / DAY)
  const whole = stored !== null && stored.first < begin ? first + WHOLE_AFTER : first
  const maximaFrom = Math.max(whole, Math.floor(from / DAY))
  return {
    incidents: found,
    excused,
    ranks: days.flatMap((one) => judging.rank(one)).filter((rank) => serverWanted(question, rank.subject)),
    maxima: judging.takeDailyMaxima().filter((row) => row.day >= whole),
    maximaFrom,
    maximaTo: Number.isFinite(judging.lastAt) ? Math.floor(judging.lastAt / DAY) : first,
    readFrom: begin,
    cuts: made,
  }
}

/** A judgement to go on from that still knows the ranks of the first day asked for. */
function writtenFor(
  records: AbuseRecords,
  question: AbuseQuestion,
  begin: number,
  firstDay: number | undefined,
): (WrittenJudging & {readonly at: number}) | null {
  const known = ((firstDay ?? Math.floor(question.to / DAY)) + KEPT_RANK_DAYS) * DAY
  return records.written(question, begin, Math.min(question.to, known))
}

export interface Beginning {
  /** UTC milliseconds. */
  readonly at: number
  /** Later questions begin there too: a judgement may be written down and gone on with. */
  readonly stays: boolean
}

/**
 * Where to begin reading: 60 to 90 days before the span, so that questions of a month begin at one time; or at the first day that nobody has
 * judged yet.
 */
export function beginning(records: AbuseRecords, question: Pick<AbuseQuestion, 'from'>, first: number): Beginning {
  const usual = Math.floor((question.from / DAY - HISTORY_DAYS) / BEGIN_EVERY) * BEGIN_EVERY * DAY
  const firstDay = Math.floor(first / DAY)
  if (first >= usual) {
    if (records.prunedUntil() === null) return {at: firstDay * DAY, stays: true}
    const whole = Math.ceil(firstDay / PRUNED_EVERY) * PRUNED_EVERY * DAY
    return whole <= question.from - PRUNED_EVERY * DAY ? {at: whole, stays: true} : {at: firstDay * DAY, stays: false}
  }
  const unjudged = records.firstUnjudgedDay(Math.floor(usual / DAY))
  return unjudged === null
    ? {at: usual, stays: true}
    : {at: Math.max(firstDay, unjudged - HISTORY_DAYS) * DAY, stays: false}
}

/** The UTC days that a span touches, at most 62. */
function daysOf({from, to}: AbuseQuestion): number[] {
  const last = Math.floor((to - 1) / DAY)
  const first = Math.max(Math.floor(from / DAY), last - 61)
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => first + i)
}

const serverWanted = ({servers}: AbuseQuestion, {server}: AbuseSubject): boolean =>
  servers.length === 0 || servers.includes(server)

function wanted(alert: Alert, question: AbuseQuestion, escalatedAt: number | null): boolean {
  if (!serverWanted(question, alert.subject) || alert.firstAlertAt >= question.to) return false
  if (alert.firstAlertAt >= question.from) return true
  return (
    (escalatedAt !== null && escalatedAt >= question.from) || (question.mode === 'active' && alert.to >= question.from)
  )
}

/** A fixed limit passed during an incident of the same sender is a further reason of it, else an alert of its own. */
function withLimits(incidents: readonly Alert[], limited: readonly Alert[]): Alert[] {
  const all: Alert[] = [...incidents]
  for (const limit of limited) {
    const at = all.findIndex(
      (one) =>
        sameSubject(one.subject, limit.subject) && limit.to >= one.firstAlertAt - DAY && limit.from <= one.to + DAY,
    )
    const before = all[at]
    if (before === undefined) all.push(limit)
    else
      all[at] = {
        ...before,
        to: Math.max(before.to, limit.to),
        reasons: merged(before.reasons, limit.reasons),
        messageKeys: merge(before.messageKeys, limit.messageKeys),
      }
  }
  return all.sort((a, b) => a.firstAlertAt - b.firstAlertAt || b.score - a.score)
}

const sameSubject = (a: AbuseSubject, b: AbuseSubject): boolean =>
  a.server === b.server && a.kind === b.kind && a.name === b.name

/** One reason a limit, with the highest count. */
function merged(reasons: readonly Reason[], more: readonly Reason[]): Reason[] {
  const limitOf = (reason: Reason): string =>
    `${reason.code} ${reason.values['per']} ${reason.values['limit']} ${reason.values['counted']}`
  return [
    ...reasons,
    ...more.filter((reason) => !reasons.some((one) => one.code === 'fixed-limit' && limitOf(one) === limitOf(reason))),
  ]
}

const merge = (keys: readonly number[], more: readonly number[]): number[] => [...new Set([...keys, ...more])]
