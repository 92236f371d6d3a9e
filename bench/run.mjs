/**
 * The bench: whole processes, in turns, on made-up hosting logs, against the tools that administrators have.
 * `npm run bench -- [--megabytes 400] [--runs 3] [--large] [--only exim|postfix|notice|start-up] [--program bin/run.js] [--folder DIR]`
 * Raw numbers, versions and commands go to bench/runs/<date>/; --large adds a 4 GB load and look-ups in it.
 */

import {spawnSync} from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {cpus, tmpdir, totalmem} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {importFloor} from './import-floor.mjs'
import {writeLog} from './logs/hosting.mjs'
import {forgetPages, measure, median} from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const {values: flags} = parseArgs({
  options: {
    megabytes: {type: 'string', default: '400'},
    runs: {type: 'string', default: '3'},
    large: {type: 'boolean', default: false},
    only: {type: 'string'},
    program: {type: 'string', default: join(root, 'bin/run.js')},
    folder: {type: 'string'},
  },
})
const program = resolve(flags.program)
const folder = flags.folder ?? mkdtempSync(join(tmpdir(), 'mailwitness-bench-'))
mkdirSync(folder, {recursive: true})
const {eachEntry} = await import(pathToFileURL(join(dirname(program), '../dist/store/key-chunk.js')).href)
const mailwitness = (...args) => [process.execPath, program, ...args]
const peers = {
  exim: (log, id) => ({
    eximstats: ['eximstats', '-nr', log],
    'exigrep, one question': ['exigrep', id, log],
    'grep, one question': ['grep', '-F', id, log],
  }),
  postfix: (log, id) => ({pflogsumm: ['pflogsumm', log], 'grep, one question': ['grep', '-F', id, log]}),
}
const raw = []
const keep = (row) => {
  raw.push(row)
  console.error(JSON.stringify(row))
}

const shown = (word) => word.replace(folder, '$DIR').replace(program, 'bin/run.js').replace(process.execPath, 'node')

/** One measured run, kept with its command. */
function take(kind, what, command, more = {}) {
  const cost = measure(command, {anyCode: more.anyCode ?? false})
  keep({
    kind,
    what,
    cpu: cost.cpu,
    wall: cost.wall,
    megabytes: cost.megabytes,
    command: command.map(shown).join(' '),
    ...more,
  })
  return cost
}

const sizeOf = (path) =>
  ['', '-wal'].reduce((sum, end) => sum + (existsSync(path + end) ? statSync(path + end).size : 0), 0)
function forget(path) {
  for (const end of ['', '-wal', '-shm', '-writer']) rmSync(path + end, {force: true})
}

async function bench(kind, megabytes, runs) {
  const log = join(folder, `${kind}.log`)
  const database = join(folder, `${kind}.db`)
  const made = writeLog(kind, megabytes * 1e6, log)
  keep({kind, what: 'log', bytes: made.bytes, lines: made.lines, messages: made.messages})
  const ingest = (path) => mailwitness('ingest', path, '--db', database, '--year', '2026', '--tz', 'UTC', '--json')
  const sample = made.samples[made.samples.length >> 1]
  for (let run = 0; run < runs; run++) {
    forget(database)
    take(kind, 'ingest, first', ingest(log))
    keep({kind, what: 'database', bytes: sizeOf(database), share: sizeOf(database) / made.bytes})
    for (const [name, command] of Object.entries(peers[kind](log, sample.id)))
      if (spawnSync('which', [command[0]]).status === 0) take(kind, name, command, {anyCode: true})
  }
  const more = join(folder, 'more.log')
  writeLog(kind, megabytes * 1e4, more, 2, made.end)
  appendFileSync(log, readFileSync(more))
  rmSync(more)
  take(kind, 'ingest, +1 %', ingest(log))
  take(kind, 'ingest, nothing new', ingest(log))
  lookUps(kind, database, sample, runs)
  take(kind, 'report of a day', mailwitness('report', '--db', database, '--day', '2026-03-03', '--json'), {
    anyCode: true,
  })
  const floor = await importFloor(database, folder, eachEntry)
  keep({
    kind,
    what: 'sqlite3 .import',
    cpu: floor.cpu,
    wall: floor.wall,
    megabytes: floor.megabytes,
    bytes: floor.bytes,
  })
  forget(database)
  spawnSync('gzip', ['-kf1', log])
  take(kind, 'ingest of .gz', ingest(`${log}.gz`))
  forget(database)
  rmSync(log)
  rmSync(`${log}.gz`)
}

