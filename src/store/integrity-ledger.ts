/**
 * What was taken out of the evidence, and when. Every removed or masked block keeps its place in the chain here, so that the blocks
 * around it can still be checked, and nobody can take a block out in silence.
 */

import {createHash} from 'node:crypto'
import type {Connection} from './database.js'

export type RemovalKind = 'pruned' | 'forgotten'

export interface RemovedBlock {
  readonly block: number
  /** The chained hash that the block was written with; later blocks are chained to it. */
  readonly link: Uint8Array
  /** Chained hash of what stands there now; null where nothing does. */
  readonly content: Uint8Array | null
}

export interface Removal {
  readonly id: number
  /** UTC milliseconds. */
  readonly at: number
  readonly kind: RemovalKind
  /** Why, without personal data. */
  readonly note: string
  readonly sha256: Buffer
}

/** Hash of one removal after the hash of the removal before it (empty for the first). */
export function removalHash(
  before: Uint8Array,
  removal: Pick<Removal, 'at' | 'kind' | 'note'>,
  blocks: readonly RemovedBlock[],
): Buffer {
  const hash = createHash('sha256').update(before).update(`${removal.at}\n${removal.kind}\n${removal.note}\n`)
  for (const {block, link, content} of blocks) {
    hash.update(`${block}\n`).update(link)
    if (content !== null) hash.update(content)
    hash.update('\n')
  }
  return hash.digest()
}

/** Records one removal. Call in the transaction that removes, with blocks in ascending order. */
export function recordRemoval(
  db: Connection,
  at: number,
  kind: RemovalKind,
  note: string,
  blocks: readonly RemovedBlock[],
): void {
  const last = db.prepare('SELECT sha256 FROM removal ORDER BY id DESC LIMIT 1').pluck().get() as Buffer | undefined
  const sha256 = removalHash(last ?? Buffer.alloc(0), {at, kind, note}, blocks)
  const {lastInsertRowid} = db
    .prepare('INSERT INTO removal(at, kind, note, sha256) VALUES (?, ?, ?, ?)')
    .run(at, kind, note, sha256)
  const put = db.prepare('INSERT INTO removed(block, removal, link, content) VALUES (?, ?, ?, ?)')
  for (const {block, link, content} of blocks) put.run(block, lastInsertRowid, link, content)
}

export const removalsOf = (db: Connection): Removal[] =>
  db.prepare('SELECT id, at, kind, note, sha256 FROM removal ORDER BY id').all() as Removal[]

export const removedBy = (db: Connection, removal: number): RemovedBlock[] =>
  db.prepare('SELECT block, link, content FROM removed WHERE removal = ? ORDER BY block').all(removal) as RemovedBlock[]

/** The chained hash that a block must follow: the link of the nearest block before it, kept or removed. */
export function linkBefore(db: Connection, block: number): Buffer {
  const kept = db.prepare('SELECT id, sha256 FROM block WHERE id < ? ORDER BY id DESC LIMIT 1').get(block) as
    | {id: number; sha256: Buffer}
    | undefined
  const gone = db.prepare('SELECT block, link FROM removed WHERE block < ? ORDER BY block DESC LIMIT 1').get(block) as
    | {block: number; link: Buffer}
    | undefined
  if (gone && (!kept || gone.block > kept.id)) return gone.link
  return kept?.sha256 ?? Buffer.alloc(0)
}
