/** Times without lines that a step back opens or fills: a clock that was wrong for a while, logs that were put together in another order. */

import type {Parts, SilenceKind} from '../store/parts.js'

/** A time without lines that is worth remembering, milliseconds. */
export const SILENCE = 600_000
/** Lines that come later than this are none that a relay held back: the clock, or the order, was another one. Milliseconds. */
const LATE = 86_400_000

interface Hole {
  readonly server: number
  first: number
  readonly last: number
  readonly kind: SilenceKind
  /** Its beginning as the store has it. */
  readonly stored: number
}

export class Holes {
  /** The hole whose beginning the lines are filling. */
  private open: Hole | null = null
  /** A time around the last late line in which no silence is stored. */
  private clear: {server: number; from: number; to: number} | null = null

  constructor(
    private readonly parts: Parts,
    private readonly stream: number,
  ) {}

  /** A line before everything that its part told so far: between them nothing is known. */
  opened(server: number, at: number, first: number): void {
    this.write()
    this.clear = null
    this.put(server, at, first, 'stepped-back')
  }

  /** A line in a time that was passed: it fills a silence, or cuts one in two. `latest`: the latest line before it. */
  filled(server: number, at: number, latest: number): void {
    const {clear, open} = this
    if (clear?.server === server && at >= clear.from && at <= clear.to) return
    if (open?.server === server && at >= open.first && at < open.last && at - open.first <= SILENCE) {
      open.first = at
      return
    }
    this.write()
    const found = this.parts.silenceAt(server, this.stream, at)
    if (found === null) {
      this.clear = {server, ...this.parts.betweenSilences(server, this.stream, at)}
      return
    }
    this.clear = null
    this.parts.dropSilence(server, this.stream, found.first)
    const kind = latest - at > LATE ? 'stepped-back' : found.kind
    if (at - found.first > SILENCE) this.parts.silence(server, this.stream, found.first, at, kind)
    this.put(server, at, found.last, kind)
  }

  /** Silences were stored by others: what is remembered of them does not hold. */
  forget(): void {
    this.clear = null
  }

  /** Writes how far the open hole was filled. Call inside the commit. */
  write(): void {
    const {open} = this
    this.open = null
    if (open === null || open.first === open.stored) return
    this.clear = null
    this.parts.dropSilence(open.server, this.stream, open.stored)
    if (open.last - open.first > SILENCE) this.parts.silence(open.server, this.stream, open.first, open.last, open.kind)
  }

  private put(server: number, first: number, last: number, kind: SilenceKind): void {
    if (last - first <= SILENCE) return
    this.parts.silence(server, this.stream, first, last, kind)
    this.open = {server, first, last, kind, stored: first}
  }
}
