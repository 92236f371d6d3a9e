#!/usr/bin/env node
/**
 * The end-to-end test:   npm run test:e2e [-- --cut] [--keep DIR] [--seed N]
 * Boots Debian's real Exim, Postfix and PHP in namespaces that lead nowhere, plays the scenarios while `ingest --follow` reads along, then
 * holds verdicts, causes, origins, recipients and abuse alerts against what the receivers really saw. Where it cannot run it says why
 * and is skipped; with CI=true that is a failure. Roots are kept in MAILWITNESS_E2E_CACHE (else /var/cache/mailwitness-e2e).
 */
import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {cutRun} from './check/cut.mjs'
import {compareLive, waitUntilQuiet} from './check/live.mjs'
import {printOutcome} from './check/print.mjs'
import {checkRun, ingestRun} from './check/run.mjs'
import {follow, ROOT, writeConfig} from './check/tool.mjs'
import {readTruth} from './check/truth.mjs'
import {whyNot} from './lab/capability.mjs'
import {HOSTS} from './lab/plan.mjs'
import {CACHE, prepareRoots} from './lab/roots.mjs'
import {record} from './lab/session.mjs'

const {values: flags} = parseArgs({
  options: {
    cut: {type: 'boolean', default: false},
    keep: {type: 'string'},
    seed: {type: 'string', default: '5'},
    quiet: {type: 'boolean', default: false},
  },
})
const began = performance.now()
const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`

/** Skipping is an answer on a developer's machine; in CI it is a failure. */
function skip(reason) {
  console.log(`test:e2e SKIPPED: ${reason}`)
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

/** Starts `ingest --follow` over the hosts' logs; gives what stops it again. */
function readAlong(lab, work) {
  const hosts = lab.ours.map((host) => ({host, ...HOSTS[host]}))
  const config = writeConfig(join(work, 'live'), hosts, 'needed', ({host}) => {
    const log = (name) => `${lab.hosts[host].path}/var/log/${name}*`
    const main = {
      e1: ['exim_mainlog', 'exim_rejectlog'],
      e2: ['exim/mainlog', 'exim/rejectlog'],
      p1: ['maillog'],
      p2: ['mail.log'],
    }[host]
    return {logs: main.map(log), ...(host === 'p2' ? {} : {php: [log('php_mail.log')]})}
  })
  const base = ['--config', config, '--db', join(work, 'live', 'mail.db')]
  const running = follow(base)
  const live = {base}
  live.finish = async () => {
    live.held = await waitUntilQuiet(base)
    live.ended = await running.stop()
  }
  live.abandon = () => running.stop()
  return live
}

const reason = await whyNot(CACHE)
if (reason) skip(reason)
if (!existsSync(join(ROOT, 'dist/commands'))) skip('the product is not built: run npm run build first')
const {ready, lacking} = await prepareRoots(['exim496', 'postfix37'], ['exim498', 'postfix310'], (line) =>
  console.log(line),
)
for (const name of lacking) console.log(`test:e2e without ${name}`)
console.log(`roots ready after ${seconds()}`)

const names = Object.keys(HOSTS).filter((name) => ready.has(HOSTS[name].root))
const work = mkdtempSync(join(tmpdir(), 'mailwitness-e2e-'))
const out = flags.keep ? resolve(flags.keep) : join(work, 'run')
let live = null
let faults = 0
try {
  faults += await record({
    out,
    work: mkdtempSync(join(work, 'lab-')),
    seed: Number(flags.seed),
    names,
    say: (line) => console.log(line),
    live: async (lab) => {
      live = readAlong(lab, work)
      return live.finish
    },
  })
  const truth = readTruth(out)
  const options = {copies: 'first', zones: 'needed', messages: false, quiet: flags.quiet}
  const outcome = await checkRun(truth, await ingestRun(truth, work, join(work, 'mail.db'), options), options)
  faults += printOutcome(outcome, truth, options)
  faults += await compareLive(truth, live.base, outcome, live.ended, live.held)
  faults += await cutRun(truth, work, outcome, {...options, cutFiles: flags.cut ? undefined : 1})
} finally {
  if (live && !live.ended) await live.abandon()
  if (!flags.keep) rmSync(work, {recursive: true, force: true})
}
console.log(`test:e2e ${faults === 0 ? 'passed' : `FAILED: ${faults} findings`} in ${seconds()}`)
process.exitCode = faults === 0 ? 0 : 1
