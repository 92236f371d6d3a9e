/** On which stranger's host a message was made, as far as its Received lines say. */

import {isLoopback} from '../../mail/ip.js'
import type {Hop} from '../../notice/notice.js'
import type {Query} from './query.js'

/** Where the original came into the world, as far as its hops say: the host that made it or took it from its sender. */
export interface Birthplace {
  readonly host: string
  /** The host's own queue ID; null where only the next host's line speaks of it. */
  readonly queueId: string | null
  readonly hop: Hop
}

/**
 * The oldest hop by a stranger. A line that says "from X [ip] by Y" without a login and not from Y itself was written by one that received:
 * then X is the place. null where that is one of ours, or where nothing is said.
 */
export function birthplaceOf(query: Query): Birthplace | null {
  const first = query.hops.filter(({byUs}) => byUs === null).at(-1)
  if (!first || first.hop.by === null || first.fromUs !== null) return null
  const {hop} = first
  const by = first.hop.by
  const {ip, rdns, helo} = hop.from
  const submitted =
    hop.login !== null || hop.user !== null || hop.uid !== null || /a$|^local$|http/.test(hop.protocol ?? '')
  if (
    ip === null ||
    isLoopback(ip) ||
    submitted ||
    [rdns, helo].some((name) => name?.toLowerCase() === by.toLowerCase())
  )
    return {host: by, queueId: hop.id, hop}
  return {host: rdns !== null && rdns !== 'unknown' ? rdns : `[${ip}]`, queueId: null, hop}
}
