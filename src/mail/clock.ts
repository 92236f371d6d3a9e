/** From a stamp's digits to UTC: year, zone and daylight saving worked out from anchors (IDs that hold their own second). */

import {type Stamp, YEARLESS} from './stamp.js'
import {zoneOffset} from './zones.js'

const QUARTER = 900_000
const DAY = 86_400_000
const HALF_HOUR = 1_800_000
const LEAP_DAY = Date.UTC(YEARLESS, 1, 29)
/** An ID's time has a fraction that a stamp of whole seconds has not, and clocks are slewed: a line may seem this much older than its ID, milliseconds. */
const BEFORE_ID = 5_000
/** No zone on Earth lies further from UTC, milliseconds. */
const FURTHEST = 15 * 3_600_000

/** Where the year and the offset came from; said in `coverage`. */
export type ClockSource = 'line' | 'id' | 'configured' | 'neighbour' | 'assumed'

export interface ClockOptions {
  /** IANA zone from --tz or the configuration; beaten by IDs. */
  readonly zone: string | null
  /** The zone to fall back on, of the machine that runs ingest. */
  readonly assumedZone: string
  /** --year. */
  readonly year: number | null
  /** UTC milliseconds not long after the part's last line (file time, date in its name); gives yearless stamps their year. */
  readonly notAfter: number
  /** What a neighbouring part of the same stream had. */
  readonly neighbour: ClockState | null
}

/** Enough to go on with the same part later. */
export interface ClockState {
  /** Minutes east of UTC; null where not yet known. */
  readonly offset: number | null
  readonly year: number | null
  readonly source: ClockSource
  /** The digits of the last yearless stamp: the next one may lie behind New Year. */
  readonly lastWall?: number | null
  /** UTC milliseconds of the last line whose year an ID told; parts beside this one lie near it. */
  readonly anchoredAt?: number | null
  /** The year rests on an ID, on other lines' years or on --year. */
  readonly yearKnown?: boolean
  /** The configured zone's own rules agreed with the last ID. */
  readonly zoned?: boolean
}

/** A line whose UTC time is known from an ID in it. */
export interface Anchor {
  /** Index in the batch. */
  readonly index: number
  readonly utc: number
}

/** The digits of a yearless stamp placed in a year; 29 February moves to 1 March where the year has none. */
export function wallInYear(wall: number, year: number): number {
  const day = Math.floor(wall / DAY)
  if (day !== placed.day || year !== placed.year) {
    const d = new Date(day * DAY)
    placed.day = day
    placed.year = year
    placed.start = Date.UTC(year, d.getUTCMonth(), d.getUTCDate())
  }
  return placed.start + wall - day * DAY
}

/** The day that was placed last, and where it begins: the next line is of the same day. */
const placed = {day: Number.NaN, year: Number.NaN, start: Number.NaN}

/** The year that puts a yearless wall time nearest to a UTC time. */
export function yearNear(wall: number, utc: number): number {
  const middle = new Date(utc).getUTCFullYear()
  let best = middle
  let distance = Number.POSITIVE_INFINITY
  for (const year of [middle - 1, middle, middle + 1]) {
    const d = Math.abs(wallInYear(wall, year) - utc)
    if (d < distance) {
      distance = d
      best = year
    }
  }
  return best
}

interface Switch {
  readonly index: number
  readonly offset: number | null
  readonly year: number | null
  /** The wall time of the ID that says so. */
  readonly wall: number
}

export class PartClock {
  private offset: number | null
  private year: number | null
  private source: ClockSource
  private lastWall: number | null = null
  private anchoredAt: number | null = null
  /** The zone's own rules hold: they agreed with the last ID. */
  private zoned = false
  private yearKnown: boolean
  /** A time of the last batch rests on an assumed or borrowed zone or year. */
  provisional = false
  /** Last wall time without an offset, and the offset of the second of two equal hours while it lasts. */
  private lastFull: number | null = null
  private second: {readonly first: number; readonly later: number} | null = null

  constructor(private readonly options: ClockOptions) {
    const {neighbour} = options
    this.offset = neighbour?.offset ?? null
    this.year = options.year
    this.anchoredAt = neighbour?.anchoredAt ?? null
    this.yearKnown = options.year !== null
    this.zoned = options.zone !== null && neighbour?.zoned === true
    this.source =
      neighbour && neighbour.offset !== null ? 'neighbour' : options.zone !== null ? 'configured' : 'assumed'
  }

  /** Goes on where an earlier run stopped in the same part. */
  resume(state: ClockState): void {
    this.offset = state.offset
    this.year = state.year
    this.source = state.source
    this.lastWall = state.lastWall ?? null
    this.anchoredAt = state.anchoredAt ?? this.anchoredAt
    this.yearKnown = state.yearKnown ?? (state.source === 'id' || this.yearKnown)
    this.zoned = this.options.zone !== null && state.zoned === true
  }

  state(): ClockState {
    const {offset, year, source, lastWall, anchoredAt, yearKnown, zoned} = this
    return {offset, year, source, lastWall, anchoredAt, yearKnown, zoned}
  }

