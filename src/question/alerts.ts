/** `abuse`: the alerts of a span, each judged only on what was logged before it. Data only; the words are render's. */

import {hash53} from '../mail/hash.js'
import type {AbuseFact, AbuseSubject, AcknowledgedFact, DailyMaximum} from '../mail/send-fact.js'
import type {Alert, Rank, Reason} from './abuse/alert.js'
import {AbuseDetector} from './abuse/detector.js'
import type {FixedLimit} from './abuse/fixed-limits.js'
import {DomainLimit} from './alerts-domain-limit.js'

const DAY = 86_400_000
/** Stored facts before the span from which the detector learns the habits. */
export const HISTORY_DAYS = 60
/** Windows of 72 hours need so many days of facts before a day's maxima are whole. */
const WHOLE_AFTER = 3

/** What the judgement needs of a store. Times are UTC milliseconds, days UTC days since 1970-01-01. */
export interface AbuseRecords {
  readonly servers: readonly string[]
  facts(from: number, to: number): Iterable<AbuseFact>
  /** Rows of days before `day`. */
  dailyMaxima(day: number): DailyMaximum[]
  acknowledged(): readonly AcknowledgedFact[]
  /** The first day before `day` with messages that were never judged; null where there is none. */
  firstUnjudgedDay(day: number): number | null
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

export interface AbuseQuestion {
  readonly from: number
  readonly to: number
  /**
   * `raised`: alerts raised inside the span. `active`: also those raised before it that still sent inside it.
   */
  readonly mode: 'raised' | 'active'
  /** Only these servers; empty: all. */
  readonly servers: readonly string[]
  readonly budget: number
  readonly excuses: readonly Excuse[]
  readonly limits: readonly FixedLimit[]
  /** Recipients an hour per sender domain; null: no such limit. */
  readonly domainPerHour: number | null
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
  /** Maxima of whole days, to be kept; they replace all rows of the days in [maximaFrom, maximaTo). */
  readonly maxima: readonly DailyMaximum[]
  readonly maximaFrom: number
  readonly maximaTo: number
  /** UTC milliseconds from which facts were read. */
  readonly readFrom: number
}

/** A short name for an incident: the same whenever and wherever it is worked out. */
export const alertId = (subject: AbuseSubject, firstAlertAt: number): string =>
  hash53(`${subject.server}\n${subject.kind}\n${subject.name}\n${firstAlertAt}`)
    .toString(36)
    .padStart(11, '0')
    .slice(-8)

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

/** Judges a span. Reads at most 60 days before it, more only where older days were never judged. */
export function judgeAbuse(records: AbuseRecords, question: AbuseQuestion): AbuseFindings {
  const stored = records.span()
  const readFrom = beginning(records, question, stored?.first ?? question.from)
  const detector = new AbuseDetector({
    budget: question.budget,
    allow: [],
    fixedLimits: question.limits,
    baseline: records.dailyMaxima(Math.floor(readFrom / DAY)),
  })
  const domainLimit = question.domainPerHour === null ? null : new DomainLimit(question.domainPerHour)
  const limited: Alert[] = []
  const escalated = new Set<string>()
  const words = [...records.acknowledged()].sort((a, b) => a.at - b.at)
  let word = 0
  let day = Number.NEGATIVE_INFINITY
  for (const fact of records.facts(readFrom, question.to)) {
    if (fact.at >= question.to) break
    for (let next = words[word]; next !== undefined && next.at <= fact.at; next = words[++word]) detector.feed(next)
    const today = Math.floor(fact.at / DAY)
    if (today > day) day = today
    for (const alert of detector.feed(fact)) {
      if (alert.reasons.some((reason) => reason.code === 'fixed-limit')) limited.push(alert)
      else if (alert.state === 'escalated' && fact.at >= question.from)
        escalated.add(alertId(alert.subject, alert.firstAlertAt))
    }
    if (domainLimit !== null && fact.type === 'send') limited.push(...domainLimit.send(fact))
  }
  const said = new Map(words.map((one) => [alertId(one.subject, one.firstAlertAt), one.abusive]))
  const found: Incident[] = []
  const excused: Excused[] = []
  for (const alert of withLimits(detector.incidents(), limited)) {
    if (!wanted(alert, question, escalated)) continue
    const id = alertId(alert.subject, alert.firstAlertAt)
    const abusive = said.get(id)
    const incident: Incident = {...alert, id, acknowledged: abusive === undefined ? null : abusive ? 'true' : 'false'}
    const excuse = excuseOf(question.excuses, alert.subject, alert.firstAlertAt)
    if (excuse === null) found.push(incident)
    else excused.push({incident, excuse})
  }
  const first = Math.floor(readFrom / DAY)
  const warm = stored !== null && stored.first < readFrom
  return {
    incidents: found,
    excused,
    ranks: daysOf(question)
      .flatMap((one) => detector.rank(one))
      .filter((rank) => serverWanted(question, rank.subject)),
    maxima: detector.takeDailyMaxima(),
    maximaFrom: warm ? first + WHOLE_AFTER : first,
    maximaTo: Number.isFinite(day) ? day : first,
    readFrom,
  }
}

/** Where to begin reading: 60 days before the span, or at the first day that nobody has judged yet. */
export function beginning(records: AbuseRecords, question: Pick<AbuseQuestion, 'from'>, first: number): number {
  const usual = Math.floor(question.from / DAY - HISTORY_DAYS) * DAY
  if (first >= usual) return Math.floor(first / DAY) * DAY
  const unjudged = records.firstUnjudgedDay(Math.floor(usual / DAY))
  return unjudged === null ? usual : Math.max(Math.floor(first / DAY) * DAY, (unjudged - HISTORY_DAYS) * DAY)
}

/** The UTC days that a span touches, at most 62. */
function daysOf({from, to}: AbuseQuestion): number[] {
  const last = Math.floor((to - 1) / DAY)
  const first = Math.max(Math.floor(from / DAY), last - 61)
  return Array.from({length: Math.max(0, last - first + 1)}, (_, i) => first + i)
}

const serverWanted = ({servers}: AbuseQuestion, {server}: AbuseSubject): boolean =>
  servers.length === 0 || servers.includes(server)

function wanted(alert: Alert, question: AbuseQuestion, escalated: ReadonlySet<string>): boolean {
  if (!serverWanted(question, alert.subject) || alert.firstAlertAt >= question.to) return false
  if (alert.firstAlertAt >= question.from) return true
  return (
    escalated.has(alertId(alert.subject, alert.firstAlertAt)) ||
    (question.mode === 'active' && alert.to >= question.from)
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
