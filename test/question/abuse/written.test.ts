/** Judgements that are written down: whoever goes on with one answers what judging everything anew answers, whatever happens in between. */

import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseConfig} from '../../../src/cli/config-parse.js'
import {type AbuseRequest, findAlerts, judgeIngested, questionOf} from '../../../src/cli/run-abuse.js'
import {judgeAbuse} from '../../../src/question/alerts.js'
import {putAcknowledgement} from '../../../src/store/acknowledgements.js'
import {SentRecords} from '../../../src/store/daily-records.js'
import {type Connection, openForWriting} from '../../../src/store/database.js'
import {SqliteStore} from '../../../src/store/finder.js'
import {forgetAddress, scrub} from '../../../src/store/forget.js'
import {checkDerived} from '../../../src/store/integrity-derived.js'
import {prune} from '../../../src/store/retention.js'
import {BURST_AT, burst, DAY, HOUR, logOf, ordinary, SERVER, type Written} from '../../commands/busy-server.js'
import {eximIdOf, START} from '../../commands/world.js'
import {DEFAULTS, inFolder, ingestInto} from '../../helpers/ingest-logs.js'
import {countedByHand, everyVolume} from '../../store/counted-by-hand.js'

const OPTIONS = {...DEFAULTS, server: SERVER, defaultServer: SERVER}
const DAYS = 22
const config = parseConfig('', '/etc/config.toml', SERVER)
const END = {config, version: 'test', now: 0, zone: 'UTC', signal: new AbortController().signal, onJudged: () => {}}
const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

/** Sent before midnight, ended after it: next morning or days later, often refused. */
const overnight = (): Written[] =>
  Array.from({length: DAYS * 3}, (_, n) => {
    const at = START + Math.floor(n / 3) * DAY + 23 * HOUR + n * 7_000
    const id = eximIdOf(at, 100 + n)
    const to = `late${n}@slow.example`
    const ended = at + (1 + ((n * 7) % 60)) * HOUR
    const end =
      n % 2 === 0
        ? `=> ${to} R=dnslookup T=remote_smtp H=mx.slow.example [203.0.113.50] C="250 2.0.0 Ok"`
        : `** ${to} R=dnslookup T=remote_smtp H=mx.slow.example [203.0.113.50]: SMTP error from remote mail server after RCPT TO:<${to}>: 550 5.1.1 <${to}>: User unknown`
    return {
      at,
      lines: [
        `${stamp(at)} ${id} <= person${n % 4}@shop.example H=pc (pc) [198.51.100.7] P=esmtpsa A=dovecot_login:person${n % 4}@shop.example S=900 id=${id}@shop.example for ${to}`,
        `${stamp(at + 1000)} ${id} == ${to} R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host`,
        `${stamp(ended)} ${id} ${end}`,
        `${stamp(ended)} ${id} Completed`,
      ],
    }
  })

const lines = logOf([...ordinary(DAYS), ...burst(), ...overnight()])
  .trimEnd()
  .split('\n')

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const syslog = (at: number): string => {
  const date = new Date(at)
  return `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 19)} mx1`
}

