/** The one small interface through which questions reach the store. A store for fleets can stand behind it as well. */

import {keysOf} from '../life/keys.js'
import type {Life} from '../life/life.js'
import type {Request} from '../life/visitors.js'
import {hash53} from '../mail/hash.js'
import {type Occasion, occasionsOf, type SentMessage, withRecipients} from './activity.js'
import {LOOSE} from './codes.js'
import {coverageOf, type ServerSpan, type UnreadSpan, unreadHours} from './coverage.js'
import {type Connection, openForReading, stateOf} from './database.js'
import {EvidenceFinder, type FoundLine} from './evidence.js'
import {type Habit, habitOf} from './habit.js'
import {entriesOf, type MessageRow, Reviver} from './revive.js'
import {KeyFinder} from './segments.js'

/** A stored message brought back to life, with its server by name. */
export interface Found {
  readonly id: number
  readonly server: string
  readonly life: Life
  /** References of lines without a queue ID that the origin rests on. */
  readonly joined: readonly number[]
}

/** From the first arrival's earliest to the last line's latest time, UTC milliseconds; null is an open end. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
}

/** One stored line as an answer cites it; text still a byte string. */
export interface CitedLine {
  readonly source: string
  readonly offset: number
  readonly text: string
  readonly at: number
}

/** What questions may ask of a store. Times are UTC milliseconds, texts byte strings. */
export interface EvidenceStore {
  /**
   * Everything that `ask` asks is of one state of the store: what a load commits meanwhile is neither found nor counted as covered. Without it an
   * answer could miss a message and then see its time covered.
   */
  inOneState<Answer>(ask: () => Answer): Answer
  readonly servers: readonly string[]
  /**
   * Messages indexed under any of these keys (life/keys.ts) that were alive in the span, verified against their lines, oldest first.
   * Of very many the latest.
   */
  byKeys(keys: readonly string[], span?: Span): Found[]
  /** All of them, latest first, each brought back only when it is asked for. */
  latestByKeys(keys: readonly string[], span?: Span): Iterable<Found>
  /** Messages that arrived in a span, oldest first; at most `limit`. */
  between(from: number, to: number, limit: number): Found[]
  /** Messages by number. */
  byIds(ids: readonly number[]): Found[]
  cite(references: readonly number[]): CitedLine[]
  /** References of lines of a span that hold any of these texts, read from the evidence itself and not from an index. */
  mentions(texts: readonly string[], from: number, to: number): number[]
  /** When and from where one sender sent in a span, accepted messages only, oldest first. */
  occasions(key: string, from: number, to: number): Occasion[]
  /** The same messages with counts of their recipients. */
  withRecipients(sent: readonly Occasion[]): SentMessage[]
  /** What one sender did on the days of [from, to): its busiest day, counted back from `to`, and whether it used a client address that is `asked` for. */
  habit(key: string, from: number, to: number, asked: (clientIp: string) => boolean): Habit
  coverage(): ServerSpan[]
  unread(from: number, to: number): UnreadSpan[]
  /** The name of a uid on a server, from an ingested passwd file; null where unknown. */
  accountOf(server: string, uid: number): string | null
  /** Requests to a server's web sites in a span, by time, where access logs were read. */
  requests(server: string, from: number, to: number): Request[]
  close(): void
}

/** More messages than this under one key are not all brought back (a list address, a busy login): the latest are. */
const MOST_FOUND = 5_000

interface Indexed {
  readonly id: number
  /** The keys whose hashes led to it. */
  readonly keys: readonly string[]
}

const ALWAYS: Span = {from: null, to: null}

/** What is remembered of one state of the database: lines that were unpacked, accounts and servers by their numbers. */
interface Remembered {
  readonly state: string
  readonly evidence: EvidenceFinder
  readonly reviver: Reviver
  readonly names: ReadonlyMap<number, string>
}

function remember(db: Connection): Remembered {
  const state = stateOf(db)
  const evidence = new EvidenceFinder(db)
  const rows = db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]
  return {state, evidence, reviver: new Reviver(db, evidence), names: new Map(rows.map(({id, name}) => [id, name]))}
}

export class SqliteStore implements EvidenceStore {
  readonly keys: KeyFinder
  private remembered: Remembered

  constructor(readonly db: Connection) {
    this.keys = new KeyFinder(db)
    this.remembered = remember(db)
  }

  inOneState<Answer>(ask: () => Answer): Answer {
    if (this.db.inTransaction) return ask()
    return this.db.transaction(() => {
      if (this.remembered.state !== stateOf(this.db)) this.remembered = remember(this.db)
      this.keys.remember()
      try {
        return ask()
      } finally {
        this.keys.forget()
      }
    })()
  }

  get evidence(): EvidenceFinder {
    return this.remembered.evidence
  }

  get reviver(): Reviver {
    return this.remembered.reviver
  }

  private get names(): ReadonlyMap<number, string> {
    return this.remembered.names
  }

  get servers(): readonly string[] {
    return [...this.names.values()].sort()
  }

  private found(row: MessageRow): Found | null {
    const revived = this.reviver.fromRow(row)
    if (!revived) return null
    const server = this.names.get(revived.server) ?? String(revived.server)
    if (revived.life.origin.account === null && revived.life.origin.uid !== null)
      revived.life.origin.account = this.accountOf(server, revived.life.origin.uid)
    return {id: revived.id, server, life: revived.life, joined: revived.joined}
  }

