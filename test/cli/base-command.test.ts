import {readFileSync} from 'node:fs'
import * as Args from '@oclif/core/args'
import {Config} from '@oclif/core/config'
import {captureOutput} from '@oclif/test'
import {afterEach, beforeAll, describe, expect, it} from 'vitest'
import {BaseCommand} from '../../src/cli/base-command.js'
import {cannotUnderstand} from '../../src/cli/failures.js'
import {serverFlag, spanFlags} from '../../src/cli/flags.js'
import {jsonLine} from '../../src/cli/json-line.js'

class Probe extends BaseCommand {
  static override id = 'probe'
  static override args = {what: Args.string()}
  static override flags = {...spanFlags, ...serverFlag}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Probe)
    const {db, redact} = await this.settings(flags)
    const span = await this.span(flags)
    switch (args.what) {
      case 'missing':
        return readFileSync('/nowhere/at/all')
      case 'garbled':
        throw cannotUnderstand('the report \u001b[31m is empty', ['send the whole mail'])
      case 'ten':
        process.exitCode = 10
        break
      case 'exit':
        this.exit(3)
        break
      case 'many':
        this.answer({n: 1})
        this.answer({n: 2})
        return undefined
      default:
    }
    this.log('an answer for people')
    return {db, redact, span, servers: flags.server ?? []}
  }
}

let config: Config
beforeAll(async () => {
  process.env['MAILWITNESS_CONFIG'] = 'share/config.toml'
  config = await Config.load({
    root: process.cwd(),
    ignoreManifest: true,
    pjson: {name: 'probe', version: '1.0.0', oclif: {bin: 'probe'}} as never,
  })
})
afterEach(() => {
  process.exitCode = undefined
  delete process.env['MAILWITNESS_DB']
  delete process.env['MAILWITNESS_NOW']
})

async function probe(...argv: string[]) {
  process.exitCode = undefined
  const {stdout, stderr, error} = await captureOutput(() => Probe.run(argv, config))
  const exit = process.exitCode ?? 0
  process.exitCode = undefined
  return {stdout, stderr, error, exit}
}

describe('a command', () => {
  it('speaks to people, or with --json to programs, in one line', async () => {
    expect(await probe('--db', '/x.db')).toMatchObject({stdout: 'an answer for people\n', stderr: '', exit: 0})
    const {stdout, exit} = await probe('--json', '--db', '/x.db', '--server', 'a', '--server', 'b', '--redact')
    expect(exit).toBe(0)
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(JSON.parse(stdout)).toEqual({db: '/x.db', redact: true, span: {from: null, to: null}, servers: ['a', 'b']})
  })

  it('takes the database from the environment, and the flag before it', async () => {
    process.env['MAILWITNESS_DB'] = '/env.db'
    expect(JSON.parse((await probe('--json')).stdout)).toMatchObject({db: '/env.db'})
    expect(JSON.parse((await probe('--json', '--db', '/flag.db')).stdout)).toMatchObject({db: '/flag.db'})
  })

  it('prints several answers as NDJSON', async () => {
    expect((await probe('many', '--json')).stdout).toBe('{"n":1}\n{"n":2}\n')
    expect((await probe('many')).stdout).toBe('')
  })

  it('leaves standard input to the command: it never becomes an argument', async () => {
    await probe()
    expect(Probe.args.what.ignoreStdin).toBe(true)
  })

  it('reads the clock from MAILWITNESS_NOW', async () => {
    process.env['MAILWITNESS_NOW'] = '2026-11-21T00:00:00Z'
    const {stdout} = await probe('--json', '--since', '24h', '--until', 'now')
    expect(JSON.parse(stdout)).toMatchObject({
      span: {from: Date.parse('2026-11-20T00:00:00Z'), to: Date.parse('2026-11-21T00:00:00Z')},
    })
  })
})

describe('exit codes, the same with and without --json', () => {
  it.each([
    [['ten'], 10],
    [['exit'], 3],
    [['garbled'], 65],
    [['missing'], 66],
    [['--nonsense'], 64],
    [['a', 'b'], 64],
    [['--since', 'soon'], 64],
    [['--db'], 64],
    [['--config', '/nowhere.toml'], 66],
  ])('%j: %i', async (argv, expected) => {
    const text = await probe(...argv)
    const json = await probe('--json', ...argv)
    expect([text.exit, json.exit]).toEqual([expected, expected])
    expect(text.error ?? json.error).toBeUndefined()
    if (expected < 64) return
    expect(text.stdout).toBe('')
    expect(text.stderr).toMatch(/^mailwitness: /)
    expect(json.stderr).toBe('')
    expect(JSON.parse(json.stdout)).toEqual({
      error: {code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), suggestions: expect.any(Array)},
    })
  })

  it('shows what strangers wrote without its power over the terminal', async () => {
    const {stderr} = await probe('garbled')
    expect(stderr).toBe('mailwitness: the report \\u{1b}[31m is empty\n  try: send the whole mail\n')
  })
})

describe('jsonLine', () => {
  it('is JSON that a terminal cannot obey', () => {
    const value = {a: 'x\u009b31m\u202e\u2028\u0007\u200b', b: 'ä 邮'}
    expect(jsonLine(value)).toMatch(/^[\x20-\x7eä邮]*$/)
    expect(JSON.parse(jsonLine(value))).toEqual(value)
  })
})
