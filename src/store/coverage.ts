/** For each server: the time whose lines we hold, the gaps in it, and what could not be read. Worked out from parts when asked. */

import {type Connection, stateOf} from './database.js'
import {STEPPED_BACK} from './parts.js'

/** Parts of one stream whose times lie no further apart than this are one piece, milliseconds. */
const TOUCHING = 600_000
/** A silence shorter than this is never called a gap, milliseconds. */
const SHORTEST_GAP = 1_200_000
/** Lines that a silence should have held, by the stream's own rate, before it is called a gap. */
const MISSED_LINES = 60
/** Minutes with new mail that a span usually has, before its silence is called a gap: by chance none of so many come once in 50 times. */
const EXPECTED = 4
/** Silences from which on their lengths tell what is usual. */
const REGULAR = 12
/** How much longer than the third longest a silence must be to stand out. */
const OUTLASTING = 1.6
/** The longest interval of a log system's rate limit that is usual (imjournal: 600 s), milliseconds. */
const RATE_LIMIT = 600_000
/** Longest silences whose usual traffic is counted. */
const MOST_WEIGHED = 200
const DAY = 86_400_000
/** A stream that ended this long before the asked time has been given up by the server; a silence this long inside one proves nothing. Milliseconds. */
const RETIRED = 14 * 86_400_000

export interface Gap {
  /** UTC milliseconds. */
  readonly from: number
  readonly to: number
  /** Code: part-missing, no-lines, lines-lost, line-too-long, unreadable, stream-ended. */
  readonly reason: string
  readonly source: string | null
}

export interface ServerSpan {
  readonly server: string
  /** null where the server is known and has no logs. */
  readonly from: number | null
  readonly to: number | null
  readonly lines: number
  readonly unknown: number
  readonly gaps: readonly Gap[]
  readonly sources: readonly string[]
  /** What the clock of its logs rests on (id, line, configured, neighbour, assumed). */
  readonly clocks: readonly string[]
}

interface StretchRow {
  part: number
  server: number
  stream: number
  source: string
  dialect: string
  follows: number | null
  first: number
  last: number
  lines: number
  unknown: number
  arrivals: number
  started: number
  clock_source: string | null
}

interface SilenceRow {
  first: number
  last: number
  explained: number
}

const NO_MAIL = new Set(['php-mail', 'access'])

interface Remembered {
  readonly state: string
  readonly spans: ServerSpan[]
}

const remembered = new WeakMap<Connection, Remembered>()

/** Coverage of every server in the store, by name; worked out once as long as nobody writes to the database. */
export function coverageOf(db: Connection): ServerSpan[] {
  const state = stateOf(db)
  // What a writer sees in its own transaction may be taken back.
  const settled = db.readonly || !db.inTransaction
  const known = remembered.get(db)
  if (known?.state === state && settled) return known.spans
  const spans = spansOf(db)
  if (settled) remembered.set(db, {state, spans})
  return spans
}

function spansOf(db: Connection): ServerSpan[] {
  const servers = db.prepare('SELECT id, name FROM server ORDER BY name').all() as {id: number; name: string}[]
  const rows = db
    .prepare(
      `SELECT stretch.*, part.stream AS stream, stream.name AS source, part.dialect AS dialect, part.follows AS follows, part.clock_source AS clock_source
FROM stretch JOIN part ON part.id = stretch.part JOIN stream ON stream.id = part.stream ORDER BY stretch.first`,
    )
    .all() as StretchRow[]
  return servers.map(({id, name}) =>
    serverSpan(
      db,
      id,
      name,
      rows.filter((row) => row.server === id && !NO_MAIL.has(row.dialect)),
    ),
  )
}

