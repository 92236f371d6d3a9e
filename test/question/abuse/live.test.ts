/** Alerts while the log is written: the same as after the fact, each told once, whatever restarts; and the same in any order of reading. */

import {appendFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {announcer} from '../../../src/cli/announce.js'
import {parseConfig} from '../../../src/cli/config-parse.js'
import {followLogs} from '../../../src/ingest/follow.js'
import {Ingest} from '../../../src/ingest/ingest.js'
import {type AbuseQuestion, judgeAbuse} from '../../../src/question/alerts.js'
import {SentRecords} from '../../../src/store/daily-records.js'
import {type Connection, openForWriting} from '../../../src/store/database.js'
import {BURST_AT, burst, DAY, HOUR, logOf, ordinary, SERVER, SHELL} from '../../commands/busy-server.js'
import {START} from '../../commands/world.js'
import {DEFAULTS, inFolder, ingestInto} from '../../helpers/ingest-logs.js'

const log = [...ordinary(22), ...burst()].sort((a, b) => a.at - b.at)
const OPTIONS = {...DEFAULTS, server: SERVER, defaultServer: SERVER}
const question: AbuseQuestion = {
  from: START,
  to: START + 30 * DAY,
  mode: 'raised',
  servers: [],
  budget: 1,
  excuses: [],
  limits: [],
  domainPerHour: null,
}

const config = (text = '') => parseConfig(text, '/etc/config.toml', SERVER)

function afterTheFact(db: Connection): string[] {
  db.exec('DELETE FROM judgement')
  return judgeAbuse(new SentRecords(db), question).incidents.map(({id}) => id)
}

const idsOf = (lines: readonly string[]): string[] => lines.map((line) => /^ALERT (\S+) /.exec(line)?.[1] ?? line)

describe('alerts of a log that is being written', () => {
  it('are those of abuse after the fact, each told once, however often the reader is stopped', async () => {
    const cut = fc.integer({min: BURST_AT - 2 * HOUR, max: BURST_AT + 3 * HOUR})
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({at: cut, restart: fc.boolean()}), {maxLength: 8}), async (cuts) => {
        await inFolder(async (folder) => {
          const path = join(folder, 'exim_mainlog')
          const db = openForWriting(join(folder, 'mail.db'))
          const told: string[] = []
          let clock = 0
          const begin = () =>
            announcer({
              db,
              config: config(),
              json: false,
              version: 'test',
              now: () => (clock += 10_000),
              tell: (line) => told.push(line),
            })
          let looked = begin()
          let from = 0
          for (const {at, restart} of [
            {at: BURST_AT - 3 * HOUR, restart: false},
            ...cuts.sort((a, b) => a.at - b.at),
            {at: Number.POSITIVE_INFINITY, restart: false},
          ]) {
            const piece = log.filter((one) => one.at >= from && one.at < at)
            from = at
            appendFileSync(path, piece.length > 0 ? logOf(piece) : '')
            await new Ingest(db, {...OPTIONS, paths: [path]}).run()
            if (restart) looked = begin()
            looked(true)
            looked(false)
          }
          const expected = afterTheFact(db)
          expect(expected).toHaveLength(1)
          expect(idsOf(told)).toEqual(expected)
          expect(told[0]).toContain(`${SHELL}/ (${SERVER})`)
          expect(told[0]).not.toContain('\n')
          db.close()
        })
      }),
      {numRuns: 8},
    )
  }, 120_000)

  it('come from a following ingest, as JSON when asked, and not for who is excused', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'exim_mainlog')
      const start = log.filter(({at}) => at < BURST_AT)
      const rest = log.filter(({at}) => at >= BURST_AT)
      for (const [name, text, alerts] of [
        ['plain', '', 1],
        ['excused', `[[abuse.allow]]\nkind = "script"\nname = "${SHELL}/*"\nreason = "known"\n`, 0],
      ] as const) {
        writeFileSync(path, logOf(start))
        const db = openForWriting(join(folder, `${name}.db`))
        const told: string[] = []
        const stop = new AbortController()
        const looked = announcer({
          db,
          config: config(text),
          json: true,
          version: 'test',
          now: () => performance.now(),
          tell: (line) => told.push(line),
          quietMs: 50,
        })
        const run = followLogs(new Ingest(db, {...OPTIONS, paths: [path]}), [path], {
          signal: stop.signal,
          now: () => START + 22 * DAY,
          pollMs: 5,
          looked,
        })
        await sleep(300)
        appendFileSync(path, logOf(rest))
        const stored = db.prepare('SELECT count(*) FROM message').pluck()
        for (let i = 0; i < 400 && (stored.get() !== log.length || told.length < alerts); i++) await sleep(10)
        await sleep(300)
        stop.abort()
        await run
        expect(stored.get()).toBe(log.length)
        expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject(
          alerts === 0
            ? []
            : [
                {
                  schema: 'mailwitness.alert/1',
                  id: afterTheFact(db)[0],
                  subject: {kind: 'script', server: SERVER, name: `${SHELL}/`},
                },
              ],
        )
        db.close()
      }
    })
  }, 60_000)
})

describe('alerts after the fact', () => {
  it('are the same in any order of the log, and when it is read twice', async () => {
    const judged = (db: Connection): unknown =>
      judgeAbuse(new SentRecords(db), question).incidents.map(({messageKeys: _, ...incident}) => incident)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({max: log.length}), {minLength: 1, maxLength: 4}),
        fc.infiniteStream(fc.double({min: 0, max: 1, noNaN: true})),
        async (cuts, dice) => {
          await inFolder(async (folder) => {
            const points = [0, ...cuts.sort((a, b) => a - b), log.length]
            const parts = points.slice(1).flatMap((to, i) => {
              const piece = log.slice(points[i], to)
              const path = join(folder, `part${i}.log`)
              if (piece.length > 0) writeFileSync(path, logOf(piece))
              return piece.length > 0 ? [path] : []
            })
            const whole = join(folder, 'exim_mainlog')
            writeFileSync(whole, logOf(log))
            await ingestInto(join(folder, 'whole.db'), [whole], OPTIONS)
            const shuffled = parts
              .map((path) => ({path, key: dice.next().value ?? 0}))
              .sort((a, b) => a.key - b.key)
              .map(({path}) => path)
            for (const path of [...shuffled, ...shuffled]) await ingestInto(join(folder, 'apart.db'), [path], OPTIONS)
            const [one, other] = ['whole.db', 'apart.db'].map((name) => openForWriting(join(folder, name)))
            if (!one || !other) throw new Error('two databases')
            expect(judged(other)).toEqual(judged(one))
            expect(judged(one)).toHaveLength(1)
            one.close()
            other.close()
          })
        },
      ),
      {numRuns: 6},
    )
  }, 120_000)
})