function lookUps(kind, database, sample, runs, size = '') {
  const absent = kind === 'exim' ? '1vzzzz-00ZZZZ-ZZ' : 'FFFFFFFFFF'
  const questions = {
    'trace, hit': ['trace', sample.id],
    'trace, absent': ['trace', absent],
    'verdict, hit': ['verdict', '--message-id', sample.messageId],
    'verdict, absent': ['verdict', '--message-id', 'nobody.wrote.this@example.org'],
  }
  for (const [what, args] of Object.entries(questions)) {
    const command = mailwitness(...args, '--db', database, '--json')
    if (forgetPages()) take(kind, `${what}, cold${size}`, command, {anyCode: true})
    for (let run = 0; run < Math.max(5, runs); run++) take(kind, `${what}, warm${size}`, command, {anyCode: true})
  }
}

function large() {
  const log = join(folder, 'large.log')
  const database = join(folder, 'large.db')
  const made = writeLog('exim', 4e9, log)
  take('exim', 'ingest of 4 GB', mailwitness('ingest', log, '--db', database, '--json'))
  keep({
    kind: 'exim',
    what: 'database of 4 GB',
    lines: made.lines,
    bytes: sizeOf(database),
    share: sizeOf(database) / made.bytes,
  })
  lookUps('exim', database, made.samples[20], Number(flags.runs), ', 4 GB')
  forget(database)
  rmSync(log)
}

const version = (command) => {
  const done = spawnSync(command[0], command.slice(1), {encoding: 'utf8'})
  return `${done.stdout ?? ''}${done.stderr ?? ''}`.trim().split('\n')[0] ?? ''
}

/** What every command costs before it does anything, in turns with bare Node.js. */
function startUp(runs) {
  for (let run = 0; run < runs; run++) {
    take('start-up', 'bare node', [process.execPath, '-e', '0'])
    take('start-up', 'mailwitness --version', mailwitness('--version'))
  }
}

/** Reports read per CPU second, and the slowest of 10,000 random mutations. */
function notices() {
  const command = [process.execPath, join(root, 'bench/notice.mjs'), '--mutations', '10000']
  const {stdout, status} = spawnSync(command[0], command.slice(1), {encoding: 'utf8'})
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}`)
  const [speed, mutations] = stdout.trim().split('\n')
  keep({
    kind: 'notice',
    what: 'reading of reports',
    ...JSON.parse(speed),
    command: 'node bench/notice.mjs --mutations 10000',
  })
  keep({kind: 'notice', what: 'mutated reports', ...JSON.parse(mutations)})
}

for (const kind of flags.only ? [flags.only] : ['start-up', 'notice', 'exim', 'postfix']) {
  if (kind === 'start-up') startUp(Math.max(15, Number(flags.runs)))
  else if (kind === 'notice') notices()
  else await bench(kind, Number(flags.megabytes), Number(flags.runs))
}
if (flags.large) large()

const day = new Date().toISOString().slice(0, 10)
const out = join(root, 'bench/runs', day)
mkdirSync(out, {recursive: true})
const machine = {
  cpu: `${cpus().length} x ${cpus()[0]?.model}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  loadAverage: readFileSync('/proc/loadavg', 'utf8').trim(),
  node: process.version,
  sqlite3: version(['sqlite3', '--version']),
  eximstats: version(['dpkg-query', '-W', 'exim4-base']),
  pflogsumm: version(['dpkg-query', '-W', 'pflogsumm']),
  grep: version(['grep', '--version']),
  flags: {megabytes: flags.megabytes, runs: flags.runs, large: flags.large, only: flags.only},
}
const only = flags.only ? `-${flags.only}` : ''
writeFileSync(join(out, `raw${only}.json`), `${JSON.stringify({machine, rows: raw}, null, 1)}\n`)
writeFileSync(join(out, `table${only}.md`), table(raw))
console.log(table(raw))

/** Medians of what was measured more than once. */
function table(rows) {
  const groups = Map.groupBy ? Map.groupBy(rows, key) : group(rows)
  const cell = (list, name, digits) => {
    const values = list.map((row) => row[name]).filter((value) => value !== undefined)
    return values.length > 0 ? median(values).toFixed(digits) : ''
  }
  const body = [...groups].map(([name, list]) =>
    list[0].reportsPerCpuSecond !== undefined
      ? `| ${name}: ${list[0].reportsPerCpuSecond} a CPU second | | | | | |`
      : list[0].slowestCpuMs !== undefined
        ? `| ${name}: slowest of ${list[0].mutations} ${list[0].slowestCpuMs} ms CPU, ${list[0].over50Ms} over 50 ms | | | | | |`
        : `| ${name} | ${cell(list, 'cpu', 2)} | ${cell(list, 'wall', 2)} | ${cell(list, 'megabytes', 0)} | ${list[0].bytes ? (list[0].bytes / 1e6).toFixed(1) : ''} | ${cell(list, 'share', 3)} |`,
  )
  return `| | CPU s | wall s | peak MB | size MB | of the log |\n|---|---|---|---|---|---|\n${body.join('\n')}\n`
}

function key(row) {
  return `${row.kind}: ${row.what}`
}

function group(rows) {
  const groups = new Map()
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row])
  return groups
}
