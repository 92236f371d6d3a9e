/** Lines that step back in time: what a clock was wrong for is no coverage, and what was only put together in another order is. */

import {appendFileSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {coverageOf} from '../../src/store/coverage.js'
import {inFolder, ingested} from '../helpers/ingest-logs.js'

const START = Date.UTC(2026, 8, 1, 10)
const MINUTE = 60_000
const DAY = 86_400_000
const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
const line = (at: number): string =>
  `${stamp(at)} 1wXXXX-${String(Math.abs(at / 1000) % 1e6).padStart(6, '0')}-AA <= a@b.example U=x P=local S=1`
/** A line a minute. */
const minutes = (from: number, count: number): string[] =>
  Array.from({length: count}, (_, n) => line(from + n * MINUTE))
const text = (lines: readonly string[]): string => lines.map((one) => `${one}\n`).join('')

interface Held {
  /** Minutes of the window that are held without a gap. */
  readonly covered: (at: number) => boolean
  readonly gaps: readonly {from: number; to: number; reason: string}[]
}

async function held(folder: string, db: string, ...runs: string[][]): Promise<Held> {
  const [span] = await ingested(join(folder, db), runs, coverageOf)
  if (!span) throw new Error('a server is known')
  const {from, to, gaps} = span
  return {
    covered: (at) =>
      from !== null && to !== null && at >= from && at <= to && !gaps.some((gap) => at > gap.from && at < gap.to),
    gaps,
  }
}

/** 200 minutes of lines with one of another time in their middle. */
const astray = (at: number, count = 200): string => {
  const lines = minutes(START, count)
  lines.splice(count / 2, 0, line(at))
  return text(lines)
}

describe('one line of another time', () => {
  it.each([
    ['twenty months before', START - 600 * DAY, 200],
    ['in 1970', 0, 200],
    ['an hour before', START - 60 * MINUTE, 200],
    ['twenty months before, in a small log', START - 600 * DAY, 20],
    ['a year after', START + 365 * DAY, 200],
    ['in the year 9999', Date.UTC(9999, 11, 31, 23, 59, 59), 200],
    ['a year after, in a small log', START + 365 * DAY, 20],
  ])('%s covers nothing of the time between', async (_, at, count) => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(log, astray(at, count))
      const {covered, gaps} = await held(folder, 'mail.db', [log])
      for (const share of [0.05, 0.3, 0.5, 0.9, 0.99]) {
        const between =
          at < START ? at + (START - at) * share : START + count * MINUTE + (at - START - count * MINUTE) * share
        expect(covered(between), `${stamp(between)} in ${JSON.stringify(gaps)}`).toBe(false)
      }
      // What was held before is held still.
      for (let n = 1; n < count - 1; n++) expect(covered(START + n * MINUTE + 1)).toBe(true)
    })
  })

  it.each(['Jan  1 00:00:05', 'Feb 30 00:00:05', 'Nov 25 10:00:00'])(
    'when a machine boots at %s and its daemons start covers nothing either',
    async (at) => {
      await inFolder(async (folder) => {
        const log = join(folder, 'mail.log')
        const start = Date.UTC(2026, 10, 20, 10)
        const month = (n: number): string => new Date(start + n * MINUTE).toISOString().slice(8, 16).replace('T', ' ')
        const lines = Array.from(
          {length: 120},
          (_, n) =>
            `Nov ${month(n)}:00 mx1 postfix/qmgr[9]: 4B1C2D${String(n).padStart(4, '0')}: from=<a@b.example>, size=9, nrcpt=1 (queue active)`,
        )
        const boot = `${at} mx1 postfix/master[1]: daemon started -- version 3.7.2, configuration /etc/postfix`
        for (const place of [0, 60]) {
          const db = `${place}.db`
          writeFileSync(log, text([...lines.slice(0, place), boot, ...lines.slice(place)]))
          const now = new Date(start + 3 * 3_600_000)
          utimesSync(log, now, now)
          const {covered, gaps} = await held(folder, db, [log])
          for (const days of [-200, -30, 2, 4, 20, 40]) {
            const when = start + days * DAY
            expect(covered(when), `${stamp(when)} of ${place} in ${JSON.stringify(gaps)}`).toBe(false)
          }
          expect(covered(start + 90 * MINUTE + 30_000)).toBe(true)
        }
      })
    },
  )

  it('at the very beginning of a small log covers nothing either', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(log, text([line(START - 600 * DAY), ...minutes(START, 20)]))
      const {covered} = await held(folder, 'mail.db', [log])
      expect([START - 300 * DAY, START - DAY].map(covered)).toEqual([false, false])
      expect(covered(START + 90_000)).toBe(true)
    })
  })

  it('nor where older and newer parts of the log lie in that time, which are covered themselves', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(`${log}.2`, text(minutes(START - 10 * DAY, 300)))
      writeFileSync(`${log}.1`, astray(START - 30 * DAY))
      writeFileSync(log, text(minutes(START + 200 * MINUTE, 100)))
      const {covered} = await held(folder, 'mail.db', [folder])
      expect([START - 20 * DAY, START - 9 * DAY, START - DAY].map(covered)).toEqual([false, false, false])
      expect([START - 10 * DAY + 90_000, START + 90_000, START + 250.5 * MINUTE].map(covered)).toEqual([
        true,
        true,
        true,
      ])
    })
  })

  it('nor where the run was stopped right behind it', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      const lines = astray(START - 600 * DAY)
        .split('\n')
        .slice(0, -1)
      for (const cut of [100, 101, 102]) {
        const db = `${cut}.db`
        writeFileSync(log, text(lines.slice(0, cut)))
        await held(folder, db, [log])
        appendFileSync(log, text(lines.slice(cut)))
        const {covered} = await held(folder, db, [log])
        expect([START - 300 * DAY, START - 60 * MINUTE].map(covered)).toEqual([false, false])
        expect(covered(START + 150.5 * MINUTE)).toBe(true)
      }
    })
  })
})

describe('lines in another order', () => {
  it('of two days put together newest first cover what they cover in order', async () => {
    await inFolder(async (folder) => {
      const older = minutes(START, 1440)
      const newer = minutes(START + DAY, 1440)
      const parts = {in: [...older, ...newer], newest: [...newer, ...older]}
      for (const [name, lines] of Object.entries(parts)) writeFileSync(join(folder, name), text(lines))
      const inOrder = await held(folder, 'in.db', [join(folder, 'in')])
      const newest = await held(folder, 'newest.db', [join(folder, 'newest')])
      expect(newest.gaps).toEqual(inOrder.gaps)
      expect(newest.gaps).toEqual([])
    })
  })

  it('of a part that is missing between them is a gap all the same', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(log, text([...minutes(START + 2 * DAY, 300), ...minutes(START, 300)]))
      const {covered} = await held(folder, 'mail.db', [log])
      expect([START + 90_000, START + DAY, START + 2 * DAY + 90_000].map(covered)).toEqual([true, false, true])
    })
  })

  it('that a relay held back for half an hour fill the silence that they belong to', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      const lines = minutes(START, 300)
      const held30 = lines.splice(100, 30)
      lines.splice(200, 0, ...held30)
      writeFileSync(log, text(lines))
      expect((await held(folder, 'mail.db', [log])).gaps).toEqual([])
    })
  })
})