/** Postfix with a content filter: every message ends behind it, hours or days after it was sent. */
function filtered(at: number, n: number): Written {
  const [one, two] = [0xa1b2c30000 + n * 16, 0xd1e2f30000 + n * 16].map((id) => id.toString(16).toUpperCase())
  const who = `clerk${n % 3}@shop.example`
  const to = `reader${n}@far.example`
  const ended = at + ((n * 5) % 50) * HOUR + 3_000
  const line = (time: number, text: string): string => `${syslog(time)} postfix/${text}`
  const waits = 'dsn=4.4.1, status=deferred (connect to mx.far.example[203.0.113.9]:25: Connection timed out)'
  const end =
    n % 3 === 0
      ? `dsn=5.1.1, status=bounced (host mx.far.example[203.0.113.9] said: 550 5.1.1 <${to}>: User unknown (in reply to RCPT TO command))`
      : 'dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77F)'
  return {
    at,
    lines: [
      line(at, `smtpd[100]: ${one}: client=desk.shop.example[198.51.100.7], sasl_method=PLAIN, sasl_username=${who}`),
      line(at, `cleanup[101]: ${one}: message-id=<a${n}@shop.example>`),
      line(at, `qmgr[102]: ${one}: from=<${who}>, size=900, nrcpt=1 (queue active)`),
      line(
        at + 2000,
        `smtp[103]: ${one}: to=<${to}>, relay=127.0.0.1[127.0.0.1]:10024, delay=8, delays=0.1/0/0/7.9, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as ${two})`,
      ),
      line(at + 2000, `qmgr[102]: ${one}: removed`),
      line(at + 2000, `smtpd[104]: ${two}: client=localhost[127.0.0.1]`),
      line(at + 2000, `cleanup[101]: ${two}: message-id=<a${n}@shop.example>`),
      line(at + 2000, `qmgr[102]: ${two}: from=<${who}>, size=1300, nrcpt=1 (queue active)`),
      line(at + 3000, `smtp[105]: ${two}: to=<${to}>, relay=none, delay=3, delays=0.1/0/1/1.9, ${waits}`),
      line(
        ended,
        `smtp[105]: ${two}: to=<${to}>, relay=mx.far.example[203.0.113.9]:25, delay=3, delays=0.1/0/1/1.9, ${end}`,
      ),
      line(ended, `qmgr[102]: ${two}: removed`),
    ],
  }
}

const filteredLines = Array.from({length: DAYS * 5 + 60}, (_, n) =>
  n < DAYS * 5
    ? filtered(START + Math.floor(n / 5) * DAY + (18 + (n % 5)) * HOUR + n * 1000, n)
    : filtered(START + 15 * DAY + 20 * HOUR + (n - DAYS * 5) * 20_000, n),
)
  .flatMap((one) =>
    one.lines.map((line) => ({line, day: Number(line.slice(4, 6)) + (line.startsWith('Oct') ? 30 : 0)})),
  )
  .map(({line, day: on}, i) => ({line, i, key: `${String(on).padStart(2, '0')} ${line.slice(7, 15)}`}))
  .sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : x.i - y.i))
  .map(({line}) => line)

const WORLDS = [
  {name: 'Exim', lines, options: OPTIONS},
  {
    name: 'Postfix with a content filter',
    lines: filteredLines,
    options: {...OPTIONS, server: 'mx1', defaultServer: 'mx1', year: 2026, zoneOf: () => 'UTC'},
  },
]

const day = fc.integer({min: 2, max: DAYS})
const step = fc.oneof(
  {weight: 5, arbitrary: fc.record({do: fc.constant('read' as const)})},
  {weight: 2, arbitrary: fc.record({do: fc.constant('judge' as const)})},
  {
    weight: 4,
    arbitrary: fc.record({do: fc.constant('ask' as const), day, hour: fc.nat({max: 23}), long: fc.boolean()}),
  },
  {weight: 1, arbitrary: fc.record({do: fc.constant('say' as const), day, abusive: fc.boolean()})},
  {weight: 1, arbitrary: fc.record({do: fc.constant('unsay' as const)})},
)
const removal = fc.option(
  fc.oneof(
    fc.record({do: fc.constant('prune' as const), day: fc.integer({min: 1, max: 8})}),
    fc.record({do: fc.constant('forget' as const)}),
  ),
  {nil: null},
)

const requestOf = (from: number, to: number): AbuseRequest => ({
  from,
  to,
  mode: 'active',
  servers: [],
  budget: null,
  config,
  now: START + 30 * DAY,
  version: 'test',
})

/** Both ways give the same, in every number. */
function check(db: Connection, path: string, from: number, to: number): readonly {readonly id: string}[] {
  const request = requestOf(from, to)
  const anew = judgeAbuse(new SentRecords(db), questionOf(request))
  const {incidents, excused, ranks, readFrom} = anew
  const gone = judgeAbuse(new SentRecords(db, 'test'), questionOf(request))
  expect({...gone, maxima: [], maximaFrom: 0, cuts: []}).toEqual({...anew, maxima: [], maximaFrom: 0, cuts: []})
  expect(gone.maxima.filter((row) => row.day >= gone.maximaFrom)).toEqual(
    anew.maxima.filter((row) => row.day >= gone.maximaFrom),
  )
  const kept = findAlerts(new SqliteStore(db), path, request)
  expect(kept).toEqual(JSON.parse(JSON.stringify({incidents, excused, ranks, readFrom})))
  return incidents
}

