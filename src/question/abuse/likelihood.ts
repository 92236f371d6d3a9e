/** How much better "abuse" than "its own habit" explains a share: a Beta-binomial likelihood ratio. */

import {logGamma} from './student.js'

/** A Beta distribution of a share: `yes` and `no` are its two shape numbers (earlier hits and misses, so to speak). */
export interface Share {
  readonly yes: number
  readonly no: number
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/**
 * log10 of P(hits of total | abuse) / P(hits of total | habit). Above 0 speaks for abuse. Counts above 200 are scaled down to 200, so
 * that no share, however often seen, speaks with more than its worth.
 */
export function shareEvidence(hits: number, total: number, abuse: Share, habit: Share): number {
  if (total <= 0) return 0
  const scale = total > 200 ? 200 / total : 1
  const yes = hits * scale
  const no = (total - hits) * scale
  const underAbuse = logBeta(abuse.yes + yes, abuse.no + no) - logBeta(abuse.yes, abuse.no)
  const underHabit = logBeta(habit.yes + yes, habit.no + no) - logBeta(habit.yes, habit.no)
  return (underAbuse - underHabit) / Math.LN10
}

export const clamp = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x)
