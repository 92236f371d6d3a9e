/** Limits as panels and firewalls know them (CSF/LFD, cPanel): so many messages or recipients per hour, whoever it is. */

import type {AbuseSubject, SendFact} from '../../mail/send-fact.js'
import type {Alert} from './alert.js'
import type {Sender} from './sender.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BUCKETS = 12

export interface FixedLimit {
  /** What one counter belongs to. `directory`: the script's folder, as LFD counts. */
  readonly per: 'script' | 'directory' | 'account' | 'login' | 'client'
  readonly count: 'messages' | 'recipients'
  /** Milliseconds. */
  readonly window: number
  /** The counter that goes above it raises an alert. */
  readonly limit: number
}

const NONE: readonly Alert[] = []

interface Counter {
  readonly buckets: Float64Array
  sum: number
  head: number
  alertedAt: number
}

/** The counters as they are kept; null stands for "never". */
export interface KeptLimits {
  readonly sweptAt: number
  readonly counters: readonly {
    readonly key: string
    readonly buckets: readonly number[]
    readonly sum: number
    readonly head: number
    readonly alertedAt: number | null
  }[]
}

export class FixedLimits {
  readonly #counters = new Map<string, Counter>()
  #sweptAt = 0

  constructor(readonly limits: readonly FixedLimit[]) {}

  keep(): KeptLimits {
    return {
      sweptAt: this.#sweptAt,
      counters: [...this.#counters].map(([key, {buckets, sum, head, alertedAt}]) => ({
        key,
        buckets: [...buckets],
        sum,
        head,
        alertedAt: Number.isFinite(alertedAt) ? alertedAt : null,
      })),
    }
  }

  restore({sweptAt, counters}: KeptLimits): void {
    this.#sweptAt = sweptAt
    for (const {key, buckets, sum, head, alertedAt} of counters)
      this.#counters.set(key, {
        buckets: Float64Array.from(buckets),
        sum,
        head,
        alertedAt: alertedAt ?? Number.NEGATIVE_INFINITY,
      })
  }

  /** Counts one message against every limit; an alert for each that is passed, at most one a day for each counter. */
  send(sender: Sender, fact: SendFact): readonly Alert[] {
    if (this.limits.length === 0) return NONE
    const alerts: Alert[] = []
    for (const [index, limit] of this.limits.entries()) {
      const name = nameFor(limit, sender, fact)
      if (name === null) continue
      const counter = this.#counter(`${index}\n${fact.origin.server}\n${name}`)
      const n = limit.count === 'recipients' ? fact.recipients.length : fact.continued ? 0 : 1
      advance(counter, Math.floor((fact.at * BUCKETS) / limit.window))
      counter.buckets[counter.head % BUCKETS] = (counter.buckets[counter.head % BUCKETS] ?? 0) + n
      counter.sum += n
      if (counter.sum <= limit.limit || fact.at - counter.alertedAt < DAY) continue
      counter.alertedAt = fact.at
      alerts.push(limitAlert(limit, name, sender, fact, counter.sum))
    }
    if (fact.at - this.#sweptAt > DAY) this.#sweep(fact.at)
    return alerts
  }

  #counter(key: string): Counter {
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = {buckets: new Float64Array(BUCKETS), sum: 0, head: -1, alertedAt: Number.NEGATIVE_INFINITY}
      this.#counters.set(key, counter)
    }
    return counter
  }

  /** Forgets counters that are empty and have not spoken for a day. */
  #sweep(at: number): void {
    this.#sweptAt = at
    for (const [key, counter] of this.#counters) {
      const limit = this.limits[Number(key.slice(0, key.indexOf('\n')))]
      if (limit && counter.head < ((at - limit.window) * BUCKETS) / limit.window - 1 && at - counter.alertedAt > DAY)
        this.#counters.delete(key)
    }
  }
}

function advance(counter: Counter, head: number): void {
  if (head <= counter.head) return
  for (let b = Math.max(counter.head + 1, head - BUCKETS + 1); b <= head; b++) {
    counter.sum -= counter.buckets[b % BUCKETS] ?? 0
    counter.buckets[b % BUCKETS] = 0
  }
  counter.head = head
}

function nameFor(limit: FixedLimit, sender: Sender, fact: SendFact): string | null {
  const {script, scriptDirectory, account, login} = fact.origin
  switch (limit.per) {
    case 'script':
      return sender.subject.kind === 'script' ? sender.subject.name : null
    case 'directory':
      return script?.startsWith('/') ? script.slice(0, script.lastIndexOf('/')) : scriptDirectory
    case 'account':
      return account ?? login?.slice(login.lastIndexOf('@') + 1) ?? null
    case 'login':
      return login
    case 'client':
      return login === null || fact.client === null ? null : String(fact.client)
    default: {
      const missed: never = limit.per
      return missed
    }
  }
}

function limitAlert(limit: FixedLimit, name: string, sender: Sender, fact: SendFact, count: number): Alert {
  const subject: AbuseSubject =
    limit.per === 'account'
      ? {kind: 'account', server: fact.origin.server, name}
      : limit.per === 'directory'
        ? {kind: 'script', server: fact.origin.server, name: `${name}/`}
        : sender.subject
  const byRecipients = limit.count === 'recipients'
  return {
    subject,
    account: sender.account,
    state: 'opened',
    from: fact.at - limit.window,
    to: fact.at,
    firstAlertAt: fact.at,
    messages: byRecipients ? 0 : count,
    recipients: byRecipients ? count : 0,
    failed: 0,
    expected: limit.limit,
    ratio: count / Math.max(1, limit.limit),
    score: 0,
    threshold: 0,
    reasons: [
      {
        code: 'fixed-limit',
        weight: 0,
        values: {per: limit.per, counted: limit.count, name, limit: limit.limit, window: limit.window, count},
      },
    ],
    messageKeys: [fact.messageKey],
  }
}
