/** What was done in the lab and what is meant to be true of it; every message carries a token (K and 7 hex digits) of its own. */

/**
 * Verdicts: left_us, ours_not_left, forwarded, local_only, rejected_by_us, never_here. `left_us?`: ours, and only the sinks know whether it left.
 */
export class Ledger {
  list = []
  #state

  /** @param {number} seed @param {() => number} now lab time, Unix seconds */
  constructor(seed, now) {
    this.#state = seed >>> 0
    this.now = now
  }

  /** A number in 0 … below, from the run's seed (mulberry32). */
  random(below) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) % below
  }

  token() {
    return `K${this.random(1 << 28)
      .toString(16)
      .toUpperCase()
      .padStart(7, '0')}`
  }

  add(host, scenario, verdict, token, fields) {
    const id = `t${String(this.list.length + 1).padStart(4, '0')}`
    const t = Math.round(this.now() * 10) / 10
    const entry = {type: 'message', id, host, scenario, token, t, expected: {verdict}, ...fields}
    this.list.push(entry)
    return entry
  }
}
