/** Logs read into a database of their own, in this process, and asked through the same doors as the commands use. */

import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {onTestFinished} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import type {IngestOptions, IngestResult} from '../../src/ingest/options.js'
import type {Message} from '../../src/mail/message.js'
import {Fleet} from '../../src/question/fleet.js'
import {type TraceAnswer, traceMessages} from '../../src/question/trace.js'
import {openForWriting} from '../../src/store/database.js'
import {type Found, SqliteStore} from '../../src/store/finder.js'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared')

/** A path below the data beside the repository; null where it is missing. */
export function shared(path: string): string | null {
  const full = join(SHARED, path)
  return existsSync(full) ? full : null
}

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mailwitness-'))
  onTestFinished(() => rmSync(path, {recursive: true, force: true}))
  return path
}

/** Writes logs under their names; returns their paths. Text is a byte string. */
export function logs(files: Readonly<Record<string, string>>, at = folder()): string[] {
  return Object.entries(files).map(([name, text]) => {
    const path = join(at, name)
    writeFileSync(path, text, 'latin1')
    return path
  })
}

export interface Read {
  readonly store: SqliteStore
  readonly results: readonly IngestResult[]
  readonly result: IngestResult
  readonly all: () => Found[]
  readonly trace: (...keys: string[]) => TraceAnswer
  /** The messages of the only journey of a key. */
  readonly journey: (key: string) => readonly Message[]
}

/** Reads runs of paths, one ingest after another, into a new database. */
export async function read(
  runs: readonly (readonly string[])[],
  options: Partial<IngestOptions> & {passwd?: string; userdomains?: string} = {},
): Promise<Read> {
  const db = openForWriting(join(folder(), 'mail.db'))
  onTestFinished(() => {
    db.close()
  })
  const results: IngestResult[] = []
  const {passwd, userdomains, ...given} = options
  for (const paths of runs) {
    const ingest = new Ingest(db, {
      paths,
      format: 'auto',
      server: 'lab',
      serverOfPath: () => null,
      serverOfHost: (host) => host,
      defaultServer: 'lab',
      zoneOf: () => null,
      assumedZone: 'UTC',
      year: null,
      ...given,
    })
    if (passwd !== undefined) ingest.session.parts.passwd('lab', passwd)
    if (userdomains !== undefined) ingest.session.parts.userdomains('lab', userdomains)
    results.push(await ingest.run())
  }
  const store = new SqliteStore(db)
  const fleet = new Fleet({configured: [], stored: store.servers, directSmtp: 'unknown'})
  const trace = (...keys: string[]): TraceAnswer =>
    traceMessages(store, fleet, {keys, servers: [], window: {from: null, to: null}, limit: 100})
  return {
    store,
    results,
    result: results.at(-1) as IngestResult,
    all: () => store.between(-8e15, 8e15, 1_000_000),
    trace,
    journey: (key) => {
      const {journeys} = trace(key)
      if (journeys.length !== 1) throw new Error(`${key}: ${journeys.length} journeys`)
      return journeys[0]?.messages ?? []
    },
  }
}
