/** How much better "abuse" than "its own habit" explains a share: a Beta-binomial likelihood ratio. */

import {logGamma} from './student.js'

/** A Beta distribution of a share: `yes` and `no` are its two shape numbers (earlier hits and misses, so to speak). */
export interface Share {
  readonly yes: number
  readonly no: number
}

/** ln B(yes + y, no + n) / B(yes, no). */
function rise(prior: Share, y: number, n: number): number {
  return logRising(prior.yes, y) + logRising(prior.no, n) - logRising(prior.yes + prior.no, y + n)
}

/** ln of x (x+1) … (x+n-1), for any n >= 0. */
function logRising(x: number, n: number): number {
  if (n === 0) return 0
  if (n > 12 || !Number.isInteger(n)) return logGamma(x + n) - logGamma(x)
  let product = x
  for (let i = 1; i < n; i++) product *= x + i
  return Math.log(product)
}

/**
 * log10 of P(hits of total | abuse) / P(hits of total | habit). Above 0 speaks for abuse. Counts above 200 are scaled down to 200, so
 * that no share, however often seen, speaks with more than its worth.
 */
export function shareEvidence(hits: number, total: number, abuse: Share, habit: Share): number {
  if (total <= 0) return 0
  const scale = total > 200 ? 200 / total : 1
  const yes = hits * scale
  const no = (total - hits) * scale
  return (rise(abuse, yes, no) - rise(habit, yes, no)) / Math.LN10
}

export const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x)
