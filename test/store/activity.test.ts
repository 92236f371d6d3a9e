/** What a sender sent in a span, found through the key index and the ranges of the hours, is what a look at every row finds. */

import {spawnSync} from 'node:child_process'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {loginKey, scriptKey} from '../../src/life/keys.js'
import type {SentMessage} from '../../src/store/activity.js'
import {FLAG, outcomeCodes} from '../../src/store/codes.js'
import {SqliteStore} from '../../src/store/finder.js'
import {habitOf} from '../../src/store/habit.js'
import {prune} from '../../src/store/retention.js'
import {inFolder, ingested, ingestInto} from '../helpers/ingest-logs.js'

const generator = fileURLToPath(new URL('../../bench/logs/hosting.mjs', import.meta.url))
const DAY = 86_400_000
const numRuns = Number(process.env['LAW_RUNS'] ?? 12) * 2

const SLOWLY = `SELECT message.id AS id, at, client.value AS clientIp, (SELECT count(*) FROM recipient WHERE message = message.id) AS recipients,
(SELECT count(*) FROM recipient WHERE message = message.id AND outcome = ${outcomeCodes.code('failed')}) AS failed
FROM message LEFT JOIN text AS client ON client.id = client JOIN text AS sender ON sender.id = COLUMN
WHERE lower(sender.value) = lower(?) AND flags & ${FLAG.accepted} <> 0 AND flags & ${FLAG.reinjected} = 0
ORDER BY at, message.id`

it('a busy sender is found whole in any span, on two servers, read in any order and pruned', async () => {
  await inFolder(async (folder) => {
    const path = join(folder, 'mail.db')
    const log = (seed: number): string[] => {
      const file = join(folder, `made${seed}`)
      spawnSync(process.execPath, [generator, 'exim', '4', file, String(seed)])
      return readFileSync(file, 'latin1').split('\n').slice(0, -1)
    }
    const feed = async (server: string, lines: readonly string[]): Promise<void> => {
      const file = join(folder, `${server}.log`)
      writeFileSync(file, `${lines.join('\n')}\n`, 'latin1')
      await ingestInto(path, [file], {year: 2026, server, defaultServer: server})
    }
    const [one, two] = [log(1), log(2)]
    const third = Math.ceil(one.length / 3)
    await feed('one', one.slice(2 * third))
    await feed('two', two)
    await feed('one', one.slice(0, third))
    await feed('one', one.slice(third, 2 * third))
    await ingested(path, [], (db) => {
      const busiest = (column: string): string =>
        (
          db
            .prepare(`SELECT value FROM message JOIN text ON text.id = ${column} GROUP BY value ORDER BY count(*) DESC`)
            .get() as {value: string}
        ).value
      const senders = [
        {column: 'login', name: busiest('login'), key: loginKey(busiest('login'))},
        {column: 'directory', name: busiest('directory'), key: scriptKey(busiest('directory'))},
      ]
      const [begin, end] = db.prepare('SELECT min(at), max(at) FROM message').raw().get() as [number, number]
      const check = (): void => {
        const store = new SqliteStore(db)
        const everything = new Map(
          senders.map(({column, name}) => [
            name,
            db.prepare(SLOWLY.replace('COLUMN', column)).all(name) as SentMessage[],
          ]),
        )
        const span = fc.tuple(fc.integer({min: begin - 1, max: end + 1}), fc.integer({min: 0, max: end - begin}))
        fc.assert(
          fc.property(fc.constantFrom(...senders), span, ({name, key}, [from, length]) => {
            const slowly = everything.get(name)?.filter(({at}) => at >= from && at <= from + length)
            expect(store.withRecipients(store.occasions(key, from, from + length))).toEqual(slowly)
          }),
          {numRuns},
        )
        fc.assert(
          fc.property(
            fc.constantFrom(...senders),
            span,
            fc.integer({min: 0, max: 255}),
            fc.constantFrom(0, 20, 1_000),
            ({key}, [to, length], part, busy) => {
              const from = to - length * 3
              const asked = (ip: string): boolean => ip.split('.').at(-1) === String(part)
              const earlier = store.occasions(key, from, to - 1)
              const days = new Map<number, number>()
              for (const {at} of earlier)
                days.set(Math.floor((to - at) / DAY), (days.get(Math.floor((to - at) / DAY)) ?? 0) + 1)
              const ips = earlier.flatMap(({clientIp}) => (clientIp === null ? [] : [clientIp]))
              expect(habitOf(db, store.keys, key, from, to, asked, busy)).toEqual({
                busiestDay: days.size === 0 ? null : Math.max(...days.values()),
                fromClients: ips.length > 0,
                fromAsked: ips.some(asked),
              })
            },
          ),
          {numRuns: 2 * numRuns},
        )
      }
      for (const {key} of senders)
        expect(new SqliteStore(db).occasions(key, begin, end).length, key).toBeGreaterThan(70)
      check()
      prune(db, {before: begin + Math.floor((end - begin) / 3), totalsBefore: begin, now: end})
      check()
    })
  })
})
