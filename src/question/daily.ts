/** `report`: what happened in a day, as data. Totals by SQL, alerts and backscatter by their own questions; only examples are read as lines. */

import {refusalKind} from '../mail/refusal-kind.js'
import type {AbuseSubject} from '../mail/send-fact.js'
import {readable} from '../mail/text.js'
import {
  busiestSenders,
  hoursOf,
  type MessageSum,
  messageSums,
  type RecipientSum,
  type RejectionSum,
  recipientSums,
  rejectionSums,
  type SenderSum,
  waitingMessages,
} from '../store/daily.js'
import type {SqliteStore} from '../store/finder.js'
import {newSubjects} from '../store/volumes.js'
import type {Rank} from './abuse/alert.js'
import type {AbuseAnswer} from './alerts-answer.js'
import {backscatterAnswer} from './backscatter.js'
import {type Hole, windowCoverage} from './coverage.js'
import type {
  DailyAnswer,
  DailyCoverage,
  DailyRank,
  DailySender,
  DomainTrouble,
  HourTotals,
  RejectionReason,
  Way,
  WayTotals,
} from './daily-answer.js'
import type {Fleet} from './fleet.js'
import {iso} from './message.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const TOP = 10
/** Refusals whose words are read, the newest. */
const SAMPLED = 200
/** Bounces of ours whose cause is looked up for the report. */
const VERIFIED = 200
const MOST_WAITING = 100_000
/** Days before the report's in which a message that still waits may have come. */
const WAITING_DAYS = 14

export interface DailyQuestion {
  readonly from: number
  readonly to: number
  readonly zone: string
  readonly servers: readonly string[]
  /** UTC milliseconds: what lies after it cannot be covered. */
  readonly now: number
}

export function dailyAnswer(
  store: SqliteStore,
  fleet: Fleet,
  question: DailyQuestion,
  abuse: {readonly answer: AbuseAnswer; readonly ranks: readonly Rank[]},
): DailyAnswer {
  const {from, to, zone, servers} = question
  const wanted = (server: string): boolean => servers.length === 0 || servers.includes(server)
  const messages = messageSums(store.db, from, to).filter((sum) => wanted(sum.server))
  const recipients = recipientSums(store.db, from, to).filter((sum) => wanted(sum.server))
  const rejections = rejectionSums(store.db, from, to).filter((sum) => wanted(sum.server))
  const coverage = dailyCoverage(store, fleet, question)
  const standing = abuse.answer.alerts.filter((alert) => alert.acknowledged !== 'false')
  const backscatter = backscatterAnswer(store, {from, to, servers, domain: null, verify: VERIFIED})
  return {
    schema: 'mailwitness.report/1',
    span: {from: iso(from), to: iso(to), zone},
    servers: fleet.servers.filter(wanted),
    ways: waysOf(messages, recipients),
    hours: hoursOfDay(question, messages, recipients, rejections),
    refused: refusedOf(recipients),
    deferred: deferredOf(recipients),
    rejections: rejectionsOf(store, rejections),
    queue: queueOf(store, question),
    byVolume: busiestSenders(store.db, from, to, TOP * (servers.length === 0 ? 1 : 20))
      .filter((sum) => wanted(sum.subject.server))
      .slice(0, TOP)
      .map((sum) => senderOf(store, sum, from, to)),
    byScore: ranksOf(store, abuse.ranks, from, to),
    newScripts: newSubjects(store.db, from, to).filter((one) => one.kind === 'script' && wanted(one.server)),
    alerts: abuse.answer.alerts,
    excused: abuse.answer.excused,
    backscatter: {domains: backscatter.domains, own: backscatter.own},
    coverage,
    fine: standing.length === 0 && coverage.complete,
  }
}

const wayOf = ({origin, forwarded}: {origin: string | null; forwarded: boolean}): Way => {
  if (forwarded) return 'forwarded'
  return origin === 'script' || origin === 'authenticated' || origin === 'local' || origin === 'bounce'
    ? origin
    : origin === 'forward'
      ? 'forwarded'
      : 'incoming'
}

const WAYS: readonly Way[] = ['script', 'authenticated', 'local', 'forwarded', 'bounce', 'incoming']

/** A pass through a content filter is told by how it ended behind the filter. */
function waysOf(messages: readonly MessageSum[], recipients: readonly RecipientSum[]): WayTotals[] {
  return WAYS.map((way): WayTotals => {
    const own = messages.filter((sum) => wayOf(sum) === way)
    const ends = recipients.filter((sum) => wayOf(sum) === way)
    const count = (outcome: string): number => total(ends.filter((sum) => sum.outcome === outcome))
    const behind = total(ends.filter((sum) => sum.reinjected))
    return {
      way,
      messages: own.reduce((sum, one) => sum + one.messages, 0),
      bytes: own.reduce((sum, one) => sum + one.bytes, 0),
      recipients: total(ends.filter((sum) => !sum.reinjected)),
      delivered: count('delivered'),
      deliveredLocally: count('delivered-locally'),
      handedOn: Math.max(0, count('handed-on') - behind),
      deferred: count('deferred'),
      failed: count('failed'),
      discarded: count('discarded'),
      removed: count('removed'),
      open: count('unknown'),
    }
  }).filter((one) => one.messages > 0 || one.recipients > 0)
}