  /** UTC milliseconds of each stamp of a batch, in order; a null stamp takes the time of the line before it. */
  resolve(stamps: readonly (Stamp | null)[], anchors: readonly Anchor[]): number[] {
    const switches = this.switches(stamps, anchors)
    const times: number[] = new Array(stamps.length)
    this.provisional = false
    if (this.year === null) {
      this.year = this.yearFromFull(stamps)
      this.yearKnown ||= this.year !== null
      this.year ??= this.yearFromNeighbour(stamps)
    } else if (this.lastWall === null && this.options.year !== null) this.year = this.yearAfterNeighbour(stamps)
    this.year ??= this.yearFromLeapDay(stamps) ?? this.yearFromMost(stamps)
    let next = 0
    let previous = this.lastWall === null ? null : this.place(this.lastWall, this.year !== null)
    const fresh = previous === null
    for (let i = 0; i < stamps.length; i++) {
      while (next < switches.length && (switches[next]?.index ?? 0) <= i) {
        const change = switches[next++]
        if (change?.offset != null) {
          this.offset = change.offset
          this.source = 'id'
          this.zoned = this.options.zone !== null && zoneOffset(this.options.zone, change.wall) === change.offset
        }
        if (change?.year != null) {
          this.year = change.year
          this.yearKnown = true
          this.lastWall = null
        }
      }
      const stamp = stamps[i]
      if (!stamp) {
        times[i] = previous ?? Math.floor(this.options.notAfter)
        continue
      }
      times[i] = this.one(stamp)
      previous = times[i] as number
    }
    // Lines before the first stamp take the first stamp's time.
    const first = stamps.findIndex((stamp) => stamp !== null)
    if (fresh && first > 0) for (let i = 0; i < first; i++) times[i] = times[first] as number
    const last = anchors[anchors.length - 1]
    if (last && stamps[last.index]?.yearless === true) this.anchoredAt = last.utc
    return times
  }

  /** Rotated parts of one log lie within months of each other, whatever became of their files' times. */
  private yearFromNeighbour(stamps: readonly (Stamp | null)[]): number | null {
    const yearless = stamps.find((stamp) => stamp?.yearless === true)
    return yearless && this.anchoredAt !== null ? yearNear(yearless.wall, this.anchoredAt) : null
  }

  /** --year names the first part's year; New Year may lie between it and this one. */
  private yearAfterNeighbour(stamps: readonly (Stamp | null)[]): number | null {
    const {neighbour, year} = this.options
    const first = stamps.find((stamp) => stamp?.yearless === true)
    if (!first || year === null) return this.year
    if (neighbour?.year !== year || neighbour.lastWall == null)
      return mode(turnsOf(stamps).map(({turns}) => year - Math.min(0, turns)))
    return neighbour.lastWall - first.wall > 180 * DAY ? year + 1 : this.year
  }

  /** A 29 February must lie in a leap year: the last one that ends before the file's time. */
  private yearFromLeapDay(stamps: readonly (Stamp | null)[]): number | null {
    let first: number | null = null
    let last = 0
    let turns = 0
    for (const stamp of stamps) {
      if (!stamp?.yearless) continue
      if (first !== null && last - stamp.wall > 180 * DAY) turns++
      first ??= stamp.wall
      last = stamp.wall
      if (stamp.wall < LEAP_DAY || stamp.wall >= LEAP_DAY + DAY) continue
      let year = this.yearBeforeEnd(stamp.wall)
      while (new Date(Date.UTC(year, 1, 29)).getUTCMonth() !== 1) year--
      return year - turns
    }
    return null
  }

  /** The last year that puts a stamp before the file's time. */
  private yearBeforeEnd(wall: number): number {
    const year = new Date(this.options.notAfter).getUTCFullYear()
    return wallInYear(wall, year) > this.options.notAfter + 1.5 * DAY ? year - 1 : year
  }

  /** The first line's year as most lines see it: a clock may have been wrong when the first one was written. */
  private yearFromMost(stamps: readonly (Stamp | null)[]): number | null {
    const votes = turnsOf(stamps).map(({wall, turns}) => this.yearBeforeEnd(wall) - turns)
    return votes.length > 0 ? mode(votes) : null
  }

  /** Other lines of the same file may carry a year (Exim's own stamp behind syslog's): the first yearless line lies near them. */
  private yearFromFull(stamps: readonly (Stamp | null)[]): number | null {
    const yearless = stamps.find((stamp) => stamp?.yearless === true)
    const full = stamps.find((stamp) => stamp !== null && !stamp.yearless)
    return yearless && full ? yearNear(yearless.wall, full.wall) : null
  }

  private one(stamp: Stamp): number {
    if ((stamp.offset === null && this.source !== 'id') || (stamp.yearless && !this.yearKnown)) this.provisional = true
    if (!stamp.yearless) {
      if (stamp.offset !== null) {
        if (this.source === 'assumed') this.source = 'line'
        return stamp.wall - stamp.offset * 60_000
      }
      return stamp.wall - this.offsetFor(stamp.wall) * 60_000
    }
    if (this.year === null) this.year = this.yearBeforeEnd(stamp.wall)
    else if (this.lastWall !== null) this.year += turn(this.lastWall, stamp.wall)
    this.lastWall = stamp.wall
    const wall = wallInYear(stamp.wall, this.year)
    return wall - (stamp.offset ?? this.offsetFor(wall)) * 60_000
  }

