/** Ingest in this process, for tests: into a database file of its own, with a fixed zone and fleet. */

import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ingest} from '../../src/ingest/ingest.js'
import type {IngestOptions, IngestResult} from '../../src/ingest/options.js'
import {type Connection, openForWriting} from '../../src/store/database.js'

export const DEFAULTS: Omit<IngestOptions, 'paths'> = {
  format: 'auto',
  server: null,
  serverOfPath: () => null,
  serverOfHost: (host) => host,
  defaultServer: 'mx.example.net',
  zoneOf: () => null,
  assumedZone: 'UTC',
  year: null,
}

/** A folder that is gone after the run of `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mailwitness-test-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

/** Reads the paths into the database file, in one run. */
export async function ingestInto(
  file: string,
  paths: readonly string[],
  options: Partial<IngestOptions> = {},
): Promise<IngestResult> {
  const db = openForWriting(file)
  try {
    return await new Ingest(db, {...DEFAULTS, ...options, paths}).run()
  } finally {
    db.close()
  }
}

/** The same, and what `ask` reads from the database afterwards. */
export async function ingested<T>(
  file: string,
  runs: readonly (readonly string[])[],
  ask: (db: Connection) => T,
  options: Partial<IngestOptions> = {},
): Promise<T> {
  for (const paths of runs) await ingestInto(file, paths, options)
  const db = openForWriting(file)
  try {
    return ask(db)
  } finally {
    db.close()
  }
}
