/** Is an address on a DNS block list (RFC 5782)? Asked only on request. */

import {ipAddress, reversed} from './ip-address.js'
import type {Resolver} from './resolver.js'

/** The list of hosts that bounce to strangers or call back on senders. */
export const BACKSCATTERER_ZONE = 'ips.backscatterer.org'

export type Listing =
  | {readonly kind: 'listed'; readonly codes: readonly string[]; readonly text: string | null}
  | {readonly kind: 'not-listed'}
  /** The list did not answer, refused us (an answer outside 127.0.0.0/8 or in 127.255.255.0/24), or `ip` is no address. */
  | {readonly kind: 'unknown'; readonly reason: string}

/** Asks `zone` about `ip`, IPv4 octets or IPv6 nibbles reversed. Never throws. */
export async function listed(ip: string, zone: string, resolver: Resolver): Promise<Listing> {
  const address = ipAddress(ip)
  if (address === null) return {kind: 'unknown', reason: 'no IP address'}
  const name = `${reversed(address)}.${zone}`
  const answer = await resolver.a(name)
  if (answer.kind === 'failure') return {kind: 'unknown', reason: answer.reason}
  if (answer.kind !== 'found') return {kind: 'not-listed'}
  const codes = answer.values.filter((value) => value.startsWith('127.') && !value.startsWith('127.255.255.'))
  if (codes.length === 0) return {kind: 'unknown', reason: `unusable answer ${answer.values.join(', ')}`}
  const text = await resolver.txt(name)
  return {kind: 'listed', codes, text: text.kind === 'found' ? (text.values[0] ?? null) : null}
}
