/** How many different numbers were told: by comparing while there are few, which most senders of an hour stay with. */

const FEW = 12

export class Distinct {
  private readonly few: number[] = []
  private many: Set<number> | null = null

  /** null is no number. */
  add(value: number | null): void {
    if (value === null) return
    if (this.many !== null) {
      this.many.add(value)
      return
    }
    if (this.few.includes(value)) return
    this.few.push(value)
    if (this.few.length > FEW) this.many = new Set(this.few)
  }

  get size(): number {
    return this.many?.size ?? this.few.length
  }
}
