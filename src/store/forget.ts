/**
 * Forgets one address: every occurrence in the stored lines becomes a token, what was derived from them is derived again, and the pages
 * that held it are written over. The chain keeps what stood there as a hash only, and coverage says that lines were masked.
 */

import {randomBytes} from 'node:crypto'
import {lineReference, packBlock, unpackBlock} from './block.js'
import {unpackBytes} from './compression.js'
import type {Connection} from './database.js'
import {EvidenceFinder} from './evidence.js'
import {type Mask, maskOf} from './forget-mask.js'
import {linkBefore, type RemovedBlock, recordRemoval} from './integrity-ledger.js'
import {everythingChanged} from './judgement-validity.js'
import {keyHashes, Rebuild} from './rebuild.js'
import {sweepTexts} from './retention-sweep.js'
import {Reviver} from './revive.js'
import {unpackReferences} from './varint.js'

export interface Forgotten {
  /** What stands in the address's place; null where it was nowhere. */
  readonly token: string | null
  readonly lines: number
  readonly blocks: number
  readonly messages: number
}

/** Masked lines this near are one gap, milliseconds. */
const NEAR = 60_000

interface Masked {
  readonly block: number
  readonly part: number
  readonly lines: readonly {readonly reference: number; readonly at: number}[]
}

/** The address as an argument is no address. */
export class NoAddress extends Error {}

/**
 * Masks an address everywhere, in one transaction: a killed run has changed nothing. Then call `scrub`. Needs the writer's place.
 * @throws NoAddress where `address` has no local part and domain.
 */
export function forgetAddress(db: Connection, address: string, now: number): Forgotten {
  const mask = maskOf(address, randomBytes(32))
  if (mask === null) throw new NoAddress(address)
  db.pragma('secure_delete = ON')
  return db
    .transaction(() => {
      const masked = findMasked(db, mask)
      const before = affected(db, new Set(masked.flatMap(({lines}) => lines.map(({reference}) => reference))))
      rewrite(db, mask, masked, now)
      const rebuild = new Rebuild(db)
      for (const [id, old] of before) rebuild.message(id, old)
      rebuild.writer.finish()
      markGaps(db, masked)
      cleanTexts(db, mask)
      sweepTexts(db)
      everythingChanged(db)
      const lines = masked.reduce((sum, one) => sum + one.lines.length, 0)
      return {token: lines > 0 ? mask.token : null, lines, blocks: masked.length, messages: before.size}
    })
    .immediate()
}

/** Rewrites the file without the freed pages and empties the write-ahead log. False where a reader still holds the old pages. */
export function scrub(db: Connection): boolean {
  db.exec('VACUUM')
  const [row] = db.pragma('wal_checkpoint(TRUNCATE)') as {busy: number}[]
  return row?.busy === 0
}

function findMasked(db: Connection, mask: Mask): Masked[] {
  const out: Masked[] = []
  const rows = db.prepare('SELECT id, part, meta, data, times FROM block ORDER BY id').iterate() as IterableIterator<{
    id: number
    part: number
    meta: Buffer
    data: Buffer
    times: Buffer | null
  }>
  for (const {id, part, meta, data, times} of rows) {
    if (!mask.found(unpackBytes(data).toString('latin1'))) continue
    const lines = unpackBlock(meta, data, times).flatMap(({text, at}, i) =>
      mask.found(text) ? [{reference: lineReference(id, i), at}] : [],
    )
    if (lines.length > 0) out.push({block: id, part, lines})
  }
  return out
}

/** Messages that rest on one of these lines, with the key hashes that they have now. */
function affected(db: Connection, references: ReadonlySet<number>): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>()
  if (references.size === 0) return found
  const reviver = new Reviver(db, new EvidenceFinder(db))
  const rows = db.prepare('SELECT id, refs, joined FROM message').all() as {
    id: number
    refs: Buffer
    joined: Buffer | null
  }[]
  for (const {id, refs, joined} of rows) {
    const own = [...unpackReferences(refs), ...(joined ? unpackReferences(joined) : [])]
    if (!own.some((reference) => references.has(reference))) continue
    const revived = reviver.revive(id)
    found.set(id, revived ? keyHashes(revived) : new Set())
  }
  return found
}

