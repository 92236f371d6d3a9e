/** Opening the file: pragmas, permissions, migrations, read-only opening. */

import {chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import {ChunkPacker, chunkId, PairSorter, shortHash} from './key-chunk.js'
import {APPLICATION_ID, MIGRATIONS, PACKED_KEYS} from './schema.js'
import Database from './sqlite.js'

export type Connection = BetterSqlite3.Database
export type Statement = BetterSqlite3.Statement

const kept = new WeakMap<Connection, Map<string, Statement>>()

/** The statement of this text, prepared once a connection. It is shared: what `pluck` or `raw` it needs is set by everybody who uses it. */
export function prepared(db: Connection, sql: string): Statement {
  let statements = kept.get(db)
  if (!statements) {
    statements = new Map()
    kept.set(db, statements)
  }
  let statement = statements.get(sql)
  if (!statement) {
    statement = db.prepare(sql)
    statements.set(sql, statement)
  }
  return statement
}

/** Changes with whatever anybody writes, by this connection or another. In a transaction: the state that the transaction sees. */
export const stateOf = (db: Connection): string =>
  `${db.pragma('data_version', {simple: true})} ${prepared(db, 'SELECT total_changes() AS changes').pluck().get()}`

/** What can be wrong with a database file before any question is asked. */
export type StoreProblem = 'missing' | 'not-ours' | 'newer' | 'busy' | 'unreadable' | 'read-only' | 'damaged' | 'full'

/** A problem with the database file itself: what, and where. The command line turns it into words and an exit code. */
export class StoreError extends Error {
  constructor(
    readonly problem: StoreProblem,
    readonly path: string,
    readonly detail: string,
  ) {
    super(`${problem}: ${path}: ${detail}`)
    this.name = 'StoreError'
  }
}

/** SQLite's own result codes as a StoreError; anything else is returned as it came. */
export function asStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error
  const code = (error as {code?: unknown}).code
  if (typeof code !== 'string') return error
  const detail = error instanceof Error ? error.message : String(error)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return new StoreError('busy', path, detail)
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new StoreError(code === 'SQLITE_NOTADB' ? 'not-ours' : 'damaged', path, detail)
  if (code.startsWith('SQLITE_READONLY')) return new StoreError('read-only', path, detail)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return new StoreError('full', path, detail)
  if (
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOTDIR'
  )
    return new StoreError('unreadable', path, detail)
  return error
}

function version(db: Connection): number {
  return db.pragma('user_version', {simple: true}) as number
}

function check(db: Connection, path: string): void {
  const id = db.pragma('application_id', {simple: true}) as number
  if (version(db) === 0 && id === 0) {
    const tables = db.prepare('SELECT count(*) AS n FROM sqlite_master').get() as {n: number}
    if (tables.n > 0) throw new StoreError('not-ours', path, 'an SQLite file of another program')
    return
  }
  if (id !== APPLICATION_ID) throw new StoreError('not-ours', path, 'an SQLite file of another program')
  if (version(db) > MIGRATIONS.length)
    throw new StoreError('newer', path, `schema ${version(db)}, this program knows ${MIGRATIONS.length}`)
}

/** Rows of the key table of schema 3 as packed chunks, run by run. */
function packKeys(db: Connection): void {
  const insert = db.prepare('INSERT INTO key_chunk(id, data) VALUES (?, ?)')
  const addRun = db.prepare('INSERT INTO segment(id, entries) VALUES (?, ?)')
  const runs = db.prepare('SELECT DISTINCT segment FROM key').pluck().all() as number[]
  const select = db.prepare('SELECT hash, message FROM key WHERE segment = ?').raw()
  db.exec('DELETE FROM segment')
  const sorter = new PairSorter()
  let segment = 0
  const flush = (): void => {
    segment++
    const packer = new ChunkPacker((first, data) => insert.run(chunkId(segment, first), data))
    const entries = sorter.count
    sorter.drain(packer)
    packer.end()
    if (entries > 0) addRun.run(segment, entries)
  }
  for (const run of runs) {
    for (const [hash, message] of select.all(run) as [number, number][]) {
      sorter.add(shortHash(hash), message)
      if (sorter.full) flush()
    }
    flush()
  }
  db.exec('DROP TABLE key')
}

