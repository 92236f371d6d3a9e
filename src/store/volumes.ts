/** Hourly volumes of every sender, without recipients: recomputed for touched hours from the narrow rows, so any order and repeat gives the same. */

import type {AbuseSubject} from '../mail/send-fact.js'
import type {Connection} from './database.js'
import {kindCode, kindWord} from './subjects.js'
import {VolumeCount} from './volume-count.js'

const HOUR = 3_600_000
/** Hours that are kept: 400 days. */
export const KEPT_HOURS = 400 * 24
/** Hours from the first that is due to the last that is read with it: between far ones lies much that is not. */
const AT_ONCE = 24

/** What one sender did in one hour. Absolute numbers, never increments. */
export interface VolumeHour {
  /** UTC hours since 1970-01-01T00. */
  readonly hour: number
  readonly messages: number
  readonly recipients: number
  /** Distinct recipients, recipient domains, client addresses. */
  readonly addresses: number
  readonly domains: number
  readonly clients: number
  readonly delivered: number
  readonly unknownUser: number
  readonly policy: number
  readonly other: number
  readonly deferred: number
}

/**
 * Counts every hour again whose messages changed since its last count: what was not counted because a run was broken off is due still. Hours that
 * lie older than 400 days before the newest are dropped. Yields between two pieces of the work, each of which leaves a whole state. Returns the
 * number of hours counted.
 */
export function* volumeSteps(db: Connection, count = new VolumeCount(db)): Generator<void, number> {
  for (let first = firstDue(db); first !== null; ) {
    const last = db
      .prepare('SELECT max(hour) FROM volume_due WHERE hour >= ? AND hour < ?')
      .pluck()
      .get(first, first + AT_ONCE) as number
    for (const _ of count.rows(first * HOUR, (last + 1) * HOUR)) yield
    first = firstDue(db)
  }
  db.prepare('DELETE FROM volume WHERE hour < (SELECT max(hour) FROM volume) - ?').run(KEPT_HOURS)
  return count.counted
}

const firstDue = (db: Connection): number | null =>
  db.prepare('SELECT min(hour) FROM volume_due').pluck().get() as number | null

/** All of it at once. */
export function refreshVolumes(db: Connection): number {
  const steps = volumeSteps(db)
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

/** One sender's hours of a span, oldest first. */
export function volumesOf(db: Connection, subject: AbuseSubject, from: number, to: number): VolumeHour[] {
  return db
    .prepare(
      `SELECT hour, messages, recipients, addresses, domains, clients, delivered, unknown_user AS unknownUser, policy, other, deferred
FROM volume JOIN subject ON subject.id = volume.subject JOIN server ON server.id = subject.server
WHERE server.name = ? AND subject.kind = ? AND subject.name = ? AND hour >= ? AND hour < ? ORDER BY hour`,
    )
    .all(
      subject.server,
      kindCode(subject.kind),
      subject.name,
      Math.floor(from / HOUR),
      Math.ceil(to / HOUR),
    ) as VolumeHour[]
}

/** Senders that had no volume before `from` and have some in [from, to). */
export function newSubjects(
  db: Connection,
  from: number,
  to: number,
): (AbuseSubject & {readonly account: string | null})[] {
  const rows = db
    .prepare(
      `SELECT server.name AS server, subject.kind AS kind, subject.name AS name, subject.account AS account FROM volume JOIN subject ON subject.id = volume.subject
JOIN server ON server.id = subject.server WHERE hour >= ? AND hour < ? AND NOT EXISTS
 (SELECT 1 FROM volume AS earlier WHERE earlier.subject = volume.subject AND earlier.hour < ?) GROUP BY subject.id ORDER BY server.name, subject.name`,
    )
    .all(Math.floor(from / HOUR), Math.ceil(to / HOUR), Math.floor(from / HOUR)) as {
    server: string
    kind: number
    name: string
    account: string | null
  }[]
  return rows.map(({kind, ...rest}) => ({...rest, kind: kindWord(kind)}))
}
