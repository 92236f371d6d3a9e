/**
 * Times that rested on an assumption, worked out anew once the log's own IDs told zone and year beside them: a small part that was read
 * before its neighbours then says the same as if it had been read with them. The lines and their chain stay as they are.
 */

import {parserFor} from '../dialect/log.js'
import type {Entry} from '../life/life.js'
import {PartClock, wallInYear, yearNear} from '../mail/clock.js'
import {YEARLESS} from '../mail/stamp.js'
import {zoneOffset} from '../mail/zones.js'
import {lineReference} from '../store/block.js'
import {
  type BlockSpan,
  firmBlocks,
  provisionalBlocks,
  retimeBlock,
  settleBlock,
  unreadServer,
} from '../store/block-times.js'
import {takeLoose} from '../store/loose.js'
import {entriesOf} from '../store/revive.js'
import {commitThreads} from './commit.js'
import {stampOf} from './line-facts.js'
import {refusalText} from './refusal.js'
import {removeRefusals, reopenEntry} from './reopen.js'
import type {Session} from './session.js'

const DAY = 86_400_000
const QUARTER = 900_000
const YEAR = 366 * DAY
/** Times borrowed from a neighbour that lies this near need not be worked out again, milliseconds. */
const NEAR = 2 * DAY
const YEARLESS_END = Date.UTC(YEARLESS + 1, 0, 1)

export interface RetimeOptions {
  /** The configured zone of a stream's server; null where none is. */
  readonly zone: string | null
  readonly year: number | null
}

interface Change {
  readonly block: number
  readonly part: number
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly settled: boolean
}

const isYearless = (wall: number): boolean => wall < YEARLESS_END

/** Works out anew what is provisional in a stream; true where anything changed. Nothing may wait for a commit. */
export function retime(session: Session, stream: number, options: RetimeOptions): boolean {
  const open = provisionalBlocks(session.db, stream)
  if (open.length === 0) return false
  const known = firmBlocks(session.db, stream)
  if (known.length === 0) return false
  const changes: Change[] = []
  for (const part of new Set(open.map((row) => row.part))) {
    const rows = open.filter((row) => row.part === part)
    const first = rows[0]
    const neighbour = first ? nearest(known, first) : null
    if (first && neighbour)
      changes.push(...changesOf(session, rows, neighbour, distance(neighbour, first) < NEAR, options))
  }
  if (changes.length === 0) return false
  session.db.transaction(() => apply(session, changes, stream)).immediate()
  session.committed(Number.POSITIVE_INFINITY)
  return true
}

function distance(a: BlockSpan, b: BlockSpan): number {
  const gap = Math.max(0, a.wallFirst - b.wallLast, b.wallFirst - a.wallLast)
  return isYearless(a.wallFirst) ? Math.min(gap, Math.abs(YEAR - gap)) : gap
}

function nearest(known: readonly BlockSpan[], open: BlockSpan): BlockSpan | null {
  let best: BlockSpan | null = null
  for (const row of known)
    if (
      isYearless(row.wallFirst) === isYearless(open.wallFirst) &&
      (best === null || distance(row, open) < distance(best, open))
    )
      best = row
  return best
}

function changesOf(
  session: Session,
  rows: readonly BlockSpan[],
  neighbour: BlockSpan,
  settled: boolean,
  {zone, year}: RetimeOptions,
): Change[] {
  const yearless = isYearless(neighbour.wallFirst)
  const wall = yearless
    ? wallInYear(neighbour.wallFirst, yearNear(neighbour.wallFirst, neighbour.first))
    : neighbour.wallFirst
  const offset = (Math.round((wall - neighbour.first) / QUARTER) * QUARTER) / 60_000
  const zoned = zone !== null && zoneOffset(zone, wall) === offset
  const clock = new PartClock({
    zone,
    assumedZone: 'UTC',
    year,
    notAfter: neighbour.first,
    neighbour: {offset, year: null, source: 'neighbour', anchoredAt: yearless ? neighbour.first : null, zoned},
  })
  const parse = parserFor(session.evidence.origin(rows[0]?.part ?? 0).dialect)
  const blocks = rows.map((row) => ({row, lines: session.evidence.wholeBlock(row.id)}))
  const times = clock.resolve(
    blocks.flatMap(({lines}) => lines.map(({text}) => stampOf(parse(text)))),
    [],
  )
  let taken = 0
  return blocks.map(({row, lines}) => {
    const after = times.slice(taken, taken + lines.length)
    taken += lines.length
    return {block: row.id, part: row.part, before: lines.map(({at}) => at), after, settled}
  })
}

