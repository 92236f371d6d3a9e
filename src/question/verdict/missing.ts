/** Which lines a found journey lacks, so that its answer claims no more than the lines show. */

import type {ServerSpan} from '../../store/coverage.js'
import type {EvidenceStore, Found} from '../../store/finder.js'
import type {Hole} from '../coverage.js'
import {gapsBetween} from '../coverage.js'
import type {Fleet} from '../fleet.js'
import type {Step} from '../journey.js'
import type {Fate} from './outcome.js'

/** Longer than any usual queue lifetime: lines of a message lie within this, milliseconds. */
const LIFETIME = 8 * 86_400_000
/** A queue is tried again at least this often (Exim's F,4d,6h; Postfix maximal_backoff_time is shorter), milliseconds. */
const RETRY = 8 * 3_600_000

/** Clocks of two servers of ours differ by no more than this, milliseconds. */
const HANDOVER = 15 * 60_000

export interface Missing {
  /** Gaps in which lines of the journey may lie. */
  readonly holes: readonly Hole[]
  /** Its arrival is not in our lines, so nobody knows whether it came from inside. */
  readonly originUnknown: boolean
}

const isOver = ({life}: Found): boolean =>
  life.ended || life.rejection !== null || ['completed', 'removed', 'rejected'].includes(life.state)

/**
 * Looks at each queue entry's own time: from its arrival to its end, for one without an end up to the newest moment that we know of, for
 * one without an arrival from a queue lifetime before its first line.
 */
export function missingOf(
  store: EvidenceStore,
  fleet: Fleet,
  reportArrivedAt: number | null,
  steps: readonly Step[],
  fate: Fate,
): Missing {
  const spans = store.coverage()
  const newest = Math.max(reportArrivedAt ?? 0, ...spans.map((span) => span.to ?? 0))
  const holes: Hole[] = []
  let originUnknown = false
  for (const {found} of steps) {
    const {life, server} = found
    const span = spans.find((one) => one.server === server)
    if (!span || span.from === null || span.to === null) continue
    const arrivalMissing = !life.arrived && life.rejection === null
    const from = arrivalMissing ? life.firstAt - LIFETIME : Math.min(life.arrivedAt ?? life.firstAt, life.firstAt)
    const to = isOver(found) ? life.lastAt : Math.min(newest, life.lastAt + LIFETIME)
    const here: Hole[] = gapsBetween(span, from, to)
    if (arrivalMissing && span.from > from)
      here.push({server, from: null, to: Math.max(span.from, life.firstAt), reason: 'before-first'})
    if (to > span.to + RETRY) here.push({server, from: span.to, to, reason: 'after-last'})
    if (found === fate.entry && arrivalMissing && here.length > 0) originUnknown = true
    holes.push(...here)
  }
  const giver = giverWithoutLines(fleet, steps, fate.entry)
  if (giver !== null) {
    // A whole log of that server without the message proves that it did not pass its mail server: then a program there spoke SMTP itself.
    const at = fate.entry.life.arrivedAt ?? fate.entry.life.firstAt
    const gaps = holesBefore(spans, giver, at)
    if (gaps.length > 0) originUnknown = true
    holes.push(...gaps)
  }
  return {holes: distinct(holes), originUnknown}
}

/** What is missing of a server in the queue lifetime before a moment; nothing where its log reaches back only to a time of its own. */
function holesBefore(spans: readonly ServerSpan[], server: string, at: number): Hole[] {
  const span = spans.find((one) => one.server === server)
  if (!span || span.from === null || span.to === null) return [{server, from: null, to: at, reason: 'no-logs'}]
  if (at > span.to) return [{server, from: span.to, to: at, reason: 'after-last'}]
  if (at < span.from) return [{server, from: null, to: span.from, reason: 'before-first'}]
  return gapsBetween(span, at - LIFETIME, at + HANDOVER)
}

/** The server of ours that gave us the message and whose own lines of it we do not have; null where there is none. */
function giverWithoutLines(fleet: Fleet, steps: readonly Step[], entry: Found): string | null {
  const {client} = entry.life.origin
  if (client === null || entry.life.rejection !== null) return null
  const giver = fleet.serverOfIp(client.ip) ?? fleet.serverOfHost(client.name)
  return giver === null || giver === entry.server || steps.some(({found}) => found.server === giver) ? null : giver
}

function distinct(holes: readonly Hole[]): Hole[] {
  const same = (a: Hole, b: Hole): boolean =>
    a.server === b.server && a.from === b.from && a.to === b.to && a.reason === b.reason
  return holes.filter((hole, i) => !holes.slice(0, i).some((before) => same(before, hole)))
}
