/**
 * The disk under the database: the power goes at any moment (what SQLite did not sync may be lost in any part), the disk is full from any write on.
 * Afterwards the database is sound, and the same command again makes it a clean run's. CUTS sets how many moments are tried.
 */

import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {openForReading} from '../../src/store/database.js'
import {checkChain, checkStructure} from '../../src/store/integrity.js'
import {checkDerived} from '../../src/store/integrity-derived.js'
import {buildExim, buildPostfix, Dice} from '../helpers/build-log.js'
import {contentOfFile, difference} from '../helpers/content.js'
import {afterPowerCut, DISK, failing, operationsOf, WANTED, write} from '../helpers/disk.js'
import {run} from '../helpers/program.js'

const CUTS = Number(process.env['CUTS'] ?? 8)
const SEED = Number(process.env['CUT_SEED'] ?? 20261121)
const PATIENCE = 120_000 + CUTS * 10_000
const work = mkdtempSync(join(tmpdir(), 'mailwitness-disk-'))
const logs = join(work, 'logs')
const MIDDLE = {MAILWITNESS_NOW: '2026-11-03T00:00:00Z'}
let clean: string[] = []

const ingest = (db: string): string[] => ['ingest', '--db', db, '--server', 'mx.example.net', '--quiet', logs]
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

function sound(db: string): string[] {
  const connection = openForReading(db)
  try {
    return [
      ...checkStructure(connection),
      ...checkChain(connection).faults,
      ...checkDerived(connection, null).faults,
    ].map(({code, place}) => `${code} ${place}`)
  } finally {
    connection.close()
  }
}

function folder(name: string): string {
  const path = join(work, name)
  rmSync(path, {recursive: true, force: true})
  mkdirSync(path)
  return path
}

beforeAll(() => {
  mkdirSync(logs)
  const {main, php} = buildExim(5, 200, 60)
  for (let i = 0; i < 4; i++)
    writeFileSync(
      join(logs, i === 3 ? 'exim_mainlog' : `exim_mainlog.${3 - i}`),
      text(main.slice(Math.floor((i * main.length) / 4), Math.floor(((i + 1) * main.length) / 4))),
    )
  writeFileSync(join(logs, 'php_mail.log'), text(php))
  writeFileSync(join(logs, 'mail.log'), text(buildPostfix(6, 80, 60)))
  const ran = run(ingest(join(work, 'mail.db')))
  expect(ran.status, ran.stderr).toBe(0)
  clean = contentOfFile(join(work, 'mail.db'))
})
afterAll(() => rmSync(work, {recursive: true, force: true}))

describe.skipIf(DISK === null)(`the power goes at ${CUTS} moments${WANTED}`, () => {
  it(
    'of an ingest into a new database',
    () => {
      const recorded = folder('recorded')
      const log = join(work, 'operations')
      expect(run(ingest(join(recorded, 'mail.db')), failing({name: 'mail.db', log})).status).toBe(0)
      const operations = operationsOf(log)
      expect(operations.filter(({kind}) => kind === 'S').length).toBeGreaterThan(1)
      expect(operations.length).toBeGreaterThan(100)
      const dice = new Dice(SEED)
      for (let n = 0; n < CUTS; n++) {
        const db = join(folder('cut'), 'mail.db')
        const cut = 1 + dice.below(operations.length)
        write(join(work, 'cut'), afterPowerCut(new Map(), operations, cut, dice))
        const again = run(ingest(db))
        expect(again.status, `cut ${cut}: ${again.stderr}`).toBe(0)
        expect(difference(clean, contentOfFile(db)), `cut ${cut} of seed ${SEED}`).toEqual([])
        expect(sound(db), `cut ${cut} of seed ${SEED}`).toEqual([])
      }
    },
    PATIENCE,
  )

  it(
    'of a prune',
    () => {
      const recorded = folder('recorded')
      const db = join(recorded, 'mail.db')
      writeFileSync(db, readFileSync(join(work, 'mail.db')))
      const before = new Map([['mail.db', readFileSync(db)]])
      const log = join(work, 'prune-operations')
      const prune = (path: string): string[] => ['prune', '--keep', '1d', '--db', path]
      expect(run(prune(db), {...MIDDLE, ...failing({name: 'mail.db', log})}).status).toBe(0)
      const expected = contentOfFile(db)
      expect(expected.length).toBeLessThan(clean.length)
      const operations = operationsOf(log)
      const dice = new Dice(SEED + 1)
      for (let n = 0; n < Math.ceil(CUTS / 3); n++) {
        const path = join(folder('cut'), 'mail.db')
        const cut = 1 + dice.below(operations.length)
        write(join(work, 'cut'), afterPowerCut(before, operations, cut, dice))
        const again = run(prune(path), MIDDLE)
        expect(again.status, `cut ${cut}: ${again.stderr}`).toBe(0)
        expect(difference(expected, contentOfFile(path)), `cut ${cut} of seed ${SEED + 1}`).toEqual([])
        expect(sound(path), `cut ${cut} of seed ${SEED + 1}`).toEqual([])
      }
    },
    PATIENCE,
  )
})

