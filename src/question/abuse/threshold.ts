/** The operator's one control: how many false alerts a server may raise a week. */

/**
 * The score from which a sender is reported, for a budget of false alerts per server and week. Measured on the bench's tuning seeds
 * (bench/abuse/README.md): the number of false alerts falls tenfold with each SLOPE of score.
 */
export function thresholdFor(budget: number): number {
  const asked = Math.min(50, Math.max(0.02, budget))
  return Math.max(2.5, AT_ONE - SLOPE * Math.log10(asked))
}

/** How long a server counts as new to us, milliseconds. */
const NEW_SERVER = 2 * 86_400_000

/**
 * What to add to the threshold while a server is new. A budget is meant for a whole week: the two days before there is any habit to hold a
 * sender against are 2/7 of its chances for a false alert, and the same budget allows a score lower by that share.
 */
export const whileNew = (age: number): number => (age < NEW_SERVER ? SLOPE * Math.log10(2 / 7) : 0)

const AT_ONE = 4.2
const SLOPE = 1.2

/** How far the operator's verdicts move a sender's own threshold: called false once, twice, …; called true. */
export const LENIENCY_FALSE = 1.5
export const LENIENCY_TRUE = -0.5
export const MOST_LENIENCY = 4
