/** Reports damaged at random are read and judged: no exception, none slow. `npm run bench` has the full count. */

import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {readNotices} from '../../../src/notice/read-notices.js'
import {Fleet} from '../../../src/question/fleet.js'
import {judge} from '../../../src/question/verdict/judge.js'
import {queryOfNotice} from '../../../src/question/verdict/query.js'
import {EMPTY_STORE} from '../../../src/store/finder.js'
import {cpuTime} from '../../helpers/cpu-time.js'
import {random} from './generated.js'

const COUNT = Number(process.env['MAILWITNESS_MUTATIONS'] ?? 600)
/** Milliseconds; the median of three where the first is over, because this machine has other work too. */
const SLOW = 50
const here = join(import.meta.dirname, '../../..')
const corpus = join(here, '../shared/corpus/bounces')
const own = join(here, 'samples/notices')

const filesBelow = (folder: string): string[] =>
  (readdirSync(folder, {recursive: true}) as string[])
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size < 300_000 && !/\.(tsv|md|py|json)$/.test(path))
    .sort()

const pool = [...filesBelow(own), ...(existsSync(corpus) ? filesBelow(corpus) : [])]
const TOKENS = [
  '\r',
  '\n',
  '\r\n\r\n',
  '\0',
  'From ',
  '>',
  '> > ',
  '--',
  ';',
  '(',
  ')',
  '"',
  '\\',
  '<',
  '>',
  '@',
  'Received: ',
  ' by ',
  ' id ',
  '=?utf-8?Q?=FF',
  '&lt;',
  '\xff\xfe',
  '[email protected]',
]

function mutate(bytes: Buffer, next: () => number, other: Buffer): Buffer {
  let text = bytes.toString('latin1')
  for (let i = 1 + Math.floor(next() * 8); i > 0; i--) {
    const at = Math.floor(next() * text.length)
    const length = Math.floor(next() * 200)
    const kind = Math.floor(next() * 6)
    if (kind === 0) text = text.slice(0, at) + text.slice(at + length)
    else if (kind === 1) text = text.slice(0, at) + (TOKENS[Math.floor(next() * TOKENS.length)] ?? '') + text.slice(at)
    else if (kind === 2)
      text = text.slice(0, at) + text.slice(at, at + length).repeat(1 + Math.floor(next() * 20)) + text.slice(at)
    else if (kind === 3) text = text.slice(0, at)
    else if (kind === 4) text = text.slice(0, at) + String.fromCharCode(Math.floor(next() * 256)) + text.slice(at + 1)
    else text = text.slice(0, at) + other.toString('latin1').slice(Math.floor(next() * other.length))
  }
  return Buffer.from(text, 'latin1')
}

const fleet = new Fleet({
  configured: [{name: 'web1.hoster.example', aliases: [], addresses: ['203.0.113.25']}],
  stored: [],
  directSmtp: 'unknown',
})

async function readAndJudge(bytes: Buffer): Promise<number> {
  const before = cpuTime()
  for await (const notice of readNotices(bytes)) judge(EMPTY_STORE, fleet, queryOfNotice(notice, fleet))
  return cpuTime() - before
}

describe(`${COUNT} mutations of ${pool.length} reports${existsSync(corpus) ? '' : ' (only the samples: ../shared/corpus is missing)'}`, () => {
  it('raise no exception, and none takes 50 ms of CPU time', async () => {
    const next = random(20260310)
    const files = pool.map((path) => readFileSync(path))
    for (const file of files.slice(0, 20)) await readAndJudge(file)
    const slow: string[] = []
    const times: number[] = []
    for (let i = 0; i < COUNT; i++) {
      const which = Math.floor(next() * files.length)
      const bytes = mutate(files[which] as Buffer, next, files[Math.floor(next() * files.length)] as Buffer)
      let time = await readAndJudge(bytes)
      for (let again = 0; again < 4 && time > SLOW; again++) time = Math.min(time, await readAndJudge(bytes))
      times.push(time)
      if (time > SLOW) slow.push(`${pool[which]} mutation ${i}: ${time.toFixed(1)} ms, ${bytes.length} bytes`)
    }
    times.sort((a, b) => a - b)
    if (process.env['MAILWITNESS_MUTATIONS'])
      console.log(`median ${times[times.length >> 1]?.toFixed(2)} ms, worst ${times.at(-1)?.toFixed(1)} ms`)
    expect(slow).toEqual([])
  }, 600_000)
})