  private place(wall: number, known: boolean): number | null {
    return known && this.year !== null ? wallInYear(wall, this.year) - this.offsetFor(wall) * 60_000 : null
  }

  private offsetFor(wall: number): number {
    if (this.offset !== null && !this.zoned) return this.offset
    const zone = this.options.zone ?? this.options.assumedZone
    const first = zoneOffset(zone, wall) ?? 0
    // In autumn the clocks show one hour twice: a jump back inside it is the change.
    if (this.lastFull !== null && this.lastFull - wall >= HALF_HOUR && this.lastFull - wall <= 4 * HALF_HOUR) {
      const later = zoneOffset(zone, wall + 6 * HALF_HOUR) ?? first
      if (later < first && zoneOffset(zone, wall + (first - later) * 60_000) === later) this.second = {first, later}
    }
    this.lastFull = wall
    if (this.second === null) return first
    if (first === this.second.first) return this.second.later
    this.second = null
    return first
  }

  /** Where in the batch the offset or year changes, from the anchors' votes. */
  private switches(stamps: readonly (Stamp | null)[], anchors: readonly Anchor[]): Switch[] {
    const votes: {index: number; offset: number; year: number | null; wall: number}[] = []
    for (const anchor of anchors) {
      const stamp = stamps[anchor.index]
      if (!stamp || (stamp.offset !== null && !stamp.yearless)) continue
      const year = stamp.yearless ? yearNear(stamp.wall, anchor.utc) : null
      const wall = year === null ? stamp.wall : wallInYear(stamp.wall, year)
      const difference = wall - anchor.utc
      if (Math.abs(difference) > FURTHEST) continue
      votes.push({
        index: anchor.index,
        offset: (Math.floor((difference + BEFORE_ID) / QUARTER) * QUARTER) / 60_000,
        year,
        wall,
      })
    }
    const out: Switch[] = []
    if (votes.length === 0) return out
    let current = this.source === 'id' ? this.offset : mode(votes.slice(0, 64).map((vote) => vote.offset))
    if (this.source !== 'id')
      out.push({
        index: 0,
        offset: current,
        wall: votes[0]?.wall ?? 0,
        year: votes[0]?.year != null ? this.yearAtStart(stamps, votes[0].index, votes[0].year) : null,
      })
    for (let i = 0; i < votes.length; i++) {
      const vote = votes[i]
      if (!vote) continue
      if (vote.offset === current) continue
      const again = votes[i + 1]
      const believed =
        again === undefined
          ? Math.abs(vote.offset - (current ?? 0)) === 60 &&
            jumps(stamps, votes[i - 1]?.index ?? 0, vote.index) !== null
          : again.offset === vote.offset
      if (!believed) continue
      const index = jumps(stamps, votes[i - 1]?.index ?? 0, vote.index) ?? vote.index
      current = vote.offset
      out.push({index, offset: current, year: null, wall: vote.wall})
    }
    return out
  }

  /** The year at the first line of the batch, where the first anchor stands later and a new year may lie between. */
  private yearAtStart(stamps: readonly (Stamp | null)[], index: number, year: number): number {
    let back = year
    let later = stamps[index]?.wall ?? 0
    for (let i = index - 1; i >= 0; i--) {
      const stamp = stamps[i]
      if (!stamp?.yearless) continue
      back -= turn(stamp.wall, later)
      later = stamp.wall
    }
    return back
  }
}

/** Years from one yearless stamp to the next: New Year lies between them, or was taken back by a line of the old year. */
function turn(before: number, wall: number): number {
  if (before - wall > 180 * DAY) return 1
  return wall - before > 180 * DAY ? -1 : 0
}

/** Each yearless stamp, and the years between the first one and it. */
function turnsOf(stamps: readonly (Stamp | null)[]): {wall: number; turns: number}[] {
  const out: {wall: number; turns: number}[] = []
  let last: {wall: number; turns: number} | null = null
  for (const stamp of stamps) {
    if (!stamp?.yearless) continue
    const {wall} = stamp
    last = {wall, turns: last === null ? 0 : last.turns + turn(last.wall, wall)}
    out.push(last)
  }
  return out
}

/** The line at which the wall clock jumps by half an hour or more (a DST night) between two anchors; null where it does not. */
function jumps(stamps: readonly (Stamp | null)[], from: number, to: number): number | null {
  let before: number | null = null
  for (let i = from; i <= to; i++) {
    const wall = stamps[i]?.wall
    if (wall === undefined) continue
    if (before !== null && before - wall >= 1_800_000) return i
    before = wall
  }
  return null
}

function mode(values: readonly number[]): number {
  const counts = new Map<number, number>()
  let best = values[0] ?? 0
  for (const value of values) {
    const count = (counts.get(value) ?? 0) + 1
    counts.set(value, count)
    if (count > (counts.get(best) ?? 0)) best = value
  }
  return best
}