/** The end of an ingest: what it counts in passing is what a count by hand gives. */
async function judged(db: Connection): Promise<void> {
  await judgeIngested(db, {...END, zone: 'Europe/Berlin'})
  expect(db.prepare('SELECT count(*) FROM volume_due').pluck().get()).toBe(0)
  expect(everyVolume(db)).toEqual(countedByHand(db))
}

/** A store that has read the whole log. */
const withLog = (use: (db: Connection, path: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const path = join(folder, 'mail.db')
    writeFileSync(join(folder, 'log'), `${lines.join('\n')}\n`)
    await ingestInto(path, [join(folder, 'log')], OPTIONS)
    await use(openForWriting(path), path)
  })

describe('a judgement that goes on where another one stood', () => {
  it.each(WORLDS)(
    'is the same in any order of reading, with other judgements, words and removals in between ($name)',
    async ({lines: log, options}) => {
      let used = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat({max: log.length}), {minLength: 1, maxLength: 6}),
          fc.boolean(),
          fc.array(step, {minLength: 4, maxLength: 14}),
          removal,
          fc.infiniteStream(fc.double({min: 0, max: 1, noNaN: true})),
          async (cuts, inOrder, steps, last, dice) => {
            await inFolder(async (folder) => {
              const path = join(folder, 'mail.db')
              const points = [0, ...cuts.sort((a, b) => a - b), log.length]
              const parts = points.slice(1).flatMap((to, i) => {
                const piece = log.slice(points[i], to)
                const file = join(folder, `part${i}.log`)
                if (piece.length > 0) writeFileSync(file, `${piece.join('\n')}\n`)
                return piece.length > 0 ? [{file, key: inOrder ? i : (dice.next().value ?? 0)}] : []
              })
              parts.sort((a, b) => a.key - b.key)
              const db = openForWriting(path)
              const said: {id: string; subject: never; firstAlertAt: number}[] = []
              for (const one of [...steps, ...parts.map(() => ({do: 'read' as const})), last, {do: 'end' as const}]) {
                if (one === null) continue
                used += db.prepare('SELECT count(*) FROM written_judgement').pluck().get() as number
                if (one.do === 'read') {
                  const part = parts.shift()
                  const leaveVolumes = (dice.next().value ?? 0) < 0.5
                  if (part !== undefined) await ingestInto(path, [part.file], {...options, leaveVolumes})
                } else if (one.do === 'judge') await judged(db)
                else if (one.do === 'ask') {
                  const to = START + one.day * DAY + one.hour * HOUR
                  check(db, path, to - (one.long ? 5 : 1) * DAY, to)
                } else if (one.do === 'say') {
                  const [alert] = check(db, path, START, START + DAYS * DAY) as typeof said
                  if (alert === undefined) continue
                  said.push(alert)
                  putAcknowledgement(db, alert, {at: START + one.day * DAY, abusive: one.abusive, note: null})
                } else if (one.do === 'unsay') {
                  const alert = said.pop()
                  if (alert !== undefined) putAcknowledgement(db, alert, null)
                } else if (one.do === 'prune')
                  prune(db, {before: START + one.day * DAY, totalsBefore: 0, now: START + 40 * DAY})
                else if (one.do === 'forget')
                  forgetAddress(db, log === lines ? 'late20@slow.example' : 'reader20@far.example', START + 40 * DAY)
                else {
                  if (last?.do !== 'prune') await judged(db)
                  for (const at of [BURST_AT, START + 15 * DAY, START + DAYS * DAY]) check(db, path, at - DAY, at)
                }
              }
              db.close()
            })
          },
        ),
        {numRuns: Number(process.env['RUNS'] ?? 12)},
      )
      expect(used).toBeGreaterThan(0)
    },
    300_000,
  )

  it('ends behind the filter what it was given', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'mail.db')
      writeFileSync(join(folder, 'log'), `${filteredLines.join('\n')}\n`)
      await ingestInto(path, [join(folder, 'log')], WORLDS[1]?.options)
      const db = openForWriting(path)
      const facts = [...new SentRecords(db).facts(0, START + 60 * DAY)]
      const count = (type: string): number => facts.filter((fact) => fact.type === type).length
      expect([count('send'), count('outcome')]).toEqual([DAYS * 5 + 60, DAYS * 5 + 60])
      db.close()
    })
  })

  it('reads what comes after it, not what it was told before', async () => {
    await withLog(async (db) => {
      await judgeIngested(db, END)
      const records = new SentRecords(db, 'test')
      const read: number[] = []
      const counting = Object.assign(Object.create(records) as SentRecords, {
        facts: (from: number, to: number, since: number) => {
          read.push(from)
          return records.facts(from, to, since)
        },
      })
      const at = db.prepare('SELECT max(at) FROM written_judgement').pluck().get() as number
      judgeAbuse(counting, questionOf(requestOf(at - HOUR, at + HOUR)))
      expect(read).toEqual([at])
      db.close()
    })
  })

  it('is judged anew where what was written down is damaged, and a check of the database names it', async () => {
    await withLog(async (db, path) => {
      await judgeIngested(db, END)
      expect(checkDerived(db, 1).faults).toEqual([])
      db.exec('UPDATE written_judgement SET state = zeroblob(40)')
      check(db, path, START + 20 * DAY, START + 21 * DAY + HOUR)
      expect(checkDerived(db, 1).faults).toMatchObject([{code: 'judgement-unreadable'}])
      db.close()
    })
  })

  it('that a signal ends after any step is whole after the next run, and what was counted in passing too', async () => {
    await inFolder(async (folder) => {
      const [path, straight] = [join(folder, 'mail.db'), join(folder, 'straight.db')]
      writeFileSync(join(folder, 'log'), `${lines.join('\n')}\n`)
      for (const file of [path, straight])
        await ingestInto(file, [join(folder, 'log')], {...OPTIONS, leaveVolumes: true})
      const [db, other] = [openForWriting(path), openForWriting(straight)]
      let steps = 0
      const onJudged = (): void => {
        steps++
      }
      await judgeIngested(other, {...END, onJudged})
      expect(steps).toBeGreaterThan(DAYS - 5)
      const due = db.prepare('SELECT count(*) FROM volume_due').pluck()
      const left: unknown[] = []
      for (const most of [1, 3, 10, DAYS - 5]) {
        const stop = new AbortController()
        let taken = 0
        const stopping = (): void => {
          if (++taken === most) stop.abort()
        }
        await judgeIngested(db, {...END, signal: stop.signal, onJudged: stopping})
        expect(taken).toBe(most)
        left.push(due.get())
      }
      expect(left[0]).toBeGreaterThan(0)
      await judgeIngested(db, END)
      expect(everyVolume(db)).toEqual(everyVolume(other))
      expect(everyVolume(db)).toEqual(countedByHand(db))
      const written = (from: Connection): unknown =>
        from.prepare('SELECT settings, at, begin FROM written_judgement ORDER BY at').all()
      expect(written(db)).toEqual(written(other))
      for (const day of [BURST_AT, START + DAYS * DAY]) check(db, path, day - DAY, day)
      db.close()
      other.close()
    })
  })

  it('leaves no byte of a forgotten address', async () => {
    await withLog(async (db, path) => {
      await judgeIngested(db, END)
      const written = db.prepare('SELECT count(*) FROM written_judgement').pluck()
      expect(written.get()).toBe(1)
      const states = db.prepare('SELECT state FROM written_judgement').pluck().all() as Buffer[]
      expect(states).toHaveLength(1)
      forgetAddress(db, 'person1@shop.example', START + 40 * DAY)
      scrub(db)
      expect(written.get()).toBe(0)
      db.close()
      const bytes = readFileSync(path)
      expect(bytes.includes('person1@shop.example')).toBe(false)
      for (const state of states) expect(bytes.includes(state.subarray(0, 32))).toBe(false)
    })
  })
})
