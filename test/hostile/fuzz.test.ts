/** A short fuzz run, and every case that a long one ever found (test/fuzz/found). Hours: node test/fuzz/run.mjs --minutes 180 */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'

interface Targets {
  checkParsers(line: string): void
  checkNotice(bytes: Buffer): Promise<void>
  checkPipeline(log: string, folder: string): Promise<void>
}

const found = readdirSync('test/fuzz/found').filter((name) => name.endsWith('.bin'))

describe('fuzzing', () => {
  it('finds nothing in a few thousand cases from the samples', () => {
    const run = spawnSync(
      process.execPath,
      ['test/fuzz/run.mjs', '--count', '12000', '--minutes', '0.7', '--seed', '20261121'],
      {encoding: 'utf8'},
    )
    expect(run.stdout.split('\n').filter((line) => line.startsWith('FOUND'))).toEqual([])
    expect({status: run.status, stderr: run.stderr}).toEqual({status: 0, stderr: ''})
    expect(JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '{}').lines).toBeGreaterThan(1_000)
  })

  it.each(found)('%s, found once, holds now', async (name) => {
    const {checkNotice, checkParsers, checkPipeline} = (await import(
      join(process.cwd(), 'test/fuzz/targets.mjs')
    )) as Targets
    const bytes = readFileSync(join('test/fuzz/found', name))
    if (name.startsWith('line-')) checkParsers(bytes.toString('latin1'))
    else if (name.startsWith('notice-')) await checkNotice(bytes)
    else {
      const folder = mkdtempSync(join(tmpdir(), 'mailwitness-found-'))
      try {
        await checkPipeline(bytes.toString('latin1'), folder)
      } finally {
        rmSync(folder, {recursive: true})
      }
    }
  })
})
