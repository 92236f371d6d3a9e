/** The ingest command's way from flags and configuration to a run, and its answer. */

import {readFileSync} from 'node:fs'
import {dirname} from 'node:path'
import {performance} from 'node:perf_hooks'
import type {IngestJson, IngestResult} from '../ingest/options.js'
import type {InputFailure} from '../input/input-failure.js'
import {iso} from '../question/message.js'
import type {Connection} from '../store/database.js'
import type {WriterPlace} from '../store/writer-place.js'
import type {Config} from './config.js'
import {youngGenerationHold} from './engine.js'
import {cannotRead, EXIT, type ExitCode, usage} from './failures.js'
import {configuredName, defaultServer} from './fleet.js'
import type {Meter} from './progress.js'
import {storeFailure, storeForWriting} from './stores.js'
import type {When} from './time-span.js'

export interface IngestRequest {
  readonly paths: readonly string[]
  readonly config: Config
  readonly db: string
  readonly format: string
  readonly server: string | null
  readonly zone: string | null
  readonly year: number | null
  readonly passwd: string | null
  /** False: `--no-subjects`. */
  readonly subjects: boolean
  readonly follow: boolean
  readonly waitMs: number
  readonly when: When
  readonly progress: boolean
  readonly remark: (text: string) => void
  /** Where --follow tells of new alerts. */
  readonly alerts: {readonly json: boolean; readonly version: string; readonly tell: (line: string) => void}
}

export interface IngestAnswer {
  readonly json: IngestJson
  readonly failures: readonly InputFailure[]
  readonly exit: ExitCode
}

export async function runIngest(request: IngestRequest): Promise<IngestAnswer> {
  const started = performance.now()
  const {config, paths: given} = request
  const configured = config.servers.flatMap((server) => [...server.logs, ...server.phpMailLogs, ...server.accessLogs])
  const paths = given.length > 0 ? given : configured
  if (paths.length === 0)
    throw usage('nothing to read: no PATH was given and the configuration names no logs', [
      'mailwitness ingest /var/log/exim_mainlog*',
      'or name the logs in [[server]] of the configuration',
    ])
  const {db, place, release} = await storeForWriting(request.db, request.waitMs)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  const meter = request.progress ? (await import('./progress.js')).progressMeter(process.stderr) : null
  try {
    // A pipe alone ends: there is nothing to follow.
    const follow = request.follow && paths.some((path) => path !== '-')
    const result = await load({...request, paths, follow}, {db, place, meter, started, signal: stop.signal})
    if (!follow && !stop.signal.aborted) {
      const {judgeIngested} = await import('./run-abuse.js')
      const {now, zone} = request.when
      const hold = youngGenerationHold()
      const onJudged = (at: number): void => {
        hold()
        meter?.judged(at)
      }
      await judgeIngested(db, {config, version: request.alerts.version, now, zone, signal: stop.signal, onJudged})
    }
    meter?.end()
    return answerOf(result, performance.now() - started)
  } catch (error) {
    meter?.end()
    throw storeFailure((await import('../store/database.js')).asStoreError(error, request.db))
  } finally {
    process.removeListener('SIGTERM', onSignal)
    process.removeListener('SIGINT', onSignal)
    // A pipe that nobody reads any more would keep the process alive.
    if (paths.includes('-')) process.stdin.destroy()
    release()
  }
}

interface Loading {
  readonly db: Connection
  readonly place: WriterPlace
  readonly meter: Meter | null
  /** On the clock of `performance`. */
  readonly started: number
  readonly signal: AbortSignal
}

/** Reads the paths to their end, or until the signal. A function of its own: what it remembers of a load is gone before the judgement begins. */
async function load(request: IngestRequest, {db, place, meter, started, signal}: Loading): Promise<IngestResult> {
  const {config, paths} = request
  const {Ingest} = await import('../ingest/ingest.js')
  const {matchesPattern} = await import('./server-of-path.js')
  const files = paths.filter((path) => path !== '-')
  const hold = youngGenerationHold()
  const ingest = new Ingest(db, {
    paths: files,
    format: request.format,
    server: request.server,
    serverOfPath: (path) =>
      config.servers.find((server) =>
        [...server.logs, ...server.phpMailLogs, ...server.accessLogs].some((pattern) => matchesPattern(pattern, path)),
      )?.name ?? null,
    serverOfHost: (host) => configuredName(config, host),
    defaultServer: defaultServer(config),
    zoneOf: (server) => request.zone ?? config.servers.find(({name}) => name === server)?.timezone ?? null,
    assumedZone: request.when.zone,
    year: request.year,
    subjects: config.privacy.subjects && request.subjects,
    signal,
    onProgress: (progress) => {
      hold()
      meter?.update(progress)
    },
    // Counted with the judgement, out of the same rows; a follow counts them when all is quiet.
    leaveVolumes: !request.follow,
  })
  accounts(ingest.session, request)
  const stdin = async (): Promise<void> => {
    if (!paths.includes('-')) return
    const {readStream} = await import('../input/read-stream.js')
    const source = await readStream('stdin', process.stdin, {folder: dirname(request.db), signal})
    await ingest.stream('stdin', source, request.when.now)
  }
  if (request.follow) {
    const {followLogs} = await import('../ingest/follow.js')
    const now = (): number => request.when.now + performance.now() - started
    const {announcer} = await import('./announce.js')
    const {json, version, tell} = request.alerts
    const announce = (): ((busy: boolean) => void) => announcer({db, config, json, version, now, tell})
    let looked = announce()
    const renewed = (): void => {
      looked = announce()
    }
    // A pipe is read at any time, so that the place cannot be given away.
    const sharing = paths.includes('-') ? {} : {place, renewed}
    const options = {signal, now, looked: (busy: boolean) => looked(busy), ...sharing}
    await Promise.all([followLogs(ingest, files, options), stdin()])
  } else {
    await stdin()
    await ingest.run()
  }
  return ingest.result()
}

/** Snapshots the passwd files that the flags and the configuration name: uids are given to others later. */
function accounts(
  {
    parts,
    accounts: known,
  }: {
    parts: {passwd: (server: string, text: string) => void; userdomains: (server: string, text: string) => void}
    accounts: {given: string | null}
  },
  {config, passwd, server}: IngestRequest,
): void {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw cannotRead('passwd file', path, error as NodeJS.ErrnoException)
    }
  }
  if (passwd !== null) {
    const text = read(passwd)
    if (server !== null) parts.passwd(server, text)
    else known.given = text
  }
  for (const one of config.servers) {
    if (one.passwd !== null) parts.passwd(one.name, read(one.passwd))
    if (one.userdomains !== null) parts.userdomains(one.name, read(one.userdomains))
  }
}

function answerOf(result: IngestResult, elapsedMs: number): IngestAnswer {
  const {sources, failures, ...counts} = result
  return {
    json: {
      schema: 'mailwitness.ingest/1',
      ...counts,
      elapsedMs: Math.round(elapsedMs),
      sources: sources.map(({path, dialect, server, lines, unknown, from, to}) => ({
        path,
        dialect,
        server,
        lines,
        unknown,
        from: iso(from),
        to: iso(to),
      })),
      failures: failures.map(({path, code, message, offset}) => ({path, code, message, offset})),
    },
    failures,
    exit: failures.length === 0 ? EXIT.done : EXIT.noInput,
  }
}
