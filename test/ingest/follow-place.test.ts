/** Others write while a follow runs: prune and forget get their turn between two commits, and the follow goes on with what they left. */

import {appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {holdWriterPlace, openForReading} from '../../src/store/database.js'
import {buildExim} from '../helpers/build-log.js'
import {contentOfFile, difference} from '../helpers/content.js'
import {run, start, until} from '../helpers/program.js'

const work = mkdtempSync(join(tmpdir(), 'mailwitness-place-'))
afterAll(() => rmSync(work, {recursive: true, force: true}))
const ADDRESS = 'anna@anna.example'
const lines = buildExim(12, 160, 0).main
const half = Math.floor(lines.length / 2)
const text = (from: number, to: number): string =>
  lines
    .slice(from, to)
    .map((line) => `${line}\n`)
    .join('')
const tokens = (content: readonly string[]): string[] =>
  content.map((fact) => fact.replaceAll(/forgotten-[0-9a-f]{16}/g, 'forgotten')).sort()
const middle = {MAILWITNESS_NOW: `${lines[Math.floor(half / 2)]?.slice(0, 10)}T00:00:00Z`}

const stored = (db: string): number => {
  try {
    const connection = openForReading(db)
    const count = connection.prepare('SELECT coalesce(sum(lines), 0) FROM part').pluck().get() as number
    connection.close()
    return count
  } catch {
    return 0
  }
}

describe('while logs are followed', () => {
  it('prune and forget work at once, leave no byte, and the follow goes on as if it had been restarted', async () => {
    const log = join(work, 'exim_mainlog')
    const db = join(work, 'mail.db')
    const ingest = ['ingest', '--db', db, '--server', 'mx.example.net', '--quiet']
    writeFileSync(log, text(0, half))
    const {child, done} = start([...ingest, '--follow', log])
    expect(await until(() => stored(db) === half, 60_000)).toBe(true)
    const pruned = run(['prune', '--keep', '1d', '--db', db, '--wait', '60'], middle)
    expect(pruned.status, pruned.stderr).toBe(0)
    const forgotten = run(['forget', ADDRESS, '--db', db, '--wait', '60'])
    expect(forgotten.status, forgotten.stderr).toBe(0)
    expect(child.exitCode).toBeNull()
    // The journal of the writer's lock comes and goes.
    for (const file of readdirSync(work).filter((name) => /^mail\.db(?!-writer-)/.test(name)))
      expect(readFileSync(join(work, file), 'latin1').includes(ADDRESS), file).toBe(false)
    appendFileSync(log, text(half, lines.length))
    expect(await until(() => stored(db) === lines.length, 60_000)).toBe(true)
    child.kill('SIGTERM')
    const ended = await done
    expect(ended.status, ended.stderr).toBe(0)

    const other = join(work, 'other.db')
    const again = ['ingest', '--db', other, '--server', 'mx.example.net', '--quiet', log]
    writeFileSync(log, text(0, half))
    for (const [args, env] of [
      [again, {}],
      [['prune', '--keep', '1d', '--db', other], middle],
      [['forget', ADDRESS, '--db', other], {}],
    ] as const)
      expect(run(args, env).status).toBe(0)
    writeFileSync(log, text(0, lines.length))
    expect(run(again).status).toBe(0)
    expect(difference(tokens(contentOfFile(other)), tokens(contentOfFile(db)))).toEqual([])
    expect(run(['doctor', '--check', '--full', '--db', db]).status).toBe(0)
  }, 240_000)

  it('a follow waits for whoever holds the place, and ends when told to although it never got it back', async () => {
    const log = join(work, 'waiting_mainlog')
    const db = join(work, 'waiting.db')
    writeFileSync(log, text(0, 30))
    const {child, done} = start(['ingest', '--db', db, '--server', 'mx.example.net', '--quiet', '--follow', log])
    expect(await until(() => stored(db) === 30, 60_000)).toBe(true)
    const free = holdWriterPlace(db, 60_000)
    appendFileSync(log, text(30, 60))
    const busy = run(['prune', '--db', db, '--wait', '0'])
    expect(busy.status).toBe(75)
    expect(busy.stderr).toContain('--wait SECONDS')
    child.kill('SIGTERM')
    const ended = await done
    expect(ended.status, ended.stderr).toBe(0)
    expect(stored(db)).toBe(30)
    free()
    expect(run(['ingest', '--db', db, '--server', 'mx.example.net', '--quiet', log]).status).toBe(0)
    expect(stored(db)).toBe(60)
  }, 240_000)
})
