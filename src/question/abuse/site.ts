/** One server's senders: who a fact is about, and what is kept of him. */

import type {AbuseSubject, SendOrigin} from '../../mail/send-fact.js'
import type {Rank} from './alert.js'
import {FIRST_PRIOR, type Prior} from './baseline.js'
import {Holder} from './holder.js'
import type {Past} from './past.js'
import {isMovedScript} from './script-path.js'
import {Sender} from './sender.js'

const DAY = 86_400_000

/** One server's world. */
export interface Site {
  readonly name: string
  readonly bornAt: number
  readonly senders: Map<string, Sender>
  readonly holders: Map<string, Holder>
  readonly scriptsOf: Map<string, Sender[]>
  day: number
  priors: Record<'script' | 'login' | 'account', Prior>
  /** What the operator's words did to thresholds, by sender. */
  readonly leniency: Map<string, number>
  /** Times at which the operator called an alert false. */
  calledFalse: number[]
}

export const byScore = (a: Rank, b: Rank): number => b.score - a.score || b.recipients - a.recipients

export const keyOf = (kind: string, name: string, cron: boolean): string => `${cron ? 'cron' : kind}\n${name}`

export function newSite(name: string, at: number): Site {
  return {
    name,
    bornAt: at,
    senders: new Map(),
    holders: new Map(),
    scriptsOf: new Map(),
    day: Math.floor(at / DAY),
    priors: {script: FIRST_PRIOR, login: FIRST_PRIOR, account: FIRST_PRIOR},
    leniency: new Map(),
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

/** Makes a sender's state, with its stored past or that of the same script at its old place. */
export function newSender(site: Site, subject: AbuseSubject, origin: SendOrigin, at: number, past: Past): Sender {
  const holderName = origin.account ?? origin.login?.slice(origin.login.lastIndexOf('@') + 1) ?? subject.name
  let holder = site.holders.get(holderName)
  if (holder === undefined) {
    holder = new Holder(holderName, past.accountBornAt(site.name, holderName) ?? at)
    site.holders.set(holderName, holder)
  }
  const rows = origin.cron ? [] : past.rowsOf(subject)
  const sender = new Sender(subject, holder, origin.account, rows[0] ? rows[0].day * DAY : at, origin.cron)
  sender.lastAt = at
  for (const row of rows) if (!row.incident) sender.baseline.learn(row.strangers)
  if (subject.kind !== 'script') return sender
  const siblings = site.scriptsOf.get(holderName) ?? []
  const before = siblings.find((s) => isMovedScript(s.subject.name, subject.name))
  if (before && rows.length === 0) sender.inherit(before)
  else if (rows.length === 0) holder.scriptBorn(at)
  siblings.push(sender)
  site.scriptsOf.set(holderName, siblings)
  return sender
}

export function forget(site: Site, key: string, sender: Sender): void {
  site.senders.delete(key)
  const siblings = site.scriptsOf.get(sender.holder.name)
  if (siblings)
    site.scriptsOf.set(
      sender.holder.name,
      siblings.filter((s) => s !== sender),
    )
}

export function rankOf(site: Site, sender: Sender): Rank {
  const {messages, recipients, strangers} = sender.today
  const {subject, account, best, failedToday} = sender
  return {
    subject,
    account,
    day: site.day,
    score: best.score,
    messages,
    recipients,
    strangers,
    failed: failedToday,
    reasons: best.reasons,
  }
}
