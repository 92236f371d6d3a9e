/** A sender's own past: its daily maxima on a log scale, and how surprising a new count is against them. */

import {ABUSE_WINDOWS} from '../../mail/send-fact.js'
import {upperTailLog10} from './student.js'
import {perWindow} from './windows.js'

/** Centre and spread of log(1 + daily maximum) over the senders of a kind, per window. */
export interface Prior {
  readonly centre: readonly number[]
  readonly spread: readonly number[]
}

/** Before the server's own senders say otherwise: a median day of 2 to 6 recipients. Guide values of one shared-hosting server. */
export const FIRST_PRIOR: Prior = {centre: [0.9, 1, 1.3, 1.6, 1.9], spread: [0.8, 0.9, 1, 1.1, 1.2]}

/** The prior counts as much as this many days. */
const PRIOR_DAYS = 1.5
const PRIOR_SHAPE = 3
const MOST_FREEDOM = 12
/** Largest surprise, in tens. */
const CAP = 8

/** A past as it is kept. */
export interface KeptBaseline {
  readonly days: number
  readonly sum: readonly number[]
  readonly squares: readonly number[]
  readonly record: readonly number[]
}

export class Baseline {
  #days = 0
  #sum = perWindow()
  #squares = perWindow()
  /** Largest log(1 + maximum) of any counted day. */
  #record = perWindow()

  get days(): number {
    return this.#days
  }

  /** Takes in the maxima of one finished day, one number per window. */
  learn(maxima: ArrayLike<number>): void {
    this.#days++
    for (let w = 0; w < ABUSE_WINDOWS.length; w++) {
      const x = Math.log1p(maxima[w] ?? 0)
      this.#sum[w] = (this.#sum[w] ?? 0) + x
      this.#squares[w] = (this.#squares[w] ?? 0) + x * x
      if (x > (this.#record[w] ?? 0)) this.#record[w] = x
    }
  }

  keep(): KeptBaseline {
    return {days: this.#days, sum: [...this.#sum], squares: [...this.#squares], record: [...this.#record]}
  }

  /** Goes on with a kept past. */
  restore({days, sum, squares, record}: KeptBaseline): void {
    this.#days = days
    this.#sum = [...sum]
    this.#squares = [...squares]
    this.#record = [...record]
  }

  /** Takes over another sender's past: the same script at a new place. */
  inherit(from: Baseline): void {
    this.#days = from.#days
    this.#sum = [...from.#sum]
    this.#squares = [...from.#squares]
    this.#record = [...from.#record]
  }

  mean(window: number): number {
    return this.#days === 0 ? 0 : (this.#sum[window] ?? 0) / this.#days
  }

  /** The largest count of any counted day in this window. */
  record(window: number): number {
    return Math.expm1(this.#record[window] ?? 0)
  }

  /**
   * -log10 of the chance to see `count` or more as a daily maximum, 0 to 8: Normal-Inverse-Gamma predictive (a Student t) of
   * log(1 + maximum), prior from senders of the kind. Never surprised by what it did before: the centre is at least the largest day less
   * one log unit.
   */
  surprise(window: number, count: number, prior: Prior): number {
    const n = this.#days
    const spread = prior.spread[window] ?? 1
    const centre = prior.centre[window] ?? 1
    const mean = this.mean(window)
    const weight = PRIOR_DAYS + n
    const location = (PRIOR_DAYS * centre + n * mean) / weight
    const shape = PRIOR_SHAPE + n / 2
    const within = Math.max(0, (this.#squares[window] ?? 0) - n * mean * mean)
    const between = (PRIOR_DAYS * n * (mean - centre) ** 2) / weight
    const scale = PRIOR_SHAPE * spread * spread + within / 2 + between / 2
    const deviation = Math.sqrt((scale * (weight + 1)) / (shape * weight))
    const floor = (this.#record[window] ?? 0) - 1
    const freedom = Math.min(MOST_FREEDOM, Math.floor(2 * shape))
    const t = (Math.log1p(count) - Math.max(location, floor)) / deviation
    if (t <= 0) return 0
    return Math.min(CAP, -upperTailLog10(t, freedom))
  }
}

/** The prior that the given senders' mean daily maxima make: median and 1.4826 MAD, with floors. */
export function priorOf(baselines: Iterable<Baseline>): Prior {
  const means: number[][] = ABUSE_WINDOWS.map(() => [])
  for (const baseline of baselines) {
    if (baseline.days < 3) continue
    for (let w = 0; w < ABUSE_WINDOWS.length; w++) means[w]?.push(baseline.mean(w))
  }
  const count = means[0]?.length ?? 0
  if (count < 10) return FIRST_PRIOR
  const centre = means.map((m) => median(m))
  const spread = means.map((m, w) => Math.max(0.6, 1.4826 * median(m.map((x) => Math.abs(x - (centre[w] ?? 0))))))
  return {centre, spread}
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
