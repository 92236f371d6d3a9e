/** Which recipients an account has written to before, as 32-bit fingerprints in bounded space. */

const FIRST_SIZE = 16
/** Fingerprints per generation; two generations are kept, so at most 1 MiB an account. */
const MOST = 65_536

class Generation {
  #table = new Uint32Array(FIRST_SIZE)
  size = 0

  has(print: number): boolean {
    const mask = this.#table.length - 1
    for (let i = print & mask; ; i = (i + 1) & mask) {
      const at = this.#table[i]
      if (at === 0 || at === undefined) return false
      if (at === print) return true
    }
  }

  add(print: number): void {
    if (this.size * 2 >= this.#table.length) this.#grow()
    this.#put(print)
    this.size++
  }

  #put(print: number): void {
    const mask = this.#table.length - 1
    let i = print & mask
    while (this.#table[i] !== 0) i = (i + 1) & mask
    this.#table[i] = print
  }

  /** All fingerprints, ascending. */
  prints(): Uint32Array {
    return this.#table.filter((print) => print !== 0).sort()
  }

  #grow(): void {
    const old = this.#table
    this.#table = new Uint32Array(old.length * 2)
    for (const print of old) if (print !== 0) this.#put(print)
  }
}

export class RecipientMemory {
  #newer = new Generation()
  #older: Generation | null = null

  /** The fingerprints as they are kept; `older` is null before the first generation is full. */
  keep(): {readonly newer: Uint32Array; readonly older: Uint32Array | null} {
    return {newer: this.#newer.prints(), older: this.#older?.prints() ?? null}
  }

  static from(newer: Uint32Array, older: Uint32Array | null): RecipientMemory {
    const memory = new RecipientMemory()
    for (const print of newer) memory.#newer.add(print)
    if (older === null) return memory
    memory.#older = new Generation()
    for (const print of older) memory.#older.add(print)
    return memory
  }

  /** True when this recipient (53-bit hash) was not known; it is known from now on. A stranger is mistaken for a known one about once in 10^5. */
  isStranger(hash: number): boolean {
    const mixed = Math.imul(hash >>> 0, 0x9e3779b1) ^ Math.floor(hash / 4294967296)
    const print = mixed >>> 0 || 1
    if (this.#newer.has(print)) return false
    const known = this.#older?.has(print) ?? false
    if (this.#newer.size >= MOST) {
      this.#older = this.#newer
      this.#newer = new Generation()
    }
    this.#newer.add(print)
    return !known
  }
}
