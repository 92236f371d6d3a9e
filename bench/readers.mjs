/**
 * Readers beside a full-speed ingest: `node bench/readers.mjs [--reads 1000] [--megabytes 60] [--program bin/run.js]`.
 * One process reads log after log into a database without a pause; beside it `trace` and `verdict` are asked in turns, each as a whole process.
 * Any error ends it with 1. Printed: how long the answers took, and how much was read meanwhile.
 */

import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {cpus, loadavg, tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {writeLog} from './logs/hosting.mjs'

const {values: flags} = parseArgs({
  options: {
    reads: {type: 'string', default: '1000'},
    megabytes: {type: 'string', default: '60'},
    program: {type: 'string', default: fileURLToPath(new URL('../bin/run.js', import.meta.url))},
  },
})
const folder = mkdtempSync(join(tmpdir(), 'mailwitness-readers-'))
const db = join(folder, 'mail.db')
const env = {...process.env, MAILWITNESS_DB: db, NO_COLOR: '1'}

/** Runs the program; its end, its words and its seconds. */
function mailwitness(args) {
  const began = performance.now()
  const child = spawn(process.execPath, [flags.program, ...args], {env, stdio: ['ignore', 'pipe', 'pipe']})
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

const known = []
let reading = true
let lines = 0
let logs = 0
let begin = Date.UTC(2026, 2, 2)

async function ingest() {
  const log = join(folder, 'exim_mainlog')
  while (reading) {
    const made = writeLog('exim', Number(flags.megabytes) * 1e6, log, ++logs, begin)
    begin = made.end + 60_000
    const {status, out, error} = await mailwitness(['ingest', log, '--json', '--server', 'mx.example.net'])
    if (status !== 0) throw new Error(`ingest ended with ${status}: ${error}`)
    lines += JSON.parse(out).lines
    known.push(...made.samples)
  }
}

// The first log is there before the first question.
const first = writeLog('exim', 2e6, join(folder, 'first_mainlog'), 99, begin - 86_400_000)
await mailwitness(['ingest', join(folder, 'first_mainlog'), '--json', '--server', 'mx.example.net'])
known.push(...first.samples)
const writer = ingest()
const took = {trace: [], verdict: []}
const errors = []
const began = performance.now()
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
const seconds = (performance.now() - began) / 1000
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
    linesRead: lines,
    cores: cpus().length,
    load: loadavg()[0],
    node: process.version,
  }),
)
process.exitCode = errors.length > 0 ? 1 : 0
