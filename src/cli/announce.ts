/** Tells of new alerts while `ingest --follow` reads: one line each, once, whatever restarts. Never runs a command. */

import {LiveAlerts} from '../question/alerts-live.js'
import {fillAlerts} from '../render/abuse.js'
import {alertLine} from '../render/alert-line.js'
import {isNews, putAnnounced, watchedUntil} from '../store/acknowledgements.js'
import {SentRecords} from '../store/daily-records.js'
import type {Connection} from '../store/database.js'
import {SqliteStore} from '../store/finder.js'
import {Parts} from '../store/parts.js'
import {refreshVolumes} from '../store/volumes.js'
import type {Config} from './config.js'
import {jsonLine} from './json-line.js'
import {answerOf, questionOf} from './run-abuse.js'

const DAY = 86_400_000
/** Lines of several logs of one server come this much out of order, milliseconds of log time. */
const SLACK = 5_000
/** A running judgement is asked at most this often, milliseconds. */
const EVERY = 5_000

export interface AnnounceOptions {
  readonly db: Connection
  readonly config: Config
  readonly json: boolean
  readonly version: string
  /** UTC milliseconds now. */
  readonly now: () => number
  readonly tell: (line: string) => void
  /** A log that was quiet so long has said all of its newest second, milliseconds. Default 5,000. */
  readonly quietMs?: number
}

/** To be called after each look at the logs. A first start tells of the last 24 hours, a later one of what came since the last judgement. */
export function announcer({
  db,
  config,
  json,
  version,
  now,
  tell,
  quietMs = SLACK,
}: AnnounceOptions): (busy: boolean) => void {
  let live: LiveAlerts | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let settled = false
  let busyAt = now()
  const language = config.report.language === 'de' ? 'de' : 'en'
  return (busy) => {
    const at = now()
    if (busy) {
      settled = false
      busyAt = at
    }
    // Stamps are whole seconds, and lines of one second come in pieces.
    const quiet = !busy && at - busyAt >= quietMs
    if (settled || (!quiet && at - askedAt < EVERY)) return
    askedAt = at
    settled = quiet
    const newest = Math.max(...new Parts(db).frontiers().values())
    if (!Number.isFinite(newest)) return
    const request = {
      from: 0,
      to: newest + 1,
      mode: 'raised',
      servers: [],
      budget: null,
      config,
      now: now(),
      version,
    } as const
    live ??= new LiveAlerts(new SentRecords(db, version), questionOf(request), watchedUntil(db) ?? newest - DAY)
    const before = live.until
    const incidents = live.take(quiet ? newest + 1 : newest - SLACK).filter(({id}) => isNews(db, id))
    if (incidents.length > 0) {
      const findings = {incidents, excused: [], ranks: [], readFrom: 0}
      const {alerts} = fillAlerts(answerOf(new SqliteStore(db), findings, request), language)
      for (const alert of alerts)
        tell(json ? jsonLine({schema: 'mailwitness.alert/1', ...alert}) : alertLine(alert, language))
    }
    if (live.until > before) putAnnounced(db, incidents, live.until, Math.round(now()))
    if (quiet) refreshVolumes(db)
  }
}
