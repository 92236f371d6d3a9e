/** Are reporters, or we ourselves, known for bouncing to strangers? Asked by DNS, only on request. */

import type {BackscatterAnswer, Reporter} from './backscatter.js'
import {BACKSCATTERER_ZONE, listed} from './dns/dnsbl.js'
import {type Resolver, rememberingResolver} from './dns/resolver.js'

/** Addresses asked about, at most. */
const MOST_ASKED = 100

/** The answer with `listed` at its reporters (the first hundred addresses) and at our own addresses. Never throws. */
export async function listBackscatterers(
  answer: BackscatterAnswer,
  own: readonly string[],
  resolver: Resolver,
): Promise<BackscatterAnswer> {
  const dns = rememberingResolver(resolver)
  const known = new Map<string, Promise<'listed' | 'not-listed' | 'unknown'>>()
  const ask = (ip: string): Promise<'listed' | 'not-listed' | 'unknown'> => {
    const before = known.get(ip)
    if (before !== undefined) return before
    const asked =
      known.size >= MOST_ASKED
        ? Promise.resolve('unknown' as const)
        : listed(ip, BACKSCATTERER_ZONE, dns).then((one) => one.kind)
    known.set(ip, asked)
    return asked
  }
  const ownAddresses = await Promise.all(own.map(async (ip) => ({ip, listed: await ask(ip)})))
  const withListing = async (one: Reporter): Promise<Reporter> =>
    one.ip === null ? one : {...one, listed: await ask(one.ip)}
  const domains = await Promise.all(
    answer.domains.map(async (hit) => ({...hit, reporters: await Promise.all(hit.reporters.map(withListing))})),
  )
  return {...answer, domains, ownAddresses}
}
