/** Who did it, for mail that came from inside: the script, the customer, the customer's machine, or somebody with the password. */

import {accountKey, loginKey, scriptKey} from '../../life/keys.js'
import {readable} from '../../mail/text.js'
import type {AnswerScope, Cause, Reason} from '../../mail/verdict.js'
import type {SentMessage} from '../../store/activity.js'
import type {EvidenceStore, Found} from '../../store/finder.js'
import {iso} from '../message.js'

const DAY = 86_400_000
/** Client addresses of one login within a day that one person seldom has. */
const MANY_ADDRESSES = 3
/** Client networks within a day that no person has, whatever the volume. */
const TOO_MANY_NETWORKS = 8
/** Messages a day below which no volume is called abnormal. */
const LEAST_ABNORMAL = 20
/** Recipients within a day that are abnormal for a sender whose earlier days the logs do not hold. */
const ABNORMAL_WITHOUT_HABIT = 50
/** How far above its own largest earlier day a sender must be to be abnormal. */
const TIMES_ABOVE = 4
/** Days of habit looked back. */
const HABIT_DAYS = 60

export interface Judged {
  readonly cause: Cause
  readonly reasons: readonly Reason[]
  readonly scope: AnswerScope | null
}

interface Compared {
  /** Messages in the day around the asked one. */
  readonly now: readonly SentMessage[]
  readonly networks: readonly string[]
  readonly abnormal: boolean
}

/** IPv4 /24, IPv6 /48. */
export function networkOf(ip: string): string {
  if (ip.includes(':')) return `${ip.split(':').slice(0, 3).join(':')}::/48`
  return `${ip.split('.').slice(0, 3).join('.')}.0/24`
}

const reason = (code: Reason['code'], data: Reason['data']): Reason => ({code, data, text: '', evidence: []})

/** What a sender sent within a day before and after. */
const around = (store: EvidenceStore, key: string, at: number): SentMessage[] =>
  store.withRecipients(store.occasions(key, at - DAY, at + DAY))

function compared(sent: readonly SentMessage[], usual: number | null, at: number): Compared {
  const now = sent.filter((one) => Math.abs(one.at - at) <= DAY / 2)
  const networks = [...new Set(now.flatMap((one) => (one.clientIp === null ? [] : [networkOf(one.clientIp)])))].sort()
  const count = now.reduce((sum, one) => sum + Math.max(1, one.recipients), 0)
  const abnormal =
    usual === null ? count >= ABNORMAL_WITHOUT_HABIT : count >= LEAST_ABNORMAL && count > TIMES_ABOVE * usual
  return {now, networks, abnormal}
}

function scopeOf(subject: string, sent: readonly SentMessage[], at: number): AnswerScope {
  return {
    subject,
    from: iso(at - DAY),
    to: iso(at + DAY),
    messages: sent.length,
    recipients: sent.reduce((sum, one) => sum + one.recipients, 0),
    failed: sent.reduce((sum, one) => sum + one.failed, 0),
    lastAt: iso(sent.at(-1)?.at ?? null),
  }
}

/** The cause and its reasons for a message from inside. */
export function causeOf(store: EvidenceStore, entry: Found): Judged {
  const {origin} = entry.life
  const at = entry.life.arrivedAt ?? entry.life.firstAt
  const when = iso(at)
  if (origin.kind === 'script') {
    const name = origin.script ?? origin.scriptDirectory ?? origin.url
    const reasons = [
      origin.certainty === 'ambiguous' && name === null
        ? reason('origin-ambiguous', {candidates: origin.candidates.map(readable)})
        : reason('sent-by-script', {
            account: text(origin.account),
            script: text(origin.script),
            scriptDirectory: text(origin.scriptDirectory),
            url: text(origin.url),
            visitorIp: origin.visitorIp,
            at: when,
            certainty: origin.certainty,
          }),
    ]
    return {
      cause: 'web-script',
      reasons,
      scope: name === null ? null : scopeOf(readable(name), around(store, scriptKey(name), at), at),
    }
  }
  if (origin.kind === 'authenticated' && origin.login !== null) return loginCause(store, entry, origin.login, at)
  if (origin.kind === 'local' || origin.kind === 'bounce') {
    const reasons = [reason('sent-by-local-user', {account: text(origin.account), uid: origin.uid, at: when})]
    const scope =
      origin.account === null
        ? null
        : scopeOf(readable(origin.account), around(store, accountKey(origin.account), at), at)
    return {cause: 'local-user', reasons, scope}
  }
  return {cause: 'unknown', reasons: [], scope: null}
}

const text = (bytes: string | null): string | null => (bytes === null ? null : readable(bytes))

function loginCause(store: EvidenceStore, entry: Found, login: string, at: number): Judged {
  const {client} = entry.life.origin
  const network = client?.ip == null ? null : networkOf(client.ip)
  const sent = around(store, loginKey(login), at)
  const before = store.habit(
    loginKey(login),
    at - HABIT_DAYS * DAY,
    at - DAY / 2,
    (ip) => network === null || networkOf(ip) === network,
  )
  const usual = before.busiestDay
  const usualNetwork = network !== null && before.fromAsked
  const habit = compared(sent, usual, at)
  const name = readable(login)
  const scope = scopeOf(name, sent, at)
  const reasons: Reason[] = [
    reason('sent-by-login', {
      login: name,
      clientIp: client?.ip ?? null,
      clientName: text(client?.name ?? null),
      at: iso(at),
    }),
  ]
  const foreign = network !== null && before.fromClients && !before.fromAsked
  const from = iso(habit.now[0]?.at ?? at)
  const to = iso(habit.now.at(-1)?.at ?? at)
  const recipients = habit.now.reduce((sum, one) => sum + one.recipients, 0)
  const addresses = [...new Set(habit.now.flatMap((one) => (one.clientIp === null ? [] : [one.clientIp])))].sort()
  const many = addresses.length >= MANY_ADDRESSES
  if (many) {
    reasons.push(reason('login-many-networks', {login: name, networks: habit.networks.length, from, to, addresses}))
  }
  if (habit.abnormal)
    reasons.push(reason('volume-abnormal', {subject: name, messages: habit.now.length, recipients, usual, from, to}))
  else reasons.push(reason('volume-usual', {subject: name, messages: habit.now.length, usual, from, to}))
  if ((many && habit.abnormal) || habit.networks.length >= TOO_MANY_NETWORKS || (foreign && habit.abnormal))
    return {cause: 'account-compromised', reasons, scope}
  if (habit.abnormal && client?.ip != null && usualNetwork) {
    reasons.push(reason('own-network', {login: name, clientIp: client.ip, network: networkOf(client.ip)}))
    return {cause: 'customer-machine', reasons, scope}
  }
  if (client?.ip != null && (usualNetwork || habit.networks.length === 1)) {
    reasons.push(reason('usual-login', {login: name, clientIp: client.ip, networks: habit.networks.length, days: null}))
  }
  reasons.push(reason('customer-or-machine', {}))
  return {cause: 'customer', reasons, scope}
}
