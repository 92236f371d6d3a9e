/** The entries of one queue ID, unique by reference. Most have a handful: a list is smaller and faster than a map until there are many. */

import type {Entry} from '../life/life.js'

/** Entries beyond which a map finds them. */
const MANY = 24

export class EntrySet {
  readonly list: Entry[] = []
  private places: Map<number, number> | null = null

  get size(): number {
    return this.list.length
  }

  has(reference: number): boolean {
    return this.place(reference) >= 0
  }

  /** Adds an entry, or puts it in the place of the one with its reference. True where it is new. */
  set(entry: Entry): boolean {
    const place = this.place(entry.reference)
    if (place >= 0) {
      this.list[place] = entry
      return false
    }
    this.places?.set(entry.reference, this.list.length)
    this.list.push(entry)
    if (this.places === null && this.list.length > MANY)
      this.places = new Map(this.list.map(({reference}, i) => [reference, i]))
    return true
  }

  private place(reference: number): number {
    if (this.places !== null) return this.places.get(reference) ?? -1
    const {list} = this
    for (let i = list.length - 1; i >= 0; i--) if (list[i]?.reference === reference) return i
    return -1
  }
}
