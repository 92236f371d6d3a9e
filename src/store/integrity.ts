/** Checks the evidence against its chain of hashes, and SQLite's own structure. Reads only; a fault is a value with its place. */

import {chainHash, unpackBlock} from './block.js'
import {unpackBytes} from './compression.js'
import type {Connection} from './database.js'
import {type RemovedBlock, removalHash, removalsOf, removedBy} from './integrity-ledger.js'

/** One fault: a code for programs, the place, and what is wrong there. */
export interface Fault {
  readonly code:
    | 'database-structure'
    | 'block-changed'
    | 'block-unreadable'
    | 'block-missing'
    | 'link-changed'
    | 'removal-changed'
    | 'anchor-missing'
    | 'message-differs'
    | 'message-unreadable'
    | 'key-missing'
    | 'row-orphaned'
    | 'judgement-unreadable'
  readonly place: string
  readonly detail: string
}

export interface ChainCheck {
  readonly blocks: number
  readonly lines: number
  /** Blocks that were removed or masked, as the ledger says. */
  readonly pruned: number
  readonly masked: number
  /** The last block's number and chained hash in hex; note it elsewhere to notice a cut-off or rewritten chain. */
  readonly head: {readonly block: number; readonly sha256: string} | null
  readonly faults: readonly Fault[]
}

interface BlockRow {
  id: number
  lines: number
  first: number
  last: number
  sha256: Buffer
  meta: Buffer
  data: Buffer
  times: Buffer | null
}

/** Faults named one by one at most; a rewritten chain would name every block. */
const MOST_FAULTS = 100

/** SQLite's integrity_check; empty where the file is sound. */
export function checkStructure(db: Connection): Fault[] {
  const fault = (detail: string): Fault => ({code: 'database-structure', place: 'database file', detail})
  try {
    const rows = db.pragma(`integrity_check(${MOST_FAULTS})`) as {integrity_check: string}[]
    return rows.filter((row) => row.integrity_check !== 'ok').map((row) => fault(row.integrity_check))
  } catch (error) {
    return [fault(error instanceof Error ? error.message : String(error))]
  }
}

function blockFaults(row: BlockRow, before: Uint8Array, expected: Uint8Array): Fault[] {
  const place = `block ${row.id}`
  let text: Buffer
  let meta: Buffer
  try {
    text = unpackBytes(row.data)
    meta = unpackBytes(row.meta)
  } catch (error) {
    return [{code: 'block-unreadable', place, detail: error instanceof Error ? error.message : String(error)}]
  }
  if (!chainHash(before, text, meta).equals(expected))
    return [{code: 'block-changed', place, detail: 'its lines do not give its SHA-256, or the block before it is gone'}]
  const lines = unpackBlock(row.meta, row.data, row.times)
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const {at} of lines) {
    if (at < first) first = at
    if (at > last) last = at
  }
  if (lines.length !== row.lines || first !== row.first || last !== row.last)
    return [{code: 'block-changed', place, detail: 'its row and its lines differ in number or times'}]
  return []
}

/**
 * Recomputes the SHA-256 of every block and follows the chain, across blocks that the ledger says were removed or masked.
 * `anchor`: a head noted earlier, which must still be in the chain.
 */
export function checkChain(
  db: Connection,
  anchor: {readonly block: number; readonly sha256: string} | null = null,
): ChainCheck {
  const faults: Fault[] = []
  const removed = ledger(db, faults)
  const gone = [...removed.entries()].filter(([, one]) => one.content === null).map(([block]) => block)
  gone.sort((a, b) => a - b)
  let before: Buffer = Buffer.alloc(0)
  let blocks = 0
  let lines = 0
  let next = 0
  let head: ChainCheck['head'] = null
  let anchored = anchor === null
  const pass = (block: number, link: Uint8Array): void => {
    before = Buffer.from(link)
    if (anchor !== null && anchor.block === block && before.toString('hex') === anchor.sha256) anchored = true
  }
  try {
    const rows = db.prepare('SELECT id, lines, first, last, sha256, meta, data, times FROM block ORDER BY id').iterate()
    for (const row of rows as IterableIterator<BlockRow>) {
      for (; (gone[next] ?? Number.POSITIVE_INFINITY) < row.id; next++) {
        const id = gone[next] ?? 0
        pass(id, removed.get(id)?.link ?? before)
      }
      const masked = removed.get(row.id)
      if (masked && !row.sha256.equals(Buffer.from(masked.link)))
        faults.push({
          code: 'link-changed',
          place: `block ${row.id}`,
          detail: 'the record of its removal names another SHA-256',
        })
      faults.push(...blockFaults(row, before, masked?.content ?? row.sha256))
      pass(row.id, row.sha256)
      blocks++
      lines += row.lines
      head = {block: row.id, sha256: row.sha256.toString('hex')}
      if (faults.length >= MOST_FAULTS) break
    }
  } catch (error) {
    faults.push({
      code: 'database-structure',
      place: `after block ${head?.block ?? 0}`,
      detail: error instanceof Error ? error.message : String(error),
    })
  }
  for (; next < gone.length; next++) pass(gone[next] ?? 0, removed.get(gone[next] ?? 0)?.link ?? before)
  if (!anchored)
    faults.push({
      code: 'anchor-missing',
      place: `block ${anchor?.block}`,
      detail: 'the chain no longer holds the head that was noted',
    })
  return {blocks, lines, pruned: gone.length, masked: removed.size - gone.length, head, faults}
}

/** The latest record of each removed or masked block; checks the ledger's own chain on the way. */
function ledger(db: Connection, faults: Fault[]): Map<number, RemovedBlock> {
  const latest = new Map<number, RemovedBlock>()
  let before: Buffer = Buffer.alloc(0)
  try {
    for (const removal of removalsOf(db)) {
      const blocks = removedBy(db, removal.id)
      if (!removalHash(before, removal, blocks).equals(removal.sha256))
        faults.push({
          code: 'removal-changed',
          place: `removal ${removal.id}`,
          detail: 'the record does not give its SHA-256',
        })
      before = removal.sha256
      for (const one of blocks) latest.set(one.block, one)
    }
  } catch (error) {
    faults.push({
      code: 'database-structure',
      place: 'record of removals',
      detail: error instanceof Error ? error.message : String(error),
    })
  }
  return latest
}
