import {spawn, spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-'))
afterAll(() => rmSync(folder, {recursive: true}))
const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string}

const program = (...args: string[]) =>
  spawnSync(process.execPath, ['bin/run.js', ...args], {
    encoding: 'utf8',
    env: {...process.env, MAILWITNESS_DB: join(folder, 'none.db')},
  })

describe('the program', () => {
  it.each([['--version'], ['-V']])('says its version with %s', (flag) => {
    expect(program(flag)).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `mailwitness/${version} ${process.platform}-${process.arch} node-${process.version}\n`,
    })
  })

  it.each([[[]], [['--help']], [['-h']], [['help']]])('explains itself with %j', (args) => {
    const {status, stdout, stderr} = program(...args)
    expect({status, stderr}).toEqual({status: 0, stderr: ''})
    expect(stdout).toMatch(/USAGE\n.*COMMANDS\n/s)
  })

  it('calls an unknown command by its name and ends with 64, with --json too', () => {
    const {status, stdout, stderr} = program('hepl')
    expect({status, stdout, stderr}).toEqual({
      status: 64,
      stdout: '',
      stderr:
        'mailwitness: there is no command "hepl"\n  try: mailwitness help\n  try: see all commands: mailwitness help\n',
    })
    const json = program('hepl', '--json')
    expect(json.status).toBe(64)
    expect(JSON.parse(json.stdout)).toMatchObject({error: {code: 'USAGE', message: 'there is no command "hepl"'}})
  })

  it('wants the command before its flags', () => {
    expect(program('--json')).toMatchObject({status: 64, stderr: ''})
    expect(program('--nonsense')).toMatchObject({status: 64, stdout: ''})
  })

  it('ends with 0 when its reader goes away', async () => {
    const child = spawn(process.execPath, ['bin/run.js', 'help'], {stdio: ['ignore', 'pipe', 'pipe']})
    child.stdout.destroy()
    let complaints = ''
    child.stderr.on('data', (data) => {
      complaints += String(data)
    })
    const status = await new Promise((done) => child.on('close', done))
    expect({status, complaints}).toEqual({status: 0, complaints: ''})
  })
})

describe('start-up', () => {
  it('the version takes at most 2.5 times as long as Node.js alone (best of seven, in turns)', () => {
    const time = (...args: string[]): number => {
      const began = performance.now()
      spawnSync(process.execPath, args, {stdio: 'ignore'})
      return performance.now() - began
    }
    const rounds = Array.from({length: 7}, () => ({bare: time('-e', '0'), version: time('bin/run.js', '--version')}))
    const ratio = Math.min(...rounds.map(({version}) => version)) / Math.min(...rounds.map(({bare}) => bare))
    expect(ratio).toBeLessThanOrEqual(2.5)
  })
})

describe('a broken installation', () => {
  const broken = join(folder, 'broken')
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(broken, 'bin/run.js'), ...args], {
      encoding: 'utf8',
      env: {...process.env, MAILWITNESS_DB: join(folder, 'new.db')},
    })

  beforeAll(() => {
    mkdirSync(join(broken, 'node_modules'), {recursive: true})
    for (const name of ['bin', 'package.json']) cpSync(name, join(broken, name), {recursive: true})
  })

  it('without dist says what to do', () => {
    const {status, stderr} = run('help')
    expect(status).toBe(1)
    expect(stderr).toContain('npm ci && npm run build')
    expect(stderr).not.toContain('    at ')
  })

  it('without the binding of better-sqlite3 says how to get it', () => {
    for (const name of ['dist', 'oclif.manifest.json']) cpSync(name, join(broken, name), {recursive: true})
    for (const name of [
      '@oclif',
      '@date-fns',
      'date-fns',
      'smol-toml',
      'cli-table3',
      'bindings',
      'file-uri-to-path',
      'postal-mime',
      'split2',
      'ndjson',
      '@kenjiuno',
    ])
      symlinkSync(join(process.cwd(), 'node_modules', name), join(broken, 'node_modules', name))
    cpSync('node_modules/better-sqlite3', join(broken, 'node_modules/better-sqlite3'), {
      recursive: true,
      filter: (path) => !/better-sqlite3\/(build|deps|src)(\/|$)/.test(path),
    })
    const {status, stderr} = run('ingest', 'package.json', '--server', 'web1.example.net')
    expect(stderr).toContain('npm rebuild better-sqlite3')
    expect(status).toBe(1)
  })
})
