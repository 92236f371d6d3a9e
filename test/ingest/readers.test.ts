/** Readers beside the writer: no question fails while a log is read at full speed. How fast they are: bench/readers.mjs. */

import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'

const READS = process.env['READS'] ?? '24'

describe('while logs are read at full speed', () => {
  it(
    `${READS} traces and verdicts of another process answer without an error`,
    () => {
      const script = join(import.meta.dirname, '../../bench/readers.mjs')
      const {status, stdout, stderr} = spawnSync(process.execPath, [script, '--reads', READS, '--megabytes', '8'], {
        encoding: 'utf8',
      })
      expect({status, stderr}).toEqual({status: 0, stderr: ''})
      const answer = JSON.parse(stdout) as {errors: number; linesRead: number; all: {reads: number}}
      expect(answer).toMatchObject({errors: 0, all: {reads: Number(READS)}})
      expect(answer.linesRead).toBeGreaterThan(10_000)
    },
    60_000 + Number(READS) * 5_000,
  )
})
