/** Writes one batch: evidence, messages, keys, loose lines, parts and gaps, all in the transaction of the caller. */

import {randomBytes} from 'node:crypto'
import {eachKey, type KeyTaker} from '../life/keys.js'
import type {Life} from '../life/life.js'
import {hash53Of, hash53OfLower} from '../mail/hash.js'
import {ArrivalRanges} from './arrivals.js'
import {type PackedBlock, plainBlock, type StoredLine} from './block.js'
import {BlockPacker} from './block-packer.js'
import {ChangedFacts} from './changed-facts.js'
import {LOOSE, type LooseKind} from './codes.js'
import {type Connection, prepared, type Statement} from './database.js'
import {factsChanged} from './judgement-validity.js'
import type {Hashes} from './key-hashes.js'
import {noteOf, putNote} from './notes.js'
import {columnsOf, recipientRow} from './row.js'
import {RowBuffer} from './row-buffer.js'
import {KeySegments} from './segments.js'
import {Texts} from './texts.js'
import {packReferences} from './varint.js'

export interface BlockToWrite {
  readonly id: number
  readonly part: number
  readonly lines: readonly Pick<StoredLine, 'text' | 'offset'>[]
  /** UTC milliseconds of each line. */
  readonly times: readonly number[]
  /** The lines' bytes with `\n` between them, where they are at hand; they are copied at once. */
  readonly raw: Uint8Array | null
  /** The stamps' digits, lowest and highest, before any zone was applied. */
  readonly wallFirst: number
  readonly wallLast: number
  /** The times rest on an assumed zone or year, not on an ID or on what the lines say. */
  readonly provisional?: boolean
}

/** A block of this batch that is not yet a row; its lines as others ask for them, once somebody did. */
type WaitingBlock = Omit<BlockToWrite, 'raw'> & {stored: readonly StoredLine[] | null}

const HOUR = 3_600_000

export const MESSAGE_COLUMNS =
  'at, first, last, state, flags, origin, certainty, sender, script, directory, login, account, uid, client, url, visitor, forwarder, size'

export class StoreWriter {
  readonly texts: Texts
  readonly hashKey: string
  private readonly segments: KeySegments
  private readonly replaceMessage: Statement
  private readonly deleteRecipients: Statement
  private readonly deleteMessage: Statement
  private readonly placeOf: Statement
  private readonly setContinues: Statement
  private readonly clearContinues: Statement
  private readonly halvesOf: Statement
  private readonly facts: ChangedFacts
  private readonly insertBlock: Statement
  private readonly messages: RowBuffer
  private readonly recipients: RowBuffer
  private readonly loose: RowBuffer
  private readonly keys: MessageKeys
  /** Messages of this batch whose rows may still wait in the buffers. */
  private readonly unwritten = new Set<number>()
  /** UTC hours since 1970-01-01T00 whose messages this batch changed. */
  private readonly touched = new Set<number>()
  private readonly arrivals: ArrivalRanges
  private readonly packer = new BlockPacker()
  private readonly waiting: WaitingBlock[] = []
  private chain: Buffer
  private nextMessage: number
  private nextBlock: number
  private changed: number

