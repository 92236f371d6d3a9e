/** The forget command's way: the database, its journal of look-ups, and the answer. */

import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs'
import {EXIT, Failure, usage} from './failures.js'
import {lookupsPath} from './lookups.js'
import {storeFailure, storeForReading, storeForWriting} from './stores.js'

/** `mailwitness.forget/1`. The address itself is not repeated. */
export interface ForgetAnswer {
  readonly schema: 'mailwitness.forget/1'
  /** What stands in its place now; null where it was in no line. */
  readonly token: string | null
  readonly lines: number
  readonly blocks: number
  readonly messages: number
  readonly lookups: number
}

export async function runForget(path: string, address: string, now: number, waitMs: number): Promise<ForgetAnswer> {
  ;(await storeForReading(path)).close()
  const {forgetAddress, NoAddress, scrub} = await import('../store/forget.js')
  const {db, release} = await storeForWriting(path, waitMs)
  try {
    const done = forgetAddress(db, address, now)
    const lookups = await maskLookups(lookupsPath(path, process.env), address)
    if (!scrub(db))
      throw new Failure('the address is masked, but another process still reads the old pages of the write-ahead log', {
        code: 'DATABASE_BUSY',
        exit: EXIT.busy,
        suggestions: ['stop the other readers and run the same command again', `see who has it open: fuser -v ${path}`],
      })
    return {schema: 'mailwitness.forget/1', ...done, lookups}
  } catch (error) {
    if (error instanceof NoAddress)
      throw usage('ADDRESS must be an address such as info@example.com', ['mailwitness forget info@example.com'])
    throw storeFailure((await import('../store/database.js')).asStoreError(error, path))
  } finally {
    release()
  }
}

/** Masks the address in the journal of look-ups; how many entries named it. */
async function maskLookups(path: string, address: string): Promise<number> {
  if (!existsSync(path)) return 0
  const {maskOf} = await import('../store/forget-mask.js')
  const mask = maskOf(address)
  if (mask === null) return 0
  const lines = readFileSync(path, 'utf8').split('\n')
  const masked = lines.map((line) => mask.apply(line))
  const changed = masked.filter((line, i) => line !== lines[i]).length
  if (changed > 0) {
    writeFileSync(`${path}.new`, masked.join('\n'), {mode: 0o600})
    renameSync(`${path}.new`, path)
  }
  return changed
}
