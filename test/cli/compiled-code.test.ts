import {spawn, spawnSync} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {CompiledCode} from '../../src/cli/compiled-code.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-compiled-'))
afterAll(() => rmSync(folder, {recursive: true}))
const me = process.geteuid?.() ?? -1
const asRoot = it.skipIf(me !== 0)

describe('compiled code', () => {
  const cache = join(folder, 'unit')
  beforeEach(() => rmSync(cache, {recursive: true, force: true}))
  const source = Buffer.from('module.exports = (n) => n + 1')
  /** One start: what the script gives, and whether its compiled code was taken. */
  const start = (code = source, owner = me): {answer: unknown; taken: boolean; end: (exitCode: number) => void} => {
    const compiled = new CompiledCode(cache, 'trace', owner)
    const script = compiled.script('./a.js', join(folder, 'a.js'), code)
    const module = {exports: (_: number): unknown => null}
    script.runInThisContext()(module.exports, null, module, '', '')
    return {
      answer: module.exports(1),
      taken: script.cachedDataRejected === false,
      end: (exitCode) => compiled.keep(exitCode),
    }
  }
  const file = (): string => join(cache, readdirSync(cache)[0] ?? '')
  const kept = (): void => start().end(0)

  it('is taken by the next start, from a file and a folder that only their owner can write to', () => {
    kept()
    expect(start()).toMatchObject({answer: 2, taken: true})
    expect([cache, file()].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o644])
  })

  it('is added to by four runs, and then left alone', () => {
    const files = Array.from({length: 7}, () => {
      kept()
      return statSync(file()).ino
    })
    expect(new Set(files.slice(3)).size).toBe(1)
    expect(files[2]).not.toBe(files[3])
  })

  it('is added to again when another file of the program was needed', () => {
    for (let i = 0; i < 5; i++) kept()
    const compiled = new CompiledCode(cache, 'trace', me)
    compiled.script('./b.js', join(folder, 'b.js'), source)
    compiled.keep(0)
    const both = new CompiledCode(cache, 'trace', me)
    for (const name of ['./a.js', './b.js'])
      expect(both.script(name, join(folder, name), source).cachedDataRejected).toBe(false)
  })

  it('is never that of another source, were it as long', () => {
    kept()
    expect(start(Buffer.from('module.exports = (n) => n + 2'))).toMatchObject({answer: 3, taken: false})
  })

  it.each<[string, () => void]>([
    ['cut', () => truncateSync(file(), statSync(file()).size - 20)],
    ['cut within its head', () => truncateSync(file(), 30)],
    ['empty', () => truncateSync(file(), 0)],
    ['noise', () => writeFileSync(file(), Buffer.from(Array.from({length: 5_000}, (_, i) => (i * 7919) % 251)))],
    [
      'a head without parts',
      () => writeFileSync(file(), Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')])),
    ],
    [
      'a folder',
      () => {
        const path = file()
        rmSync(path)
        mkdirSync(path)
      },
    ],
    ['writable for everybody', () => chmodSync(file(), 0o666)],
    ['writable for its group', () => chmodSync(file(), 0o664)],
    ['in a folder that everybody can write to', () => chmodSync(cache, 0o777)],
    [
      'a link to another file',
      () => {
        cpSync(file(), join(folder, 'elsewhere'))
        const path = file()
        rmSync(path)
        symlinkSync(join(folder, 'elsewhere'), path)
      },
    ],
  ])('is not taken where the file is %s', (_, damage) => {
    kept()
    damage()
    const again = start()
    expect(again).toMatchObject({answer: 2, taken: false})
    expect(() => again.end(0)).not.toThrow()
  })

  it('is not taken with any byte changed', () => {
    kept()
    const whole = readFileSync(file())
    for (let at = 8; at < whole.length; at += 11) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] as number) ^ 0x55
      writeFileSync(file(), damaged)
      expect(start().answer).toBe(2)
    }
  })

  asRoot('of another user is not taken, and none is written for him', () => {
    kept()
    chownSync(file(), 65534, 65534)
    expect(start().taken).toBe(false)
    rmSync(cache, {recursive: true})
    start(source, 65534).end(0)
    expect(existsSync(cache)).toBe(false)
  })

  asRoot("of root's is taken by a program of another owner", () => {
    kept()
    expect(start(source, 65534)).toMatchObject({answer: 2, taken: true})
  })

  it.each([1, 64, 66, 75])('of a run that ended with %d is not kept', (exitCode) => {
    start().end(exitCode)
    expect(existsSync(cache)).toBe(false)
  })

  it('is not kept in a folder that others can write to', () => {
    mkdirSync(cache)
    chmodSync(cache, 0o777)
    kept()
    expect(readdirSync(cache)).toEqual([])
  })

  it('clears its folder of what many releases of Node.js have left', () => {
    mkdirSync(cache)
    for (let i = 0; i < 70; i++) writeFileSync(join(cache, `trace-v${i}`), '')
    kept()
    expect(readdirSync(cache).length).toBe(1)
  })
})

