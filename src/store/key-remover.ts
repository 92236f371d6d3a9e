/** Takes entries out of the key index: of one message, or of all messages that are gone. */

import type {Connection} from './database.js'
import {ChunkPacker, chunkId, eachEntry, HASH_SPAN, shortHash} from './key-chunk.js'

/** Chunks looked at in one transaction. */
const CHUNKS_AT_ONCE = 128

interface Chunk {
  readonly id: number
  readonly data: Buffer
}

/** One message's entry under one hash (of mail/hash.ts), in every run. Call inside a transaction. */
export function dropKey(db: Connection, hash: number, message: number): void {
  const wanted = shortHash(hash)
  const find = db.prepare('SELECT id, data FROM key_chunk WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1')
  for (const segment of db.prepare('SELECT id FROM segment').pluck().all() as number[]) {
    const chunk = find.get(chunkId(segment, 0), chunkId(segment, wanted)) as Chunk | undefined
    if (chunk) rewrite(db, chunk, (at, one) => at !== wanted || one !== message)
  }
}

/** Keeps only entries whose message is there still; returns how many went. Ends between two transactions where `stopped` says so. */
export function keepKeys(db: Connection, there: (message: number) => boolean, stopped: () => boolean): number {
  const next = db.prepare('SELECT id, data FROM key_chunk WHERE id > ? ORDER BY id LIMIT ?')
  let place = 0
  let removed = 0
  for (;;) {
    if (stopped()) return removed
    const chunks = next.all(place, CHUNKS_AT_ONCE) as Chunk[]
    const last = chunks.at(-1)
    if (!last) return removed
    db.transaction(() => {
      for (const chunk of chunks) removed += rewrite(db, chunk, (_, message) => there(message))
    }).immediate()
    place = last.id
  }
}

function rewrite(db: Connection, {id, data}: Chunk, keep: (hash: number, message: number) => boolean): number {
  const segment = Math.floor(id / HASH_SPAN)
  const kept: [number, number][] = []
  let all = 0
  eachEntry(id - chunkId(segment, 0), data, (hash, message) => {
    all++
    if (keep(hash, message)) kept.push([hash, message])
    return true
  })
  const removed = all - kept.length
  if (removed === 0) return 0
  // What is left may begin at a later hash; the chunk behind it begins later still.
  db.prepare('DELETE FROM key_chunk WHERE id = ?').run(id)
  const insert = db.prepare('INSERT INTO key_chunk(id, data) VALUES (?, ?)')
  const packer = new ChunkPacker((first, bytes) => insert.run(chunkId(segment, first), bytes))
  for (const [hash, message] of kept) packer.add(hash, message)
  packer.end()
  db.prepare('UPDATE segment SET entries = entries - ? WHERE id = ?').run(removed, segment)
  db.prepare('DELETE FROM segment WHERE id = ? AND entries <= 0').run(segment)
  return removed
}
