/** The operator's one control: how many false alerts a server may raise a week. */

/**
 * The score from which a sender is reported, for a budget of false alerts per server and week. Measured on the bench's tuning seeds
 * (bench/abuse/README.md): the number of false alerts falls tenfold with each SLOPE of score.
 */
export function thresholdFor(budget: number): number {
  const asked = Math.min(50, Math.max(0.02, budget))
  return Math.max(2.5, AT_ONE - SLOPE * Math.log10(asked))
}

const AT_ONE = 4.2
const SLOPE = 1.2

/** How far the operator's verdicts move a sender's own threshold: called false once, twice, …; called true. */
export const LENIENCY_FALSE = 1.5
export const LENIENCY_TRUE = -0.5
export const MOST_LENIENCY = 4
