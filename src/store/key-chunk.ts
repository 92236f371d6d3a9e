/**
 * A run of key entries as bytes: (hash, message) pairs, ascending, each as the step from the pair before. About six bytes an entry,
 * where a table row costs twenty-seven.
 */

/** Hashes of the index are below this. A look-up meets a stranger's key with a chance of entries / 2^40; every hit is checked. */
export const HASH_SPAN = 2 ** 40
/** Bytes after which a chunk is closed: two of them fill a page of 4096 bytes. */
const CHUNK_BYTES = 1_960
/** Pairs sorted at once at most: their places take 24 bits. */
const MOST_PAIRS = 2 ** 24

const NO_BYTES = new Uint8Array(0)

/** The index's part of a 53-bit hash. */
export const shortHash = (hash53: number): number => Math.floor(hash53 / 8192)

/** Chunk IDs order by segment and first hash; segments below 8192 keep them safe integers. */
export const chunkId = (segment: number, hash: number): number => segment * HASH_SPAN + hash

/** Packs ascending pairs into chunks. All entries of one hash stay in one chunk, so that one chunk answers a look-up. */
export class ChunkPacker {
  private bytes = Buffer.allocUnsafe(4 * CHUNK_BYTES)
  private length = 0
  private first = 0
  private hash = -1
  private message = 0

  /** `done` gets each full chunk: its first hash and its bytes, valid until the next call. */
  constructor(private readonly done: (first: number, data: Buffer) => void) {}

  add(hash: number, message: number): void {
    if (hash === this.hash) {
      if (message === this.message) return
      this.number(0)
      this.number(message - this.message)
    } else {
      if (this.length >= CHUNK_BYTES) this.end()
      if (this.length === 0) {
        this.first = hash
        this.number(0)
      } else this.number(hash - this.hash)
      this.number(message)
    }
    this.hash = hash
    this.message = message
  }

  /** Hands out what is left. */
  end(): void {
    if (this.length > 0) this.done(this.first, this.bytes.subarray(0, this.length))
    this.length = 0
    this.hash = -1
  }

  private number(value: number): void {
    if (this.length + 10 > this.bytes.length) {
      const larger = Buffer.allocUnsafe(this.bytes.length * 2)
      this.bytes.copy(larger, 0, 0, this.length)
      this.bytes = larger
    }
    let rest = value
    while (rest > 0x7fffffff) {
      this.bytes[this.length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest >= 128) {
      this.bytes[this.length++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }
}

/** The pairs of a chunk, ascending, one after the other. */
export class ChunkReader {
  hash = 0
  message = 0
  private at = 0
  private data: Uint8Array = NO_BYTES

  /** Begins a chunk. `first` is the hash in its ID. */
  open(first: number, data: Uint8Array): void {
    this.hash = first
    this.message = 0
    this.at = 0
    this.data = data
  }

  /** Goes to the next pair; false behind the last one. */
  next(): boolean {
    if (this.at >= this.data.length) return false
    const begun = this.at > 0
    const step = this.number()
    if (step === 0 && begun) this.message += this.number()
    else {
      this.hash += step
      this.message = this.number()
    }
    return true
  }

  private number(): number {
    const {data} = this
    let at = this.at
    let value = 0
    let scale = 1
    for (;;) {
      const byte = data[at++]
      if (byte === undefined) break
      value += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
    }
    this.at = at
    return value
  }
}

/** Calls `entry` with each pair of a chunk, ascending; stops where it returns false. `first` is the hash in the chunk's ID. */
export function eachEntry(first: number, data: Uint8Array, entry: (hash: number, message: number) => boolean): void {
  const reader = new ChunkReader()
  reader.open(first, data)
  while (reader.next()) if (!entry(reader.hash, reader.message)) return
}

/** The messages of one hash in a chunk, in their order there. Past the end of a damaged chunk it reads zeros. */
export function messagesIn(first: number, data: Uint8Array, wanted: number): number[] {
  const found: number[] = []
  const end = data.length
  let hash = first
  let message = 0
  for (let at = 0; at < end; ) {
    // Written out, for a look-up is over before it is compiled: a call for each number took half of its time.
    let byte = data[at++] as number
    let step = byte & 127
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = data[at++] ?? 0
      step += (byte & 127) * scale
    }
    hash += step
    if (hash > wanted) break
    if (hash < wanted) {
      // A stranger's message number: its bytes are passed over, not read.
      while ((data[at++] ?? 0) >= 128);
      continue
    }
    byte = data[at++] ?? 0
    let value = byte & 127
    for (let scale = 128; byte >= 128; scale *= 128) {
      byte = data[at++] ?? 0
      value += (byte & 127) * scale
    }
    message = step === 0 && found.length > 0 ? message + value : value
    found.push(message)
  }
  return found
}

const LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
const LOW = LITTLE ? 0 : 1
const HIGH = LITTLE ? 1 : 0

/** Pairs gathered in any order, handed out ascending: an unsigned 64-bit sort of the hash with the pair's place behind it. */
export class PairSorter {
  private words = new Uint32Array(1 << 15)
  private messages = new Float64Array(1 << 14)
  count = 0

  add(hash: number, message: number): void {
    const i = this.count
    if (i === this.messages.length) this.grow()
    this.words[2 * i + HIGH] = Math.floor(hash / 256)
    this.words[2 * i + LOW] = (((hash % 256) << 24) | i) >>> 0
    this.messages[i] = message
    this.count = i + 1
  }

  /** True when no more pairs fit. */
  get full(): boolean {
    return this.count >= MOST_PAIRS
  }

  /** Gives each pair in order, without repeats, to the packer, and returns their number; the sorter is empty afterwards. */
  drain(packer: ChunkPacker): number {
    const {words, messages, count} = this
    new BigUint64Array(words.buffer, 0, count).sort()
    let given = 0
    for (let k = 0; k < count; ) {
      const hash = hashAt(words, k)
      const start = k
      let before = -1
      let ascending = true
      do {
        const message = messages[(words[2 * k + LOW] as number) & 0xffffff] as number
        if (message < before) ascending = false
        before = message
        k++
      } while (k < count && hashAt(words, k) === hash)
      const group = ascending ? null : this.sorted(start, k)
      before = -1
      for (let i = start; i < k; i++) {
        const message =
          group === null
            ? (messages[(words[2 * i + LOW] as number) & 0xffffff] as number)
            : (group[i - start] as number)
        if (message === before) continue
        packer.add(hash, message)
        before = message
        given++
      }
    }
    this.count = 0
    return given
  }

  /** The messages of the pairs [from, to), ascending: messages that changed are added once more out of order. */
  private sorted(from: number, to: number): Float64Array {
    const group = new Float64Array(to - from)
    for (let i = from; i < to; i++)
      group[i - from] = this.messages[(this.words[2 * i + LOW] as number) & 0xffffff] as number
    return group.sort()
  }

  private grow(): void {
    const words = new Uint32Array(this.words.length * 2)
    words.set(this.words)
    this.words = words
    const messages = new Float64Array(this.messages.length * 2)
    messages.set(this.messages)
    this.messages = messages
  }
}

const hashAt = (words: Uint32Array, k: number): number =>
  (words[2 * k + HIGH] as number) * 256 + ((words[2 * k + LOW] as number) >>> 24)
