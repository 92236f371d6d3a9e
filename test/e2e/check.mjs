#!/usr/bin/env node
/**
 * Holds the product against a finished run of the lab, through its real binary:
 *   node test/e2e/check.mjs RUN [--cut] [--replay] [--copies first|other|both] [--zones needed|all|none]
 *                               [--only TEXT] [--db FILE] [--keep] [--messages] [--json FILE] [--quiet]
 * RUN holds truth.ndjson, logs/ and bounces/. Exit code 0: everything equals the truth; 1: something differs.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {cutRun} from './check/cut.mjs'
import {printOutcome} from './check/print.mjs'
import {replayRun} from './check/replay.mjs'
import {checkRun, ingestRun, isoOf} from './check/run.mjs'
import {readTruth} from './check/truth.mjs'

const {values: flags, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    cut: {type: 'boolean', default: false},
    replay: {type: 'boolean', default: false},
    copies: {type: 'string', default: 'first'},
    zones: {type: 'string', default: 'needed'},
    only: {type: 'string'},
    db: {type: 'string'},
    keep: {type: 'boolean', default: false},
    messages: {type: 'boolean', default: false},
    json: {type: 'string'},
    quiet: {type: 'boolean', default: false},
  },
})
const run = positionals[0]
if (!run) {
  console.error('usage: node test/e2e/check.mjs RUN [--cut] [--replay] …   (RUN: a folder with truth.ndjson)')
  process.exit(64)
}

const truth = readTruth(resolve(run))
const work = mkdtempSync(join(tmpdir(), 'mailwitness-check-'))
let wrong = 0
try {
  const database = flags.db ? resolve(flags.db) : join(work, 'mail.db')
  const session = await ingestRun(truth, work, database, {...flags, skip: Boolean(flags.db)})
  const outcome = await checkRun(truth, session, flags)
  wrong += printOutcome(outcome, truth, flags)
  if (flags.json) writeFileSync(flags.json, JSON.stringify(outcome.differences, null, 1))
  if (flags.replay) wrong += await replayRun(truth, work, outcome, flags)
  if (flags.cut) wrong += await cutRun(truth, work, outcome, flags)
  if (flags.keep) console.log(`kept: ${database}  config: ${session.config}  (span from ${isoOf(truth.start)})`)
} finally {
  if (!flags.keep) rmSync(work, {recursive: true, force: true})
}
process.exitCode = wrong > 0 ? 1 : 0
