/** What the senders of one account share, and the totals that make a habit. */

import {RecipientMemory} from './recipient-memory.js'

const MOST_BORN = 64

/** A holder as it is kept, without its recipients. */
export interface KeptHolder {
  readonly name: string
  readonly bornAt: number
  readonly domains: readonly string[]
  readonly scriptsBorn: readonly number[]
  readonly hours: readonly number[]
  readonly lastAt: number
}

/** Messages by hour of the day, none yet. */
export const noHours = (): number[] => Array.from({length: 24}, () => 0)

/** One account (or login's domain): what its senders share. */
export class Holder {
  readonly domains = new Set<string>()
  /** First times of its newest new scripts, oldest first. */
  readonly scriptsBorn: number[] = []
  /** Messages by hour of the day, UTC. */
  hours: number[] = noHours()
  lastAt = 0

  constructor(
    readonly name: string,
    readonly bornAt: number,
    readonly recipients = new RecipientMemory(),
  ) {}

  keep(): KeptHolder {
    const {name, bornAt, domains, scriptsBorn, hours, lastAt} = this
    return {name, bornAt, domains: [...domains], scriptsBorn: [...scriptsBorn], hours: [...hours], lastAt}
  }

  static from(kept: KeptHolder, recipients: RecipientMemory): Holder {
    const holder = new Holder(kept.name, kept.bornAt, recipients)
    for (const domain of kept.domains) holder.domains.add(domain)
    holder.scriptsBorn.push(...kept.scriptsBorn)
    holder.hours = [...kept.hours]
    holder.lastAt = kept.lastAt
    return holder
  }

  scriptBorn(at: number): void {
    this.scriptsBorn.push(at)
    if (this.scriptsBorn.length > MOST_BORN) this.scriptsBorn.shift()
  }

  /** How many scripts of this account sent for the first time after `since`. */
  scriptsBornAfter(since: number): number {
    let n = 0
    for (const at of this.scriptsBorn) if (at > since) n++
    return n
  }
}

/** Lifetime totals outside incidents: the habit that shares are held against. */
export interface Habit {
  messages: number
  recipients: number
  strangers: number
  resolved: number
  unknownUser: number
  policy: number
  freshClient: number
  withClient: number
  freshSender: number
  foreignSender: number
  sameVisitor: number
}

export const noHabit = (): Habit => ({
  messages: 0,
  recipients: 0,
  strangers: 0,
  resolved: 0,
  unknownUser: 0,
  policy: 0,
  freshClient: 0,
  withClient: 0,
  freshSender: 0,
  foreignSender: 0,
  sameVisitor: 0,
})
