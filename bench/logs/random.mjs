/** Seeded random numbers and the people, sites and servers that the generated logs speak of. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const TLDS = ['example', 'example.com', 'example.net', 'example.org']

export class Random {
  constructor(seed) {
    this.state = (seed * 2654435761) >>> 0 || 1
    this.accounts = Array.from({length: 400}, (_, i) => ({
      name: `u${i}${this.word(4)}`,
      domain: `${this.word(7)}.${this.of(TLDS)}`,
    }))
    this.strangers = Array.from(
      {length: 60_000},
      () => `${this.word(5)}.${this.word(6)}@${this.word(6)}.${this.of(TLDS)}`,
    )
    this.providers = Array.from({length: 40}, (_, i) => ({
      host: `mx${i % 4}.${this.word(6)}.example`,
      ip: `198.51.100.${i + 10}`,
    }))
  }

  /** xorshift32, in [0, 1). */
  next() {
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x >>> 0
    return this.state / 4294967296
  }

  below(n) {
    return Math.floor(this.next() * n)
  }

  of(list) {
    return list[this.below(list.length)]
  }

  word(length) {
    let out = ''
    for (let i = 0; i < length; i++) out += LETTERS[this.below(36)]
    return out
  }

  /** Few send most: the square of a uniform number picks low places more often. */
  often(list) {
    return list[Math.floor(this.next() ** 2 * list.length)]
  }
}
