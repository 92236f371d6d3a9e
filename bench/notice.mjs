/**
 * Reading reports: reports per CPU second, and random mutations, over the files of a folder (the bounce corpus beside the repository, else the
 * samples): `node bench/notice.mjs [--folder DIR] [--rounds 5] [--mutations 10000] [--seed 1]`
 */

import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {readNotices} from '../dist/notice/read-notices.js'

const CORPUS = fileURLToPath(new URL('../../shared/corpus/bounces', import.meta.url))
const {values} = parseArgs({
  options: {
    folder: {
      type: 'string',
      default: existsSync(CORPUS) ? CORPUS : fileURLToPath(new URL('../samples/notices', import.meta.url)),
    },
    rounds: {type: 'string', default: '5'},
    mutations: {type: 'string', default: '0'},
    seed: {type: 'string', default: '1'},
  },
})

const files = readdirSync(values.folder, {recursive: true, withFileTypes: true})
  .filter((entry) => entry.isFile() && /\.(?:eml|txt|mbox)$/.test(entry.name))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name)))

async function read(bytes) {
  let reports = 0
  for await (const notice of readNotices(bytes)) reports += notice.index >= 0 ? 1 : 0
  return reports
}

async function speed() {
  for (const bytes of files) await read(bytes)
  let best = 0
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = process.cpuUsage()
    let reports = 0
    for (const bytes of files) reports += await read(bytes)
    const used = process.cpuUsage(before)
    best = Math.max(best, reports / ((used.user + used.system) / 1e6))
  }
  console.log(JSON.stringify({files: files.length, reportsPerCpuSecond: Math.round(best), node: process.version}))
}

/** A small generator with a seed, so that a slow case can be found again. */
function randomOf(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function mutated(bytes, random) {
  let out = bytes
  for (let n = random(12); n >= 0; n--) {
    const at = random(out.length + 1)
    const piece = random(60)
    const other = files[random(files.length)] ?? bytes
    const from = random(other.length)
    const insert =
      random(3) === 0
        ? other.subarray(from, from + random(400))
        : Buffer.from(Array.from({length: random(8)}, () => random(256)))
    out = Buffer.concat([out.subarray(0, at), insert, out.subarray(at + piece)])
  }
  return out
}

async function mutate(count) {
  const random = randomOf(Number(values.seed))
  let slowest = 0
  let over = 0
  for (let n = 0; n < count; n++) {
    const bytes = mutated(files[random(files.length)] ?? Buffer.alloc(0), random)
    const before = process.cpuUsage()
    await read(bytes)
    const used = process.cpuUsage(before)
    const ms = (used.user + used.system) / 1000
    if (ms > 50) {
      over++
      console.error(`mutation ${n}: ${ms.toFixed(0)} ms CPU, ${bytes.length} bytes`)
    }
    slowest = Math.max(slowest, ms)
  }
  console.log(
    JSON.stringify({mutations: count, exceptions: 0, slowestCpuMs: Math.round(slowest * 10) / 10, over50Ms: over}),
  )
}

await speed()
if (Number(values.mutations) > 0) await mutate(Number(values.mutations))