function serverSpan(db: Connection, server: number, name: string, rows: readonly StretchRow[]): ServerSpan {
  const streams = new Map<number, StretchRow[]>()
  for (const row of rows) {
    const list = streams.get(row.stream)
    if (list) list.push(row)
    else streams.set(row.stream, [row])
  }
  const main = [...streams.values()].filter((list) => list.some((row) => row.arrivals > 0))
  const used = main.length > 0 ? main : [...streams.values()]
  const gaps: Gap[] = []
  let from: number | null = null
  let to: number | null = null
  for (const list of used) {
    for (const row of list) {
      if (from === null || row.first < from) from = row.first
      if (to === null || row.last > to) to = row.last
    }
    gaps.push(...streamGaps(db, server, list))
  }
  for (const list of used) {
    const last = Math.max(...list.map((row) => row.last))
    if (to !== null && used.length > 1 && to - last > SHORTEST_GAP && to - last < RETIRED && !contained(list, used))
      gaps.push({from: last, to, reason: 'stream-ended', source: list[0]?.source ?? null})
  }
  const stored = db
    .prepare(
      'SELECT gap.first AS first, gap.last AS last, gap.reason AS reason, stream.name AS source FROM gap LEFT JOIN stream ON stream.id = gap.stream WHERE server = ?',
    )
    .all(server) as {
    first: number
    last: number
    reason: string
    source: string | null
  }[]
  for (const gap of stored) {
    // A notice of lost lines comes when a rate limit's interval begins to bite, or when it ends.
    const around = gap.reason === 'lines-lost' ? RATE_LIMIT : 0
    gaps.push({from: gap.first - around, to: gap.last + around, reason: gap.reason, source: gap.source})
  }
  return {
    server: name,
    from,
    to,
    lines: rows.reduce((sum, row) => sum + row.lines, 0),
    unknown: rows.reduce((sum, row) => sum + row.unknown, 0),
    gaps: merged(gaps),
    sources: [...new Set(rows.map((row) => row.source))].sort(),
    clocks: [...new Set(used.flat().map((row) => row.clock_source ?? 'line'))].sort(),
  }
}

/** A stream that holds far fewer arrivals than another of the same time (mail.warn beside mail.log) proves nothing by its end. */
function contained(list: readonly StretchRow[], used: readonly (readonly StretchRow[])[]): boolean {
  const own = list.reduce((sum, row) => sum + row.arrivals, 0)
  return used.some((other) => other !== list && other.reduce((sum, row) => sum + row.arrivals, 0) > 20 * own)
}

function streamGaps(db: Connection, server: number, rows: readonly StretchRow[]): Gap[] {
  const source = rows[0]?.source ?? null
  const stream = rows[0]?.stream ?? 0
  const silences = db
    .prepare('SELECT first, last, explained FROM silence WHERE server = ? AND stream = ? ORDER BY first')
    .all(server, stream) as SilenceRow[]
  const gaps: Gap[] = []
  const inside = new Set<number>()
  let end = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    if (row.first > end + TOUCHING && end > Number.NEGATIVE_INFINITY) {
      const linked = row.follows !== null && inside.has(row.follows)
      if (linked) silences.push({first: end, last: row.first, explained: row.started - row.first <= 15_000 ? 1 : 0})
      else gaps.push({from: end, to: row.first, reason: 'part-missing', source})
    }
    inside.add(row.part)
    if (row.last > end) end = row.last
  }
  const first = Math.min(...rows.map((row) => row.first))
  const lines = rows.reduce((sum, row) => sum + row.lines, 0)
  const missing = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)
  const active = Math.max(60_000, end - first - missing)
  // A start explains the silence before it, but not weeks: a machine that boots with a wrong clock starts its daemons too.
  const quiet = silences.filter((silence) => silence.explained !== 1 || silence.last - silence.first > RETIRED)
  // A silence that another part of the same stream fills is none.
  const filled = (silence: SilenceRow): boolean =>
    rows.some((row) => row.first < silence.last && row.last > silence.first && row.first > silence.first)
  const lengths = quiet.map((silence) => silence.last - silence.first).sort((a, b) => b - a)
  const judged = quiet
    .flatMap((silence) => (silence.explained === STEPPED_BACK ? outside(silence, rows) : [silence]))
    .filter(
      (silence) =>
        silence.last - silence.first >= SHORTEST_GAP && (silence.explained === STEPPED_BACK || !filled(silence)),
    )
    .sort((a, b) => b.last - b.first - (a.last - a.first))
  for (const [rank, silence] of judged.entries()) {
    const duration = silence.last - silence.first
    const alike = lengths.filter((length) => length >= duration / 2).length - 1
    const rate = (lines / active) * duration >= MISSED_LINES && alike < 3
    // No usual silence: nothing says that the clock was right at both of its ends, or that anything was logged.
    if (
      silence.explained === STEPPED_BACK ||
      duration > RETIRED ||
      rate ||
      outlasts(duration, lengths) ||
      (rank < MOST_WEIGHED && wasBusy(db, server, silence, first, end))
    )
      gaps.push({from: silence.first, to: silence.last, reason: 'no-lines', source})
  }
  return gaps
}