const total = (sums: readonly {readonly recipients: number}[]): number =>
  sums.reduce((sum, one) => sum + one.recipients, 0)

function hoursOfDay(
  {from, to}: DailyQuestion,
  messages: readonly MessageSum[],
  recipients: readonly RecipientSum[],
  rejections: readonly RejectionSum[],
): HourTotals[] {
  const outgoing = (sum: {origin: string | null; forwarded: boolean}): boolean =>
    !['incoming', 'bounce'].includes(wayOf(sum))
  return Array.from({length: Math.min(24 * 62, Math.ceil((to - from) / HOUR))}, (_, hour): HourTotals => {
    const own = messages.filter((sum) => sum.hour === hour)
    const ends = recipients.filter((sum) => sum.hour === hour && outgoing(sum))
    const count = (list: readonly MessageSum[]): number => list.reduce((sum, one) => sum + one.messages, 0)
    return {
      from: iso(from + hour * HOUR),
      outgoing: count(own.filter(outgoing)),
      incoming: count(own.filter((sum) => wayOf(sum) === 'incoming')),
      delivered: total(ends.filter((sum) => sum.outcome === 'delivered' || sum.outcome === 'delivered-locally')),
      failed: total(ends.filter((sum) => sum.outcome === 'failed')),
      deferred: total(ends.filter((sum) => sum.outcome === 'deferred')),
      rejected: rejections.filter((sum) => sum.hour === hour).reduce((sum, one) => sum + one.rejections, 0),
    }
  })
}

function refusedOf(recipients: readonly RecipientSum[]): DailyAnswer['refused'] {
  const failed = recipients.filter((sum) => sum.outcome === 'failed')
  const kind = (...kinds: RecipientSum['refusal'][]): number =>
    total(failed.filter((sum) => kinds.includes(sum.refusal)))
  const domains = new Map<string, {recipients: number; unknownUser: number; policy: number; other: number}>()
  for (const {domain, refusal, recipients: count} of failed) {
    if (domain === null) continue
    const sum = domains.get(domain) ?? {recipients: 0, unknownUser: 0, policy: 0, other: 0}
    domains.set(domain, sum)
    sum.recipients += count
    sum[refusal === 'unknown-user' ? 'unknownUser' : refusal === 'policy' ? 'policy' : 'other'] += count
  }
  return {
    recipients: total(failed),
    unknownUser: kind('unknown-user'),
    policy: kind('policy'),
    ownLimit: kind('own-limit'),
    other: kind('other', 'none'),
    domains: [...domains]
      .map(([domain, sum]) => ({domain, ...sum}))
      .sort(most)
      .slice(0, TOP),
  }
}

const most = (a: DomainTrouble, b: DomainTrouble): number =>
  b.recipients - a.recipients || a.domain.localeCompare(b.domain)

function deferredOf(recipients: readonly RecipientSum[]): DailyAnswer['deferred'] {
  const waits = recipients.filter((sum) => sum.outcome === 'deferred')
  const domains = new Map<string, number>()
  for (const {domain, recipients: count} of waits)
    if (domain !== null) domains.set(domain, (domains.get(domain) ?? 0) + count)
  return {
    recipients: total(waits),
    retries: recipients.reduce((sum, one) => sum + one.retries, 0),
    domains: [...domains]
      .map(([domain, count]) => ({domain, recipients: count}))
      .sort(most)
      .slice(0, TOP),
  }
}

function rejectionsOf(store: SqliteStore, sums: readonly RejectionSum[]): DailyAnswer['rejections'] {
  const clients = new Map<string | null, number>()
  for (const {clientIp, rejections} of sums) clients.set(clientIp, (clients.get(clientIp) ?? 0) + rejections)
  const newest = sums
    .map((sum) => sum.newest)
    .sort((a, b) => b - a)
    .slice(0, SAMPLED)
  const words = new Map<string, {kind: RejectionReason['kind']; count: number}>()
  let sampled = 0
  for (const {life} of store.byIds(newest)) {
    if (life.rejection === null) continue
    sampled++
    const text = plainReason(readable(life.rejection.text))
    const sum = words.get(text) ?? {kind: refusalKind(life.rejection.text, life.rejection.status), count: 0}
    words.set(text, sum)
    sum.count++
  }
  return {
    count: sums.reduce((sum, one) => sum + one.rejections, 0),
    clients: [...clients]
      .map(([ip, rejections]) => ({ip, rejections}))
      .sort((a, b) => b.rejections - a.rejections || String(a.ip).localeCompare(String(b.ip)))
      .slice(0, TOP),
    reasons: [...words]
      .map(([text, {kind, count}]) => ({text, kind, share: count / Math.max(1, sampled)}))
      .sort((a, b) => b.share - a.share || a.text.localeCompare(b.text))
      .slice(0, TOP),
    sampled,
  }
}

