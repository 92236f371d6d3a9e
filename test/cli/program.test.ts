import {spawn, spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs'
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
  /** The files that Node.js compiled for a command: its own and those of its packages. */
  const loaded = (...args: string[]): string[] => {
    const coverage = mkdtempSync(join(tmpdir(), 'mailwitness-loaded-'))
    try {
      spawnSync(process.execPath, ['bin/run.js', ...args], {
        stdio: 'ignore',
        env: {...process.env, NODE_V8_COVERAGE: coverage},
      })
      const scripts = readdirSync(coverage).flatMap((name) =>
        (JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {result: {url: string}[]}).result.map(
          ({url}) => url,
        ),
      )
      return [...new Set(scripts.filter((url) => url.startsWith('file:')))]
    } finally {
      rmSync(coverage, {recursive: true, force: true})
    }
  }

  it('loads few files: 2 for the version, 110 for the help of a command, 223 for a look-up when this was written', () => {
    expect(loaded('--version').length).toBeLessThanOrEqual(4)
    expect(loaded('trace', '--help').length).toBeLessThanOrEqual(125)
    const files = loaded('trace', '1abcde-000001-AA', '--db', join(folder, 'none.db'))
    expect(files.length).toBeGreaterThan(50)
    expect(files.length).toBeLessThanOrEqual(250)
  })

  it('a look-up loads neither the reading of logs nor what other commands need', () => {
    const files = loaded('trace', '1abcde-000001-AA', '--db', join(folder, 'none.db'))
    expect(
      files.filter((url) => /dist\/(ingest|notice)\/|question\/(abuse|advice|dns)\/|msgreader|postal-mime/.test(url)),
    ).toEqual([])
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
