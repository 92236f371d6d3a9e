/** Small hand-made streams of facts for the abuse detector's tests. */

import {hash53} from '../../../src/mail/hash.js'
import type {AbuseFact, OutcomeKind, SendFact, SendOrigin, SentTo} from '../../../src/mail/send-fact.js'
import type {Alert} from '../../../src/question/abuse/alert.js'
import {AbuseDetector, type AbuseOptions} from '../../../src/question/abuse/detector.js'
import {pastOf} from '../../../src/question/abuse/past.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A Monday, 00:00 UTC. */
export const START = Date.UTC(2026, 2, 2)
export const SERVER = 'web1.example.net'

const origins = new Map<string, SendOrigin>()

function origin(parts: Partial<SendOrigin>): SendOrigin {
  const whole: SendOrigin = {
    server: SERVER,
    script: null,
    scriptDirectory: null,
    login: null,
    account: null,
    forwarder: null,
    cron: false,
    ownDomains: [],
    ...parts,
  }
  const key = JSON.stringify(whole)
  const known = origins.get(key)
  if (known) return known
  origins.set(key, whole)
  return whole
}

export const script = (path: string): SendOrigin =>
  origin({script: path, account: path.split('/')[2] ?? '', ownDomains: [`${path.split('/')[2]}.example`]})
export const login = (name: string): SendOrigin =>
  origin({login: name, ownDomains: [name.slice(name.indexOf('@') + 1)]})
export const cron = (account: string): SendOrigin => origin({account, cron: true})
export const forwarder = (address: string): SendOrigin => origin({forwarder: address})

export const to = (address: string): SentTo => ({
  hash: hash53(address),
  domain: address.slice(address.indexOf('@') + 1),
})

export interface Extra {
  readonly from?: string
  readonly ip?: string | null
  readonly evaluated?: boolean
  /** How each recipient ends, a second later. */
  readonly ends?: OutcomeKind
}

/** Collects facts in any order and hands them over in time order. */
export class Stream {
  readonly #facts: AbuseFact[] = []
  #key = 0
  #person = 0

  stranger(): string {
    return `person${++this.#person}@elsewhere.example`
  }

  send(at: number, by: SendOrigin, recipients: readonly string[], extra: Extra = {}): this {
    const sender = extra.from ?? by.login ?? `${by.account}@${SERVER}`
    const messageKey = ++this.#key
    const fact: SendFact = {
      type: 'send',
      at,
      origin: by,
      messageKey,
      sender: hash53(sender),
      senderDomain: sender.slice(sender.indexOf('@') + 1),
      client: extra.ip ? hash53(extra.ip) : null,
      evaluated: extra.evaluated ?? false,
      recipients: recipients.map(to),
      continued: false,
    }
    this.#facts.push(fact)
    for (const address of recipients)
      this.#facts.push({
        type: 'outcome',
        at: at + 1000,
        origin: by,
        messageKey,
        recipient: hash53(address),
        kind: extra.ends ?? 'delivered',
        local: false,
        ownLimit: false,
      })
    return this
  }

  /** `count` messages to one stranger each, `gap` apart. Every `badEvery`th is refused as unknown. */
  burst(
    at: number,
    by: SendOrigin,
    count: number,
    gap: number,
    extra: Extra & {badEvery?: number; ips?: readonly string[]} = {},
  ): this {
    for (let i = 0; i < count; i++) {
      const ends: OutcomeKind = extra.badEvery !== undefined && i % extra.badEvery === 0 ? 'unknown-user' : 'delivered'
      const ip = extra.ips ? (extra.ips[i % extra.ips.length] ?? null) : (extra.ip ?? null)
      this.send(at + i * gap, by, [this.stranger()], {...extra, ip, ends: extra.ends ?? ends})
    }
    return this
  }

  /** An ordinary server: `days` days of fifteen sites with forms and shops, and five people who write to those they know. */
  ordinary(days: number): this {
    for (let d = 0; d < days; d++) {
      for (let site = 0; site < 15; site++) {
        const form = script(`/home/site${site}/public_html/contact.php`)
        for (let i = 0; i < 1 + ((site + d) % 3); i++)
          this.send(
            START + d * DAY + (8 + i * 2) * HOUR + site * MINUTE,
            form,
            [`info@site${site}.example`, ...(i === 0 ? [this.stranger()] : [])],
            {ip: `192.0.2.${(site * 7 + d + i) % 250}`},
          )
      }
      for (let p = 0; p < 5; p++) {
        const person = login(`person@office${p}.example`)
        for (let i = 0; i < 6; i++)
          this.send(
            START + d * DAY + (9 + i) * HOUR + p * MINUTE,
            person,
            [`friend${i}@partner.example`, ...(i === 5 ? [this.stranger()] : [])],
            {ip: `198.51.100.${p}`},
          )
      }
    }
    return this
  }

  facts(): AbuseFact[] {
    return [...this.#facts].sort((a, b) => a.at - b.at)
  }
}

export const detector = (options: Partial<AbuseOptions> = {}): AbuseDetector =>
  new AbuseDetector({budget: 1, allow: [], fixedLimits: [], baseline: pastOf([]), ...options})

/** Feeds everything; the alerts that opened an incident. */
export function alertsOf(facts: readonly AbuseFact[], by: AbuseDetector = detector()): Alert[] {
  return facts.flatMap((fact) => by.feed(fact)).filter((alert) => alert.state === 'opened')
}

export const codes = (alert: Alert | undefined): string[] =>
  alert?.reasons.filter((r) => r.weight > 0).map((r) => r.code) ?? []
