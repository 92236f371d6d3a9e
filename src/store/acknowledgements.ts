/** What the operator said of alerts, the alerts that IDs stand for, and answers that need not be worked out twice. */

import type {AbuseSubject, AcknowledgedFact, SubjectKind} from '../mail/send-fact.js'
import type {Connection} from './database.js'
import {factsChanged} from './judgement-validity.js'
import {noteOf, putNote} from './notes.js'

/** An alert as its ID names it: a subject and the time of its incident's first alert (UTC milliseconds). */
export interface KnownAlert {
  readonly id: string
  readonly subject: AbuseSubject
  readonly firstAlertAt: number
}

export interface Acknowledgement extends KnownAlert {
  /** UTC milliseconds at which the operator said so. */
  readonly at: number
  readonly abusive: boolean
  readonly note: string | null
}

interface Row {
  id: string
  server: string
  kind: string
  name: string
  first_alert: number
}

const known = (row: Row): KnownAlert => ({
  id: row.id,
  subject: {server: row.server, kind: row.kind as SubjectKind, name: row.name},
  firstAlertAt: row.first_alert,
})

/** Remembers what the IDs of these alerts mean. */
export function rememberAlerts(db: Connection, alerts: readonly KnownAlert[]): void {
  const insert = db.prepare('INSERT OR IGNORE INTO alert(id, server, kind, name, first_alert) VALUES (?, ?, ?, ?, ?)')
  db.transaction(() => {
    for (const {id, subject, firstAlertAt} of alerts)
      insert.run(id, subject.server, subject.kind, subject.name, firstAlertAt)
  }).immediate()
}

/** The alert that an ID, or the unmistakable beginning of one, stands for; null for none or several. */
export function alertOf(db: Connection, id: string): KnownAlert | null {
  if (!/^[0-9a-z]{4,}$/.test(id)) return null
  const rows = db
    .prepare(`SELECT id, server, kind, name, first_alert FROM alert WHERE id >= ? AND id < ? || '{' LIMIT 2`)
    .all(id, id) as Row[]
  const [one] = rows
  return one && (rows.length === 1 || one.id === id) ? known(one) : null
}

/** All of the operator's words, oldest first. */
export function acknowledgements(db: Connection): Acknowledgement[] {
  const rows = db
    .prepare(
      'SELECT alert AS id, server, kind, name, first_alert, at, abusive, note FROM acknowledgement ORDER BY at, alert',
    )
    .all() as (Row & {at: number; abusive: number; note: string | null})[]
  return rows.map((row) => ({...known(row), at: row.at, abusive: row.abusive !== 0, note: row.note}))
}

/** The same as facts for the detector. */
export const acknowledgedFacts = (db: Connection): AcknowledgedFact[] =>
  acknowledgements(db).map(({at, subject, firstAlertAt, abusive}) => ({
    type: 'acknowledged',
    at,
    subject,
    firstAlertAt,
    abusive,
  }))

/** The last word on an alert counts; `null` takes it back. */
export function putAcknowledgement(
  db: Connection,
  alert: KnownAlert,
  word: {at: number; abusive: boolean; note: string | null} | null,
): void {
  db.transaction(() => {
    const before = db.prepare('SELECT at FROM acknowledgement WHERE alert = ?').pluck().get(alert.id) as
      | number
      | undefined
    factsChanged(db, Math.min(before ?? Number.POSITIVE_INFINITY, word?.at ?? Number.POSITIVE_INFINITY))
    if (word === null) {
      db.prepare('DELETE FROM acknowledgement WHERE alert = ?').run(alert.id)
      return
    }
    const {server, kind, name} = alert.subject
    db.prepare('INSERT OR REPLACE INTO acknowledgement VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      alert.id,
      server,
      kind,
      name,
      alert.firstAlertAt,
      word.at,
      word.abusive ? 1 : 0,
      word.note,
    )
  }).immediate()
}

const WATCHED = 'alerts-watched'

/** Up to when (UTC milliseconds of log time) a following ingest has judged; null: never. */
export function watchedUntil(db: Connection): number | null {
  const value = noteOf(db, WATCHED)
  return value === null ? null : Number(value)
}

/** True where this alert was not announced before. */
export const isNews = (db: Connection, id: string): boolean =>
  db.prepare('SELECT 1 FROM announced WHERE alert = ?').get(id) === undefined

/** Remembers what was announced, what its IDs mean, and up to when the log was judged. `at`: UTC milliseconds of now. */
export function putAnnounced(db: Connection, alerts: readonly KnownAlert[], until: number, at: number): void {
  const insert = db.prepare('INSERT OR IGNORE INTO announced(alert, at) VALUES (?, ?)')
  db.transaction(() => {
    rememberAlerts(db, alerts)
    for (const {id} of alerts) insert.run(id, at)
    putNote(db, WATCHED, String(until))
  }).immediate()
}
