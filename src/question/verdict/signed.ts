/** Do we sign every outgoing sender (BATV, SRS)? Then a bounce to an address without a signature is not about mail of ours. */

import {unwrap} from '../../mail/address.js'
import {readable} from '../../mail/text.js'
import type {EvidenceStore} from '../../store/finder.js'
import type {Query} from './query.js'

/** Outgoing messages around the time that must all be signed before it is a rule. */
const ENOUGH = 10
/** Messages looked at, at most. */
const MOST = 200
/** How far around the time outgoing mail is looked at, milliseconds. */
const AROUND = 6 * 3_600_000
const SCHEMES: Readonly<Record<string, string>> = {batv: 'BATV', srs0: 'SRS', srs1: 'SRS', 'bounces-srs': 'SRS'}

/** The signature's name (BATV, SRS) of an address; null where it has none. */
function schemeOf(address: string): string | null {
  for (const {kind} of unwrap(address)) if (SCHEMES[kind] !== undefined) return SCHEMES[kind]
  return null
}

/** The report's sender that lacks the signature which all our outgoing mail of those hours has; null where that cannot be said. */
export function unsignedAddress(store: EvidenceStore, query: Query): {address: string; scheme: string} | null {
  const address = query.senders.find((sender) => sender !== '')
  if (address === undefined || query.core === null || schemeOf(address) !== null) return null
  const schemes = new Map<string, number>()
  for (const {life} of store.between(query.core.from - AROUND, query.core.to + AROUND, MOST)) {
    if (life.sender === null || life.sender === '' || life.rejection !== null) continue
    if (!life.recipients.some(({outcome, loopback}) => outcome === 'delivered' && !loopback)) continue
    const scheme = schemeOf(readable(life.sender))
    if (scheme === null) return null
    schemes.set(scheme, (schemes.get(scheme) ?? 0) + 1)
  }
  const [most] = [...schemes].sort((a, b) => b[1] - a[1])
  return most !== undefined && most[1] >= ENOUGH ? {address, scheme: most[0]} : null
}