describe('the program with compiled code', () => {
  const copy = join(folder, 'copy')
  const cache = join(copy, '.cache')
  const db = join(folder, 'mail.db')
  const env = {...process.env, MAILWITNESS_DB: db, NODE_DISABLE_COMPILE_CACHE: ''}
  const run = (...args: string[]) => {
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(copy, 'bin/run.js'), ...args], {
      encoding: 'utf8',
      env,
    })
    return {status, stdout, stderr}
  }
  const files = (): string[] => (existsSync(cache) ? readdirSync(cache) : [])
  const id = '1nrkRO-0000000001m-08lf'

  beforeAll(() => {
    chmodSync(folder, 0o755)
    mkdirSync(copy)
    for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
      cpSync(name, join(copy, name), {recursive: true})
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))
    // The samples' logs give every look-up something to find.
    expect(run('ingest', 'samples/exim', '--server', 'web1.example.net').status).toBe(0)
  })
  beforeEach(() => rmSync(cache, {recursive: true, force: true}))

  it('answers with it as without', () => {
    const asked = [
      ['trace', id],
      ['trace', id, '--json'],
      ['verdict', '--queue-id', id],
      ['verdict', 'samples/notices/foreign-contact-form.txt', '--json'],
      ['coverage'],
    ]
    const plain = asked.map((args) => run(...args))
    expect(plain.map(({status}) => status)).toEqual(asked.map(() => 0))
    expect(plain[0]?.stdout).toContain(`${id} on web1.example.net: completed`)
    expect(files().length).toBe(3)
    for (let i = 0; i < 2; i++) expect(asked.map((args) => run(...args))).toEqual(plain)
  })

  it('runs the new code after an upgrade, even of the same length', () => {
    const absent = id.replaceAll('0', '1')
    for (let i = 0; i < 5; i++) expect(run('trace', absent).stdout).toContain('logs held: ')
    const chunks = readdirSync(join(copy, 'dist/bundle')).map((name) => join(copy, 'dist/bundle', name))
    const [changed = '', ...others] = chunks.filter((path) => readFileSync(path, 'utf8').includes('logs held: '))
    expect(others).toEqual([])
    const code = readFileSync(changed, 'utf8')
    const {atime, mtime} = statSync(changed)
    try {
      writeFileSync(changed, code.replace('logs held: ', 'LOGS HELD: '))
      utimesSync(changed, atime, mtime)
      expect(run('trace', absent).stdout).toContain('LOGS HELD: ')
      expect(run('trace', absent).stdout).toContain('LOGS HELD: ')
    } finally {
      writeFileSync(changed, code)
    }
  })

  it('is not kept by a load, which tells V8 other things, nor by a misspelt one, nor where it is forbidden', () => {
    expect(run('ingest', 'samples/exim', '--server', 'web1.example.net').status).toBe(0)
    expect(run('trace').status).toBe(64)
    expect(run('trase', id).status).toBe(64)
    expect(run('--version').status).toBe(0)
    spawnSync(process.execPath, [join(copy, 'bin/run.js'), 'trace', id], {
      env: {...env, NODE_DISABLE_COMPILE_CACHE: '1'},
    })
    expect(files()).toEqual([])
  })

  it('is written a few times and then left alone, whatever else is run', () => {
    const written: number[] = []
    for (let i = 0; i < 7; i++) {
      run('trace', id)
      run('ingest', 'samples/exim', '--server', 'web1.example.net')
      run('verdict', '--queue-id', id)
      written.push(
        ...files()
          .filter((name) => name.startsWith('trace-'))
          .map((name) => statSync(join(cache, name)).ino),
      )
    }
    expect(written.length).toBe(7)
    expect(new Set(written.slice(3)).size).toBe(1)
  })

  it('survives many that write at once', async () => {
    const plain = run('trace', id)
    rmSync(cache, {recursive: true})
    const codes = await Promise.all(
      Array.from({length: 8}, () => {
        const child = spawn(process.execPath, [join(copy, 'bin/run.js'), 'trace', id], {env, stdio: 'ignore'})
        return new Promise((done) => child.on('close', done))
      }),
    )
    expect(codes).toEqual(Array(8).fill(0))
    expect(files().length).toBe(1)
    expect(run('trace', id)).toEqual(plain)
  })

  it('answers with damaged files, and mends them', () => {
    const plain = run('trace', id)
    const [name = ''] = files()
    const whole = readFileSync(join(cache, name))
    for (const damaged of [
      whole.subarray(0, 1_000),
      whole.subarray(0, -1_000),
      whole.map((byte, i) => (i % 97 ? byte : ~byte)),
    ]) {
      writeFileSync(join(cache, name), damaged)
      expect(run('trace', id)).toEqual(plain)
      expect(readFileSync(join(cache, name)).length).toBeGreaterThan(whole.length * 0.9)
    }
  })

  asRoot('is used by other users, who cannot write it', () => {
    const asNobody = (...args: string[]) =>
      spawnSync(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, join(copy, 'bin/run.js'), ...args],
        {encoding: 'utf8', env},
      )
    expect(asNobody('help').status).toBe(0)
    expect(files()).toEqual([])
    run('help')
    const before = files()
    expect(before.length).toBe(1)
    expect(asNobody('help').stdout).toBe(run('help').stdout)
    expect(files()).toEqual(before)
  })
})

it('no compiled code is in the package', () => {
  const {stdout} = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {encoding: 'utf8'})
  const [{files}] = JSON.parse(stdout) as [{files: {path: string}[]}]
  const paths = files.map(({path}) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['bin/run.js', 'bin/package.json', 'dist/bundle/start.js', 'dist/bundle/package.json']),
  )
  expect(paths.filter((path) => path.includes('.cache'))).toEqual([])
})
