/** Writes one batch: evidence, messages, keys, loose lines, parts and gaps, all in the transaction of the caller. */

import {randomBytes} from 'node:crypto'
import {eachKey} from '../life/keys.js'
import type {Life} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import {type PackedBlock, plainBlock, type StoredLine} from './block.js'
import {BlockPacker} from './block-packer.js'
import type {Connection, Statement} from './database.js'
import {noteOf, putNote} from './notes.js'
import {columnsOf, recipientRow} from './row.js'
import {KeySegments} from './segments.js'
import {Texts} from './texts.js'
import {packReferences} from './varint.js'

export type LooseKind =
  | 'command-run'
  | 'script-mailed'
  | 'origin-identified'
  | 'page-requested'
  | 'queue-swept'
  | 'client-accepted'
export const LOOSE: readonly LooseKind[] = [
  'command-run',
  'script-mailed',
  'origin-identified',
  'page-requested',
  'queue-swept',
  'client-accepted',
]

export interface BlockToWrite {
  readonly id: number
  readonly part: number
  readonly lines: readonly StoredLine[]
  /** The stamps' digits, lowest and highest, before any zone was applied. */
  readonly wallFirst: number
  readonly wallLast: number
  /** The times rest on an assumed zone or year, not on an ID or on what the lines say. */
  readonly provisional?: boolean
}

const HOUR = 3_600_000

export const MESSAGE_COLUMNS =
  'at, first, last, state, flags, origin, certainty, sender, script, directory, login, account, uid, client, url, visitor, forwarder, size'

export class StoreWriter {
  readonly texts: Texts
  readonly hashKey: string
  private readonly segments: KeySegments
  private readonly insertMessage: Statement
  private readonly deleteRecipients: Statement
  private readonly insertRecipient: Statement
  private readonly deleteMessage: Statement
  private readonly placeOf: Statement
  private readonly setContinues: Statement
  private readonly clearContinues: Statement
  private readonly insertBlock: Statement
  private readonly insertLoose: Statement
  /** UTC hours since 1970-01-01T00 whose messages this batch changed. */
  private readonly touched = new Set<number>()
  private readonly packer = new BlockPacker()
  private readonly waiting: BlockToWrite[] = []
  private chain: Buffer
  private nextMessage: number
  private nextBlock: number
  private changed: number

  constructor(readonly db: Connection) {
    this.texts = new Texts(db)
    this.segments = new KeySegments(db)
    this.hashKey = this.secret('address-hash-key')
    const columns = MESSAGE_COLUMNS.split(', ').length
    this.insertMessage = db.prepare(
      `INSERT OR REPLACE INTO message(id, server, ${MESSAGE_COLUMNS}, refs, joined, changed) VALUES (?, ?, ${new Array(columns).fill('?').join(', ')}, ?, ?, ?)`,
    )
    this.deleteRecipients = db.prepare('DELETE FROM recipient WHERE message = ?')
    this.insertRecipient = db.prepare(
      'INSERT INTO recipient(message, seq, address, domain, outcome, refusal, at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.deleteMessage = db.prepare('DELETE FROM message WHERE id = ?')
    this.placeOf = db.prepare('SELECT at, continues FROM message WHERE id = ?')
    this.setContinues = db.prepare('UPDATE message SET continues = ? WHERE id = ?')
    this.clearContinues = db.prepare('UPDATE message SET continues = NULL WHERE continues = ?')
    this.insertBlock = db.prepare(
      'INSERT INTO block(id, part, lines, wall_first, wall_last, first, last, sha256, meta, data, provisional) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.insertLoose = db.prepare('INSERT OR IGNORE INTO loose(server, at, ref, kind) VALUES (?, ?, ?, ?)')
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
    this.waiting.push(block)
    this.packer.add(plainBlock(block.lines), this.chain)
  }

  /** The lines of a block of this batch that is not yet a row. */
  waitingBlock(id: number): {part: number; lines: readonly StoredLine[]} | null {
    return this.waiting.find((block) => block.id === id) ?? null
  }

  private writeBlock(block: BlockToWrite, packed: PackedBlock): void {
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const line of block.lines) {
      if (line.at < first) first = line.at
      if (line.at > last) last = line.at
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

  /**
   * Writes or replaces one message. `keyed` holds the hashes already indexed for it and is added to.
   * Returns nothing: the number was reserved before.
   */
  putMessage(
    id: number,
    server: number,
    life: Life,
    joined: readonly number[],
    keyed: Set<number>,
    isNew: boolean,
    extraKeys: readonly string[] = [],
  ): void {
    this.changed++
    if (!isNew) this.touch(id)
    this.touched.add(Math.floor((life.arrivedAt ?? life.firstAt) / HOUR))
    this.insertMessage.run(
      id,
      server,
      ...columnsOf(life, this.texts),
      packReferences(life.references),
      joined.length > 0 ? packReferences(joined) : null,
      this.changed,
    )
    if (!isNew) this.deleteRecipients.run(id)
    for (let seq = 0; seq < life.recipients.length; seq++) {
      const recipient = life.recipients[seq]
      if (!recipient) continue
      const row = recipientRow(recipient, this.texts, this.hashKey)
      this.insertRecipient.run(id, seq, row.address, row.domain, row.outcome, row.refusal, row.at, row.attempts)
    }
    eachKey(life, {add: (key) => this.index(key, id, keyed)})
    for (const key of extraKeys) this.index(key, id, keyed)
  }

  private index(key: string, id: number, keyed: Set<number>): void {
    const hash = hash53(key)
    if (keyed.has(hash)) return
    keyed.add(hash)
    this.segments.add(hash, id)
  }

  /** The second half of a content filter's pass goes on with the message of `first`, whose volumes say how it ended. */
  continueFrom(id: number, first: number): void {
    this.setContinues.run(first, id)
    this.touch(first)
  }

  /** The hours in which a stored message, and what it goes on with, are counted. */
  private touch(id: number): void {
    let next: number | null = id
    for (let depth = 0; next !== null && depth < 4; depth++) {
      const place = this.placeOf.get(next) as {at: number; continues: number | null} | undefined
      if (place === undefined) return
      this.touched.add(Math.floor(place.at / HOUR))
      next = place.continues
    }
  }

  removeMessage(id: number): void {
    this.touch(id)
    this.clearContinues.run(id)
    this.deleteMessage.run(id)
    this.deleteRecipients.run(id)
  }

  putLoose(server: number, at: number, reference: number, kind: LooseKind): void {
    this.insertLoose.run(server, at, reference, LOOSE.indexOf(kind))
  }

  /** Ends the batch: blocks, sorted keys and counters. Call last inside the transaction. */
  finish(): void {
    this.segments.flush()
    this.segments.merge()
    for (const packed of this.packer.take()) {
      const block = this.waiting.shift()
      if (block) this.writeBlock(block, packed)
    }
    putNote(this.db, 'changed', String(this.changed))
    putNote(this.db, 'block-high-water', String(this.nextBlock - 1))
    const due = this.db.prepare('INSERT OR IGNORE INTO volume_due(hour) VALUES (?)')
    for (const hour of this.touched) due.run(hour)
    this.touched.clear()
  }

  mergeSegments(): void {
    this.segments.merge()
  }
}
