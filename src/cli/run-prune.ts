/** The prune command's way from flags and configuration to a run, and its answer. */

import {iso} from '../question/message.js'
import type {Config} from './config.js'
import {usage} from './failures.js'
import {storeFailure, storeForReading, storeForWriting} from './stores.js'
import type {When} from './time-span.js'

export interface PruneRequest {
  readonly config: Config
  readonly db: string
  readonly when: When
  readonly keep: string | null
  /** null: 400 days, or as long as messages are kept. */
  readonly keepCounts: string | null
  readonly vacuum: boolean
  readonly dryRun: boolean
  readonly waitMs: number
}

/** `mailwitness.prune/1`. */
export interface PruneAnswer {
  readonly schema: 'mailwitness.prune/1'
  readonly dryRun: boolean
  /** What ended before this time is gone. */
  readonly before: string | null
  readonly messages: number
  readonly recipients: number
  readonly blocks: number
  readonly lines: number
  readonly keys: number
  readonly totals: number
  readonly freeBytes: number
  readonly vacuumed: boolean
  /** A signal ended the run early; the next one goes on. */
  readonly stopped: boolean
}

const DAY = 86_400_000
/** Days of messages and lines, of day totals. */
export const KEEP_DAYS = 60
const KEEP_COUNTS_DAYS = 400

/** Days in `60d`, `8w`, `90`. @throws Failure (64). */
export function daysIn(text: string, flag: string): number {
  const found = /^(\d{1,5})\s*(d|days?|w|weeks?)?$/.exec(text.trim())
  const days = Number(found?.[1] ?? 0) * (found?.[2]?.startsWith('w') ? 7 : 1)
  if (days < 1) throw usage(`--${flag} must be a number of days such as 60d or 8w, not "${text}"`)
  return days
}

export async function runPrune(request: PruneRequest): Promise<PruneAnswer> {
  const {config, when} = request
  const keep = request.keep === null ? (config.privacy.keep ?? KEEP_DAYS) : daysIn(request.keep, 'keep')
  const counts =
    request.keepCounts === null ? Math.max(KEEP_COUNTS_DAYS, keep) : daysIn(request.keepCounts, 'keep-counts')
  if (counts < keep) throw usage('--keep-counts must not be shorter than --keep')
  const before = when.now - keep * DAY
  const none = {recipients: 0, blocks: 0, lines: 0, keys: 0, totals: 0, freeBytes: 0, vacuumed: false, stopped: false}
  if (request.dryRun) {
    const store = await storeForReading(request.db)
    try {
      const {prunable} = await import('../store/retention.js')
      return {
        schema: 'mailwitness.prune/1',
        dryRun: true,
        before: iso(before),
        ...none,
        messages: prunable(store.db, before),
      }
    } finally {
      store.close()
    }
  }
  // A database that does not exist is not made by pruning it.
  ;(await storeForReading(request.db)).close()
  const {prune} = await import('../store/retention.js')
  const {db, release} = await storeForWriting(request.db, request.waitMs)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  try {
    const done = prune(db, {before, totalsBefore: when.now - counts * DAY, now: when.now, signal: stop.signal})
    let vacuumed = false
    if (request.vacuum && !done.stopped) vacuumed = (await import('../store/forget.js')).scrub(db)
    return {schema: 'mailwitness.prune/1', dryRun: false, before: iso(before), ...done, vacuumed}
  } catch (error) {
    throw storeFailure((await import('../store/database.js')).asStoreError(error, request.db))
  } finally {
    process.removeListener('SIGTERM', onSignal)
    process.removeListener('SIGINT', onSignal)
    release()
  }
}
