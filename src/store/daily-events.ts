/** Every stored line of a span as the event it tells: for totals that count lines, as other programs do. Reads all of them. */

import {parserFor} from '../dialect/log.js'
import type {MailEvent} from '../mail/event.js'
import type {SqliteStore} from './finder.js'

/** Events of [from, to) (UTC milliseconds) in the order of the blocks; each line alone, nothing joined. */
export function* eventsBetween(store: SqliteStore, from: number, to: number): Generator<MailEvent> {
  const blocks = store.db
    .prepare('SELECT id, part FROM block INDEXED BY block_time WHERE first < ? AND last >= ? ORDER BY +id')
    .all(to, from) as {id: number; part: number}[]
  for (const {id, part} of blocks) {
    const parse = parserFor(store.evidence.origin(part).dialect)
    for (const line of store.evidence.wholeBlock(id)) {
      if (line.at < from || line.at >= to) continue
      const parsed = parse(line.text)
      if (parsed.kind === 'event') yield parsed.event
    }
  }
}
