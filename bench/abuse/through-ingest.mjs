// Abuse detection as an operator meets it: generator -> log file -> `mailwitness ingest` -> `mailwitness abuse --since --until --json` ->
// the shared scorer. CSF/LFD's and cPanel's limits are counted beside it from the same database. Needs a build (dist).
//   node bench/abuse/through-ingest.mjs --seeds 1-20 [--hard] [--format exim|postfix] [--attr acl|cwd|hdr|none] [--budget 1] [--small]
//     [--data DIR] [--keep] [--prepare] [--no-limits] [--out DIR] [--generator FILE] [--scorer FILE]
// --keep leaves each seed's database in --data, where a later run finds it; --prepare stops there. Logs are deleted at once.

import {execFileSync} from 'node:child_process'
import {createReadStream, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const {values: o} = parseArgs({
  options: {
    seeds: {type: 'string', default: '1-20'},
    hard: {type: 'boolean', default: false},
    format: {type: 'string', default: 'exim'},
    attr: {type: 'string'},
    budget: {type: 'string', default: '1'},
    small: {type: 'boolean', default: false},
    data: {type: 'string', default: '/tmp/mailwitness-bench-abuse'},
    keep: {type: 'boolean', default: false},
    prepare: {type: 'boolean', default: false},
    limits: {type: 'boolean', default: true},
    'no-limits': {type: 'boolean', default: false},
    out: {type: 'string'},
    generator: {type: 'string', default: join(root, '../shared/bench/abuse/gen.mjs')},
    scorer: {type: 'string', default: join(root, '../shared/bench/abuse/score.mjs')},
    verbose: {type: 'boolean', default: false},
  },
})
const DAY = 86_400_000
const HOUR = 3_600_000
const attr = o.attr ?? (o.format === 'exim' ? 'acl' : 'hdr')
const seeds = o.seeds.split(',').flatMap((part) => {
  const [from, to] = part.split('-').map(Number)
  return Array.from({length: (to ?? from) - from + 1}, (_, i) => from + i)
})
const limits = o.limits && !o['no-limits']
const big = {maxBuffer: 1 << 30, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}
const mailwitness = (...args) => JSON.parse(execFileSync(process.execPath, [join(root, 'bin/run.js'), ...args], big))

/** CSF's defaults (script directory, Unix user, client of a login, messages) and cPanel's hourly recipients of an account. */
const LFD = ['directory', 'account', 'client'].map((per) => ({per, count: 'messages', window: HOUR, limit: 100}))
const CPANEL = [{per: 'account', count: 'recipients', window: HOUR, limit: 500}]

const name = (seed) => `${o.small ? 'small-' : ''}${o.hard ? 'hard' : 'seed'}-${seed}-${o.format}-${attr}`

/** Makes the log, reads it into a database, keeps what scoring needs, deletes the log. */
async function prepare(seed) {
  const base = join(o.data, name(seed))
  const made = {db: `${base}.db`, facts: `${base}.json`}
  if (existsSync(made.facts)) return made
  rmSync(made.db, {force: true})
  const dir = `${base}.logs`
  mkdirSync(dir, {recursive: true})
  const size = o.small ? ['--accounts', '40', '--days', '21', '--abuse', '6'] : []
  const args = ['--seed', String(seed), '--format', o.format, '--attr', attr, '--events', '--out', dir, ...size]
  execFileSync(process.execPath, [o.generator, ...args, ...(o.hard ? ['--hard'] : [])], big)
  const sent = {}
  const passwd = new Map()
  for await (const line of createInterface({input: createReadStream(join(dir, 'events.tsv'))})) {
    const [t, , , , user, domain, , , , , , episode] = line.split('\t')
    const number = /(\d+)\./.exec(domain)?.[1]
    if (number !== undefined) passwd.set(1001 + Number(number), user)
    if (!episode) continue
    const times = sent[episode] ?? []
    sent[episode] = times
    times.push(Number(t))
  }
  // What /etc/passwd of such a server would say: Postfix logs uids only.
  const users = join(dir, 'passwd')
  writeFileSync(users, [...passwd].map(([uid, user]) => `${user}:x:${uid}:${uid}::/home/${user}:/bin/false\n`).join(''))
  const log = join(dir, o.format === 'exim' ? 'exim_mainlog' : 'maillog')
  const ingest = mailwitness(
    'ingest',
    log,
    '--db',
    made.db,
    '--tz',
    'UTC',
    '--year',
    '2026',
    '--server',
    'web1',
    '--passwd',
    users,
    '--json',
  )
  const truth = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8'))
  const {lines, unknown, messages, elapsedMs} = ingest
  writeFileSync(made.facts, JSON.stringify({truth, sent, ingest: {lines, unknown, messages, elapsedMs}}))
  rmSync(dir, {recursive: true})
  return made
}

const iso = (seconds) => new Date(seconds * 1000).toISOString()

/** The scorer's name for whom an alert accuses. */
const entityOf = ({kind, name: subject}) => {
  if (kind === 'script' && !subject.startsWith('/')) return subject.slice(0, subject.indexOf(':'))
  return subject.endsWith('/') ? subject.slice(0, -1) : subject
}

function scored(base, truth, alerts) {
  writeFileSync(`${base}.truth.tmp`, JSON.stringify(truth))
  writeFileSync(
    `${base}.alerts.tmp`,
    alerts
      .map(({firstAlertAt, subject}) => `${JSON.stringify({ts: firstAlertAt, entity: entityOf(subject)})}\n`)
      .join(''),
  )
  const {episodes, hits, falsePerServerWeek, medianMinutes, perType, missed, firstFalse} = JSON.parse(
    execFileSync(process.execPath, [o.scorer, `${base}.truth.tmp`, `${base}.alerts.tmp`], big),
  )
  for (const kind of ['truth', 'alerts']) rmSync(`${base}.${kind}.tmp`)
  return {episodes, hits, falsePerServerWeek, medianMinutes, perType, missed, firstFalse}
}

/** Messages that each found episode had sent when its alert came. */
function messagesBefore(truth, sent, alerts) {
  const found = []
  for (const episode of truth.episodes) {
    const alert = alerts
      .filter(({subject}) => episode.keys.includes(entityOf(subject)))
      .map(({firstAlertAt}) => Date.parse(firstAlertAt) / 1000)
      .filter((t) => t >= episode.start && t <= episode.end + 3600)
      .sort((a, b) => a - b)[0]
    if (alert !== undefined) found.push((sent[episode.id] ?? []).filter((t) => Math.floor(t) <= alert).length)
  }
  return found
}

/** The culprit's place in the ranking of the day on which it sent most, over all senders and without any threshold. */
function places(truth, sent, ranks) {
  const byDay = new Map()
  for (const rank of ranks) {
    const list = byDay.get(rank.day) ?? []
    byDay.set(rank.day, list)
    list.push(rank)
  }
  const culprits = new Set(truth.episodes.flatMap(({keys}) => keys))
  return truth.episodes.flatMap(({id, keys}) => {
    const days = new Map()
    for (const t of sent[id] ?? [])
      days.set(Math.floor((t * 1000) / DAY), (days.get(Math.floor((t * 1000) / DAY)) ?? 0) + 1)
    const worst = [...days].sort((a, b) => b[1] - a[1])[0]?.[0]
    if (worst === undefined) return []
    const list = (byDay.get(worst) ?? []).sort((a, b) => b.score - a.score || b.recipients - a.recipients)
    const at = list.findIndex(({subject}) => keys.includes(entityOf(subject)))
    const ahead = at < 0 ? 999 : list.slice(0, at).filter(({subject}) => !culprits.has(entityOf(subject))).length
    return [{id, place: at < 0 ? 999 : at + 1, innocentsAhead: ahead}]
  })
}

/** Alerts of panels' and firewalls' limits on the same facts. */
async function fixedLimits(db, wanted) {
  const [{AbuseDetector}, {SentRecords}, {openForReading}] = await Promise.all(
    ['question/abuse/detector.js', 'store/daily-records.js', 'store/database.js'].map(
      (file) => import(join(root, 'dist', file)),
    ),
  )
  const open = openForReading(db)
  const detector = new AbuseDetector({budget: 0.02, allow: [], fixedLimits: wanted, baseline: []})
  const found = new Map()
  for (const fact of new SentRecords(open).facts(0, Number.MAX_SAFE_INTEGER)) {
    for (const alert of detector.feed(fact)) {
      const limit = alert.reasons.find(({code}) => code === 'fixed-limit')?.values.limit
      if (limit === undefined) continue
      const list = found.get(limit) ?? []
      found.set(limit, list)
      list.push({subject: alert.subject, firstAlertAt: new Date(alert.firstAlertAt).toISOString()})
    }
  }
  open.close()
  return found
}

async function ranksOf(db) {
  const {openForReading} = await import(join(root, 'dist/store/database.js'))
  const open = openForReading(db)
  const {answer} = open.prepare('SELECT answer FROM judgement ORDER BY at DESC LIMIT 1').get()
  open.close()
  return JSON.parse(answer).ranks
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? null
const rows = []
for (const seed of seeds) {
  const {db, facts} = await prepare(seed)
  if (o.prepare) {
    console.log(`${name(seed)}: ${(statSync(db).size / 1e6).toFixed(0)} MB`)
    continue
  }
  const {truth, sent, ingest} = JSON.parse(readFileSync(facts, 'utf8'))
  const begun = performance.now()
  const args = ['--since', iso(truth.evalStart), '--until', iso(truth.end), '--budget', o.budget, '--json', '--db', db]
  const {alerts} = mailwitness('abuse', ...args)
  const abuseMs = Math.round(performance.now() - begun)
  const base = db.slice(0, -3)
  const found = places(truth, sent, await ranksOf(db))
  const row = {
    run: name(seed),
    seed,
    ingest,
    abuseMs,
    ...scored(base, truth, alerts),
    weeks: (truth.end - truth.evalStart) / 604_800,
    messagesBefore: messagesBefore(truth, sent, alerts),
    places: found,
  }
  if (limits) {
    const panel = await fixedLimits(db, [...LFD, ...CPANEL])
    row.lfd = scored(base, truth, panel.get(LFD[0].limit) ?? [])
    row.cpanel = scored(base, truth, panel.get(CPANEL[0].limit) ?? [])
  }
  rows.push(row)
  if (!o.keep) for (const file of [db, facts]) rmSync(file, {force: true})
  console.log(
    `${row.run}: ${row.hits}/${row.episodes}, ${row.falsePerServerWeek} false/week, ${median(row.messagesBefore)} messages before, missed ${row.missed.join(' ') || '-'}${o.verbose ? ` false ${row.firstFalse.join(' ')}` : ''}`,
  )
}

function line(label, list, more = '') {
  const total = (key) => list.reduce((sum, row) => sum + row[key], 0)
  const weeks = rows.reduce((sum, row) => sum + row.weeks, 0)
  const wrong = list.reduce((sum, row, i) => sum + row.falsePerServerWeek * rows[i].weeks, 0)
  return `| ${label} | ${(total('hits') / total('episodes')).toFixed(3)} (${total('hits')}/${total('episodes')}) | ${(wrong / weeks).toFixed(2)} | ${median(list.flatMap((row) => (row.medianMinutes === null ? [] : [row.medianMinutes])))?.toFixed(1) ?? '-'} | ${more || '- | -'} |`
}

if (!o.prepare) {
  const ranked = rows.flatMap((row) => row.places)
  const first = ranked.filter(({place}) => place <= 3).length / ranked.length
  const table = [
    `${o.hard ? '--hard ' : ''}--format ${o.format} --attr ${attr} --seeds ${o.seeds} --budget ${o.budget}`,
    '',
    "| | recall | false alerts per server-week | median minutes | median messages before the alert | culprit in the day's top 3 |",
    '|---|---|---|---|---|---|',
    line('mailwitness', rows, `${median(rows.flatMap((row) => row.messagesBefore))} | ${first.toFixed(3)}`),
    ...(limits
      ? [
          line(
            'CSF/LFD > 100/h',
            rows.map((row) => row.lfd),
          ),
          line(
            'cPanel > 500/h',
            rows.map((row) => row.cpanel),
          ),
        ]
      : []),
    '',
  ].join('\n')
  console.log(`\n${table}`)
  if (o.out !== undefined) {
    mkdirSync(o.out, {recursive: true})
    const file = join(o.out, `abuse-${o.hard ? 'hard-' : ''}${o.format}-${attr}-${o.seeds.replaceAll(',', '_')}`)
    writeFileSync(
      `${file}.json`,
      `${JSON.stringify({options: {...o, data: undefined, generator: undefined, scorer: undefined, out: undefined}, rows}, null, 1)}\n`,
    )
    writeFileSync(`${file}.md`, table)
  }
}
