/** The blocks behind a set of lines, with all that is needed to compute their hashes again on another machine. */

import {blockOf} from './block.js'
import {unpackBytes} from './compression.js'
import type {Connection} from './database.js'
import {linkBefore} from './integrity-ledger.js'

/** One block of evidence as it leaves the database. */
export interface EvidenceBlock {
  readonly block: number
  readonly source: string
  readonly dialect: string
  /** Chained hash of the block before it in the chain (empty for the first). */
  readonly before: Buffer
  /** The chained hash that it was written with; the next block is chained to it. */
  readonly sha256: Buffer
  /** Where lines of it were masked since: when, and the chained hash of what stands there now. */
  readonly masked: {readonly at: number; readonly note: string; readonly sha256: Buffer} | null
  /** Its lines joined by line feeds, byte for byte. */
  readonly text: Buffer
  /** Offsets and times of its lines, as they were hashed (src/store/block.ts). */
  readonly meta: Buffer
}

/** Where the chain stands: the last block and its chained hash. */
export function chainHead(db: Connection): {readonly block: number; readonly sha256: string} | null {
  const row = db.prepare('SELECT id, sha256 FROM block ORDER BY id DESC LIMIT 1').get() as
    | {id: number; sha256: Buffer}
    | undefined
  return row ? {block: row.id, sha256: row.sha256.toString('hex')} : null
}

/** The chained hash under which a block stands in this database, kept or removed; null where it never was. */
export function linkOf(db: Connection, block: number): string | null {
  const kept = db.prepare('SELECT sha256 FROM block WHERE id = ?').pluck().get(block) as Buffer | undefined
  const link =
    kept ?? (db.prepare('SELECT link FROM removed WHERE block = ? LIMIT 1').pluck().get(block) as Buffer | undefined)
  return link?.toString('hex') ?? null
}

/** Blocks of these line references, ascending. */
export function* evidenceBlocks(db: Connection, references: readonly number[]): Generator<EvidenceBlock> {
  const select = db.prepare(
    `SELECT stream.name AS source, part.dialect AS dialect, block.sha256 AS sha256, meta, data FROM block
JOIN part ON part.id = block.part JOIN stream ON stream.id = part.stream WHERE block.id = ?`,
  )
  const mask = db.prepare(
    `SELECT removal.at AS at, removal.note AS note, removed.content AS sha256 FROM removed JOIN removal ON removal.id = removed.removal
WHERE removed.block = ? AND removed.content IS NOT NULL ORDER BY removal.id DESC LIMIT 1`,
  )
  const blocks = [...new Set(references.map(blockOf))].sort((a, b) => a - b)
  for (const block of blocks) {
    const row = select.get(block) as
      | {source: string; dialect: string; sha256: Buffer; meta: Buffer; data: Buffer}
      | undefined
    if (!row) continue
    const masked = (mask.get(block) as {at: number; note: string; sha256: Buffer} | undefined) ?? null
    const {source, dialect, sha256} = row
    yield {
      block,
      source,
      dialect,
      before: linkBefore(db, block),
      sha256,
      masked,
      text: unpackBytes(row.data),
      meta: unpackBytes(row.meta),
    }
  }
}
