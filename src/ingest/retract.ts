/**
 * Takes back what rested on the last line of a part that was read while the line was still being written. Its bytes stay in the evidence;
 * no message rests on them any more, and the part is read again from the line's beginning.
 */

import {parserFor} from '../dialect/log.js'
import {refusalKey} from '../life/keys.js'
import type {Entry} from '../life/life.js'
import {lineReference} from '../store/block.js'
import type {FoundLine} from '../store/evidence.js'
import {takeLoose} from '../store/loose.js'
import type {PartCounts} from '../store/parts.js'
import {entriesOf} from '../store/revive.js'
import {commitThreads} from './commit.js'
import {refusalText} from './refusal.js'
import {removeRefusals, reopenEntry} from './reopen.js'
import type {Session} from './session.js'

/** Sets the part back to `offset`, where a line begins; `tail` is the hash of the bytes before it. Nothing may wait for a commit. */
export function retract(session: Session, part: number, offset: number, tail: string): void {
  session.db
    .transaction(() => {
      const {lines, gone} = linesFrom(session, part, offset)
      session.threads.clear()
      for (const entry of entriesOf(lines, session.evidence)) {
        if (gone.has(entry.reference) || entry.more?.some((reference) => gone.has(reference)) === true)
          reopen(session, entry, lines, gone)
      }
      for (const reference of gone) dropLoose(session, reference)
      const tally = commitThreads(session)
      session.total.messages += tally.messages
      session.total.deliveries += tally.deliveries
      session.total.rejections += tally.rejections
      session.parts.setBack(part, offset, tail, countsOf(session, part, lines, gone))
      session.writer.finish()
    })
    .immediate()
  session.committed(Number.NEGATIVE_INFINITY)
}

/** The stored lines of a part from `offset` on, after the beginning of the entry that the first of them may belong to. */
function linesFrom({parts, evidence}: Session, part: number, offset: number): {lines: FoundLine[]; gone: Set<number>} {
  const parse = parserFor(evidence.origin(part).dialect)
  const gone = new Set<number>()
  const lines: FoundLine[] = []
  for (const block of parts.blocksOf(part)) {
    const own = evidence.wholeBlock(block)
    for (let i = own.length - 1; i >= 0; i--) {
      const line = own[i]
      if (!line) continue
      const reference = lineReference(block, i)
      lines.unshift({...line, reference, part})
      if (line.offset >= offset) gone.add(reference)
      else if (parse(line.text).kind === 'event') return {lines, gone}
    }
  }
  return {lines, gone}
}

function reopen(session: Session, entry: Entry, lines: readonly FoundLine[], gone: ReadonlySet<number>): void {
  const concern = {touched: (one: number) => gone.has(one), kept: (one: number) => !gone.has(one)}
  reopenEntry(session, entry, concern, () => {
    const key = refusalKey(Math.floor(entry.at / 1000), refusalText(entry))
    for (const server of removeRefusals(session, entry, entry.at, (one) => one === entry.reference)) {
      if (gone.has(entry.reference)) continue
      const kept = lines.filter(({reference}) => !gone.has(reference))
      const again = entriesOf(kept, session.evidence).find(({reference}) => reference === entry.reference)
      if (again) session.refusals.push({server, key: `${server} ${key}`, entry: again})
    }
  })
}

/** What had been attributed by the line is attributed without it. */
function dropLoose(session: Session, reference: number): void {
  for (const row of takeLoose(session.db, reference)) {
    session.movedLoose.push(row)
    session.movedSweeps.push(row)
  }
}

function countsOf(
  {evidence}: Session,
  part: number,
  lines: readonly FoundLine[],
  gone: ReadonlySet<number>,
): PartCounts {
  const parse = parserFor(evidence.origin(part).dialect)
  const counts = {lines: 0, events: 0, ignored: 0, unknown: 0, continuation: 0, repeated: 0, truncated: 0}
  for (const {reference, text} of lines) {
    if (!gone.has(reference)) continue
    counts.lines--
    const {kind} = parse(text)
    if (kind === 'event') counts.events--
    else if (kind === 'ignored') counts.ignored--
    else if (kind === 'unknown') counts.unknown--
    else counts.continuation--
  }
  return counts
}
