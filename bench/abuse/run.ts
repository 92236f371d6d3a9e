/** Measures the abuse detector on the generator's servers, from log lines; LFD's and cPanel's limits beside it in the same run. */

import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import type {OutcomeFact, SendFact} from '../../src/mail/send-fact.js'
import type {Alert} from '../../src/question/abuse/alert.js'
import {AbuseDetector} from '../../src/question/abuse/detector.js'
import {pastOf} from '../../src/question/abuse/past.js'
import {eximFacts, passwdFromEvents, postfixFacts} from './facts-from-lines.js'
import {type Episode, type Scored, score, type Truth} from './score.js'

const {values: o} = parseArgs({
  options: {
    seeds: {type: 'string', default: '51-54'},
    hard: {type: 'boolean', default: false},
    format: {type: 'string', default: 'exim'},
    attr: {type: 'string'},
    budget: {type: 'string', default: '1'},
    generator: {type: 'string', default: '../shared/bench/abuse/gen.mjs'},
    data: {type: 'string', default: '/tmp/mailwitness-bench-abuse'},
    keep: {type: 'boolean', default: false},
    limits: {type: 'boolean', default: false},
    verbose: {type: 'boolean', default: false},
    small: {type: 'boolean', default: false},
  },
})
const budgets = o.budget.split(',').map(Number)
const attr = o.attr ?? (o.format === 'exim' ? 'acl' : 'hdr')
const seeds = o.seeds.split(',').flatMap((part) => {
  const [from, to] = part.split('-').map(Number)
  return Array.from({length: (to ?? from ?? 0) - (from ?? 0) + 1}, (_, i) => (from ?? 0) + i)
})

/** CSF's defaults: script directory, Unix user, client of a login. */
const LFD = [
  {per: 'directory', count: 'messages', window: 3_600_000, limit: 100},
  {per: 'account', count: 'messages', window: 3_600_000, limit: 100},
  {per: 'client', count: 'messages', window: 3_600_000, limit: 100},
] as const
const CPANEL = [{per: 'account', count: 'recipients', window: 3_600_000, limit: 500}] as const

const entityOf = (a: Alert): string => {
  const name = a.subject.name
  if (a.subject.kind === 'script' && !name.startsWith('/')) return name.slice(0, name.indexOf(':'))
  return name.endsWith('/') ? name.slice(0, -1) : name
}

const total = new Map<string, Scored[]>()
const add = (name: string, s: Scored) => total.set(name, [...(total.get(name) ?? []), s])
let detectMs = 0
let facts = 0

for (const seed of seeds) {
  const dir = join(o.data, `${o.small ? 'small-' : ''}${o.hard ? 'hard' : 'seed'}-${seed}-${o.format}-${attr}`)
  if (!existsSync(join(dir, 'truth.json'))) {
    mkdirSync(dir, {recursive: true})
    const args = [o.generator, '--seed', String(seed), '--format', o.format, '--attr', attr, '--out', dir]
    if (o.hard) args.push('--hard')
    if (o.format === 'postfix') args.push('--events')
    if (o.small) args.push('--accounts', '40', '--days', '21', '--abuse', '6')
    execFileSync(process.execPath, args)
  }
  const truth = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8')) as Truth
  const told: (SendFact | OutcomeFact)[] = []
  const take = (fact: SendFact | OutcomeFact) => told.push(fact)
  if (o.format === 'exim') eximFacts(join(dir, 'exim_mainlog'), take)
  else {
    const log = join(dir, 'maillog')
    postfixFacts(log, passwdFromEvents(join(dir, 'events.tsv')), take)
  }
  if (!o.keep) rmSync(dir, {recursive: true})
  for (const [index, budget] of budgets.entries()) {
    const fixedLimits = o.limits && index === 0 ? [...LFD, ...CPANEL] : []
    const detector = new AbuseDetector({budget, allow: [], fixedLimits, baseline: pastOf([])})
    const alerts: Alert[] = []
    const begun = process.cpuUsage().user
    for (const fact of told) for (const alert of detector.feed(fact)) if (alert.state === 'opened') alerts.push(alert)
    detectMs += (process.cpuUsage().user - begun) / 1000
    facts += told.length
    const rate = (name: string, wanted: readonly Alert[], ranked: AbuseDetector | null): Scored => {
      const raised = wanted.map((alert) => ({at: alert.firstAlertAt, entity: entityOf(alert), alert}))
      const scored = score(truth, raised, told, ranked)
      add(name, scored)
      return scored
    }
    const limitOf = (a: Alert): unknown => a.reasons.find((r) => r.code === 'fixed-limit')?.values['limit']
    const own = rate(
      `budget ${budget}`,
      alerts.filter((a) => limitOf(a) === undefined),
      detector,
    )
    if (o.verbose && index === 0) explain(seed, own)
    if (fixedLimits.length === 0) continue
    rate(
      'LFD > 100/h',
      alerts.filter((a) => limitOf(a) === LFD[0].limit),
      null,
    )
    rate(
      'cPanel > 500/h',
      alerts.filter((a) => limitOf(a) === CPANEL[0].limit),
      null,
    )
  }
}

