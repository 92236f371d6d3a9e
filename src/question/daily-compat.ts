/** Totals as pflogsumm and eximstats count them: every queue entry and every line, filter passes and aliases included. */

import type {MailEvent, MessageRejected, RecipientAttempted} from '../mail/event.js'
import {eventsBetween} from '../store/daily-events.js'
import type {SqliteStore} from '../store/finder.js'
import {iso} from './message.js'

/** `mailwitness.compat/1`: names as in the other program's own report. */
export interface CompatTotals {
  readonly schema: 'mailwitness.compat/1'
  readonly program: 'pflogsumm' | 'eximstats'
  readonly span: {readonly from: string | null; readonly to: string | null}
  readonly totals: Readonly<Record<string, number>>
}

export function compatTotals(
  store: SqliteStore,
  program: CompatTotals['program'],
  from: number,
  to: number,
): CompatTotals {
  const counter = program === 'pflogsumm' ? new PostfixCounter() : new EximCounter()
  for (const event of eventsBetween(store, from, to)) counter.count(event)
  return {schema: 'mailwitness.compat/1', program, span: {from: iso(from), to: iso(to)}, totals: counter.totals()}
}

/** Middles of the program name that pflogsumm knows smtpd under. */
const READ_SERVICES: ReadonlySet<string | null> = new Set([null, 'smtps', 'submission'])

/** pflogsumm 1.1.5: "received" is a queue entry, "delivered" a recipient with status=sent, "rejected" a reject line. */
class PostfixCounter {
  #received = 0
  #delivered = 0
  #forwarded = 0
  #deferrals = 0
  #bounced = 0
  #rejected = 0
  #warned = 0
  #held = 0
  #discarded = 0
  #bytesReceived = 0
  #bytesDelivered = 0
  readonly #entries = new Set<string>()
  readonly #deferred = new Set<string>()
  readonly #sizes = new Map<string, number>()

  count(event: MailEvent): void {
    if (event.mta !== 'postfix') return
    switch (event.type) {
      case 'client-accepted':
        // It reads `postfix/smtpd` and two services by name; one with a syslog name of its own (a proxy filter's) it passes over.
        if (!READ_SERVICES.has(event.service)) return
        this.#receive(event)
        return
      case 'message-picked-up':
        this.#receive(event)
        return
      case 'message-activated':
        if (event.queueId !== null && !this.#sizes.has(event.queueId)) {
          this.#sizes.set(event.queueId, event.size)
          // Mail that began here (bounces) was never received.
          if (this.#entries.has(event.queueId)) this.#bytesReceived += event.size
        }
        return
      case 'recipient-attempted':
        this.#attempt(event)
        return
      case 'message-rejected':
        // What sendmail(1) refuses is a `fatal:` line to it.
        if (event.stage !== 'submission') this.#rejection(event.action)
        return
      case 'header-recorded':
        this.#rejection(event.verb)
        return
      default:
    }
  }

  #receive({queueId}: MailEvent): void {
    this.#received++
    if (queueId !== null) this.#entries.add(queueId)
  }

  #attempt(event: RecipientAttempted): void {
    const {result, queueId, forwardedAs} = event
    if (event.probe) return
    if (result === 'delivered') {
      if (forwardedAs !== null) this.#forwarded++
      else {
        this.#delivered++
        this.#bytesDelivered += this.#sizes.get(queueId ?? '') ?? 0
      }
    } else if (result === 'deferred') {
      this.#deferrals++
      if (queueId !== null) this.#deferred.add(queueId)
    } else if (result === 'failed') this.#bounced++
  }

  #rejection(verb: MessageRejected['action']): void {
    if (verb === 'reject' || verb === 'milter-reject') this.#rejected++
    else if (verb === 'reject_warning' || verb === 'warning') this.#warned++
    else if (verb === 'hold') this.#held++
    else if (verb === 'discard') this.#discarded++
  }

  totals(): Record<string, number> {
    return {
      received: this.#received,
      delivered: this.#delivered,
      forwarded: this.#forwarded,
      deferred: this.#deferred.size,
      deferrals: this.#deferrals,
      bounced: this.#bounced,
      rejected: this.#rejected,
      'reject warnings': this.#warned,
      held: this.#held,
      discarded: this.#discarded,
      'bytes received': this.#bytesReceived,
      'bytes delivered': this.#bytesDelivered,
    }
  }
}

/** eximstats: "received" is a `<=` line, "delivered" messages are `=>` lines, addresses `=>` and `->` lines. */
class EximCounter {
  #received = 0
  #bytesReceived = 0
  #bytesDelivered = 0
  #messages = 0
  #addresses = 0
  #rejects = 0
  #temporaryRejects = 0
  readonly #sizes = new Map<string, number>()
  readonly #delayed = new Set<string>()
  readonly #failed = new Set<string>()

  count(event: MailEvent): void {
    if (event.mta !== 'exim') return
    switch (event.type) {
      case 'message-received':
        this.#received++
        this.#bytesReceived += event.size ?? 0
        if (event.queueId !== null) this.#sizes.set(event.queueId, event.size ?? 0)
        return
      case 'recipient-attempted':
        this.#attempt(event)
        return
      case 'message-rejected':
        if (event.temporary) this.#temporaryRejects++
        else this.#rejects++
        return
      default:
    }
  }

  #attempt({marker, queueId}: RecipientAttempted): void {
    const size = this.#sizes.get(queueId ?? '')
    if (size === undefined) return
    if (marker === '=>' || marker === '->') {
      this.#addresses++
      if (marker === '=>') {
        this.#messages++
        this.#bytesDelivered += size
      }
    } else if (marker === '==' && queueId !== null) this.#delayed.add(queueId)
    else if (marker === '**' && queueId !== null) this.#failed.add(queueId)
  }

  totals(): Record<string, number> {
    return {
      'received messages': this.#received,
      'received volume': this.#bytesReceived,
      'delivered messages': this.#messages,
      'delivered addresses': this.#addresses,
      'delivered volume': this.#bytesDelivered,
      'messages with delays': this.#delayed.size,
      'messages with failures': this.#failed.size,
      rejects: this.#rejects,
      'temp rejects': this.#temporaryRejects,
    }
  }
}
