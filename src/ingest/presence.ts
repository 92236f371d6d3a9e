/** When a part's lines were written, server by server: stretches, silences between them, and what a break leaves open. Coverage rests on it. */

import type {Parsed} from '../mail/event.js'
import type {Parts, Stretch} from '../store/parts.js'
import {Holes, SILENCE} from './holes.js'
import {isArrival} from './line-facts.js'

/** A daemon start this near to the end of a silence explains it, milliseconds. */
const START_NEAR = 15_000
const HOUR = 3_600_000

interface OpenSilence {
  readonly server: number
  readonly first: number
  readonly last: number
  explained: boolean
}

/** The earliest and the latest line of a server. */
interface Latest {
  first: number
  at: number
  stopped: boolean
}

/** What a batch saw of one server. */
interface Seen {
  readonly server: number
  readonly stretch: Stretch
  readonly latest: Latest
}

export class Presence {
  private readonly latest = new Map<number, Latest>()
  private readonly silences: OpenSilence[] = []
  private readonly holes: Holes
  private batch = new Map<number, Seen>()
  /** The server of the line before: most parts have one. */
  private current: Seen | null = null
  from: number | null = null
  to: number | null = null

  /** `mail`: false for PHP and web logs, which prove no coverage of mail. */
  constructor(
    private readonly parts: Parts,
    private readonly part: number,
    private readonly stream: number,
    private readonly mail: boolean,
  ) {
    this.holes = new Holes(parts, stream)
    for (const {server, first, last} of parts.boundsOf(part)) this.latest.set(server, {first, at: last, stopped: false})
  }

  /** A line of the batch, in order. */
  saw(server: number, at: number, one: Parsed): void {
    if (this.from === null || at < this.from) this.from = at
    if (this.to === null || at > this.to) this.to = at
    const {stretch, latest} = this.seenOf(server, at)
    const event = one.kind === 'event' ? one.event : null
    const sign = event?.type === 'sign-of-life' ? event.sign : null
    const started = sign === 'daemon-started'
    if (at < stretch.first) stretch.first = at
    if (at > stretch.last) stretch.last = at
    stretch.lines++
    if (event !== null && isArrival(event)) stretch.arrivals++
    if (one.kind === 'unknown') stretch.unknown++
    if (started && (stretch.started === null || at < stretch.started)) stretch.started = at
    if (!this.mail) return
    if (at < latest.at - SILENCE) this.passed(server, at, latest)
    else if (at < latest.first) latest.first = at
    if (at - latest.at > SILENCE) this.silences.push({server, first: latest.at, last: at, explained: latest.stopped})
    if (started)
      for (const silence of this.silences)
        if (silence.server === server && at - silence.last <= START_NEAR && at >= silence.last) silence.explained = true
    if (at > latest.at) latest.at = at
    latest.stopped = sign === 'daemon-stopped' || (latest.stopped && one.kind === 'ignored')
  }

  /** A line of a time that was passed long before. */
  private passed(server: number, at: number, latest: Latest): void {
    if (this.silences.length > 0) {
      this.writeSilences()
      this.silences.length = 0
    }
    if (at < latest.first - SILENCE) this.holes.opened(server, at, latest.first)
    else this.holes.filled(server, at, latest.at)
    if (at < latest.first) latest.first = at
  }

  private seenOf(server: number, at: number): Seen {
    if (this.current !== null && this.current.server === server) return this.current
    let seen = this.batch.get(server)
    if (!seen) {
      let latest = this.latest.get(server)
      if (!latest) {
        latest = {first: at, at, stopped: false}
        if (this.mail) this.latest.set(server, latest)
      }
      seen = {server, stretch: {first: at, last: at, lines: 0, unknown: 0, arrivals: 0, started: null}, latest}
      this.batch.set(server, seen)
    }
    this.current = seen
    return seen
  }

  /** Writes what the batch saw. Call it once at the end of the batch, inside the commit. */
  write(): void {
    for (const {server, stretch} of this.batch.values()) this.parts.stretch(this.part, server, stretch)
    this.batch = new Map()
    this.current = null
    this.writeSilences()
    this.holes.write()
    // A daemon that starts right after it explains the last one still.
    if (this.silences.length > 1) this.silences.splice(0, this.silences.length - 1)
  }

  private writeSilences(): void {
    for (const {server, first, last, explained} of this.silences)
      this.parts.silence(server, this.stream, first, last, explained ? 'explained' : 'unexplained')
    if (this.silences.length > 0) this.holes.forget()
  }

  /** The part broke off: what followed is a gap up to its file time (an hour where that says nothing). Call inside the commit. */
  damaged(modified: number | null): void {
    for (const [server, {at}] of this.latest) {
      const until = modified !== null && modified > at && modified - at < 8 * 24 * HOUR ? modified : at + HOUR
      this.parts.gap(server, this.stream, at, until, 'unreadable')
    }
  }

  /** Forgets the times of lines before, which were worked out anew. */
  retimed(): void {
    this.holes.forget()
    for (const {server, first, last} of this.parts.boundsOf(this.part))
      this.latest.set(server, {first, at: last, stopped: this.latest.get(server)?.stopped ?? false})
  }
}