function explain(seed: number, s: Scored): void {
  const show = (a: Alert) =>
    `${a.subject.name} ${new Date(a.firstAlertAt).toISOString().slice(0, 16)} ${a.score.toFixed(2)} m${a.messages} r${a.recipients} f${a.failed} ${a.reasons.map((r) => `${r.code}${r.weight >= 0 ? '+' : ''}${r.weight.toFixed(1)}${r.code === 'volume' ? `(${r.values['strangers']}/${Number(r.values['window']) / 60000}m rec ${Number(r.values['record']).toFixed(0)} d${r.values['days']})` : ''}`).join(' ')}`
  const line = (e: Episode) =>
    `${e.id} ${e.type} ${e.clean ? 'clean' : 'dirty'} n=${e.recipients} ${((e.end - e.start) / 3600).toFixed(1)}h ${e.entity}`
  for (const a of s.falseAlerts) console.log(`${seed} FALSE ${show(a)}`)
  for (const e of s.missed) console.log(`${seed} MISS ${line(e)} best ${s.bestRank.get(e.id)?.note ?? '-'}`)
  for (const [id, r] of s.bestRank) if (r.rank > 3) console.log(`${seed} RANK ${id} ${r.rank}`)
}

const median = (v: readonly number[]): number => [...v].sort((a, b) => a - b)[v.length >> 1] ?? Number.NaN
console.log(
  `seeds ${o.seeds}${o.hard ? ' --hard' : ''} ${o.format} ${attr} budget ${o.budget}; ${facts} facts, ${(facts / detectMs).toFixed(0)} k facts per CPU second`,
)
for (const [name, all] of total) {
  const sum = (f: (s: Scored) => number) => all.reduce((n, s) => n + f(s), 0)
  const episodes = sum((s) => s.episodes)
  const ranks = all.flatMap((s) => [...s.bestRank.values()].map((r) => r.rank))
  const ahead = all.flatMap((s) => [...s.bestRank.values()].map((r) => r.innocentsAhead))
  const types = new Map<string, [number, number]>()
  for (const s of all)
    for (const [t, [h, n]] of s.perType) types.set(t, [(types.get(t)?.[0] ?? 0) + h, (types.get(t)?.[1] ?? 0) + n])
  console.log(
    `${name.padEnd(16)} recall ${(sum((s) => s.hits) / episodes).toFixed(3)} (${sum((s) => s.hits)}/${episodes})  false/server-week ${(sum((s) => s.falseAlerts.length) / sum((s) => s.weeks)).toFixed(2)}` +
      `  median messages ${median(all.flatMap((s) => s.messagesBefore))}, minutes ${median(all.flatMap((s) => s.minutesBefore)).toFixed(1)}` +
      (ranks.length
        ? `  top 3 ${(ranks.filter((r) => r <= 3).length / ranks.length).toFixed(3)}, at most 2 innocents ahead ${(ahead.filter((n) => n <= 2).length / ranks.length).toFixed(3)}`
        : ''),
  )
  console.log(`                 ${[...types].map(([t, [h, n]]) => `${t} ${h}/${n}`).join('  ')}`)
}