function apply(session: Session, changes: readonly Change[], stream: number): void {
  const {db, evidence} = session
  const moved = new Map<number, number>()
  const shifts = new Map<number, [number, number][]>()
  for (const {block, part, before, after, settled} of changes) {
    if (before.every((at, i) => at === after[i])) {
      settleBlock(db, block, settled)
      continue
    }
    const list = shifts.get(part) ?? []
    shifts.set(part, list)
    for (const [i, at] of before.entries()) {
      moved.set(lineReference(block, i), at)
      list.push([at, after[i] ?? at])
    }
    retimeBlock(db, block, after, settled)
    evidence.forget(block)
  }
  if (moved.size === 0) return
  session.forgetTimes()
  for (const entry of entriesOf(evidence.lines([...moved.keys()]), evidence)) reopen(session, entry, moved)
  const tally = commitThreads(session)
  session.total.messages += tally.messages
  session.total.deliveries += tally.deliveries
  session.total.rejections += tally.rejections
  moveUnread(session, changes)
  for (const [part, list] of shifts) {
    list.sort((a, b) => a[0] - b[0])
    session.parts.shift(part, stream, (at) => shifted(list, at))
  }
  session.writer.finish()
}

/** Lines that could not be understood are counted in the hours where they lie now. */
function moveUnread({db, evidence, parts}: Session, changes: readonly Change[]): void {
  for (const {block, part, before, after} of changes) {
    const parse = parserFor(evidence.origin(part).dialect)
    for (const [i, line] of evidence.wholeBlock(block).entries()) {
      const from = Math.floor((before[i] ?? line.at) / 3_600_000)
      const to = Math.floor((after[i] ?? line.at) / 3_600_000)
      if (from === to || parse(line.text).kind !== 'unknown') continue
      const server = unreadServer(db, part, from)
      if (server !== undefined) parts.moveUnread(server, from, to, lineReference(block, i))
    }
  }
}

/** The new time of what lay at `at`: that of the nearest line. */
function shifted(shifts: readonly [number, number][], at: number): number {
  let low = 0
  let high = shifts.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((shifts[middle]?.[0] ?? 0) < at) low = middle + 1
    else high = middle
  }
  const after = shifts[low]
  const before = shifts[low - 1]
  const near = before && after && at - before[0] < after[0] - at ? before : after
  return near ? at + near[1] - near[0] : at
}

/** Everything that rests on the line is told again. */
function reopen(session: Session, entry: Entry, moved: ReadonlyMap<number, number>): void {
  const {reference} = entry
  const before = moved.get(reference) ?? entry.at
  const touched = (one: number): boolean => moved.has(one)
  reopenEntry(session, entry, {touched, kept: () => true}, () => {
    const text = refusalText(entry)
    for (const server of removeRefusals(session, entry, before, touched)) {
      const key = session.isNewRefusal(server, entry.at, text)
      if (key !== null) session.refusals.push({server, key, entry})
    }
  })
  for (const {server, kind} of takeLoose(session.db, reference, before)) {
    session.writer.putLoose(server, entry.at, reference, kind)
    if (kind === 'queue-swept') {
      session.addSweep(server, entry)
      session.movedSweeps.push({server, at: before})
    } else if (kind !== 'page-requested') {
      session.newLoose.push({server, entry})
      session.movedLoose.push({server, at: before})
    }
  }
}
