/**
 * A reader beside a writer that stands still: whatever the writer is about to do to the files, questions are answered at once, without waiting for a lock.
 */

import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {getPriority, tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {openForReading} from '../../src/store/database.js'
import {buildExim} from '../helpers/build-log.js'
import {DISK, failing, WANTED} from '../helpers/disk.js'
import {run, start, until} from '../helpers/program.js'

const work = mkdtempSync(join(tmpdir(), 'mailwitness-beside-'))
const logs = join(work, 'logs')
const lines = buildExim(17, 60, 0).main
const HALF = Math.floor(lines.length / 2)
const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('')
const ingest = (db: string, log: string): string[] => [
  'ingest',
  '--db',
  db,
  '--server',
  'mx.example.net',
  '--quiet',
  log,
]

beforeAll(() => {
  mkdirSync(logs)
  writeFileSync(join(logs, 'exim_mainlog.1'), text(lines.slice(0, HALF)))
  writeFileSync(join(logs, 'exim_mainlog'), text(lines.slice(HALF)))
})
afterAll(() => rmSync(work, {recursive: true, force: true}))

/** Lines that are stored, read by a reader that does not wait at all: a lock in its way is an error. */
function stored(db: string): number {
  const connection = openForReading(db, 0)
  try {
    return connection.prepare('SELECT coalesce(sum(lines), 0) FROM part').pluck().get() as number
  } finally {
    connection.close()
  }
}

const stopped = (pid: number): boolean => {
  try {
    return /^.*\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** An ingest that stops before each of its operations; at each stop `look` is called. */
async function stepped(db: string, look: () => void): Promise<number> {
  const {child, done} = start(ingest(db, logs), failing({name: 'mail.db', stopFrom: 1}))
  const pid = child.pid ?? 0
  const over = (): boolean => child.exitCode !== null || child.signalCode !== null
  let stops = 0
  while (await until(() => stopped(pid) || over(), 60_000)) {
    if (over()) break
    stops++
    look()
    process.kill(pid, 'SIGCONT')
  }
  const ended = await done
  expect(ended.status, ended.stderr).toBe(0)
  return stops
}

describe.skipIf(DISK === null)(`a writer that stands still before any of its writes${WANTED}`, () => {
  it('holds up no reader, and each sees what was committed', async () => {
    const db = join(work, 'mail.db')
    expect(run(ingest(db, join(logs, 'exim_mainlog.1'))).status).toBe(0)
    const seen = [stored(db)]
    const stops = await stepped(db, () => seen.push(stored(db)))
    seen.push(stored(db))
    expect(stops).toBeGreaterThan(20)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect([seen[0], seen.at(-1)]).toEqual([HALF, lines.length])
  })
})

describe('where the cores are taken', () => {
  it('a load leaves the first turn to questions and to the mail server', async () => {
    const db = join(work, 'nice.db')
    const {child, done} = start([...ingest(db, logs), '--follow'])
    await until(() => existsSync(db), 60_000)
    expect(getPriority(child.pid)).toBe(Math.max(10, getPriority()))
    child.kill('SIGKILL')
    await done
  })
})
