/**
 * Readers beside a full-speed ingest: `node bench/readers.mjs [--reads 1000] [--megabytes 60] [--ahead N] [--program bin/run.js]`.
 * One process reads log after log into a database without a pause; beside it `trace` and `verdict` are asked in turns, each as a whole process.
 * The first N logs are written before the first question; a further one, should they not last, by a process of its own. (Written in this process,
 * a log held up whatever question was asked meanwhile: each new log showed as one answer of 1.7 s.)
 * Any error ends it with 1. Printed: how long the answers took, and how much was read meanwhile.
 */

import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {cpus, loadavg, tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const {values: flags} = parseArgs({
  options: {
    reads: {type: 'string', default: '1000'},
    megabytes: {type: 'string', default: '60'},
    ahead: {type: 'string'},
    program: {type: 'string', default: fileURLToPath(new URL('../bin/run.js', import.meta.url))},
  },
})
const folder = mkdtempSync(join(tmpdir(), 'mailwitness-readers-'))
const db = join(folder, 'mail.db')
const env = {...process.env, MAILWITNESS_DB: db, NO_COLOR: '1'}

const generator = fileURLToPath(new URL('logs/hosting.mjs', import.meta.url))
/** Logs that last as long as the questions: one of 60 MB is read in the time of 25 answers on two cores. */
const ahead = Number(flags.ahead ?? Math.ceil((Number(flags.reads) / 25) * (60 / Number(flags.megabytes))))

/** Runs a script; its end, its words and its seconds. */
function node(script, args) {
  const began = performance.now()
  const child = spawn(process.execPath, [script, ...args], {env, stdio: ['ignore', 'pipe', 'pipe']})
  let out = ''
  let error = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    error += data
  })
  return new Promise((done) =>
    child.on('close', (status) => done({status, out, error, seconds: (performance.now() - began) / 1000})),
  )
}

const mailwitness = (args) => node(flags.program, args)

const known = []
let reading = true
let lines = 0
let logs = 0
let late = 0
let begin = Date.UTC(2026, 2, 1)

/** The next log of the same host: where it is, and a few messages of it. */
async function write(megabytes, seed) {
  const path = join(folder, `exim_mainlog-${seed}`)
  const {status, out, error} = await node(generator, ['exim', String(megabytes), path, String(seed), String(begin)])
  if (status !== 0) throw new Error(`the log was not written: ${error}`)
  const made = JSON.parse(out)
  begin = made.end + 60_000
  return made
}

async function read({path, samples}) {
  const {status, out, error} = await mailwitness(['ingest', path, '--json', '--server', 'mx.example.net'])
  if (status !== 0) throw new Error(`ingest ended with ${status}: ${error}`)
  rmSync(path)
  known.push(...samples)
  return JSON.parse(out).lines
}

async function ingest() {
  for (; reading; logs++) {
    if (waiting.length === 0) late++
    lines += await read(waiting.shift() ?? (await write(flags.megabytes, 1_000 + logs)))
  }
}

// The first log is there before the first question.
await read(await write(2, 99))
const waiting = []
for (let n = 1; n <= ahead; n++) waiting.push(await write(flags.megabytes, n))
const before = loadavg()[0]
const writer = ingest()
const took = {trace: [], verdict: []}
const errors = []
const start = performance.now()
for (let n = 0; n < Number(flags.reads); n++) {
  const {id, messageId} = known[(n * 7919) % known.length]
  const kind = n % 2 === 0 ? 'trace' : 'verdict'
  const args = kind === 'trace' ? ['trace', n % 4 === 0 ? id : messageId] : ['verdict', '--message-id', messageId]
  const {status, out, error, seconds} = await mailwitness([...args, '--json'])
  took[kind].push(seconds)
  const found =
    status === 0 && (kind === 'trace' ? JSON.parse(out).journeys.length > 0 : JSON.parse(out).messages.length > 0)
  if (!found || error !== '') errors.push(`${args.join(' ')}: ${status} ${error}`)
}
const seconds = (performance.now() - start) / 1000
reading = false
await writer
rmSync(folder, {recursive: true, force: true})
const distribution = (list) => {
  const sorted = list.toSorted((a, b) => a - b)
  const at = (share) => Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3))
  return {reads: list.length, median: at(0.5), p90: at(0.9), p99: at(0.99), slowest: at(1)}
}
for (const error of errors.slice(0, 10)) console.error(error)
console.log(
  JSON.stringify({
    errors: errors.length,
    ...Object.fromEntries(Object.entries(took).map(([kind, list]) => [kind, distribution(list)])),
    all: distribution(Object.values(took).flat()),
    seconds: Math.round(seconds),
    logsRead: logs,
    logsWrittenMeanwhile: late,
    linesRead: lines,
    cores: cpus().length,
    loadBefore: before,
    load: loadavg()[0],
    node: process.version,
  }),
)
process.exitCode = errors.length > 0 ? 1 : 0
