/** The law of order as properties: generated logs, cut at any lines, packed, wrapped and fed in any order, give the same database content. */

import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import {Threads} from '../../src/ingest/threads.js'
import {type Connection, openForWriting} from '../../src/store/database.js'
import {buildExim, buildPostfix, Dice, syslogStamp} from '../helpers/build-log.js'
import {contentOf, type DumpOptions, difference} from '../helpers/content.js'
import {DEFAULTS, inFolder, ingested} from '../helpers/ingest-logs.js'

const numRuns = Number(process.env['LAW_RUNS'] ?? 12)
const packers = (['xz', 'zstd', 'bzip2'] as const).filter((tool) => spawnSync(tool, ['--version']).status === 0)
const SUFFIX = {plain: '', gzip: '.gz', xz: '.xz', zstd: '.zst', bzip2: '.bz2'} as const
type Packing = keyof typeof SUFFIX
const packings: readonly Packing[] = ['plain', 'gzip', ...packers]

const bytes = (lines: readonly string[], end: string): Buffer =>
  Buffer.from(lines.map((line) => line + end).join(''), 'latin1')
const pack = (data: Buffer, packing: Packing): Buffer =>
  packing === 'plain' ? data : packing === 'gzip' ? gzipSync(data) : execFileSync(packing, ['-c', '-q'], {input: data})

/** Writes one log as rotated parts, cut where `cuts` says; the paths oldest first. */
function rotated(
  folder: string,
  name: string,
  lines: readonly string[],
  cuts: readonly number[],
  packing: (i: number) => Packing,
  end: string,
): string[] {
  const points = [0, ...[...cuts].map((share) => Math.floor(share * lines.length)).sort((a, b) => a - b), lines.length]
  const pieces = points
    .slice(1)
    .map((to, i) => lines.slice(points[i], to))
    .filter((piece) => piece.length > 0)
  return pieces.map((piece, i) => {
    const number = pieces.length - 1 - i
    const kind = number === 0 ? 'plain' : packing(i)
    const path = join(folder, `${name}${number === 0 ? '' : `.${number}`}${SUFFIX[kind]}`)
    writeFileSync(path, pack(bytes(piece, end), kind))
    return path
  })
}

const shape = fc.record({
  seed: fc.integer({min: 1, max: 1e9}),
  messages: fc.integer({min: 4, max: 60}),
  offset: fc.constantFrom(0, 60, 120, 330, -300, -210),
  cuts: fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 1, maxLength: 5}),
  crlf: fc.boolean(),
  torn: fc.boolean(),
})
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never

/** Reads with room for next to no message in memory: what waits is read from the store again and again. */
async function forgetful(file: string, folder: string, dump: (db: Connection) => string[]): Promise<string[]> {
  const db = openForWriting(file)
  try {
    const ingest = new Ingest(db, {...DEFAULTS, paths: [folder]})
    Object.assign(ingest.session, {threads: new Threads(undefined, 2)})
    await ingest.run()
    return dump(db)
  } finally {
    db.close()
  }
}

async function lawful(
  logs: Readonly<Record<string, readonly string[]>>,
  {seed, cuts, crlf, torn}: Shape,
): Promise<void> {
  await inFolder(async (folder) => {
    const dice = new Dice(seed + 1)
    const whole = join(folder, 'whole')
    mkdirSync(whole)
    for (const [name, lines] of Object.entries(logs)) writeFileSync(join(whole, name), bytes(lines, '\n'))
    const options: DumpOptions = {}
    const dump = (db: Parameters<typeof contentOf>[0]): string[] => contentOf(db, options)
    const expected = await ingested(join(folder, 'whole.db'), [[whole]], dump)
    expect(expected.filter((fact) => !/"lost":\[\]/.test(fact) && fact.startsWith('message'))).toEqual([])

    expect(difference(expected, await ingested(join(folder, 'whole.db'), [[whole]], dump)), 'again').toEqual([])
    const parts = join(folder, 'parts')
    mkdirSync(parts)
    const paths = Object.entries(logs).flatMap(([name, lines]) =>
      rotated(parts, name, lines, cuts, () => dice.pick(packings), crlf ? '\r\n' : '\n'),
    )
    if (torn) {
      const last = paths.at(-1) ?? ''
      const lines = Object.values(logs).at(-1) ?? []
      const piece = bytes([lines.at(-1) ?? ''], crlf ? '\r\n' : '\n')
      if (!/\.(?:gz|xz|zst|bz2)$/.test(last) && piece.length > 2) {
        const full = execFileSync('cat', [last])
        writeFileSync(last, full.subarray(0, full.length - (crlf ? 2 : 1)))
      }
    }
    expect(difference(expected, await ingested(join(folder, 'parts.db'), [[parts]], dump)), 'rotated parts').toEqual([])
    expect(difference(expected, await forgetful(join(folder, 'forgetful.db'), parts, dump)), 'few remembered').toEqual(
      [],
    )
    const shuffled = paths.map((path) => ({path, key: dice.next()})).sort((a, b) => a.key - b.key)
    const apart = await ingested(
      join(folder, 'apart.db'),
      shuffled.map(({path}) => [path]),
      dump,
    )
    expect(
      difference(expected, apart),
      `each part in its own run: ${shuffled.map(({path}) => path.slice(parts.length + 1)).join(' ')}`,
    ).toEqual([])
    expect(
      difference(expected, await ingested(join(folder, 'apart.db'), [[whole]], dump)),
      'and the whole once more',
    ).toEqual([])
  })
}

