/** The recipients of one life by the address and original that name them, while its lines are folded. */

import {lowerCase} from '../mail/text.js'
import type {LifeRecipient} from './life.js'

/** What tells one recipient from another: its address and the one that it came from, case ignored. */
export const keyOf = (address: string, original: string | null): string =>
  original === null || original === '' ? lowerCase(address) : `${lowerCase(address)}\n${lowerCase(original)}`

/** The key of a further copy that went another way. */
export const copyKey = (key: string, router: string | null, transport: string | null): string =>
  `${key}\n\n${router ?? ''} ${transport ?? ''}`

export function newRecipient(address: string, original: string | null): LifeRecipient {
  return {
    address,
    original,
    outcome: 'unknown',
    at: null,
    attempts: 0,
    remoteHost: null,
    remoteIp: null,
    reply: null,
    status: null,
    receipt: null,
    forwardedAs: null,
    loopback: false,
    refusedByUs: false,
    transport: null,
  }
}

interface Known {
  readonly key: string
  readonly recipient: LifeRecipient
  /** The router of the recipient's last word. */
  router: string | null
  readonly before: Known | null
}

/** Recipients beyond which a map finds them; most lives have one or two, and a map for each of them costs more than it saves. */
const MANY = 12

export class KnownRecipients {
  private last: Known | null = null
  private count = 0
  private map: Map<string, Known> | null = null

  get(key: string): LifeRecipient | undefined {
    return this.find(key)?.recipient
  }

  set(key: string, recipient: LifeRecipient): void {
    const known = {key, recipient, router: null, before: this.last}
    this.last = known
    this.count++
    if (this.map !== null) this.map.set(key, known)
    else if (this.count > MANY) this.map = this.mapped()
  }

  routerOf(key: string): string | null {
    return this.find(key)?.router ?? null
  }

  setRouter(key: string, router: string | null): void {
    const known = this.find(key)
    if (known) known.router = router
  }

  private find(key: string): Known | undefined {
    if (this.map !== null) return this.map.get(key)
    for (let known = this.last; known !== null; known = known.before) if (known.key === key) return known
    return undefined
  }

  /** The latest of a key wins. */
  private mapped(): Map<string, Known> {
    const map = new Map<string, Known>()
    for (let known = this.last; known !== null; known = known.before) if (!map.has(known.key)) map.set(known.key, known)
    return map
  }
}
