// Fuzzes every parser and the whole pipeline from the samples' own bytes. Each find is written to test/fuzz/found and stays there as a test.
//   node test/fuzz/run.mjs [--minutes 1] [--count 0] [--seed N] [--pipeline 1]
//   --minutes M   how long (hours: --minutes 180); --count N ends after N cases; --seed makes a run repeatable; --pipeline 0 leaves out ingest
// What is held against every case: no exception, no case slower than a second, the same answer twice, answers that are printable,
// and for the pipeline: every line counted once, an intact chain, derived rows equal to their lines, and the same content in another order.

import {createHash} from 'node:crypto'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {gunzipSync} from 'node:zlib'
import {mutate, random} from './mutate.mjs'
import {checkNotice, checkParsers, checkPipeline} from './targets.mjs'

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '1'},
    count: {type: 'string', default: '0'},
    seed: {type: 'string', default: String(Date.now() % 1e9)},
    pipeline: {type: 'string', default: '1'},
  },
})
const root = new URL('../..', import.meta.url).pathname
const found = join(root, 'test/fuzz/found')
mkdirSync(found, {recursive: true})

/** All sample files, compressed ones unpacked. */
function seeds(folder) {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'}).flatMap((name) => {
    const path = join(folder, name)
    if (!statSync(path).isFile() || /\.(json|md|toml)$/.test(name)) return []
    const bytes = readFileSync(path)
    return [{name, text: (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')}]
  })
}

const samples = seeds(join(root, 'samples'))
const notices = samples.filter(({name}) => name.startsWith('notices'))
const logs = samples.filter(({name}) => !name.startsWith('notices'))
const lines = logs.flatMap(({text}) => text.split('\n')).filter((line) => line !== '')
const rand = random(Number(values.seed))
const until = Date.now() + Number(values.minutes) * 60_000
const most = Number(values.count) || Number.POSITIVE_INFINITY
const scratch = mkdtempSync(join(tmpdir(), 'mailwitness-fuzz-'))
const done = {lines: 0, notices: 0, pipelines: 0, finds: 0}

function keep(kind, input, error) {
  const name = `${kind}-${createHash('sha256').update(input, 'latin1').digest('hex').slice(0, 12)}`
  writeFileSync(join(found, `${name}.bin`), Buffer.from(input, 'latin1'))
  console.log(`FOUND ${name}: ${error instanceof Error ? error.message : error}`)
  done.finds++
}

console.log(`seed ${values.seed}; ${lines.length} log lines and ${notices.length} notices as seeds`)
const cases = () => done.lines + done.notices + done.pipelines
let spoken = Date.now()
while (Date.now() < until && cases() < most) {
  for (let i = 0; i < 400 && cases() < most; i++) {
    const line = mutate(rand, rand.pick(lines), lines)
    done.lines++
    try {
      checkParsers(line)
    } catch (error) {
      keep('line', line, error)
    }
  }
  if (notices.length > 0 && cases() < most) {
    const notice = mutate(rand, rand.pick(notices).text, lines)
    done.notices++
    try {
      await checkNotice(Buffer.from(notice, 'latin1'))
    } catch (error) {
      keep('notice', notice, error)
    }
  }
  if (values.pipeline !== '0' && cases() < most && done.lines % 4_000 === 0) {
    const source = rand.pick(logs).text.split('\n')
    const start = rand.below(Math.max(1, source.length - 200))
    const log = source
      .slice(start, start + 200)
      .map((line) => (rand.below(4) === 0 ? mutate(rand, line, lines) : line))
      .join('\n')
    done.pipelines++
    try {
      await checkPipeline(log, scratch)
    } catch (error) {
      keep('pipeline', log, error)
    }
  }
  if (Date.now() - spoken > 30_000) {
    spoken = Date.now()
    console.log(JSON.stringify(done))
  }
}
rmSync(scratch, {recursive: true, force: true})
console.log(JSON.stringify({seed: Number(values.seed), ...done}))
process.exitCode = done.finds > 0 ? 1 : 0