  constructor(readonly db: Connection) {
    this.texts = new Texts(db)
    this.segments = new KeySegments(db)
    this.arrivals = new ArrivalRanges(db)
    this.hashKey = this.secret('address-hash-key')
    const columns = MESSAGE_COLUMNS.split(', ').length + 5
    const into = `INTO message(id, server, ${MESSAGE_COLUMNS}, refs, joined, changed)`
    this.messages = new RowBuffer(db, `INSERT ${into}`, columns)
    this.replaceMessage = db.prepare(`INSERT OR REPLACE ${into} VALUES (${new Array(columns).fill('?').join(', ')})`)
    this.recipients = new RowBuffer(
      db,
      'INSERT INTO recipient(message, seq, address, domain, outcome, refusal, at, attempts)',
      8,
    )
    this.loose = new RowBuffer(db, 'INSERT OR IGNORE INTO loose(server, at, ref, kind)', 4)
    this.keys = new MessageKeys(this.segments)
    this.deleteRecipients = db.prepare('DELETE FROM recipient WHERE message = ?')
    this.deleteMessage = db.prepare('DELETE FROM message WHERE id = ?')
    this.placeOf = db.prepare('SELECT at, continues FROM message WHERE id = ?')
    this.setContinues = db.prepare('UPDATE message SET continues = ? WHERE id = ?')
    this.clearContinues = db.prepare('UPDATE message SET continues = NULL WHERE continues = ?')
    this.halvesOf = db.prepare('SELECT id FROM message WHERE continues = ?').pluck()
    this.facts = new ChangedFacts(db)
    this.insertBlock = db.prepare(
      'INSERT INTO block(id, part, lines, wall_first, wall_last, first, last, sha256, meta, data, provisional) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const last = db.prepare('SELECT id, sha256 FROM block ORDER BY id DESC LIMIT 1').get() as
      | {id: number; sha256: Buffer}
      | undefined
    this.chain = last?.sha256 ?? Buffer.alloc(0)
    this.nextBlock = Math.max(last?.id ?? 0, this.number('block-high-water')) + 1
    this.nextMessage = ((db.prepare('SELECT max(id) AS id FROM message').get() as {id: number | null}).id ?? 0) + 1
    this.changed = this.number('changed')
  }

  private secret(name: string): string {
    const known = noteOf(this.db, name)
    if (known !== null) return known
    const made = randomBytes(16).toString('hex')
    putNote(this.db, name, made)
    return made
  }

  private number(name: string): number {
    return Number(noteOf(this.db, name) ?? 0)
  }

  /** The number that the next block will have; references to its lines can be made before it is written. */
  reserveBlock(): number {
    return this.nextBlock++
  }

  reserveMessage(): number {
    return this.nextMessage++
  }

  putBlock(block: BlockToWrite): void {
    const {raw, ...rest} = block
    this.waiting.push({...rest, stored: null})
    this.packer.add(plainBlock(block.lines, block.times, raw), this.chain)
  }

  /** The lines of a block of this batch that is not yet a row. */
  waitingBlock(id: number): {part: number; lines: readonly StoredLine[]} | null {
    const block = this.waiting.find((one) => one.id === id)
    if (!block) return null
    block.stored ??= block.lines.map(({text, offset}, i) => ({text, offset, at: block.times[i] ?? 0}))
    return {part: block.part, lines: block.stored}
  }

  private writeBlock(block: WaitingBlock, packed: PackedBlock): void {
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const at of block.times) {
      if (at < first) first = at
      if (at > last) last = at
    }
    this.insertBlock.run(
      block.id,
      block.part,
      packed.lines,
      block.wallFirst,
      block.wallLast,
      first,
      last,
      packed.sha256,
      packed.meta,
      packed.data,
      block.provisional === true ? 1 : 0,
    )
    this.chain = packed.sha256
  }

  /** Writes or replaces one message, whose number was reserved before. `keyed` holds the hashes already indexed for it and is added to. */
  putMessage(
    id: number,
    server: number,
    life: Life,
    joined: readonly number[],
    keyed: Hashes,
    isNew: boolean,
    extraKeys: readonly string[] = [],
  ): void {
    this.changed++
    const hour = Math.floor((life.arrivedAt ?? life.firstAt) / HOUR)
    this.touched.add(hour)
    this.arrivals.add(server, hour, id)
    const columns = columnsOf(life, this.texts)
    if (isNew) {
      this.facts.added(id, columns)
      this.insertMessage(id, server, life, columns, joined)
    } else {
      this.touch(id)
      this.facts.changing(id)
      this.replaceMessage.run(
        id,
        server,
        ...columns,
        packReferences(life.references),
        joined.length > 0 ? packReferences(joined) : null,
        this.changed,
      )
      this.deleteRecipients.run(id)
    }
    this.unwritten.add(id)
    const {recipients} = this
    for (let seq = 0; seq < life.recipients.length; seq++) {
      const recipient = life.recipients[seq]
      if (!recipient) continue
      const row = recipientRow(recipient, this.texts, this.hashKey)
      recipients.put(id)
      recipients.put(seq)
      recipients.put(row.address)
      recipients.put(row.domain)
      recipients.put(row.outcome)
      recipients.put(row.refusal)
      recipients.put(row.at)
      recipients.put(row.attempts)
      recipients.end()
    }
    this.keys.of(id, keyed)
    eachKey(life, this.keys)
    for (const key of extraKeys) this.keys.exact(key, '')
  }