describe.skipIf(DISK === null)(`the disk is full${WANTED}`, () => {
  it(
    'from any write of an ingest on: said in words, nothing half, and the next run ends where a clean one does',
    () => {
      const count = join(work, 'count')
      expect(run(ingest(join(folder('full'), 'mail.db')), failing({name: 'mail.db', count})).status).toBe(0)
      const all = Number(readFileSync(count, 'utf8'))
      const dice = new Dice(SEED + 2)
      for (let n = 0; n < Math.ceil(CUTS / 2); n++) {
        const db = join(folder('full'), 'mail.db')
        const fullAt = n === 0 ? 1 : 1 + dice.below(all)
        const failed = run(ingest(db), failing({name: 'mail.db', fullAt}))
        if (failed.status === 0) {
          // All was committed; only the log's way into the file was left, which is the next writer's as well.
          expect(fullAt, 'the last checkpoint is a small part of a run').toBeGreaterThan(all * 0.8)
          expect(difference(clean, contentOfFile(db)), `full at ${fullAt}, not said`).toEqual([])
        } else {
          expect(failed.status, `full at ${fullAt}: ${failed.stderr}`).toBe(1)
          expect(failed.stderr).toMatch(/no space left for the database .*mail\.db/)
          expect(failed.stderr).toContain('nothing is counted twice')
        }
        expect(run(ingest(db)).status).toBe(0)
        expect(difference(clean, contentOfFile(db)), `full at ${fullAt}`).toEqual([])
        expect(sound(db)).toEqual([])
      }
    },
    PATIENCE,
  )

  it('while it prunes or forgets: said in words, and the database is as before or after', () => {
    for (const [command, ...args] of [
      ['prune', '--keep', '1d'],
      ['forget', 'anna@anna.example'],
    ] as const) {
      const db = join(folder('full'), 'mail.db')
      writeFileSync(db, readFileSync(join(work, 'mail.db')))
      const failed = run([command, ...args, '--db', db], {...MIDDLE, ...failing({name: 'mail.db', fullAt: 6})})
      expect(failed.status, failed.stderr).toBe(1)
      expect(failed.stderr).toMatch(/no space left/)
      expect(sound(db)).toEqual([])
      const again = run([command, ...args, '--db', db], MIDDLE)
      expect(again.status, again.stderr).toBe(0)
      expect(sound(db)).toEqual([])
    }
  })

  it('while nobody writes: questions are answered', () => {
    const db = join(folder('full'), 'mail.db')
    writeFileSync(db, readFileSync(join(work, 'mail.db')))
    const {status, stderr} = run(['trace', 'anna@anna.example', '--db', db], failing({name: 'mail.db', fullAt: 1}))
    expect({status, stderr}).toEqual({status: 0, stderr: ''})
    expect(statSync(db).size).toBe(statSync(join(work, 'mail.db')).size)
  })
})
