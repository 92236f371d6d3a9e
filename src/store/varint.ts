/** Unsigned and zigzag variable-length integers in a growing byte buffer (LEB128 up to 53 bits). */

export class VarintWriter {
  private bytes = Buffer.allocUnsafe(256)
  private length = 0

  /** Appends a safe integer >= 0. */
  unsigned(value: number): void {
    if (this.length + 10 > this.bytes.length) {
      const larger = Buffer.allocUnsafe(this.bytes.length * 2)
      this.bytes.copy(larger, 0, 0, this.length)
      this.bytes = larger
    }
    let rest = value
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length++] = rest
  }

  /** Appends a safe integer of either sign. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2)
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Buffer {
    const {bytes, length} = this
    this.length = 0
    if (length > 64) return Buffer.from(bytes.subarray(0, length))
    // A view to copy from costs more than a few bytes one by one.
    const copy = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) copy[i] = bytes[i] as number
    return copy
  }
}

export class VarintReader {
  private position = 0
  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.position >= this.bytes.length
  }

  /** The next integer; 0 past the end. Without calls: a look-up is over before it is compiled. */
  signed(): number {
    const {bytes} = this
    let at = this.position
    let byte = bytes[at++] ?? 0
    let value = byte & 127
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
    }
    this.position = at
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
}

/** One for all: what is packed is copied out at once. */
const shared = new VarintWriter()

/** Line references, ascending or not, as deltas. */
export function packReferences(references: readonly number[]): Buffer {
  let previous = 0
  for (const reference of references) {
    shared.signed(reference - previous)
    previous = reference
  }
  return shared.take()
}

/** The inverse of packReferences. */
export function unpackReferences(bytes: Uint8Array): number[] {
  const reader = new VarintReader(bytes)
  const references: number[] = []
  let previous = 0
  while (!reader.done) {
    previous += reader.signed()
    references.push(previous)
  }
  return references
}
