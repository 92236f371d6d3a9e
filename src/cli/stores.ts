/** Opening the database for a command: StoreError as a Failure with what to do next. */

import type {Connection} from '../store/database.js'
import type {EvidenceStore, SqliteStore} from '../store/finder.js'
import type {WriterPlace} from '../store/writer-place.js'
import {EXIT, Failure, noDatabase} from './failures.js'

interface Problem {
  readonly problem: string
  readonly path: string
  readonly detail: string
}

const isProblem = (error: unknown): error is Error & Problem => error instanceof Error && error.name === 'StoreError'

/** A StoreError as the Failure that the user sees; anything else as it came. */
export function storeFailure(error: unknown): unknown {
  if (!isProblem(error)) return error
  const {problem, path, detail} = error
  switch (problem) {
    case 'missing':
      return noDatabase(path)
    case 'busy':
      return new Failure(`the database ${path} is busy: another process is writing to it`, {
        code: 'DATABASE_BUSY',
        exit: EXIT.busy,
        suggestions: [
          'wait longer for it with --wait SECONDS, or try again in a moment',
          `see who has it open: fuser -v ${path}`,
        ],
        cause: error,
      })
    case 'not-ours':
      return new Failure(`${path} is no mailwitness database: ${detail}`, {
        code: 'DATABASE_NOT_UNDERSTOOD',
        exit: EXIT.data,
        suggestions: ['check --db, MAILWITNESS_DB and the configuration'],
        cause: error,
      })
    case 'newer':
      return new Failure(`the database ${path} has another version's schema (${detail})`, {
        code: 'DATABASE_SCHEMA',
        exit: EXIT.data,
        suggestions: ['use the mailwitness that wrote it, or a newer one'],
        cause: error,
      })
    case 'read-only':
      return new Failure(`cannot write to the database ${path}: it is read-only for this user`, {
        code: 'DATABASE_READ_ONLY',
        exit: EXIT.failure,
        suggestions: ['run it as the user that owns the database'],
        cause: error,
      })
    case 'damaged':
      return new Failure(`the database ${path} is damaged: ${detail}`, {
        code: 'DATABASE_DAMAGED',
        exit: EXIT.failure,
        suggestions: ['check it: mailwitness doctor --check', 'or ingest the logs into a new one with --db'],
        cause: error,
      })
    case 'full':
      return new Failure(`no space left for the database ${path}`, {
        code: 'DATABASE_FULL',
        exit: EXIT.failure,
        suggestions: [
          'free some space on that file system',
          'then run the same command again: nothing is counted twice',
        ],
        cause: error,
      })
    default:
      return new Failure(`cannot open the database ${path}: ${detail}`, {
        code: 'DATABASE_UNREADABLE',
        exit: EXIT.noInput,
        suggestions: ['check that its folder exists and that this user may read and write there'],
        cause: error,
      })
  }
}

/** The store for questions. @throws Failure (65, 66, 75). */
export async function storeForReading(path: string): Promise<SqliteStore> {
  const {openStore} = await import('../store/finder.js')
  try {
    return openStore(path)
  } catch (error) {
    throw storeFailure(error)
  }
}

/** The store where there is one, else an empty one: a report can be read without logs. @throws Failure (65, 66, 75). */
export async function storeOrNone(path: string): Promise<EvidenceStore> {
  try {
    return await storeForReading(path)
  } catch (error) {
    if (error instanceof Failure && error.code === 'DATABASE_MISSING')
      return (await import('../store/finder.js')).EMPTY_STORE
    throw error
  }
}

export interface WritableStore {
  readonly db: Connection
  /** The one writer's place, which a long run can give to others for a while. */
  readonly place: WriterPlace
  /** Gives the place back and closes. */
  readonly release: () => void
}

/** The database for its one writer. @throws Failure (1, 65, 66, 75). */
export async function storeForWriting(path: string, waitMs: number): Promise<WritableStore> {
  const {closeForReaders, holdWriterPlace, openForWriting} = await import('../store/database.js')
  const {WriterPlace} = await import('../store/writer-place.js')
  try {
    const db = openForWriting(path)
    try {
      const place = new WriterPlace(db, path, holdWriterPlace(path, waitMs))
      return {
        db,
        place,
        release: () => {
          place.give()
          closeForReaders(db, path)
        },
      }
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    throw storeFailure(error)
  }
}
