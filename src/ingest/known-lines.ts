/** Lines that the store has already from another part (a copy, a rotated file read under two names): they are stored once. */

import {hash53} from '../mail/hash.js'
import type {Connection} from '../store/database.js'
import type {EvidenceFinder} from '../store/evidence.js'
import {blocksAlongside} from '../store/reach.js'
import type {WithoutSubjects} from './without-subjects.js'

/** What a batch spans: its stamps' digits (wall, milliseconds) and the names of the servers that its lines are of. */
export interface BatchSpan {
  readonly part: number
  readonly dialect: string
  readonly wallFirst: number
  readonly wallLast: number
  readonly servers: ReadonlySet<string>
}

/**
 * Hashes of lines of other parts that lie in the same time; null where there are none. `masked`: makes what empties subjects, where this part's
 * lines lose them: lines that were stored with their subjects are known without them too.
 */
export function knownLines(
  db: Connection,
  evidence: EvidenceFinder,
  {part, dialect, wallFirst, wallLast, servers}: BatchSpan,
  masked: (() => WithoutSubjects) | null,
): Set<number> | null {
  if (wallFirst > wallLast) return null
  // Exim writes a refusal into its main and its reject log alike; the reject log's copy is kept, because headers follow it.
  const blocks = blocksAlongside(db, part, wallFirst, wallLast, servers, dialect === 'exim-rejectlog')
  if (blocks.length === 0) return null
  const known = new Set<number>()
  for (const id of blocks) {
    const mask = masked === null ? null : masked()
    for (const {text} of evidence.wholeBlock(id)) {
      known.add(hash53(text))
      if (mask) known.add(hash53(mask.line(text)))
    }
  }
  return known
}
