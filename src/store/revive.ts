/** Stored messages back to lives: the lines are read again and folded again. What is stored as columns is only an index of this. */

import {Assembler} from '../dialect/assembler.js'
import {parserFor} from '../dialect/log.js'
import {attribute} from '../life/attribution.js'
import {foldLife} from '../life/fold.js'
import type {Entry, Life} from '../life/life.js'
import type {Nearby} from '../life/nearby.js'
import type {MailEvent} from '../mail/event.js'
import {AccountFinder} from './accounts.js'
import {FLAG} from './codes.js'
import type {Connection, Statement} from './database.js'
import type {EvidenceFinder, FoundLine} from './evidence.js'
import {unpackReferences} from './varint.js'

/** A message's row where only its place and lines matter. */
export interface MessageRow {
  readonly id: number
  readonly server: number
  readonly at: number
  readonly first: number
  readonly last: number
  readonly flags: number
  readonly refs: Buffer
  readonly joined: Buffer | null
}

export interface Revived {
  readonly id: number
  readonly server: number
  readonly life: Life
  readonly entries: readonly Entry[]
  /** References of lines without a queue ID that the origin rests on. */
  readonly joined: readonly number[]
}

type OpenEntry = {-readonly [K in keyof Entry]-?: Exclude<Entry[K], undefined>}

/** Lines -> entries, with continuation lines and pieces joined. Lines of unknown text stay without an entry. */
export function entriesOf(lines: readonly FoundLine[], evidence: EvidenceFinder): Entry[] {
  // A block that rotation cut in two goes on in the next part of its stream.
  const streams = new Map<string, {assembler: Assembler; entry: OpenEntry | null}>()
  const entries: OpenEntry[] = []
  for (const line of lines) {
    const {dialect, source} = evidence.origin(line.part)
    let stream = streams.get(source)
    if (!stream) {
      stream = {assembler: new Assembler(), entry: null}
      streams.set(source, stream)
    }
    const {assembler} = stream
    const parsed = parserFor(dialect)(line.text)
    const step = assembler.push(parsed, line.reference, line.text)
    const {event, more, times} = assembler
    if (step === 'event' && event !== null) {
      stream.entry = {at: line.at, reference: line.reference, more, times, event}
      entries.push(stream.entry)
    } else if (step === 'added' && event !== null) {
      if (stream.entry !== null) Object.assign(stream.entry, {event, more, times})
    } else if (parsed.kind === 'unknown' && parsed.queueId !== null) {
      const base = {
        stamp: parsed.stamp,
        host: parsed.host,
        pid: null,
        queueId: parsed.queueId,
        mta: null,
        instance: null,
      }
      entries.push({
        at: line.at,
        reference: line.reference,
        more: [],
        times: 1,
        event: {...base, type: 'text-noted', text: line.text},
      })
    }
  }
  return entries
}

type EntryOf<Type extends MailEvent['type']> = Entry & {readonly event: Extract<MailEvent, {type: Type}>}

const isOf = <Type extends MailEvent['type']>(entry: Entry, type: Type): entry is EntryOf<Type> =>
  entry.event.type === type

/** Sorts loose entries into what attribution asks for, each list in the order of `entries`. */
export function nearbyOf(entries: readonly Entry[]): Nearby {
  const commands: EntryOf<'command-run'>[] = []
  const calls: EntryOf<'script-mailed'>[] = []
  const sockets: EntryOf<'origin-identified'>[] = []
  const clients: EntryOf<'client-accepted'>[] = []
  for (const entry of entries) {
    if (isOf(entry, 'command-run')) commands.push(entry)
    else if (isOf(entry, 'script-mailed')) calls.push(entry)
    else if (isOf(entry, 'origin-identified')) sockets.push(entry)
    else if (isOf(entry, 'client-accepted')) clients.push(entry)
  }
  return {commands, calls, sockets, clients}
}

export class Reviver {
  private readonly select: Statement
  private readonly account: Statement
  private readonly accounts: AccountFinder

  constructor(
    db: Connection,
    private readonly evidence: EvidenceFinder,
  ) {
    this.accounts = new AccountFinder(db)
    this.account = db
      .prepare('SELECT text.value FROM message JOIN text ON text.id = account WHERE message.id = ?')
      .pluck()
    this.select = db.prepare('SELECT id, server, at, first, last, flags, refs, joined FROM message WHERE id = ?')
  }

  row(id: number): MessageRow | null {
    return (this.select.get(id) as MessageRow | undefined) ?? null
  }

  /** The life behind a message number; null where it is gone or its lines were pruned. */
  revive(id: number): Revived | null {
    const row = this.row(id)
    return row ? this.fromRow(row) : null
  }

  fromRow(row: MessageRow): Revived | null {
    const entries = entriesOf(this.evidence.lines(unpackReferences(row.refs)), this.evidence)
    const own = entries.find((entry) => entry.event.queueId !== null)
    if (entries.length === 0) return null
    const life = foldLife(own?.event.queueId ?? null, entries)
    life.reinjected ||= (row.flags & FLAG.reinjected) !== 0
    // The name that the uid had when the message was read: accounts are renamed and uids given to others.
    if (life.origin.uid !== null)
      life.origin.account ??= (this.account.get(row.id) as string | null | undefined) ?? null
    const joined = row.joined ? unpackReferences(row.joined) : []
    if (
      joined.length > 0 ||
      life.identified.length > 0 ||
      life.phpHeader !== null ||
      life.proxied !== undefined ||
      life.origin.kind === 'local'
    )
      attribute(life, {
        ...nearbyOf(entriesOf(this.evidence.lines(joined), this.evidence)),
        accounts: this.accounts.of(row.server),
      })
    return {id: row.id, server: row.server, life, entries, joined}
  }
}
