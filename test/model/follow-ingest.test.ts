/**
 * `ingest --follow` against a model: whatever happens to the files, the database says what one clean reading of all written lines says: nothing lost,
 * nothing twice. ROTATIONS sets the number of runs, STEPS the steps of each (100 of 200 take some minutes), ROTATION_SEED another sequence.
 */

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {followLogs} from '../../src/ingest/follow.js'
import {Ingest} from '../../src/ingest/ingest.js'
import {type Connection, holdWriterPlace, openForWriting, StoreError} from '../../src/store/database.js'
import {prune} from '../../src/store/retention.js'
import {WriterPlace} from '../../src/store/writer-place.js'
import {contentOf, contentOfFile, difference} from '../helpers/content.js'
import {DEFAULTS, inFolder, ingested} from '../helpers/ingest-logs.js'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const START = Date.UTC(2026, 10, 20, 8, 0, 0)

function base62(value: number, digits: number): string {
  let text = ''
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 62)) text = `${BASE62[rest % 62]}${text}`
  return text
}

/** Line `n` of an endless Exim log: every message has its arrival, its delivery and its end, interleaved with the next ones. */
function line(n: number): string {
  const message = Math.max(0, [n / 3, (n - 4) / 3, (n - 8) / 3][n % 3] as number)
  const at = (k: number): string => new Date(START + k * 700).toISOString().slice(0, 19).replace('T', ' ')
  const id = `${base62(Math.floor((START + message * 3 * 700) / 1000), 6)}-${base62(message + 7, 6)}-00`
  if (n % 3 === 0)
    return `${at(n)} ${id} <= shop@web.example U=shop P=local S=900 id=m${message}@web.example for buyer${message}@mail.example`
  if (n % 3 === 1)
    return `${at(n)} ${id} => buyer${message}@mail.example R=dnslookup T=remote_smtp H=mx.mail.example [192.0.2.9] C="250 OK id=r${message}"`
  return `${at(n)} ${id} Completed`
}

type Step =
  | 'write'
  | 'burst'
  | 'partial'
  | 'rename'
  | 'rename-then-late'
  | 'rename-in-a-line'
  | 'late'
  | 'copytruncate'
  | 'same-inode'
  | 'compress'
  | 'delete-active'
  | 'delete-oldest'
  | 'restart'
  | 'other-writer'
  | 'wait'

class World {
  readonly log: string
  readonly written: string[] = []
  private partial = ''
  /** The renamed file is still open in a writer. */
  private late = false
  private db: Connection | null = null
  others = 0
  private stop = new AbortController()
  private run: Promise<void> = Promise.resolve()
  failures: readonly {code: string}[] = []

  constructor(readonly folder: string) {
    this.log = join(folder, 'exim_mainlog')
  }

  start(): void {
    this.stop = new AbortController()
    const {signal} = this.stop
    const file = join(this.folder, 'mail.db')
    const db = openForWriting(file)
    const place = new WriterPlace(db, file, holdWriterPlace(file, 10_000))
    this.db = db
    const ingest = new Ingest(db, {...DEFAULTS, paths: [this.log]})
    this.run = followLogs(ingest, [this.log], {signal, now: () => START, pollMs: 3, place}).then(() => {
      place.give()
      this.failures = [...this.failures, ...ingest.result().failures]
      this.db = null
      db.close()
    })
  }

  async end(): Promise<void> {
    this.stop.abort()
    await this.run
  }

  private next(): string {
    const text = line(this.written.length)
    this.written.push(text)
    return text
  }

  private finishPartial(): void {
    if (this.partial === '') return
    appendFileSync(this.log, `${this.partial}\n`)
    this.partial = ''
  }

  private shift(): void {
    for (let n = 9; n >= 1; n--)
      for (const suffix of ['', '.gz'])
        if (existsSync(`${this.log}.${n}${suffix}`))
          renameSync(`${this.log}.${n}${suffix}`, `${this.log}.${n + 1}${suffix}`)
  }

