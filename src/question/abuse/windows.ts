/** Counts inside sliding windows, in constant time and space: each window is a ring of twelve buckets. */

import {ABUSE_WINDOWS} from '../../mail/send-fact.js'

/** What is counted. The order is the order inside a bucket. */
export const COUNT = {
  messages: 0,
  recipients: 1,
  /** Recipients that the account had never written to. */
  strangers: 2,
  /** Final outcomes of any kind. */
  resolved: 3,
  unknownUser: 4,
  policy: 5,
  /** Messages from an address that this sender first used within the last day. */
  freshClient: 6,
  /** Messages with an envelope sender that this sender had never used. */
  freshSender: 7,
  /** Messages whose sender domain is none of the sender's own. */
  foreignSender: 8,
  /** Messages from a visitor already seen in the same hours. */
  sameVisitor: 9,
  /** Refused by our own limit. */
  ownLimit: 10,
} as const

export type Count = (typeof COUNT)[keyof typeof COUNT]

const KINDS = 11
const BUCKETS = 12
const RING = KINDS * BUCKETS
const WINDOWS = ABUSE_WINDOWS.length
const WIDTH = ABUSE_WINDOWS.map((w) => w / BUCKETS)

const NOTHING = new Int32Array(0)

/** One number a window. Plain: of thousands of senders, five numbers as a typed array would take three times the room. */
export const perWindow = (value = 0): number[] => ABUSE_WINDOWS.map(() => value)

/** Where the bucket with this number begins in the rings. */
const bucketOf = (window: number, bucket: number): number => window * RING + (bucket % BUCKETS) * KINDS

/** Counts as they are kept: `rings` as pairs of place and count, the rest as it stands. */
export interface KeptCounts {
  readonly rings: readonly number[]
  readonly sums: readonly number[]
  readonly heads: readonly number[]
  readonly nextAt: number
}

/** The rings are made with the first fact: a sender at rest costs little. A bucket's kinds lie side by side: one message adds to several. */
export class SlidingCounts {
  #rings = NOTHING
  readonly #sums = new Int32Array(KINDS * WINDOWS)
  readonly #heads: number[] = perWindow(-1)
  /** Where each window's newest bucket begins in the rings. */
  readonly #newest: number[] = perWindow()
  /** Nothing moves before this time. */
  #nextAt = 0

  /** What `from` needs to go on; null where nothing was ever counted. */
  keep(): KeptCounts | null {
    if (this.#rings.length === 0) return null
    const rings: number[] = []
    for (let i = 0; i < this.#rings.length; i++) {
      const n = this.#rings[i] ?? 0
      if (n !== 0) rings.push(i, n)
    }
    return {rings, sums: [...this.#sums], heads: [...this.#heads], nextAt: this.#nextAt}
  }

  static from(kept: KeptCounts | null): SlidingCounts {
    const counts = new SlidingCounts()
    if (kept === null) return counts
    counts.#rings = new Int32Array(RING * WINDOWS)
    for (let i = 0; i < kept.rings.length; i += 2) counts.#rings[kept.rings[i] ?? 0] = kept.rings[i + 1] ?? 0
    counts.#sums.set(kept.sums)
    for (let w = 0; w < WINDOWS; w++) {
      counts.#heads[w] = kept.heads[w] ?? -1
      counts.#newest[w] = bucketOf(w, Math.max(0, kept.heads[w] ?? 0))
    }
    counts.#nextAt = kept.nextAt
    return counts
  }

  /** Moves all windows on to `at` (UTC milliseconds); a time before the newest one counts as the newest. */
  advance(at: number): void {
    if (at < this.#nextAt) return
    if (this.#rings.length === 0) this.#rings = new Int32Array(RING * WINDOWS)
    for (let w = 0; w < WINDOWS; w++) {
      const head = Math.floor(at / (WIDTH[w] ?? 1))
      const before = this.#heads[w] ?? -1
      // Every bucket of a wider window holds whole buckets of the narrower ones: where the narrow one stands still, so does the wide one.
      if (head <= before) break
      this.#move(w, before, head)
      this.#heads[w] = head
      this.#newest[w] = bucketOf(w, head)
    }
    const shortest = WIDTH[0] ?? 1
    this.#nextAt = (Math.floor(at / shortest) + 1) * shortest
  }

  /** Empties the buckets after `before` up to `head`. */
  #move(window: number, before: number, head: number): void {
    const rings = this.#rings
    const sums = this.#sums
    const place = window * KINDS
    let any = 0
    for (let k = 0; k < KINDS; k++) any |= sums[place + k] ?? 0
    if (any === 0) return
    if (head - before >= BUCKETS) {
      rings.fill(0, window * RING, (window + 1) * RING)
      sums.fill(0, place, place + KINDS)
      return
    }
    for (let b = before + 1; b <= head; b++) {
      const bucket = bucketOf(window, b)
      for (let k = 0; k < KINDS; k++) {
        const gone = rings[bucket + k] ?? 0
        if (gone === 0) continue
        rings[bucket + k] = 0
        sums[place + k] = (sums[place + k] ?? 0) - gone
      }
    }
  }

  /** Adds to the newest bucket of every window; call advance() first. */
  add(kind: Count, n: number): void {
    const rings = this.#rings
    const sums = this.#sums
    const newest = this.#newest
    for (let w = 0; w < WINDOWS; w++) {
      const place = w * KINDS + kind
      const bucket = (newest[w] ?? 0) + kind
      rings[bucket] = (rings[bucket] ?? 0) + n
      sums[place] = (sums[place] ?? 0) + n
    }
  }

  /** The count inside the window with this index in ABUSE_WINDOWS, as of the last advance(). */
  sum(window: number, kind: Count): number {
    return this.#sums[window * KINDS + kind] ?? 0
  }

  /** True where both windows hold the same counts of every kind. */
  areAlike(a: number, b: number): boolean {
    const sums = this.#sums
    for (let k = 0; k < KINDS; k++) if (sums[a * KINDS + k] !== sums[b * KINDS + k]) return false
    return true
  }

  /** Raises each window's maximum to its present count. */
  raise(maxima: number[], kind: Count): void {
    const sums = this.#sums
    for (let w = 0; w < WINDOWS; w++) {
      const n = sums[w * KINDS + kind] ?? 0
      if (n > (maxima[w] ?? 0)) maxima[w] = n
    }
  }

  /** How many of the newest full buckets in a row hold at least `least` each, and none more than four times another. */
  steadyBuckets(window: number, kind: Count, least: number): number {
    const head = this.#heads[window] ?? 0
    let low = Number.POSITIVE_INFINITY
    let high = 0
    for (let back = 1; back < BUCKETS; back++) {
      const n = this.#rings[bucketOf(window, head - back + BUCKETS) + kind] ?? 0
      low = Math.min(low, n)
      high = Math.max(high, n)
      if (low < least || high > 4 * low) return back - 1
    }
    return BUCKETS - 1
  }
}
