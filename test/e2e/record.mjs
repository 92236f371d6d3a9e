#!/usr/bin/env node
/**
 * Plays the lab once and writes the run:   node test/e2e/record.mjs OUT [--seed N] [--hosts e1,p1,…] [--start ISO]
 * OUT gets logs/, bounces/, reports/, truth.ndjson and world.ndjson. Needs what run.mjs needs.
 */
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {record} from './lab/session.mjs'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    seed: {type: 'string', default: '5'},
    hosts: {type: 'string', default: 'e1,e2,p1,p2,f1,f2'},
    start: {type: 'string'},
  },
})
if (!positionals[0]) {
  console.error('usage: node test/e2e/record.mjs OUT [--seed N] [--hosts e1,p1,…] [--start ISO]')
  process.exit(64)
}
const work = mkdtempSync(join(tmpdir(), 'mailwitness-lab-'))
try {
  const start = values.start ? Date.parse(values.start) / 1000 : undefined
  const odd = await record({
    out: resolve(positionals[0]),
    work,
    seed: Number(values.seed),
    names: values.hosts.split(','),
    start,
    say: console.log,
  })
  process.exitCode = odd > 0 ? 1 : 0
} finally {
  rmSync(work, {recursive: true, force: true})
}