  private stored(): number {
    return this.db?.prepare('SELECT coalesce(sum(lines), 0) FROM part').pluck().get() as number
  }

  /** Rotation keeps files for longer than a look takes: until every whole line is stored. What is lost is told at the end. */
  async settle(): Promise<void> {
    const whole = this.written.length - (this.partial === '' ? 0 : 1)
    for (let waited = 0; waited < 400 && this.stored() < whole; waited++) await sleep(5)
  }

  async act(step: Step): Promise<void> {
    switch (step) {
      case 'write':
        this.finishPartial()
        appendFileSync(this.log, `${this.next()}\n`)
        return
      case 'burst':
        this.finishPartial()
        appendFileSync(this.log, `${Array.from({length: 40}, () => this.next()).join('\n')}\n`)
        return
      case 'partial': {
        this.finishPartial()
        const text = this.next()
        appendFileSync(this.log, text.slice(0, 31))
        this.partial = text.slice(31)
        return
      }
      case 'wait':
        return this.settle()
      case 'other-writer': {
        // Prune of what is older than everything, without waiting in this thread: the follower needs it to let go.
        const file = join(this.folder, 'mail.db')
        for (let tries = 0; tries < 2000; tries++) {
          try {
            const free = holdWriterPlace(file, 0)
            const db = openForWriting(file)
            prune(db, {before: START - 1, totalsBefore: START - 1, now: START})
            db.prepare("INSERT OR REPLACE INTO note(name, value) VALUES ('other', ?)").run(String(tries))
            db.close()
            free()
            this.others++
            return
          } catch (error) {
            if (!(error instanceof StoreError) || error.problem !== 'busy') throw error
            await sleep(1)
          }
        }
        throw new Error('the follower never let go of the place')
      }
      case 'restart':
        await this.end()
        return this.start()
    }
    if (!existsSync(this.log)) return
    if (step === 'rename-in-a-line') {
      if (this.partial === '') await this.act('partial')
      this.shift()
      renameSync(this.log, `${this.log}.1`)
      appendFileSync(`${this.log}.1`, `${this.partial}\n`)
      this.partial = ''
      this.late = true
      writeFileSync(this.log, '')
      return this.settle()
    }
    this.finishPartial()
    switch (step) {
      case 'rename':
      case 'rename-then-late': {
        this.shift()
        renameSync(this.log, `${this.log}.1`)
        this.late = true
        if (step === 'rename-then-late') appendFileSync(`${this.log}.1`, `${this.next()}\n`)
        writeFileSync(this.log, '')
        return this.settle()
      }
      case 'late':
        if (this.late && existsSync(`${this.log}.1`)) appendFileSync(`${this.log}.1`, `${this.next()}\n`)
        return
      case 'same-inode': {
        // The old part is a new file, and the new one, at once as long where that is not too long, has the old one's inode.
        await this.settle()
        this.shift()
        const {ino, size} = statSync(this.log)
        writeFileSync(`${this.log}.1`, readFileSync(this.log))
        this.late = false
        const lines: string[] = []
        for (let bytes = 0; bytes <= size && lines.length < 300; bytes += (lines.at(-1)?.length ?? 0) + 1)
          lines.push(this.next())
        writeFileSync(this.log, `${lines.join('\n')}\n`)
        expect(statSync(this.log).ino).toBe(ino)
        return this.settle()
      }
      case 'copytruncate':
        await this.settle()
        this.shift()
        this.late = false
        copyFileSync(this.log, `${this.log}.1`)
        truncateSync(this.log, 0)
        return this.settle()
      case 'compress':
        if (existsSync(`${this.log}.2`)) {
          writeFileSync(`${this.log}.2.gz`, gzipSync(readFileSync(`${this.log}.2`)))
          unlinkSync(`${this.log}.2`)
        }
        return
      case 'delete-oldest': {
        await this.settle()
        const number = (name: string): number => Number(/\.(\d+)/.exec(name)?.[1] ?? 0)
        const oldest = readdirSync(this.folder)
          .filter((name) => /^exim_mainlog\.\d+(?:\.gz)?$/.test(name) && number(name) > 1)
          .sort((a, b) => number(b) - number(a))[0]
        if (oldest !== undefined) unlinkSync(join(this.folder, oldest))
        return
      }
      case 'delete-active':
        await this.settle()
        unlinkSync(this.log)
        return this.settle()
    }
  }
}