  byKeys(keys: readonly string[], span: Span = ALWAYS): Found[] {
    const out: Found[] = []
    for (const found of this.latestByKeys(keys, span)) if (out.push(found) >= MOST_FOUND) break
    return out.reverse()
  }

  *latestByKeys(keys: readonly string[], span: Span = ALWAYS): Generator<Found> {
    for (const one of this.indexed(keys, span).reverse()) yield* this.verified(one)
  }

  /** As latestByKeys, oldest first. */
  *oldestByKeys(keys: readonly string[], span: Span = ALWAYS): Generator<Found> {
    for (const one of this.indexed(keys, span)) yield* this.verified(one)
  }

  /** What the index has, oldest first. The columns say when a message lived: what lies outside the span is not unpacked. */
  private indexed(keys: readonly string[], {from, to}: Span): Indexed[] {
    const wanted = new Map<number, string[]>()
    for (const key of keys)
      for (const id of this.keys.messages(hash53(key))) {
        const known = wanted.get(id)
        if (known) known.push(key)
        else wanted.set(id, [key])
      }
    const rows = this.db
      .prepare(
        `SELECT message.id FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value
WHERE message.last >= ? AND message.at <= ? ORDER BY message.first, message.id`,
      )
      .pluck()
      .all(
        JSON.stringify([...wanted.keys()]),
        from ?? Number.MIN_SAFE_INTEGER,
        to ?? Number.MAX_SAFE_INTEGER,
      ) as number[]
    return rows.map((id) => ({id, keys: wanted.get(id) ?? []}))
  }

  /** The message, where its own lines give one of the keys: the index knows hashes only. */
  private *verified({id, keys}: Indexed): Generator<Found> {
    const row = this.reviver.row(id)
    const found = row ? this.found(row) : null
    if (!found) return
    const own = keysOf(found.life)
    if (keys.some((key) => own.has(key))) yield found
  }

  byIds(ids: readonly number[]): Found[] {
    return ids
      .map((id) => this.reviver.row(id))
      .flatMap((row) => {
        const found = row ? this.found(row) : null
        return found ? [found] : []
      })
  }

  between(from: number, to: number, limit: number): Found[] {
    const rows = this.db
      .prepare(
        'SELECT id, server, at, first, last, flags, refs, joined FROM message WHERE at BETWEEN ? AND ? ORDER BY at LIMIT ?',
      )
      .all(from, to, limit) as MessageRow[]
    return rows.flatMap((row) => {
      const found = this.found(row)
      return found ? [found] : []
    })
  }

  cite(references: readonly number[]): CitedLine[] {
    return this.evidence.lines(references).map((line: FoundLine) => ({
      source: this.evidence.origin(line.part).source,
      offset: line.offset,
      text: line.text,
      at: line.at,
    }))
  }

  occasions(key: string, from: number, to: number): Occasion[] {
    return occasionsOf(this.db, this.keys, key, from, to)
  }

  withRecipients(sent: readonly Occasion[]): SentMessage[] {
    return withRecipients(this.db, sent)
  }

  habit(key: string, from: number, to: number, asked: (clientIp: string) => boolean): Habit {
    return habitOf(this.db, this.keys, key, from, to, asked)
  }

  mentions(texts: readonly string[], from: number, to: number): number[] {
    return this.evidence.mentions(texts, from, to, 200).map((line) => line.reference)
  }

  coverage(): ServerSpan[] {
    return coverageOf(this.db)
  }

  unread(from: number, to: number): UnreadSpan[] {
    return unreadHours(this.db, from, to)
  }

  accountOf(server: string, uid: number): string | null {
    const row = this.db
      .prepare(
        'SELECT account.name AS name FROM account JOIN server ON server.id = account.server WHERE server.name = ? AND uid = ?',
      )
      .get(server, uid) as {name: string} | undefined
    return row?.name ?? null
  }

  requests(server: string, from: number, to: number): Request[] {
    const references = this.db
      .prepare(
        'SELECT ref FROM loose JOIN server ON server.id = loose.server WHERE server.name = ? AND at BETWEEN ? AND ? AND kind = ? ORDER BY at, ref LIMIT ?',
      )
      .pluck()
      .all(server, from, to, LOOSE.indexOf('page-requested'), MOST_FOUND) as number[]
    return entriesOf(this.evidence.lines(references), this.evidence).flatMap((entry) =>
      entry.event.type === 'page-requested' ? [{...entry, event: entry.event}] : [],
    )
  }

  close(): void {
    this.db.close()
  }
}

/** Opens the database for questions. Throws StoreError. */
export function openStore(path: string): SqliteStore {
  return new SqliteStore(openForReading(path))
}

/** A store without anything: what a question meets before the first ingest. */
export const EMPTY_STORE: EvidenceStore = {
  inOneState: (ask) => ask(),
  servers: [],
  byKeys: () => [],
  latestByKeys: () => [],
  between: () => [],
  byIds: () => [],
  cite: () => [],
  occasions: () => [],
  withRecipients: () => [],
  habit: () => ({busiestDay: null, fromClients: false, fromAsked: false}),
  mentions: () => [],
  coverage: () => [],
  unread: () => [],
  accountOf: () => null,
  requests: () => [],
  close: () => undefined,
}