/** Brings the schema up to date; each migration and its number commit together. */
function migrate(db: Connection): void {
  for (let number = version(db); number < MIGRATIONS.length; number++) {
    const migration = MIGRATIONS[number]
    if (!migration) return
    db.transaction(() => {
      if (version(db) !== number) return
      db.exec(migration.sql)
      if (migration.name === PACKED_KEYS) packKeys(db)
      db.pragma(`application_id = ${APPLICATION_ID}`)
      db.pragma(`user_version = ${number + 1}`)
    }).immediate()
  }
}

/**
 * Opens for writing: creates the folder (0700) and the file (0600) where missing and migrates the schema.
 * WAL with synchronous=NORMAL: a power cut can lose the last commits, facts and read position together, and never corrupts.
 * Throws StoreError.
 */
export function openForWriting(path: string, busyTimeoutMs = 5_000): Connection {
  try {
    const folder = dirname(path)
    if (!existsSync(folder)) mkdirSync(folder, {recursive: true, mode: 0o700})
    if (!existsSync(path)) {
      closeSync(openSync(path, 'a', 0o600))
      chmodSync(path, 0o600)
    }
    const db = new Database(path, {timeout: busyTimeoutMs})
    try {
      check(db, path)
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = NORMAL')
      db.pragma('cache_size = -8192')
      db.pragma('temp_store = MEMORY')
      db.pragma('wal_autocheckpoint = 4000')
      migrate(db)
    } catch (error) {
      db.close()
      throw error
    }
    return db
  } catch (error) {
    throw asStoreError(error, path)
  }
}

/** A file larger than this is not read into memory to get around a missing right. */
const MOST_IN_MEMORY = 1024 * 1024 * 1024

/**
 * The file as it is on disk, for a reader who may not make the shared memory of a write-ahead log beside it. Only where there is no log:
 * what is in a log and not yet in the file must not be missed. Marks the copy as a file with a rollback journal (file format, offset 18).
 */
function withoutLog(path: string, cause: unknown): Buffer {
  const log = `${path}-wal`
  if ((existsSync(log) && statSync(log).size > 0) || statSync(path).size > MOST_IN_MEMORY) throw cause
  const file = readFileSync(path)
  file.fill(1, 18, 20)
  return file
}

/** How long the end of a run waits for readers before it leaves the log to the next writer, milliseconds: SIGTERM is to end a run soon. */
const LAST_WAIT_MS = 250

/**
 * Closes a writer so that users without any right to write can read afterwards: the log is emptied and stays, with its shared memory,
 * because a reader was the last to leave (SQLite removes both after a writer).
 */
export function closeForReaders(db: Connection, path: string): void {
  let last: Connection | null = null
  try {
    db.pragma(`busy_timeout = ${LAST_WAIT_MS}`)
    db.pragma('wal_checkpoint(TRUNCATE)')
    last = new Database(path, {readonly: true})
    last.pragma('user_version')
  } catch {
    // A full disk: the next writer empties the log, as it does where a reader held on to it.
  }
  db.close()
  last?.close()
}

/** Opens for reading only; needs no write permission on file or folder where no writer is at work. Throws StoreError. */
export function openForReading(path: string, busyTimeoutMs = 5_000): Connection {
  if (!existsSync(path)) throw new StoreError('missing', path, 'no such file')
  try {
    let db: Connection
    try {
      db = new Database(path, {readonly: true, timeout: busyTimeoutMs})
      db.pragma('user_version')
    } catch (error) {
      const code = (error as {code?: string}).code ?? ''
      if (!code.startsWith('SQLITE_CANTOPEN') && !code.startsWith('SQLITE_READONLY')) throw error
      db = new Database(withoutLog(path, error), {readonly: true})
    }
    check(db, path)
    if (version(db) < MIGRATIONS.length) {
      db.close()
      throw new StoreError('newer', path, 'an older schema: run `mailwitness ingest` once to bring it up to date')
    }
    db.pragma('query_only = ON')
    return db
  } catch (error) {
    throw asStoreError(error, path)
  }
}

/** Holds the one writer's place until released; a dead holder's place is free again at once. Throws StoreError busy. */
export function holdWriterPlace(path: string, waitMs: number): () => void {
  const lock = `${path}-writer`
  try {
    if (!existsSync(lock)) closeSync(openSync(lock, 'a', 0o600))
    const db = new Database(lock, {timeout: waitMs})
    try {
      db.pragma('journal_mode = DELETE')
      db.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      db.close()
      throw error
    }
    return () => {
      db.exec('ROLLBACK')
      db.close()
    }
  } catch (error) {
    throw asStoreError(error, path)
  }
}