const step = fc.oneof(
  {weight: 6, arbitrary: fc.constantFrom<Step>('write', 'burst')},
  {weight: 3, arbitrary: fc.constant<Step>('wait')},
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>(
      'partial',
      'rename',
      'rename-then-late',
      'rename-in-a-line',
      'late',
      'copytruncate',
      'same-inode',
      'compress',
      'delete-active',
      'delete-oldest',
      'restart',
      'other-writer',
    ),
  },
)

const RUNS = Number(process.env['ROTATIONS'] ?? 8)
const STEPS = Number(process.env['STEPS'] ?? 16)
const SEED = process.env['ROTATION_SEED']

async function same(steps: readonly Step[]): Promise<void> {
  await inFolder(async (folder) => {
    const world = new World(folder)
    world.start()
    for (const one of steps) await world.act(one)
    await world.act('write')
    await world.settle()
    await world.end()
    const clean = join(folder, 'clean')
    writeFileSync(clean, `${world.written.join('\n')}\n`)
    const expected = await ingested(join(folder, 'clean.db'), [[clean]], contentOf)
    expect(difference(expected, contentOfFile(join(folder, 'mail.db'))), steps.join(' ')).toEqual([])
    expect(world.failures.map(({code}) => code)).toEqual([])
  })
}

describe('a followed log', () => {
  it.each<readonly [string, readonly Step[]]>([
    ['rename and create', ['burst', 'wait', 'rename', 'write', 'wait', 'rename', 'burst']],
    ['late writes to the renamed file', ['burst', 'wait', 'rename-then-late', 'write', 'wait']],
    ['copytruncate', ['burst', 'wait', 'copytruncate', 'write', 'wait', 'copytruncate', 'burst']],
    ['compressed in place', ['burst', 'rename', 'write', 'rename', 'compress', 'write', 'wait']],
    ['deletion and a new file', ['burst', 'wait', 'delete-active', 'write', 'burst', 'wait']],
    ['a partial last line', ['write', 'partial', 'wait', 'write', 'partial', 'wait', 'write']],
    ['rotation in the middle of a line', ['burst', 'partial', 'wait', 'rename-in-a-line', 'write', 'wait']],
    ['late writes long after', ['burst', 'rename', 'write', 'wait', 'late', 'wait', 'late', 'write']],
    ['an inode used again', ['burst', 'wait', 'same-inode', 'write', 'same-inode', 'write']],
    ['the oldest part is deleted', ['burst', 'rename', 'burst', 'rename', 'compress', 'delete-oldest', 'write']],
    [
      'others write in between',
      ['burst', 'wait', 'other-writer', 'write', 'partial', 'other-writer', 'write', 'rename'],
    ],
    ['a file that appears later', ['wait', 'wait', 'write', 'burst']],
    ['a restart in the middle of a line', ['write', 'partial', 'wait', 'restart', 'write', 'wait']],
    ['rotation while nobody reads', ['burst', 'wait', 'restart', 'rename', 'burst', 'restart', 'rename', 'write']],
  ])('%s', async (_name, steps) => same(steps))

  it(
    `any sequence of these (${RUNS} of ${STEPS} steps)`,
    async () => {
      await fc.assert(fc.asyncProperty(fc.array(step, {minLength: STEPS, maxLength: STEPS, size: 'max'}), same), {
        numRuns: RUNS,
        ...(SEED === undefined ? {} : {seed: Number(SEED)}),
        endOnFailure: STEPS > 50,
      })
    },
    60_000 + RUNS * STEPS * 600,
  )
})
