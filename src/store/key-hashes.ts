/** The hashes of a message's keys: a handful most of the time, so a list until there are many. */

import {eachKey} from '../life/keys.js'
import type {Life} from '../life/life.js'
import {hash53Of, hash53OfLower} from '../mail/hash.js'

/** Hashes beyond which a set finds them. */
const MANY = 24

/** What a writer asks of the hashes that a message is indexed under. */
export interface Hashes {
  has(hash: number): boolean
  add(hash: number): unknown
}

export class FewHashes implements Hashes {
  private readonly list: number[] = []
  private set: Set<number> | null = null

  has(hash: number): boolean {
    return this.set === null ? this.list.includes(hash) : this.set.has(hash)
  }

  add(hash: number): void {
    if (this.set !== null) this.set.add(hash)
    else {
      this.list.push(hash)
      if (this.list.length > MANY) this.set = new Set(this.list)
    }
  }
}

/** The hashes of all keys of a life. */
export function keyHashesOf(life: Life): FewHashes {
  const hashes = new FewHashes()
  const add = (hash: number): void => {
    if (!hashes.has(hash)) hashes.add(hash)
  }
  eachKey(life, {
    exact: (prefix, text) => add(hash53Of(prefix, text)),
    lower: (prefix, text) => add(hash53OfLower(prefix, text)),
  })
  return hashes
}
