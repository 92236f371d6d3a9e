/** The way of `abuse` and of the report to alerts: settings, the kept answer or a new judgement, and what is kept of it. */

import {setImmediate} from 'node:timers/promises'
import type {FixedLimit} from '../question/abuse/fixed-limits.js'
import {alertId} from '../question/alert-id.js'
import {type AbuseFindings, type AbuseQuestion, type Judged, judgeAbuse, judgeInSteps} from '../question/alerts.js'
import {type AbuseAnswer, abuseAnswer} from '../question/alerts-answer.js'
import {acknowledgements, type KnownAlert, rememberAlerts} from '../store/acknowledgements.js'
import {keepJudgement, keptJudgement} from '../store/daily-judgements.js'
import {putDailyMaxima, sentBetween} from '../store/daily-maxima.js'
import {SentRecords, settingsKey} from '../store/daily-records.js'
import {type Connection, openForWriting} from '../store/database.js'
import type {SqliteStore} from '../store/finder.js'
import {judgedEpoch} from '../store/judgement-validity.js'
import {VolumeCount} from '../store/volume-count.js'
import {volumeSteps} from '../store/volumes.js'
import {putWrittenJudgements, writtenUntil} from '../store/written-judgements.js'
import type {Config} from './config.js'
import {growHeapSlowly} from './engine.js'
import {readMoment} from './time-span.js'

const HOUR = 3_600_000
/** Lines of the newest minutes may still come: a judgement that is to be gone on with stops before them. */
const STILL_COMING = 10 * 60_000
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

/** The question as answers are kept by. */
const keyOf = (question: AbuseQuestion, version: string): string => `${version} ${JSON.stringify(question)}`

/**
 * Judges a span, or takes the answer that is still good. Keeps the answer, the daily maxima, the alerts' IDs and the judgement as it stood where the
 * file may be written; a reader without that right gets the same answer, only later.
 */
export function findAlerts(store: SqliteStore, path: string, request: AbuseRequest): KeptFindings {
  const question = questionOf(request)
  const kept = keptJudgement(store.db, keyOf(question, request.version))
  if (kept !== null) return JSON.parse(kept) as KeptFindings
  const judged = inSnapshot(store.db, question, request)
  keep(path, (db) => putJudged(db, judged, request))
  return findingsOf(judged.found)
}

/** What a judgement found, and what it rests on. */
interface Found {
  readonly question: AbuseQuestion
  readonly found: Judged
  readonly epoch: string
}

/** Judges in one snapshot, whoever writes meanwhile. */
function inSnapshot(db: Connection, question: AbuseQuestion, {version}: Pick<AbuseRequest, 'version'>): Found {
  growHeapSlowly()
  return db.transaction(() => {
    const records = new SentRecords(db, version)
    const newest = records.span()?.last ?? question.to
    const found = judgeAbuse(records, question, [Math.min(question.to, newest - STILL_COMING)])
    return {question, found, epoch: judgedEpoch(db)}
  })()
}

/** Keeps what was found, unless something that it rests on has changed meanwhile. */
function putJudged(db: Connection, {question, found, epoch}: Found, {version, now}: AbuseRequest): void {
  const {incidents, excused} = found
  const alerts = [...incidents, ...excused.map((one) => one.incident)]
  db.transaction(() => {
    rememberAlerts(
      db,
      alerts.map(({id, subject, firstAlertAt}) => ({id, subject, firstAlertAt})),
    )
    if (judgedEpoch(db) !== epoch) return
    putDailyMaxima(db, found.maxima, found.maximaFrom, found.maximaTo)
    putWrittenJudgements(db, settingsKey(version, question), found.cuts, now)
    const span = {begin: found.readFrom, until: question.to, now}
    keepJudgement(db, keyOf(question, version), JSON.stringify(findingsOf(found)), span)
  }).immediate()
}

const findingsOf = ({incidents, excused, ranks, readFrom}: AbuseFindings): KeptFindings => ({
  incidents,
  excused,
  ranks,
  readFrom,
})

/** New messages that are judged at the end of an ingest although no day has ended: as many as make the next question wait. */
const MANY = 20_000

/** What the end of an ingest is told, and what it tells. */
export interface EndOfIngest extends Pick<AbuseRequest, 'config' | 'version' | 'now'> {
  readonly zone: string
  /** Ends the work at its next step; what was not done is due still. */
  readonly signal: AbortSignal
  /** How far the judgement has come, UTC milliseconds. */
  readonly onJudged: (at: number) => void
}

/**
 * Judges what an ingest brought, so that the questions of the day need not: the report of the last whole day in `zone`, and the newest messages
 * where they are many. Out of the same rows it counts the hourly volumes that are due, and then those of the other hours. Needs the writer's place.
 */
export async function judgeIngested(db: Connection, end: EndOfIngest): Promise<void> {
  const count = new VolumeCount(db)
  for (const {question, request, cut} of questionsOf(db, end)) {
    growHeapSlowly()
    // Nobody else changes facts; a word of the operator's changes the epoch.
    const epoch = judgedEpoch(db)
    const steps = judgeInSteps(new SentRecords(db, end.version, count), question, [cut])
    const found = await finished(steps, end.signal, end.onJudged)
    if (found === null) return
    putJudged(db, {question, found, epoch}, request)
  }
  await finished(volumeSteps(db, count), end.signal, () => {})
}

interface EndQuestion {
  readonly question: AbuseQuestion
  readonly request: AbuseRequest
  /** Where the judgement is written down, UTC milliseconds. */
  readonly cut: number
}

function* questionsOf(db: Connection, {config, version, now, zone}: EndOfIngest): Generator<EndQuestion> {
  const newest = new SentRecords(db).span()?.last
  if (newest === undefined) return
  const asked = {servers: [], budget: null, config, version, now} as const
  const midnight = readMoment('today', {now: newest, zone})
  const report = {...asked, from: readMoment('yesterday', {now: newest, zone}), to: midnight, mode: 'active'} as const
  const question = questionOf(report)
  const until = writtenUntil(db, settingsKey(version, question)) ?? Number.NEGATIVE_INFINITY
  if (until < midnight && keptJudgement(db, keyOf(question, version)) === null)
    yield {question, request: report, cut: midnight}
  const to = newest - STILL_COMING
  if (to <= midnight || sentBetween(db, Math.max(until, midnight), to) < MANY) return
  // The running day as its report asks for it: a log that ends with the day has its answer ready.
  const nextMidnight = readMoment('today', {now: midnight + 26 * HOUR, zone})
  const running = {...asked, from: midnight, to: nextMidnight, mode: 'active'} as const
  yield {question: questionOf(running), request: running, cut: to}
}

/** Takes the steps one by one, with room for signals between them; null where `signal` ended them. */
async function finished<Step, Result>(
  steps: Generator<Step, Result>,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<Result | null> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    onStep(step.value)
    await setImmediate()
    if (!signal.aborted) continue
    steps.return(undefined as never)
    return null
  }
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
