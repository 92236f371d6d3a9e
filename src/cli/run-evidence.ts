/** Writes an evidence bundle, and notes a look-up in the journal. */

import {closeSync, fsyncSync, openSync, renameSync, writeSync} from 'node:fs'
import {type BundleContext, bundleRecords} from '../question/bundle.js'
import {iso} from '../question/message.js'
import type {TraceAnswer} from '../question/trace.js'
import type {SqliteStore} from '../store/finder.js'
import {EXIT, Failure, whyErrno} from './failures.js'
import {type Lookup, recordLookup} from './lookups.js'

/** The whole bundle or nothing: it is written beside FILE and then takes its name. Mode 0600. @throws Failure (1). */
export function writeBundle(
  path: string,
  store: SqliteStore,
  answer: TraceAnswer,
  cited: ReadonlySet<number>,
  context: BundleContext,
): void {
  try {
    const part = `${path}.part`
    const fd = openSync(part, 'w', 0o600)
    try {
      for (const record of bundleRecords(store, answer, cited, context)) writeSync(fd, `${record}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(part, path)
  } catch (error) {
    throw cannotWrite('bundle', path, error)
  }
}

/** @throws Failure (1): a look-up that must be journalled and cannot be is not answered in silence. */
export function journal(db: string, lookup: Omit<Lookup, 'at'> & {readonly at: number}): void {
  try {
    recordLookup(db, {...lookup, at: iso(lookup.at)}, process.env)
  } catch (error) {
    throw cannotWrite('journal of look-ups', db, error)
  }
}

function cannotWrite(what: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || String(error.code).startsWith('SQLITE')) return error
  return new Failure(`cannot write the ${what} ${path}: ${whyErrno(error as NodeJS.ErrnoException)}`, {
    code: 'OUTPUT_NOT_WRITTEN',
    exit: EXIT.failure,
    suggestions: ['check that its folder exists and that this user may write there'],
    cause: error,
  })
}