describe('the same lines in any order, split and packing', () => {
  it('Exim with its PHP calls', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (given) => {
        const {main, php} = buildExim(given.seed, given.messages, given.offset)
        await lawful({exim_mainlog: main, ...(php.length > 0 ? {'php_mail.log': php} : {})}, given)
      }),
      {numRuns},
    )
  })

  it('Postfix', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async (given) =>
        lawful({'mail.log': buildPostfix(given.seed, given.messages, given.offset)}, given),
      ),
      {numRuns},
    )
  })

  it('Exim through syslog tells the same messages as its own file', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async ({seed, messages, offset, crlf}) => {
        // A relay that stands in for the PIDs must not spoil what the lines say.
        const pid = crlf ? '[77]' : ''
        const {main} = buildExim(seed, messages, offset)
        const wrapped = main.map((line) => {
          const at = Date.parse(`${line.slice(0, 19).replace(' ', 'T')}Z`)
          return `${syslogStamp(at, 0)} mx.example.net exim${pid}: ${line}`
        })
        await inFolder(async (folder) => {
          const plain = join(folder, 'exim_mainlog')
          const syslog = join(folder, 'mail.log')
          writeFileSync(plain, bytes(main, '\n'))
          writeFileSync(syslog, bytes(wrapped, '\n'))
          utimesSync(syslog, 1_800_000_000, 1_800_000_000)
          const same = (db: Parameters<typeof contentOf>[0]): string[] => contentOf(db, {messagesOnly: true})
          const expected = await ingested(join(folder, 'plain.db'), [[plain]], same)
          expect(difference(expected, await ingested(join(folder, 'syslog.db'), [[syslog]], same))).toEqual([])
        })
      }),
      {numRuns: Math.ceil(numRuns / 2)},
    )
  })

  /** One Exim line as a log system writes it; long lines in pieces, as Exim itself cuts them (log.c). */
  const WRAPS = {
    'RFC 3164': (line: string) => [`${syslogStamp(wallOf(line), 0)} mx.example.net exim[77]: ${line}`],
    'RFC 3164 in pieces': (line: string, index: number) =>
      cutUp(line).map((piece) => `${syslogStamp(wallOf(line), 0)} mx.example.net exim[${index + 100}]: ${piece}`),
    'RFC 5424': (line: string) => [`<22>1 ${isoOf(line)} mx.example.net exim 77 - -  ${line}`],
    'journalctl -o json': (line: string) => [
      JSON.stringify({
        __REALTIME_TIMESTAMP: String(wallOf(line) * 1000),
        _HOSTNAME: 'mx.example.net',
        SYSLOG_IDENTIFIER: 'exim',
        _PID: '77',
        MESSAGE: [...Buffer.from(line, 'latin1')],
      }),
    ],
    'short-iso': (line: string) => [
      `${isoOf(line).replace('.000000+00:00', '+0000')} mx.example.net exim[77]: ${line}`,
    ],
  } as const
  const wallOf = (line: string): number => Date.parse(`${line.slice(0, 19).replace(' ', 'T')}Z`)
  const isoOf = (line: string): string => `${line.slice(0, 19).replace(' ', 'T')}.000000+00:00`
  const cutUp = (line: string): string[] => {
    const parts = line.match(/.{1,160}/gs) ?? []
    return parts.length < 2 ? [line] : parts.map((part, i) => `[${i + 1}/${parts.length}] ${part}`)
  }

  it.each(Object.keys(WRAPS) as (keyof typeof WRAPS)[])(
    'Exim wrapped as %s, rotated, packed and shuffled',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(shape, async ({seed, messages, offset, cuts, crlf}) => {
          const {main} = buildExim(seed, messages, offset)
          await inFolder(async (folder) => {
            const plain = join(folder, 'exim_mainlog')
            writeFileSync(plain, bytes(main, '\n'))
            const dice = new Dice(seed + 2)
            // Exim writes the pieces of a line at once: a rotation falls between lines.
            const parts = join(folder, 'parts')
            mkdirSync(parts)
            const paths = rotated(
              parts,
              'mail.log',
              main.map((line, i) => WRAPS[name](line, i).join(crlf ? '\r\n' : '\n')),
              cuts,
              () => dice.pick(packings),
              crlf ? '\r\n' : '\n',
            )
            for (const path of paths) utimesSync(path, 1_800_000_000, 1_800_000_000)
            const runs = paths.map((path) => ({path, key: dice.next()})).sort((a, b) => a.key - b.key)
            const same = (db: Parameters<typeof contentOf>[0]): string[] => contentOf(db, {messagesOnly: true})
            const expected = await ingested(join(folder, 'plain.db'), [[plain]], same)
            const whole = await ingested(join(folder, 'whole.db'), [[parts]], same)
            expect(difference(expected, whole), 'in one run').toEqual([])
            const apart = await ingested(
              join(folder, 'apart.db'),
              runs.map(({path}) => [path]),
              same,
            )
            expect(difference(expected, apart), 'each part in its own run').toEqual([])
          })
        }),
        {numRuns: Math.ceil(numRuns / 3)},
      )
    },
  )
})
