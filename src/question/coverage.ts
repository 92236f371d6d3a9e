/** Which time of which server is covered, where the gaps are, and what that means for a window. */

import type {ServerSpan, UnreadSpan} from '../store/coverage.js'
import type {EvidenceStore} from '../store/finder.js'
import type {Fleet} from './fleet.js'
import {iso} from './message.js'

export interface CoverageServer {
  readonly server: string
  readonly from: string | null
  readonly to: string | null
  readonly lines: number
  readonly unknown: number
  readonly gaps: readonly {readonly from: string | null; readonly to: string | null; readonly reason: string}[]
  readonly sources: readonly string[]
  /** What its time zone and year rest on: line, id, configured, neighbour, assumed. */
  readonly clocks: readonly string[]
}

/** `mailwitness.coverage/1`. */
export interface CoverageAnswer {
  readonly schema: 'mailwitness.coverage/1'
  readonly servers: readonly CoverageServer[]
}

/** UTC milliseconds, both ends included; null is open. */
export interface Window {
  readonly from: number | null
  readonly to: number | null
}

/** One reason why a window is not covered on one server. */
export interface Hole {
  readonly server: string
  readonly from: number | null
  readonly to: number | null
  /** Code: no-logs, before-first, after-last, or a gap's own reason. */
  readonly reason: string
}

export interface WindowCoverage {
  readonly complete: boolean
  readonly spans: readonly ServerSpan[]
  readonly holes: readonly Hole[]
  readonly unread: readonly UnreadSpan[]
}

export function coverageAnswer(store: EvidenceStore, servers: readonly string[]): CoverageAnswer {
  return {
    schema: 'mailwitness.coverage/1',
    servers: store
      .coverage()
      .filter((span) => servers.length === 0 || servers.includes(span.server))
      .map((span) => ({
        server: span.server,
        from: iso(span.from),
        to: iso(span.to),
        lines: span.lines,
        unknown: span.unknown,
        gaps: span.gaps.map((gap) => ({from: iso(gap.from), to: iso(gap.to), reason: gap.reason})),
        sources: span.sources,
        clocks: span.clocks,
      })),
  }
}

/** A gap this near to the edge of a window does not touch it: stamps have whole seconds, milliseconds. */
const EDGE = 1_000

/** Gaps of one server that touch a span of time, both ends UTC milliseconds. */
export function gapsBetween(span: ServerSpan, from: number, to: number): Hole[] {
  return span.gaps
    .filter((gap) => gap.to > from + EDGE && gap.from < to - EDGE)
    .map((gap) => ({server: span.server, from: gap.from, to: gap.to, reason: gap.reason}))
}

/** Servers of one fleet whose logs begin or end further apart than this miss some, where a question names no time, milliseconds. */
const UNEVEN = {begin: 86_400_000, end: 6 * 3_600_000}

/** Whether every server of the fleet, and every other that has logs, holds the whole window. An open end means: as far as the fleet's logs reach. */
export function windowCoverage(store: EvidenceStore, fleet: Fleet, window: Window): WindowCoverage {
  const spans = store.coverage()
  const holes: Hole[] = []
  const earliest = Math.min(...spans.map((span) => span.from ?? Number.POSITIVE_INFINITY))
  const latest = Math.max(...spans.map((span) => span.to ?? Number.NEGATIVE_INFINITY))
  // Also servers whose first logs came after the fleet was asked for.
  const servers = [...new Set([...fleet.servers, ...spans.map(({server}) => server)])].sort()
  for (const server of servers) {
    const span = spans.find((s) => s.server === server)
    if (!span || span.from === null || span.to === null) {
      holes.push({server, from: null, to: null, reason: 'no-logs'})
      continue
    }
    const from = window.from ?? (span.from - earliest > UNEVEN.begin ? earliest : span.from)
    const to = window.to ?? (latest - span.to > UNEVEN.end ? latest : span.to)
    if (from < span.from - EDGE) holes.push({server, from, to: span.from, reason: 'before-first'})
    if (to > span.to + EDGE) holes.push({server, from: span.to, to, reason: 'after-last'})
    holes.push(...gapsBetween(span, from, to))
  }
  const first = window.from ?? earliest
  const last = window.to ?? latest
  const unread = Number.isFinite(first) && Number.isFinite(last) ? store.unread(first, last) : []
  return {complete: servers.length > 0 && holes.length === 0 && unread.length === 0, spans, holes, unread}
}
