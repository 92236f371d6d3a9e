/** Removes blocks of lines that are old and that no kept message rests on; their place in the chain stays in the ledger. */

import {blockOf} from './block.js'
import type {Connection} from './database.js'
import {recordRemoval} from './integrity-ledger.js'
import {unpackReferences} from './varint.js'

/** Blocks of one transaction. */
const BATCH = 32
/** A message's lines without ID (its script's call) lie this long before its first line at most, with room to spare, milliseconds. */
const REACH = 86_400_000

/** The last block always stays: the next one is chained to it. */
export function pruneBlocks(
  db: Connection,
  before: number,
  now: number,
  onBlocks: (done: number) => void,
  stopped: () => boolean,
): {blocks: number; lines: number} {
  const needed = new Set<number>()
  const kept = db.prepare('SELECT refs, joined FROM message WHERE first < ?').all(before + REACH) as {
    refs: Buffer
    joined: Buffer | null
  }[]
  for (const {refs, joined} of kept)
    for (const reference of [...unpackReferences(refs), ...(joined ? unpackReferences(joined) : [])])
      needed.add(blockOf(reference))
  const old = db
    .prepare('SELECT id, lines FROM block WHERE last < ? AND id < (SELECT max(id) FROM block) ORDER BY id')
    .all(before) as {id: number; lines: number}[]
  const free = old.filter(({id}) => !needed.has(id))
  const link = db.prepare('SELECT sha256 FROM block WHERE id = ?').pluck()
  const drop = db.prepare('DELETE FROM block WHERE id = ?')
  let blocks = 0
  let lines = 0
  for (let start = 0; start < free.length && !stopped(); start += BATCH) {
    const batch = free.slice(start, start + BATCH)
    db.transaction(() => {
      const records = batch.map(({id}) => ({block: id, link: link.get(id) as Buffer, content: null}))
      for (const {id} of batch) drop.run(id)
      recordRemoval(db, now, 'pruned', `lines before ${new Date(before).toISOString()}`, records)
    }).immediate()
    blocks += batch.length
    lines += batch.reduce((sum, one) => sum + one.lines, 0)
    onBlocks(blocks)
  }
  return {blocks, lines}
}
