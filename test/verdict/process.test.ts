/** The verdict command as a process: several reports, bad ones, none, no database, exit codes, and the tested mail filter recipe. */

import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'mailwitness-verdict-'))
const env = {
  ...process.env,
  NO_COLOR: '1',
  MAILWITNESS_DB: join(folder, 'mail.db'),
  MAILWITNESS_CONFIG: join(root, 'samples/config.toml'),
}
const run = (args: readonly string[], options: {input?: string | Buffer; db?: string} = {}) =>
  spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: options.db === undefined ? env : {...env, MAILWITNESS_DB: options.db},
    ...(options.input === undefined ? {} : {input: options.input}),
  })
const sample = (name: string): string => join(root, 'samples/notices', name)
const FORGED = sample('forged-sender-stranger-bounced.eml')
const LEFT = sample('contact-form-mail-left-then-bounced.eml')
const UNCLEAR = sample('inconclusive-before-the-logs.eml')
interface Printed {
  readonly verdict?: string
  readonly input?: {readonly path: string; readonly index: number}
  readonly error?: {readonly code: string; readonly message: string}
  readonly asked?: {readonly queueIds: readonly {readonly id: string}[]}
}
const objects = (text: string): Printed[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed)
const put = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

beforeAll(() => {
  expect(run(['ingest']).status).toBe(0)
}, 120_000)
afterAll(() => rmSync(folder, {recursive: true}))

describe('several reports', () => {
  it('gives one object a line, in order, each with its place', () => {
    const {status, stdout} = run(['verdict', FORGED, LEFT, UNCLEAR, '--json'])
    expect(status).toBe(0)
    expect(objects(stdout).map(({verdict, input}) => [verdict, input])).toEqual([
      ['never-here', {path: FORGED, index: 0}],
      ['left', {path: LEFT, index: 0}],
      ['inconclusive', {path: UNCLEAR, index: 0}],
    ])
  })

  it('takes an mbox apart', () => {
    const mbox = put(
      'box',
      [FORGED, LEFT]
        .map(
          (path) =>
            `From MAILER-DAEMON Fri May 20 06:00:00 2022\n${readFileSync(path, 'latin1')
              .replaceAll('\r\n', '\n')
              .replaceAll(/^(>*From )/gm, '>$1')}\n`,
        )
        .join(''),
    )
    const {status, stdout} = run(['verdict', mbox, '--json'])
    expect(status).toBe(0)
    expect(objects(stdout).map(({verdict, input}) => [verdict, input])).toEqual([
      ['never-here', {path: mbox, index: 0}],
      ['left', {path: mbox, index: 1}],
    ])
  })

  it('goes on after one that is empty or missing, and ends with its code', () => {
    const empty = put('empty.eml', '')
    const {status, stdout} = run(['verdict', empty, LEFT, '--json'])
    expect(status).toBe(65)
    const [first, second] = objects(stdout)
    expect([first?.input?.path, first?.error?.code !== undefined, second?.verdict]).toEqual([empty, true, 'left'])
    const missing = run(['verdict', LEFT, join(folder, 'none.eml'), '--json'])
    expect([missing.status, objects(missing.stdout).map(({verdict}) => verdict)]).toEqual([65, ['left', undefined]])
  })
})

describe('one report', () => {
  it('that is missing ends with 66, one that is empty with 65, and says what to do', () => {
    const missing = run(['verdict', join(folder, 'none.eml')])
    expect([missing.status, missing.stderr.includes('none.eml')]).toEqual([66, true])
    const empty = run(['verdict', put('empty2.eml', '')])
    expect([empty.status, empty.stderr.includes('try:')]).toEqual([65, true])
    expect(run(['verdict']).status).toBe(64)
  })

  it('that is broken gets an answer', () => {
    const text = readFileSync(LEFT, 'latin1')
    const {status, stdout} = run([
      'verdict',
      put('broken.eml', text.slice(0, 900).replaceAll('boundary', 'b0undary')),
      '--json',
    ])
    expect(status).toBe(0)
    expect(['left', 'inconclusive', 'never-here', 'not-a-bounce']).toContain(objects(stdout)[0]?.verdict)
  })

  it('without a database is inconclusive, with its clues, and ends with 0', () => {
    const {status, stdout} = run(['verdict', LEFT, '--json'], {db: join(folder, 'no-such.db')})
    const answer = JSON.parse(stdout) as Printed
    expect([status, answer.verdict, (answer.asked?.queueIds.length ?? 0) > 0]).toEqual([0, 'inconclusive', true])
  })

  it.each([
    [LEFT, 0],
    [FORGED, 10],
    [UNCLEAR, 20],
    [sample('vacation-reply.eml'), 20],
  ])('%s with --exit-code, on standard input', (path, code) => {
    expect(run(['verdict', '-', '--exit-code'], {input: readFileSync(path)}).status).toBe(code)
    expect(run(['verdict', '-', '--exit-code', '--json'], {input: readFileSync(path)}).status).toBe(code)
    expect(run(['verdict', '-'], {input: readFileSync(path)}).status).toBe(0)
  })

  it('of hostile megabytes ends in bounded time and memory', () => {
    const megabytes = Number(process.env['MAILWITNESS_HOSTILE_MB'] ?? 20)
    const pieces = [
      'Received: from a (b [1.2.3.4]) by c with esmtp id ',
      '((((',
      '"\\"\\',
      'message/rfc822\r\n\r\n--x\r\n',
      '<<@>>',
      '=?utf-8?B?',
      '\r',
      '> > ',
    ].join('')
    const path = put('hostile.eml', Buffer.alloc(megabytes * 1024 * 1024, pieces, 'latin1'))
    const {status, stdout} = spawnSync(
      process.execPath,
      ['--max-old-space-size=1500', join(root, 'bin/run.js'), 'verdict', path, '--json'],
      {encoding: 'utf8', env, maxBuffer: 1 << 28},
    )
    expect([status, stdout.length > 0 && stdout.length < 10_000_000]).toEqual([0, true])
  }, 150_000)
})

describe('the mail filter of docs/recipes.md', () => {
  const script =
    /```\n(#!\/bin\/sh\n# is-backscatter[^`]*)```/.exec(readFileSync(join(root, 'docs/recipes.md'), 'utf8'))?.[1] ?? ''

  it.each([
    ['backscatter', FORGED, 0],
    ['a real bounce', LEFT, 1],
    ['one that cannot be told', UNCLEAR, 1],
  ])('sorts %s', (_name, path, code) => {
    expect(script).toContain('verdict - --exit-code')
    const bin = put('mailwitness', `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/run.js')}' "$@"\n`)
    const filter = put('is-backscatter', script)
    chmodSync(bin, 0o755)
    chmodSync(filter, 0o755)
    const with_ = {...env, PATH: `${folder}:${process.env['PATH'] ?? ''}`}
    const done = spawnSync(filter, {input: readFileSync(path), env: with_, encoding: 'utf8'})
    expect([done.status, done.stdout, done.stderr]).toEqual([code, '', ''])
  })

  it('keeps the mail where the tool is not there at all', () => {
    const filter = put('is-backscatter', script)
    chmodSync(filter, 0o755)
    expect(
      execFileSync('sh', ['-c', `'${filter}' < '${FORGED}' || echo kept`], {
        env: {...env, PATH: '/usr/bin:/bin'},
        encoding: 'utf8',
      }),
    ).toBe('kept\n')
  })
})
