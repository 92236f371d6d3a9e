/** The recipients of one life by the address and original that name them, while its lines are folded. */

import type {LifeRecipient} from './life.js'

/** What tells one recipient from another: its address and the one that it came from, case ignored. */
export const keyOf = (address: string, original: string | null): string =>
  original === null || original === '' ? address.toLowerCase() : `${address.toLowerCase()}\n${original.toLowerCase()}`

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

/** Recipients beyond which a map finds them; most lives have one or two, and a map for each of them costs more than it saves. */
const MANY = 12

export class KnownRecipients {
  private readonly keys: string[] = []
  private readonly recipients: LifeRecipient[] = []
  /** The router of each recipient's last word, in the same places. */
  private readonly routers: (string | null)[] = []
  private places: Map<string, number> | null = null

  get(key: string): LifeRecipient | undefined {
    return this.recipients[this.place(key)]
  }

  set(key: string, recipient: LifeRecipient): void {
    this.places?.set(key, this.keys.length)
    this.keys.push(key)
    this.recipients.push(recipient)
    this.routers.push(null)
    if (this.places === null && this.keys.length > MANY) this.places = new Map(this.keys.map((one, i) => [one, i]))
  }

  routerOf(key: string): string | null {
    return this.routers[this.place(key)] ?? null
  }

  setRouter(key: string, router: string | null): void {
    this.routers[this.place(key)] = router
  }

  private place(key: string): number {
    return this.places === null ? this.keys.lastIndexOf(key) : (this.places.get(key) ?? -1)
  }
}
