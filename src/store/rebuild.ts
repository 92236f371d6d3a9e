/** Derives stored messages again from their lines: rows, recipients and keys become what the lines give now. */

import {keysOf} from '../life/keys.js'
import {hash53} from '../mail/hash.js'
import type {Connection} from './database.js'
import {EvidenceFinder} from './evidence.js'
import {dropKey} from './key-remover.js'
import {type Revived, Reviver} from './revive.js'
import {KeyFinder} from './segments.js'
import {StoreWriter} from './writer.js'

/** Hashes of all keys of a revived message. */
export const keyHashes = ({life}: Revived): Set<number> => new Set([...keysOf(life)].map((key) => hash53(key)))

export class Rebuild {
  readonly writer: StoreWriter
  private readonly reviver: Reviver

  /** Reads the evidence as it is now: make it after blocks were rewritten. */
  constructor(private readonly db: Connection) {
    this.writer = new StoreWriter(db)
    this.reviver = new Reviver(db, new EvidenceFinder(db))
  }

  /** Writes one message again; `old` are the key hashes that it had before. A message without lines is removed. True where it still is one. */
  message(id: number, old: ReadonlySet<number>): boolean {
    const revived = this.reviver.revive(id)
    const now = revived ? keyHashes(revived) : new Set<number>()
    for (const hash of old) if (!now.has(hash)) dropKey(this.db, hash, id)
    if (!revived) {
      this.writer.removeMessage(id)
      return false
    }
    const continues = this.db.prepare('SELECT continues FROM message WHERE id = ?').pluck().get(id) as number | null
    this.writer.putMessage(id, revived.server, revived.life, revived.joined, new Set(old), false)
    if (continues !== null) this.writer.continueFrom(id, continues)
    return true
  }
}

/** Messages written in one transaction. */
const BATCH = 2_000

/** Derives every message again, in small transactions; a stopped run leaves whole messages. Returns how many were written. */
export function rebuildMessages(db: Connection, onProgress?: (done: number, all: number) => void): number {
  const ids = db.prepare('SELECT id FROM message ORDER BY id').pluck().all() as number[]
  let written = 0
  for (let start = 0; start < ids.length; start += BATCH) {
    db.transaction(() => {
      const rebuild = new Rebuild(db)
      const reviver = new Reviver(db, new EvidenceFinder(db))
      const keys = new KeyFinder(db)
      for (const id of ids.slice(start, start + BATCH)) {
        const revived = reviver.revive(id)
        const old = new Set<number>()
        for (const hash of revived ? keyHashes(revived) : []) if (keys.messages(hash).includes(id)) old.add(hash)
        if (rebuild.message(id, old)) written++
      }
      rebuild.writer.finish()
      rebuild.writer.mergeSegments()
    }).immediate()
    onProgress?.(Math.min(start + BATCH, ids.length), ids.length)
  }
  return written
}
