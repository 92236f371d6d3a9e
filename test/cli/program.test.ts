import {spawn, spawnSync} from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {commands} from '../../src/program.js'

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

  const none = ['--db', join(folder, 'none.db')]
  const report = 'samples/notices/contact-form-mail-left-then-bounced.eml'
  const trace = ['trace', '1abcde-000001-AA', ...none]
  const verdict = ['verdict', report, ...none]
  const kilobytes = (files: readonly string[]): number =>
    files.reduce((sum, url) => sum + statSync(fileURLToPath(url)).size, 0) / 1000

  it.each([
    // What was loaded when this was written, with a fifth of room: most of a start is the finding, reading and compiling of files.
    {args: ['--version'], files: 3, size: 9},
    {args: ['trace', '--help'], files: 6, size: 400},
    {args: trace, files: 9, size: 745},
    {args: verdict, files: 14, size: 1_070},
  ])('$args.0 $args.1 loads $files files of $size kB', ({args, files, size}) => {
    const urls = loaded(...args)
    expect(urls.filter((url) => url.includes('/dist/')).length).toBeGreaterThan(0)
    // The other binding of SQLite, which Node.js 22 and later take where it is installed, is no part of the bundle.
    const own = urls.filter((url) => !url.includes('/better-sqlite3-napi/'))
    expect(own.length).toBeLessThanOrEqual(files * 1.2)
    expect(urls.length - own.length).toBeLessThanOrEqual(18)
    expect(kilobytes(urls)).toBeLessThanOrEqual(size * 1.2)
  })

  it('a look-up loads neither the reading of logs nor what other commands need', () => {
    const modules = loaded(...trace).flatMap((url) => [
      url,
      ...[...readFileSync(fileURLToPath(url), 'utf8').matchAll(/^\/\/ (\S+)$/gm)].map(([, name = '']) => name),
    ])
    expect(modules).toContain('dist/question/trace.js')
    expect(
      modules.filter((name) =>
        /dist\/(ingest|notice)\/|store\/writer|question\/(abuse|advice|dns)\/|msgreader|postal-mime/.test(name),
      ),
    ).toEqual([])
  })
})

describe('the bundle', () => {
  it('has a loader for every command', () => {
    const files = readdirSync('src/commands', {recursive: true, encoding: 'utf8'}).filter((name) =>
      name.endsWith('.ts'),
    )
    expect(Object.keys(commands).sort()).toEqual(files.map((name) => name.slice(0, -3).replace('/', ':')).sort())
  })

  it('has the thread that compresses blocks beside the code that starts it', () => {
    const starts = readdirSync('dist/bundle').filter((name) =>
      readFileSync(join('dist/bundle', name), 'utf8').includes('new URL("./block-worker.js", '),
    )
    expect(starts.length).toBe(1)
    expect(readdirSync('dist/bundle')).toContain('block-worker.js')
  })

  it('reads a log of many blocks, which a thread compresses', () => {
    const log = join(folder, 'exim_mainlog')
    const line = (n: number): string =>
      `2026-11-21 01:02:${n % 2 ? '04' : '05'} [1] cwd=/var/spool/exim 3 args: /usr/sbin/exim -q ${'x'.repeat(900)}${n}\n`
    writeFileSync(log, Array.from({length: 10_000}, (_, n) => line(n)).join(''))
    const db = join(folder, 'blocks.db')
    const {status, stderr} = program('ingest', log, '--server', 'web1.example.net', '--tz', 'UTC', '--db', db)
    expect({status, stderr}).toEqual({status: 0, stderr: ''})
    expect(JSON.parse(program('verify', '--db', db, '--json').stdout)).toMatchObject({lines: 10_000})
  })

  it('is ASCII, which is how it is decoded', () => {
    const files = readdirSync('dist/bundle').filter((name) => name.endsWith('.js'))
    for (const name of files)
      expect(
        readFileSync(join('dist/bundle', name)).every((byte) => byte < 0x80),
        name,
      ).toBe(true)
  })

  it('names the licence of each package that is in it', () => {
    const packages = new Set(
      readdirSync('dist/bundle')
        .filter((name) => name.endsWith('.js'))
        .flatMap((name) => [
          ...readFileSync(join('dist/bundle', name), 'utf8').matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm),
        ])
        .map(([, name]) => name),
    )
    expect(packages).toContain('@oclif/core')
    const licences = readFileSync('dist/bundle/LICENSES.txt', 'utf8')
    for (const name of packages) expect(licences).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'))
    expect(licences).not.toContain('undefined')
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
    for (const name of ['bindings', 'file-uri-to-path', 'cli-table3', 'ndjson', 'split2', '@kenjiuno'])
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