function rewrite(db: Connection, mask: Mask, masked: readonly Masked[], now: number): void {
  if (masked.length === 0) return
  const select = db.prepare('SELECT sha256, meta, data FROM block WHERE id = ?')
  const update = db.prepare('UPDATE block SET meta = ?, data = ? WHERE id = ?')
  const records: RemovedBlock[] = []
  for (const {block} of masked) {
    const row = select.get(block) as {sha256: Buffer; meta: Buffer; data: Buffer}
    const lines = unpackBlock(row.meta, row.data).map((line) => ({...line, text: mask.apply(line.text)}))
    const packed = packBlock(lines, linkBefore(db, block))
    update.run(packed.meta, packed.data, block)
    records.push({block, link: row.sha256, content: packed.sha256})
  }
  const lines = masked.reduce((sum, one) => sum + one.lines.length, 0)
  recordRemoval(db, now, 'forgotten', `an address in ${lines} lines became ${mask.token}`, records)
}

/** Nothing is "never here" by an address at a time when lines were masked. */
function markGaps(db: Connection, masked: readonly Masked[]): void {
  const servers = db.prepare(
    'SELECT stretch.server AS server, part.stream AS stream FROM stretch JOIN part ON part.id = stretch.part WHERE part = ?',
  )
  const put = db.prepare(
    "INSERT OR IGNORE INTO gap(server, stream, first, last, reason) VALUES (?, ?, ?, ?, 'forgotten')",
  )
  const times = new Map<string, {server: number; stream: number; at: number[]}>()
  for (const {part, lines} of masked)
    for (const {server, stream} of servers.all(part) as {server: number; stream: number}[]) {
      const key = `${server} ${stream}`
      const list = times.get(key) ?? {server, stream, at: []}
      times.set(key, list)
      list.at.push(...lines.map(({at}) => at))
    }
  for (const {server, stream, at} of times.values()) {
    at.sort((a, b) => a - b)
    let first = at[0] ?? 0
    let last = first
    for (const one of at) {
      if (one - last > NEAR) {
        put.run(server, stream, first - 1_000, last + 1_000)
        first = one
      }
      last = one
    }
    put.run(server, stream, first - 1_000, last + 1_000)
  }
}

const TEXT_COLUMNS = 'sender, script, directory, login, account, client, url, visitor, forwarder'

/** Plain texts beside the lines: repeated strings, names of files, totals. */
function cleanTexts(db: Connection, mask: Mask): void {
  const used = db.prepare(`SELECT 1 FROM message WHERE ? IN (${TEXT_COLUMNS}) LIMIT 1`)
  for (const {id, value} of db.prepare('SELECT id, value FROM text').all() as {id: number; value: string}[]) {
    if (!mask.found(value)) continue
    if (used.get(id) === undefined) db.prepare('DELETE FROM text WHERE id = ?').run(id)
    else if (db.prepare('UPDATE OR IGNORE text SET value = ? WHERE id = ?').run(mask.apply(value), id).changes === 0)
      db.prepare('UPDATE text SET value = ? WHERE id = ?').run(`${mask.apply(value)} ${id}`, id)
  }
  for (const {table, column} of textColumns(db))
    for (const value of db
      .prepare(`SELECT DISTINCT ${column} FROM ${table} WHERE ${column} IS NOT NULL`)
      .pluck()
      .all() as string[])
      if (mask.found(value)) {
        db.prepare(`UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${column} = ?`).run(mask.apply(value), value)
        db.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(value)
      }
}

/** Every column of text of every table but `text` itself, so that a table made later is cleaned too. */
function textColumns(db: Connection): {table: string; column: string}[] {
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'text'")
    .pluck()
    .all() as string[]
  return tables.flatMap((table) =>
    (db.pragma(`table_info(${table})`) as {name: string; type: string}[])
      .filter(({type}) => type === 'TEXT')
      .map(({name}) => ({table: `"${table}"`, column: `"${name}"`})),
  )
}