/** A refusal's words without addresses, hosts in brackets and numbers, so that alike ones meet. */
const plainReason = (text: string): string =>
  text
    .slice(0, 300)
    .replace(/(?:[\w.-]{1,255} )?(?:\([^()\s]{1,255}\) )?\[[0-9a-fA-F.:]{2,45}\](?::\d{1,5})?/g, '…')
    .replace(/<[^<>]{0,320}>/g, '<…>')
    .replace(/\[[^\]]{0,60}\]/g, '[…]')
    .replace(/[^\s<>"'(),:;]{1,128}@[^\s<>"'(),:;]{1,255}/g, '…')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '…')
    .replace(/https?:\/\/\S+/g, '…')
    .trim()

const AGES = [HOUR, 6 * HOUR, DAY, 3 * DAY, null]

function queueOf(store: SqliteStore, {to, servers}: DailyQuestion): DailyAnswer['queue'] {
  const waiting = waitingMessages(store.db, to - WAITING_DAYS * DAY, to, MOST_WAITING).filter(
    ({server}) => servers.length === 0 || servers.includes(server),
  )
  let below = 0
  return {
    waiting: waiting.length,
    frozen: waiting.filter((one) => one.state === 'frozen').length,
    ages: AGES.map((age) => {
      const low = below
      below = age ?? Number.POSITIVE_INFINITY
      const inside = waiting.filter(({at}) => to - at >= low && to - at < below)
      return {upTo: age === null ? null : `${age / HOUR}h`, messages: inside.length}
    }),
    oldest: iso(waiting.at(-1)?.at ?? null),
  }
}

function senderOf(
  store: SqliteStore,
  {subject, account, messages, recipients, failed}: SenderSum,
  from: number,
  to: number,
): DailySender {
  return {subject, account, messages, recipients, failed, hours: sparkline(store, subject, from, to)}
}

function sparkline(store: SqliteStore, subject: AbuseSubject, from: number, to: number): number[] {
  const hours = hoursOf(store.db, subject, from, to)
  if (hours.size === 0) return []
  return Array.from({length: Math.min(24 * 62, Math.ceil((to - from) / HOUR))}, (_, hour) => hours.get(hour) ?? 0)
}

/** The two UTC days that a local day touches give a sender two ranks: the higher one counts. */
function ranksOf(store: SqliteStore, ranks: readonly Rank[], from: number, to: number): DailyRank[] {
  const best = new Map<string, Rank>()
  for (const rank of ranks) {
    const key = `${rank.subject.server}\n${rank.subject.kind}\n${rank.subject.name}`
    const before = best.get(key)
    if (before === undefined || rank.score > before.score) best.set(key, rank)
  }
  return [...best.values()]
    .filter((rank) => rank.score > 0)
    .sort((a, b) => b.score - a.score || b.recipients - a.recipients || a.subject.name.localeCompare(b.subject.name))
    .slice(0, TOP)
    .map((rank) => ({
      subject: rank.subject,
      account: rank.account,
      messages: rank.messages,
      recipients: rank.recipients,
      failed: rank.failed,
      score: Math.round(rank.score * 100) / 100,
      reasons: [...rank.reasons]
        .sort((a, b) => b.weight - a.weight)
        .map(({code, weight, values}) => ({code, weight: Math.round(weight * 100) / 100, values, text: ''})),
      hours: sparkline(store, rank.subject, from, to),
    }))
}

/** A small server may well log nothing for a while at midnight. */
const QUIET = 30 * 60_000
const merelyQuiet = ({reason, from, to}: Hole): boolean =>
  (reason === 'before-first' || reason === 'after-last') && from !== null && to !== null && to - from < QUIET

function dailyCoverage(store: SqliteStore, fleet: Fleet, {from, to, servers, now}: DailyQuestion): DailyCoverage {
  const wanted = (server: string): boolean => servers.length === 0 || servers.includes(server)
  const window = windowCoverage(store, fleet, {from, to: Math.min(to, now)})
  const holes = window.holes.filter((hole) => wanted(hole.server) && !merelyQuiet(hole))
  const unread = new Map<string, {lines: number; reference: number}>()
  for (const {server, count, reference} of window.unread) {
    if (!wanted(server)) continue
    const sum = unread.get(server)
    unread.set(server, {lines: (sum?.lines ?? 0) + count, reference})
  }
  return {
    complete: holes.length === 0 && unread.size === 0 && fleet.servers.length > 0,
    servers: window.spans
      .filter(({server}) => wanted(server))
      .map((span) => ({server: span.server, from: iso(span.from), to: iso(span.to)})),
    gaps: holes.map(({server, from: first, to: last, reason}) => ({server, from: iso(first), to: iso(last), reason})),
    unread: [...unread].map(([server, {lines, reference}]) => {
      const [line] = store.cite([reference])
      return {server, lines, example: line === undefined ? null : readable(line.text)}
    }),
  }
}
