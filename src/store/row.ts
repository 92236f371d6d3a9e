/** A life as the narrow row that counts and lists need; everything else is read from its lines. */

import {domainOf} from '../life/domain.js'
import type {Life, LifeRecipient} from '../life/life.js'
import {cameBack} from '../life/outcome.js'
import {hash53OfLower} from '../mail/hash.js'
import {refusalKind} from '../mail/refusal-kind.js'
import {certaintyCodes, FLAG, originCodes, outcomeCodes, type RefusalKind, refusalCodes, stateCodes} from './codes.js'

/** Numbers of repeated strings; `Texts` makes them, a check only looks them up. */
export interface TextNumbers {
  number(value: string | null): number | null
}

export interface RecipientRow {
  readonly address: number
  readonly domain: number | null
  readonly outcome: number
  readonly refusal: number
  readonly at: number | null
  readonly attempts: number
}

/** What a life adds to the summary of a run. */
export interface Tally {
  messages: number
  deliveries: number
  rejections: number
}

/**
 * Counts of one life. What a Postfix content filter or a forward gave back to this server is counted with the entry that it became; Exim
 * accepts such mail as a message of its own, so each of the two counts what it did.
 */
export function tallyOf(life: Life): Tally {
  let deliveries = 0
  for (const recipient of life.recipients) {
    if (recipient.outcome === 'delivered' || recipient.outcome === 'delivered-locally') deliveries++
    else if (
      recipient.outcome === 'handed-on' &&
      recipient.forwardedAs === null &&
      !(life.mta === 'postfix' && recipient.loopback && cameBack(recipient.reply))
    )
      deliveries++
  }
  return {messages: life.accepted && !life.reinjected ? 1 : 0, deliveries, rejections: life.refusals}
}

export function refusalOf(recipient: LifeRecipient): RefusalKind {
  if (recipient.outcome !== 'failed' && recipient.outcome !== 'deferred') return 'none'
  if (recipient.refusedByUs) return 'own-limit'
  if (recipient.reply === null) return recipient.outcome === 'failed' ? 'other' : 'none'
  return refusalKind(recipient.reply, recipient.status)
}

/** A recipient's keyed, shortened hash: enough to ask "the same as before?", not to read the address back. */
export function addressHash(address: string, key: string): number {
  return hash53OfLower(key, address)
}

export function flagsOf(life: Life): number {
  return (
    (life.accepted ? FLAG.accepted : 0) |
    (life.ended ? FLAG.ended : 0) |
    (life.reinjected ? FLAG.reinjected : 0) |
    (life.origin.cron ? FLAG.cron : 0) |
    (life.origin.evaluated ? FLAG.evaluated : 0) |
    (life.rejection !== null && !life.accepted ? FLAG.rejection : 0) |
    (life.arrived ? FLAG.arrived : 0) |
    (life.mta === 'exim' ? FLAG.exim : 0)
  )
}

/** The address of ours through which mail from outside went on to the outside; null for all other mail. */
function forwarderOf(life: Life): string | null {
  if (life.origin.kind !== 'relay-in' || !life.accepted) return null
  const gone = life.recipients.find(
    (recipient) =>
      recipient.original !== null &&
      recipient.remoteHost !== null &&
      !recipient.loopback &&
      recipient.outcome !== 'delivered-locally',
  )
  return gone?.original?.toLowerCase() ?? null
}

/**
 * The script that a message counts for: its path; where no path and no folder is known, the base name that PHP's header claims
 * (X-PHP-Originating-Script, `uid:name.php`). Tells the scripts of one account apart where the log has no more, as Postfix's.
 */
function countedScript({origin, phpHeader}: Life): string | null {
  if (origin.script !== null || origin.scriptDirectory !== null || phpHeader === null) return origin.script
  const name = /^\d+:([^(/]{1,255})/.exec(phpHeader)?.[1]?.trim()
  return name === undefined || name === '' ? null : name
}

/** A number that a damaged or hostile line made longer than any column holds says nothing. */
const whole = (value: number | null): number | null => (Number.isSafeInteger(value) ? value : null)

/** Columns of table message in the order of the writer's statement, without id, server, refs, joined and changed. */
export function columnsOf(life: Life, texts: TextNumbers): (number | null)[] {
  const {origin} = life
  return [
    life.arrivedAt ?? life.firstAt,
    life.firstAt,
    life.lastAt,
    stateCodes.code(life.state),
    flagsOf(life),
    originCodes.code(origin.kind),
    certaintyCodes.code(origin.certainty),
    texts.number(life.sender),
    texts.number(countedScript(life)),
    texts.number(origin.scriptDirectory),
    texts.number(origin.login),
    texts.number(origin.account),
    whole(origin.uid),
    texts.number(origin.client?.ip ?? null),
    texts.number(origin.url),
    texts.number(origin.visitorIp),
    texts.number(forwarderOf(life)),
    whole(life.size),
  ]
}

export function recipientRow(recipient: LifeRecipient, texts: TextNumbers, hashKey: string): RecipientRow {
  return {
    address: addressHash(recipient.address, hashKey),
    domain: texts.number(domainOf(recipient.address)),
    outcome: outcomeCodes.code(recipient.outcome),
    refusal: refusalCodes.code(refusalOf(recipient)),
    at: recipient.at,
    attempts: recipient.attempts,
  }
}
