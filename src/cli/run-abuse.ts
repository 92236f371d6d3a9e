/** The way of `abuse` and of the report to alerts: settings, the kept answer or a new judgement, and what is kept of it. */

import type {FixedLimit} from '../question/abuse/fixed-limits.js'
import {type AbuseFindings, type AbuseQuestion, alertId, judgeAbuse} from '../question/alerts.js'
import {type AbuseAnswer, abuseAnswer} from '../question/alerts-answer.js'
import {acknowledgements, type KnownAlert, rememberAlerts} from '../store/acknowledgements.js'
import {keepJudgement, keptJudgement} from '../store/daily-judgements.js'
import {putDailyMaxima} from '../store/daily-maxima.js'
import {SentRecords} from '../store/daily-records.js'
import {type Connection, openForWriting} from '../store/database.js'
import type {SqliteStore} from '../store/finder.js'
import type {Config} from './config.js'

const HOUR = 3_600_000
/** How long a judgement may wait for another writer before it is simply not kept, milliseconds. */
const PATIENCE = 200

export interface AbuseRequest {
  readonly from: number
  readonly to: number
  readonly mode: AbuseQuestion['mode']
  readonly servers: readonly string[]
  /** Overrides the configuration's. */
  readonly budget: number | null
  readonly config: Config
  /** UTC milliseconds. */
  readonly now: number
  /** The program's version: another one may judge otherwise. */
  readonly version: string
}

/** What is kept of a judgement: everything but the baseline rows. */
export type KeptFindings = Pick<AbuseFindings, 'incidents' | 'excused' | 'ranks' | 'readFrom'>

/** What the configuration and the request ask of the judgement. */
export function questionOf({from, to, mode, servers, budget, config}: AbuseRequest): AbuseQuestion {
  const {allow, limits} = config.abuse
  const fixed: FixedLimit[] = []
  const limit = (per: FixedLimit['per'], count: number | null): void => {
    if (count !== null) fixed.push({per, count: 'recipients', window: HOUR, limit: count})
  }
  limit('script', limits.scriptPerHour)
  limit('account', limits.accountPerHour)
  limit('login', limits.loginPerHour)
  return {
    from,
    to,
    mode,
    servers,
    budget: budget ?? config.abuse.budget,
    excuses: allow,
    limits: fixed,
    domainPerHour: limits.domainPerHour,
  }
}

/**
 * Judges a span, or takes the answer that is still good. Keeps the answer, the daily maxima and the alerts' IDs where the file may be
 * written; a reader without that right gets the same answer, only later.
 */
export function findAlerts(store: SqliteStore, path: string, request: AbuseRequest): KeptFindings {
  const question = questionOf(request)
  const key = `${request.version} ${JSON.stringify(question)}`
  const kept = keptJudgement(store.db, key)
  if (kept !== null) return JSON.parse(kept) as KeptFindings
  const whole = judgeAbuse(new SentRecords(store.db), question)
  const {incidents, excused, ranks, readFrom} = whole
  const findings = {incidents, excused, ranks, readFrom}
  keep(path, (db) => {
    putDailyMaxima(db, whole.maxima, whole.maximaFrom, whole.maximaTo)
    rememberAlerts(
      db,
      [...incidents, ...excused.map((one) => one.incident)].map(({id, subject, firstAlertAt}) => ({
        id,
        subject,
        firstAlertAt,
      })),
    )
    keepJudgement(db, key, JSON.stringify(findings), request.now)
  })
  return findings
}

/** Writes beside a running ingest; a file that cannot be written to now is left as it is. */
function keep(path: string, write: (db: Connection) => void): void {
  let db: Connection | null = null
  try {
    db = openForWriting(path, PATIENCE)
    write(db)
  } catch (error) {
    // Busy, read-only or full: nothing that the answer rests on.
    if (!isStoreTrouble(error)) throw error
  } finally {
    db?.close()
  }
}

const isStoreTrouble = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'StoreError' || ('code' in error && String(error.code).startsWith('SQLITE_')))

/** `mailwitness.abuse/1` for a request; texts and commands are still empty. */
export const runAbuse = (store: SqliteStore, path: string, request: AbuseRequest): AbuseAnswer =>
  answerOf(store, findAlerts(store, path, request), request)

/** Findings as `mailwitness.abuse/1`. */
export function answerOf(store: SqliteStore, findings: KeptFindings, request: AbuseRequest): AbuseAnswer {
  const records = new SentRecords(store.db)
  const sources = {store, count: records.count.bind(records)}
  return abuseAnswer(
    sources,
    {...findings, maxima: [], maximaFrom: 0, maximaTo: 0},
    request,
    request.budget ?? request.config.abuse.budget,
  )
}

/** The alert behind an ID that no earlier run has left in the store: every alert of all stored time is looked at. */
export function searchAlert(
  store: SqliteStore,
  path: string,
  id: string,
  config: Config,
  now: number,
  version: string,
): KnownAlert | null {
  const span = new SentRecords(store.db).span()
  if (span === null) return null
  const findings = findAlerts(store, path, {
    from: span.first,
    to: span.last + 1,
    mode: 'raised',
    servers: [],
    budget: null,
    config,
    now,
    version,
  })
  const all = [...findings.incidents, ...findings.excused.map((one) => one.incident)]
  const hits = all.filter((one) => one.id.startsWith(id))
  const [one] = hits
  if (one !== undefined && (hits.length === 1 || one.id === id))
    return {id: one.id, subject: one.subject, firstAlertAt: one.firstAlertAt}
  const said = acknowledgements(store.db).find((word) => word.id === id)
  return said === undefined
    ? null
    : {id: alertId(said.subject, said.firstAlertAt), subject: said.subject, firstAlertAt: said.firstAlertAt}
}