/** What is left of a silence without the parts of its stream that begin in it. */
function outside(silence: SilenceRow, rows: readonly StretchRow[]): SilenceRow[] {
  const pieces: SilenceRow[] = []
  let {first} = silence
  for (const row of rows) {
    if (row.first <= silence.first || row.first >= silence.last) continue
    if (row.first > first) pieces.push({...silence, first, last: row.first})
    if (row.last > first) first = row.last
  }
  if (silence.last > first) pieces.push({...silence, first})
  return pieces
}

/** Far longer than any but one other silence of a stream with many: where queue runs tick, a tick is missing. */
function outlasts(duration: number, lengths: readonly number[]): boolean {
  const third = lengths[2]
  return lengths.length >= REGULAR && third !== undefined && duration >= OUTLASTING * third
}

/** On other days, or where there are few in the spans before and after, this server took in mail at several moments of a span like it. */
function wasBusy(db: Connection, server: number, silence: SilenceRow, first: number, end: number): boolean {
  const duration = silence.last - silence.first
  const count = db
    .prepare(
      'SELECT count(DISTINCT minute) FROM (SELECT at / 60000 AS minute FROM message WHERE at >= ? AND at < ? AND server = ? LIMIT 200)',
    )
    .pluck()
  const seen: number[] = []
  const look = (shift: number): void => {
    const from = silence.first + shift
    if (from >= first && from + duration <= end) seen.push(count.get(from, from + duration, server) as number)
  }
  for (let day = 1; day <= 7; day++) for (const shift of [-day * DAY, day * DAY]) if (duration < DAY) look(shift)
  if (seen.length < 3) for (const times of [-4, -3, -2, -1, 1, 2, 3, 4]) look(times * (duration + 1))
  const middle = seen.sort((a, b) => a - b)[Math.floor((seen.length - 1) / 2)]
  return middle !== undefined && middle >= EXPECTED
}

/** Sorted by start; the same span and reason of two streams is one gap. */
function merged(gaps: readonly Gap[]): Gap[] {
  const sorted = [...gaps].sort((a, b) => a.from - b.from || a.to - b.to || a.reason.localeCompare(b.reason))
  return sorted.filter(
    (gap, i) =>
      !sorted
        .slice(0, i)
        .some((before) => before.from === gap.from && before.to === gap.to && before.reason === gap.reason),
  )
}

/** An hour of a server in which lines were not understood; `reference` is one of them. */
export interface UnreadSpan {
  readonly server: string
  readonly from: number
  readonly to: number
  readonly count: number
  readonly reference: number
}

/** Hours with lines that were not understood, with their count. */
export function unreadHours(db: Connection, from: number, to: number): UnreadSpan[] {
  const rows = db
    .prepare(
      'SELECT server.name AS server, hour, count, reference FROM unread JOIN server ON server.id = unread.server WHERE hour BETWEEN ? AND ? ORDER BY hour',
    )
    .all(Math.floor(from / 3_600_000), Math.floor(to / 3_600_000)) as {
    server: string
    hour: number
    count: number
    reference: number
  }[]
  return rows.map(({server, hour, count, reference}) => ({
    server,
    from: hour * 3_600_000,
    to: (hour + 1) * 3_600_000,
    count,
    reference,
  }))
}
