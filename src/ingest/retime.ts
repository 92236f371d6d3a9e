/**
 * Times that rested on an assumption, worked out anew once the log's own IDs told zone and year beside them: a small part that was read
 * before its neighbours then says the same as if it had been read with them. The lines and their chain stay as they are.
 */

import {parserFor} from '../dialect/log.js'
import {keysOf, queueKey, refusalKey} from '../life/keys.js'
import type {Entry} from '../life/life.js'
import {PartClock, wallInYear, yearNear} from '../mail/clock.js'
import {hash53} from '../mail/hash.js'
import {EXIM_ID_IN_TEXT} from '../mail/queue-id.js'
import {YEARLESS} from '../mail/stamp.js'
import {zoneOffset} from '../mail/zones.js'
import {lineReference, packTimes} from '../store/block.js'
import {entriesOf} from '../store/revive.js'
import {tallyOf} from '../store/row.js'
import {unpackReferences} from '../store/varint.js'
import {LOOSE} from '../store/writer.js'
import {commitThreads} from './commit.js'
import {stampOf} from './part-run.js'
import {refusalText} from './refusal.js'
import type {Session} from './session.js'
import {storedMessage} from './threads.js'

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

interface BlockRow {
  readonly id: number
  readonly part: number
  readonly wallFirst: number
  readonly wallLast: number
  readonly first: number
  readonly last: number
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
  const select = `SELECT block.id AS id, block.part AS part, wall_first AS wallFirst, wall_last AS wallLast, block.first AS first, block.last AS last FROM block`
  const open = session.db
    .prepare(`${select} JOIN part ON part.id = block.part WHERE part.stream = ? AND provisional <> 0 ORDER BY block.id`)
    .all(stream) as BlockRow[]
  if (open.length === 0) return false
  const firm = session.db
    .prepare(
      `${select} JOIN part ON part.id = block.part WHERE part.stream = ? AND provisional = 0 AND part.clock_source = 'id'`,
    )
    .all(stream) as BlockRow[]
  const known = firm.length > 0 ? firm : kin(session, select, stream)
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

/** Firm blocks of other streams in the same folder of the same server: they share the host's clock. */
function kin(session: Session, select: string, stream: number): BlockRow[] {
  const name = session.db.prepare('SELECT name FROM stream WHERE id = ?').pluck().get(stream) as string
  const folder = name.slice(0, name.lastIndexOf('/') + 1)
  return session.db
    .prepare(
      `${select} JOIN part ON part.id = block.part JOIN stream ON stream.id = part.stream WHERE provisional = 0 AND part.clock_source = 'id'
AND substr(stream.name, 1, ?) = ? AND instr(substr(stream.name, ?), '/') = 0
AND part.id IN (SELECT part FROM stretch WHERE server IN (SELECT server FROM stretch JOIN part AS own ON own.id = stretch.part WHERE own.stream = ?))`,
    )
    .all(folder.length, folder, folder.length + 1, stream) as BlockRow[]
}

function distance(a: BlockRow, b: BlockRow): number {
  const gap = Math.max(0, a.wallFirst - b.wallLast, b.wallFirst - a.wallLast)
  return isYearless(a.wallFirst) ? Math.min(gap, Math.abs(YEAR - gap)) : gap
}

function nearest(known: readonly BlockRow[], open: BlockRow): BlockRow | null {
  let best: BlockRow | null = null
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
  rows: readonly BlockRow[],
  neighbour: BlockRow,
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
  const settle = db.prepare('UPDATE block SET provisional = ? WHERE id = ?')
  const update = db.prepare('UPDATE block SET provisional = ?, times = ?, first = ?, last = ? WHERE id = ?')
  const moved = new Map<number, number>()
  const shifts = new Map<number, [number, number][]>()
  for (const {block, part, before, after, settled} of changes) {
    if (before.every((at, i) => at === after[i])) {
      settle.run(settled ? 0 : 1, block)
      continue
    }
    const list = shifts.get(part) ?? []
    shifts.set(part, list)
    for (const [i, at] of before.entries()) {
      moved.set(lineReference(block, i), at)
      list.push([at, after[i] ?? at])
    }
    update.run(settled ? 0 : 1, packTimes(after), Math.min(...after), Math.max(...after), block)
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
  const servers = db
    .prepare(
      'SELECT stretch.server FROM stretch LEFT JOIN unread ON unread.server = stretch.server AND hour = ? WHERE part = ? ORDER BY count IS NULL, stretch.server LIMIT 1',
    )
    .pluck()
  for (const {block, part, before, after} of changes) {
    const parse = parserFor(evidence.origin(part).dialect)
    for (const [i, line] of evidence.wholeBlock(block).entries()) {
      const from = Math.floor((before[i] ?? line.at) / 3_600_000)
      const to = Math.floor((after[i] ?? line.at) / 3_600_000)
      if (from === to || parse(line.text).kind !== 'unknown') continue
      const server = servers.get(from, part) as number | undefined
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
  const {event, reference} = entry
  const before = moved.get(reference) ?? entry.at
  if (event.queueId !== null) reopenThread(session, event.queueId, moved)
  else if (event.type === 'message-rejected') reopenRefusal(session, entry, before, moved)
  else if (event.type === 'command-run')
    for (const id of event.args.join(' ').match(EXIM_ID_IN_TEXT) ?? []) reopenThread(session, id, moved)
  const rows = session.db.prepare('SELECT server, kind FROM loose WHERE ref = ? AND at = ?').all(reference, before) as {
    server: number
    kind: number
  }[]
  for (const {server, kind} of rows) {
    session.db.prepare('DELETE FROM loose WHERE server = ? AND at = ? AND ref = ?').run(server, before, reference)
    const word = LOOSE[kind]
    if (word === undefined) continue
    session.writer.putLoose(server, entry.at, reference, word)
    if (word === 'queue-swept') {
      session.addSweep(server, entry)
      session.movedSweeps.push({server, at: before})
    } else if (word !== 'page-requested') {
      session.newLoose.push({server, entry})
      session.movedLoose.push({server, at: before})
    }
  }
}

function reopenThread(session: Session, queueId: string, moved: ReadonlyMap<number, number>): void {
  const rows = session.keys.messages(hash53(queueKey(queueId))).flatMap((id) => session.reviver.row(id) ?? [])
  const servers = new Set(
    rows.filter((row) => unpackReferences(row.refs).some((one) => moved.has(one))).map((row) => row.server),
  )
  for (const server of servers) {
    if (session.threads.get(server, queueId)) continue
    for (const row of rows) {
      const revived = row.server === server ? session.reviver.fromRow(row) : null
      if (!revived || revived.life.queueId !== queueId) continue
      const thread = session.threads.open(server, queueId, revived.life.lastAt)
      thread.settled = true
      for (const entry of revived.entries) session.threads.add(thread, entry)
      thread.stored.push(
        storedMessage(row.id, revived.life, new Set([...keysOf(revived.life)].map((key) => hash53(key)))),
      )
      session.reconsidered.add(row.id)
      session.threads.touch(thread)
    }
  }
}

function reopenRefusal(session: Session, entry: Entry, before: number, moved: ReadonlyMap<number, number>): void {
  const text = refusalText(entry)
  for (const name of session.db.prepare('SELECT id FROM server').pluck().all() as number[]) {
    const ids = session.keys.messages(hash53(`${name} ${refusalKey(Math.floor(before / 1000), text)}`))
    for (const id of ids) {
      const row = session.reviver.row(id)
      if (!row || row.server !== name || !unpackReferences(row.refs).some((one) => moved.has(one))) continue
      const revived = session.reviver.fromRow(row)
      if (revived) session.total.rejections -= tallyOf(revived.life).rejections
      session.writer.removeMessage(id)
      const key = session.isNewRefusal(name, entry.at, text)
      if (key !== null) session.refusals.push({server: name, key, entry})
    }
  }
}
