/** A panel's hourly limit per sender domain (cPanel counts so): recipients in a sliding hour, at most one alert a day for each domain. */

import type {SendFact} from '../mail/send-fact.js'
import type {Alert} from './abuse/alert.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BUCKET = 300_000

interface Counter {
  /** Recipients by five minutes, oldest first. */
  readonly buckets: {at: number; recipients: number; messages: number}[]
  alertedAt: number
}

/** The counters as they are kept; null stands for "never". */
export type KeptDomains = readonly {
  readonly key: string
  readonly buckets: readonly Counter['buckets'][number][]
  readonly alertedAt: number | null
}[]

export class DomainLimit {
  readonly #counters = new Map<string, Counter>()

  constructor(readonly limit: number) {}

  keep(): KeptDomains {
    return [...this.#counters].map(([key, {buckets, alertedAt}]) => ({
      key,
      buckets,
      alertedAt: Number.isFinite(alertedAt) ? alertedAt : null,
    }))
  }

  restore(kept: KeptDomains): void {
    for (const {key, buckets, alertedAt} of kept)
      this.#counters.set(key, {buckets: [...buckets], alertedAt: alertedAt ?? Number.NEGATIVE_INFINITY})
  }

  /** Counts one message; an alert where it takes its domain above the limit. */
  send(fact: SendFact): readonly Alert[] {
    const {senderDomain, origin, at} = fact
    if (senderDomain === '' || origin.forwarder !== null) return []
    const key = `${origin.server}\n${senderDomain}`
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = {buckets: [], alertedAt: Number.NEGATIVE_INFINITY}
      this.#counters.set(key, counter)
    }
    const {buckets} = counter
    while (buckets[0] !== undefined && buckets[0].at <= at - HOUR) buckets.shift()
    const start = Math.floor(at / BUCKET) * BUCKET
    const last = buckets[buckets.length - 1]
    const count = fact.recipients.length
    if (last !== undefined && last.at === start) {
      last.recipients += count
      last.messages += fact.continued ? 0 : 1
    } else buckets.push({at: start, recipients: count, messages: fact.continued ? 0 : 1})
    const sum = buckets.reduce((total, bucket) => total + bucket.recipients, 0)
    if (sum <= this.limit || at - counter.alertedAt < DAY) return []
    counter.alertedAt = at
    return [
      {
        subject: {kind: 'domain', server: origin.server, name: senderDomain},
        account: origin.account,
        state: 'opened',
        from: at - HOUR,
        to: at,
        firstAlertAt: at,
        messages: buckets.reduce((total, bucket) => total + bucket.messages, 0),
        recipients: sum,
        failed: 0,
        expected: this.limit,
        ratio: sum / this.limit,
        score: 0,
        threshold: 0,
        reasons: [
          {
            code: 'fixed-limit',
            weight: 0,
            values: {
              per: 'domain',
              counted: 'recipients',
              name: senderDomain,
              limit: this.limit,
              window: HOUR,
              count: sum,
            },
          },
        ],
        messageKeys: [fact.messageKey],
      },
    ]
  }
}
