/** The upper tail of Student's t distribution, as a surprise on the scale of tens. */

/**
 * log10 of P(T > t) for `df` degrees of freedom (a whole number >= 1), by the finite series of Abramowitz and Stegun 26.7.3/26.7.4.
 * Exact to about 1e-14 of the probability; tails smaller than that are answered by their leading term.
 */
export function upperTailLog10(t: number, df: number): number {
  if (t <= 0) return Math.log10(1 - tail(-t, df))
  const p = tail(t, df)
  if (p > 1e-11) return Math.log10(p)
  return leadingTerm(t, df)
}

function tail(t: number, df: number): number {
  const theta = Math.atan(t / Math.sqrt(df))
  const cosine = Math.cos(theta)
  const square = cosine * cosine
  let sum = 0
  let term = 1
  if (df % 2 === 1) {
    term = cosine
    for (let k = 1; k <= df - 2; k += 2) {
      sum += term
      term *= ((k + 1) / (k + 2)) * square
    }
    return Math.max(0, 0.5 - (theta + Math.sin(theta) * sum) / Math.PI)
  }
  for (let k = 0; k <= df - 2; k += 2) {
    sum += term
    term *= ((k + 1) / (k + 2)) * square
  }
  return Math.max(0, 0.5 - (Math.sin(theta) * sum) / 2)
}

/** P(T > t) ~ density(t) * t / df for large t. */
function leadingTerm(t: number, df: number): number {
  const density =
    logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI) - ((df + 1) / 2) * Math.log1p((t * t) / df)
  return (density + Math.log(t / df)) / Math.LN10
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** Values worked out lately, by a few bits of their argument: shares are asked about the same counts again and again. */
const LATELY = 16_384
const asked = new Float64Array(LATELY).fill(Number.NaN)
const answered = new Float64Array(LATELY)

/** Natural logarithm of the gamma function for x > 0 (Lanczos, g = 7; about 1e-14). */
export function logGamma(x: number): number {
  const place = (x * 1_000_003) & (LATELY - 1)
  if (asked[place] === x) return answered[place] ?? 0
  const value = lanczos(x)
  asked[place] = x
  answered[place] = value
  return value
}

function lanczos(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lanczos(1 - x)
  const y = x - 1
  let a = 0.99999999999980993
  for (let i = 0; i < LANCZOS.length; i++) a += (LANCZOS[i] ?? 0) / (y + i + 1)
  const t = y + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(a)
}
