/** What rests on certain lines of the store, opened once more: whole threads to be folded again, refusals to be written again. */

import {queueKey, refusalKey} from '../life/keys.js'
import type {Entry} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import {EXIM_ID_IN_TEXT} from '../mail/queue-id.js'
import {entriesOf} from '../store/revive.js'
import {tallyOf} from '../store/row.js'
import {serverNumbers} from '../store/subjects.js'
import {unpackReferences} from '../store/varint.js'
import {refusalText} from './refusal.js'
import type {Session} from './session.js'
import {storedMessage} from './threads.js'

/** Which lines are concerned, and which of a thread's lines it keeps. */
export interface Concern {
  readonly touched: (reference: number) => boolean
  readonly kept: (reference: number) => boolean
}

/** Opens the threads that an entry is part of; `refusal` gets an entry that is a refusal without a queue ID. */
export function reopenEntry(session: Session, entry: Entry, concern: Concern, refusal: () => void): void {
  const {event} = entry
  if (event.queueId !== null) reopenThread(session, event.queueId, concern)
  else if (event.type === 'message-rejected') refusal()
  else if (event.type === 'command-run')
    for (const id of event.args.join(' ').match(EXIM_ID_IN_TEXT) ?? []) reopenThread(session, id, concern)
}

/** The threads of a queue ID with a stored message that rests on a line concerned, on whatever server, with all their messages. */
function reopenThread(session: Session, queueId: string, {touched, kept}: Concern): void {
  const rows = session.keys.messages(hash53(queueKey(queueId))).flatMap((id) => session.reviver.row(id) ?? [])
  const hit = rows.filter((row) => unpackReferences(row.refs).some(touched))
  for (const server of new Set(hit.map((row) => row.server))) {
    if (session.threads.get(server, queueId)) continue
    for (const row of rows) {
      const revived = row.server === server ? session.reviver.fromRow(row) : null
      if (!revived || revived.life.queueId !== queueId) continue
      const thread = session.threads.open(server, queueId, revived.life.lastAt)
      thread.settled = true
      const lines = session.evidence.lines(unpackReferences(row.refs).filter(kept))
      for (const entry of entriesOf(lines, session.evidence)) session.threads.add(thread, entry)
      thread.stored.push(storedMessage(row.id, revived.life))
      session.reconsidered.add(row.id)
      session.threads.touch(thread)
    }
  }
}

/** Removes the stored refusals without a queue ID that the entry made when its time was `at`; returns the servers that they belonged to. */
export function removeRefusals(
  session: Session,
  entry: Entry,
  at: number,
  touched: (reference: number) => boolean,
): number[] {
  const key = refusalKey(Math.floor(at / 1000), refusalText(entry))
  const servers: number[] = []
  for (const server of serverNumbers(session.db).values()) {
    for (const id of session.keys.messages(hash53(`${server} ${key}`))) {
      const row = session.reviver.row(id)
      if (!row || row.server !== server || !unpackReferences(row.refs).some(touched)) continue
      const revived = session.reviver.fromRow(row)
      if (revived) session.total.rejections -= tallyOf(revived.life).rejections
      session.writer.removeMessage(id)
      servers.push(server)
    }
  }
  return servers
}