  private insertMessage(
    id: number,
    server: number,
    life: Life,
    columns: readonly (number | null)[],
    joined: readonly number[],
  ): void {
    const {messages} = this
    messages.put(id)
    messages.put(server)
    for (const value of columns) messages.put(value)
    messages.put(packReferences(life.references))
    messages.put(joined.length > 0 ? packReferences(joined) : null)
    messages.put(this.changed)
    messages.end()
  }

  /** Writes what waits, before a message that may be among it is asked for or changed. */
  private settle(id: number): void {
    if (this.unwritten.has(id)) this.flushMessages()
  }

  private flushMessages(): void {
    this.messages.flush()
    this.recipients.flush()
    this.unwritten.clear()
  }

  /** The second half of a content filter's pass goes on with the message of `first`, whose volumes say how it ended. */
  continueFrom(id: number, first: number): void {
    this.settle(id)
    this.facts.changing(id)
    this.setContinues.run(first, id)
    this.touch(first)
  }

  /** The hours in which a stored message, and what it goes on with, are counted. */
  private touch(id: number): void {
    let next: number | null = id
    for (let depth = 0; next !== null && depth < 4; depth++) {
      this.settle(next)
      const place = this.placeOf.get(next) as {at: number; continues: number | null} | undefined
      if (place === undefined) return
      this.touched.add(Math.floor(place.at / HOUR))
      next = place.continues
    }
  }

  removeMessage(id: number): void {
    this.touch(id)
    this.facts.changing(id)
    for (const half of this.halvesOf.all(id) as number[]) this.facts.changing(half)
    this.clearContinues.run(id)
    this.deleteMessage.run(id)
    this.deleteRecipients.run(id)
  }

  putLoose(server: number, at: number, reference: number, kind: LooseKind): void {
    const {loose} = this
    loose.put(server)
    loose.put(at)
    loose.put(reference)
    loose.put(LOOSE.indexOf(kind))
    loose.end()
  }

  /** Lines without a queue ID that were put can be asked for from now on. */
  flushLoose(): void {
    this.loose.flush()
  }

  /** Ends the batch: blocks, sorted keys and counters. Call last inside the transaction. */
  finish(): void {
    this.flushMessages()
    this.loose.flush()
    this.segments.flush()
    this.segments.merge()
    for (const packed of this.packer.take()) {
      const block = this.waiting.shift()
      if (block) this.writeBlock(block, packed)
    }
    putNote(this.db, 'changed', String(this.changed))
    putNote(this.db, 'block-high-water', String(this.nextBlock - 1))
    const due = prepared(this.db, 'INSERT OR IGNORE INTO volume_due(hour) VALUES (?)')
    for (const hour of this.touched) due.run(hour)
    this.touched.clear()
    this.arrivals.flush()
    const since = this.facts.take()
    if (since !== null) factsChanged(this.db, since)
  }

  /** The load is over: what was held for it is given back. Call outside of a batch; others can follow. */
  rest(): void {
    this.packer.rest()
  }

  mergeSegments(): void {
    this.segments.merge()
  }
}

/** Indexes the keys of one message after the other: their hashes, each once. */
class MessageKeys implements KeyTaker {
  private id = 0
  private keyed: Hashes = new Set()

  constructor(private readonly segments: KeySegments) {}

  /** The message that the keys to come belong to, and the hashes that it has. */
  of(id: number, keyed: Hashes): void {
    this.id = id
    this.keyed = keyed
  }

  exact(prefix: string, text: string): void {
    this.index(hash53Of(prefix, text))
  }

  lower(prefix: string, text: string): void {
    this.index(hash53OfLower(prefix, text))
  }

  private index(hash: number): void {
    if (this.keyed.has(hash)) return
    this.keyed.add(hash)
    this.segments.add(hash, this.id)
  }
}
