/**
 * Takes back what rested on the last line of a part that was read while the line was still being written. Its bytes stay in the evidence;
 * no message rests on them any more, and the part is read again from the line's beginning.
 */

import {parserFor} from '../dialect/log.js'
import {keysOf, queueKey, refusalKey} from '../life/keys.js'
import type {Entry} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import {EXIM_ID_IN_TEXT} from '../mail/queue-id.js'
import {lineReference} from '../store/block.js'
import type {FoundLine} from '../store/evidence.js'
import type {PartCounts} from '../store/parts.js'
import {entriesOf} from '../store/revive.js'
import {tallyOf} from '../store/row.js'
import {unpackReferences} from '../store/varint.js'
import {commitThreads} from './commit.js'
import {refusalText} from './refusal.js'
import type {Session} from './session.js'
import {storedMessage} from './threads.js'

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
function linesFrom({db, evidence}: Session, part: number, offset: number): {lines: FoundLine[]; gone: Set<number>} {
  const parse = parserFor(evidence.origin(part).dialect)
  const gone = new Set<number>()
  const lines: FoundLine[] = []
  const blocks = db.prepare('SELECT id FROM block WHERE part = ? ORDER BY id DESC').pluck().all(part) as number[]
  for (const block of blocks) {
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
  const {event} = entry
  if (event.queueId !== null) reopenThread(session, event.queueId, gone)
  else if (event.type === 'message-rejected') reopenRefusal(session, entry, lines, gone)
  else if (event.type === 'command-run')
    for (const id of event.args.join(' ').match(EXIM_ID_IN_TEXT) ?? []) reopenThread(session, id, gone)
}

function reopenThread(session: Session, queueId: string, gone: ReadonlySet<number>): void {
  const rows = session.keys.messages(hash53(queueKey(queueId))).flatMap((id) => session.reviver.row(id) ?? [])
  const hit = rows.filter((row) => unpackReferences(row.refs).some((reference) => gone.has(reference)))
  for (const server of new Set(hit.map((row) => row.server))) {
    if (session.threads.get(server, queueId)) continue
    for (const row of rows) {
      const revived = row.server === server ? session.reviver.fromRow(row) : null
      if (!revived || revived.life.queueId !== queueId) continue
      const thread = session.threads.open(server, queueId, revived.life.lastAt)
      thread.settled = true
      const kept = unpackReferences(row.refs).filter((reference) => !gone.has(reference))
      for (const one of entriesOf(session.evidence.lines(kept), session.evidence)) session.threads.add(thread, one)
      thread.stored.push(
        storedMessage(row.id, revived.life, new Set([...keysOf(revived.life)].map((key) => hash53(key)))),
      )
      session.reconsidered.add(row.id)
      session.threads.touch(thread)
    }
  }
}

function reopenRefusal(session: Session, entry: Entry, lines: readonly FoundLine[], gone: ReadonlySet<number>): void {
  const key = refusalKey(Math.floor(entry.at / 1000), refusalText(entry))
  for (const server of session.db.prepare('SELECT id FROM server').pluck().all() as number[]) {
    for (const id of session.keys.messages(hash53(`${server} ${key}`))) {
      const row = session.reviver.row(id)
      if (!row || row.server !== server || !unpackReferences(row.refs).includes(entry.reference)) continue
      const revived = session.reviver.fromRow(row)
      if (revived) session.total.rejections -= tallyOf(revived.life).rejections
      session.writer.removeMessage(id)
      if (gone.has(entry.reference)) continue
      const kept = lines.filter(({reference}) => !gone.has(reference))
      const again = entriesOf(kept, session.evidence).find(({reference}) => reference === entry.reference)
      if (again) session.refusals.push({server, key: `${server} ${key}`, entry: again})
    }
  }
}

/** What had been attributed by the line is attributed without it. */
function dropLoose(session: Session, reference: number): void {
  const rows = session.db.prepare('SELECT server, at FROM loose WHERE ref = ?').all(reference) as {
    server: number
    at: number
  }[]
  for (const row of rows) {
    session.movedLoose.push(row)
    session.movedSweeps.push(row)
  }
  session.db.prepare('DELETE FROM loose WHERE ref = ?').run(reference)
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
