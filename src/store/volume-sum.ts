/** What one sender did in one hour, summed message by message. */

import {outcomeCodes, refusalCodes} from './codes.js'
import {Distinct} from './distinct.js'
import {outcomeOf, refusalIn} from './sent-rows.js'

const outcome = (word: Parameters<typeof outcomeCodes.code>[0]): number => outcomeCodes.code(word)
const DONE: ReadonlySet<number> = new Set([outcome('delivered'), outcome('delivered-locally'), outcome('handed-on')])
const FAILED = outcome('failed')
const DEFERRED = outcome('deferred')
const UNKNOWN_USER = refusalCodes.code('unknown-user')
const POLICY = refusalCodes.code('policy')

export class VolumeSum {
  private messages = 0
  private recipients = 0
  private readonly addresses = new Distinct()
  private readonly domains = new Distinct()
  private readonly clients = new Distinct()
  private delivered = 0
  private unknownUser = 0
  private policy = 0
  private other = 0
  private deferred = 0

  message(client: number | null): void {
    this.messages++
    this.clients.add(client)
  }

  /** A recipient of the message itself; `ended`: see ENDED. */
  recipient(address: number, domain: number | null, ended: number): void {
    this.recipients++
    if (DONE.has(outcomeOf(ended))) this.delivered++
    this.ended(address, domain, ended)
  }

  /** The same message behind a content filter, which took it over: a recipient who ended otherwise there was not delivered. */
  behindFilter(address: number, domain: number | null, ended: number): void {
    if (!DONE.has(outcomeOf(ended))) this.delivered--
    this.ended(address, domain, ended)
  }

  private ended(address: number, domain: number | null, ended: number): void {
    this.addresses.add(address)
    this.domains.add(domain)
    const how = outcomeOf(ended)
    if (how === DEFERRED) this.deferred++
    if (how !== FAILED) return
    const refusal = refusalIn(ended)
    if (refusal === UNKNOWN_USER) this.unknownUser++
    else if (refusal === POLICY) this.policy++
    else this.other++
  }

  /** In the order of the columns of table volume. */
  values(): number[] {
    const {messages, recipients, addresses, domains, clients, delivered, unknownUser, policy, other, deferred} = this
    const distinct = [addresses.size, domains.size, clients.size]
    return [messages, recipients, ...distinct, delivered, unknownUser, policy, other, deferred]
  }
}
