/** Hostile files through the real ingest: bombs, cuts, endless lines, special files, absurd dates. Each with a clear message. */
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {pathToFileURL} from 'node:url'
import * as zlib from 'node:zlib'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {logOf, mails, World} from '../commands/world.js'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.remove())

const list = mails(2, 300)
const log = logOf(list)
const ingest = (
  ...paths: string[]
): {
  status: number | null
  answer: {lines: number; messages: number; failures: {path: string; code: string; message: string}[]}
  text: string
} => {
  const {status, stdout, stderr} = world.run(
    'ingest',
    ...paths,
    '--server',
    'web1.example.net',
    '--tz',
    'UTC',
    '--json',
  )
  return {status, answer: JSON.parse(stdout), text: stderr}
}
const gapReasons = (): string[] =>
  world.json('coverage').servers.flatMap(({gaps}: {gaps: {reason: string}[]}) => gaps.map(({reason}) => reason))

describe('compressed files', () => {
  const compress: Record<string, (text: string) => Buffer> = {
    gz: (text) => zlib.gzipSync(text),
    xz: (text) => spawnSync('xz', ['-c'], {input: text, maxBuffer: 1e8}).stdout,
    zst: (text) =>
      // only in newer releases of Node
      (zlib as {zstdCompressSync?: (text: string) => Buffer}).zstdCompressSync?.(text) ??
      spawnSync('zstd', ['-c', '-q'], {input: text, maxBuffer: 1e8}).stdout,
    bz2: (text) => spawnSync('bzip2', ['-c'], {input: text, maxBuffer: 1e8}).stdout,
  }
  it.each(Object.entries(compress))(
    '.%s cut off: what could be read is kept, the rest is named and is a gap',
    (ext, pack) => {
      const whole = pack(log)
      if (whole === null || whole.length === 0) throw new Error(`this machine cannot write .${ext}`)
      const {status, answer} = ingest(
        world.write(`exim_mainlog.1.${ext}`, whole.subarray(0, Math.floor(whole.length * 0.6))),
      )
      expect(status).toBe(66)
      expect(answer.failures).toHaveLength(1)
      expect(answer.failures[0]?.message).toMatch(/cut|trunc|early|incomplete|damaged|corrupt|end/i)
      if (answer.lines > 0) expect(gapReasons()).toContain('unreadable')
      // the whole file afterwards: everything once
      const after = ingest(world.write(`exim_mainlog.1.${ext}`, whole))
      expect(after.status).toBe(0)
      expect(answer.messages + after.answer.messages).toBe(list.length)
    },
  )

  it('a zip bomb is stopped at the limit, in little memory, and named', () => {
    // 1 GiB of one line's repeat in about 1 MB
    const megabyte = zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024, 'A'), {level: 9})
    const bomb = Buffer.concat(new Array(40).fill(megabyte))
    const {status, answer, text} = ingest(world.write('exim_mainlog.2.gz', bomb))
    expect([0, 66]).toContain(status)
    expect(text).not.toMatch(/heap|allocation/i)
    expect(answer.messages).toBe(0)
    // one endless line is kept cut and counted, or the file is named as over the limit
    expect(answer.failures.length + answer.lines).toBeGreaterThan(0)
    expect(statSync(world.db).size).toBeLessThan(64 * 1024 * 1024)
  })

  it.each(['xz -0', 'zstd -q', 'bzip2'])('a bomb of %s is stopped too', (packer) => {
    const [tool = ''] = packer.split(' ')
    const bomb = spawnSync('sh', ['-c', `head -c ${290 * 1024 * 1024} /dev/zero | ${packer} -c`], {
      maxBuffer: 1e8,
    }).stdout
    expect(bomb.length, `this machine cannot run ${tool}`).toBeGreaterThan(10)
    const {status, answer} = ingest(world.write(`exim_mainlog.2.${{xz: 'xz', zstd: 'zst', bzip2: 'bz2'}[tool]}`, bomb))
    expect(status).toBe(66)
    expect(answer.failures.map(({code}) => code)).toEqual(['DECOMPRESSION_LIMIT'])
  })
})

describe('lines', () => {
  it('a line of 10 MB is cut, counted, a gap, and the lines around it are right', () => {
    const lines = log.split('\n')
    const long = `${lines[30]?.slice(0, 19)} 1wXXXX-000001-AA <= a@b.example U=x P=local S=1 T="${'y'.repeat(10 * 1024 * 1024)}"`
    const {status, answer} = ingest(
      world.write('exim_mainlog', [...lines.slice(0, 31), long, ...lines.slice(31)].join('\n')),
    )
    expect(status).toBe(0)
    expect(answer).toMatchObject({truncated: 1})
    expect(answer.messages).toBeGreaterThanOrEqual(list.length)
    expect(gapReasons()).toContain('line-too-long')
  })

  it('numbers beyond all bounds stop nothing', () => {
    const endless = '9'.repeat(400)
    const exim = [
      `2026-09-01 10:00:00 1wXXXX-000001-AA <= a@b.example U=x P=local S=${'9'.repeat(23)}`,
      `2026-09-01 10:00:01 1wXXXX-000002-AA <= a@b.example U=x P=local S=${endless}`,
      `2026-09-01 10:00:02 1wXXXX-000003-AA <= a@b.example H=h [192.0.2.1]:${endless} P=smtp S=1e309`,
    ]
    const postfix = [
      `Sep  1 10:00:00 mx1 postfix/qmgr[${endless}]: 4B1C2D3E4F: from=<a@b.example>, size=${'9'.repeat(23)}, nrcpt=${endless} (queue active)`,
      `Sep  1 10:00:00 mx1 postfix/pickup[9]: 4B1C2D3E50: uid=${'9'.repeat(23)} from=<x>`,
      `Sep  1 10:00:01 mx1 postfix/smtp[9]: 4B1C2D3E4F: to=<c@d.example>, relay=h[192.0.2.1]:25, delay=${endless}, delays=1/1/1/1, dsn=${endless}.0.0, status=sent (250 OK)`,
      `Sep  1 10:00:01 mx1 postfix/smtp[9]: message repeated ${endless} times: [ 4B1C2D3E4F: to=<e@d.example>, relay=none, delay=1, delays=1/1/1/1, dsn=4.0.0, status=deferred (x)]`,
    ]
    const {status} = ingest(
      world.write('exim_mainlog', `${log}${exim.join('\n')}\n`),
      world.write('mail.log', `${postfix.join('\n')}\n`),
    )
    expect(status).toBe(0)
    expect(world.json('trace', '1wXXXX-000001-AA').journeys).toHaveLength(1)
    expect(world.json('trace', list[5]?.id ?? '').journeys[0].messages[0].state).toBe('completed')
    expect(world.run('doctor', '--check', '--full').status).toBe(0)
  })

  it('a message with 100,000 recipients keeps them all', () => {
    const mail = list[0]
    if (!mail) throw new Error('there are messages')
    const stamp = mail.lines[0]?.slice(0, 19) ?? ''
    const many = Array.from(
      {length: 100_000},
      (_, n) => `${stamp} ${mail.id} => r${n}@far.example R=r T=remote_smtp H=mx.far.example [203.0.113.1] C="250 OK"`,
    )
    const {status, answer} = ingest(
      world.write('exim_mainlog', `${mail.lines[0]}\n${many.join('\n')}\n${mail.lines[2]}\n`),
    )
    expect(status).toBe(0)
    expect(answer).toMatchObject({messages: 1})
    const found = world.json('trace', 'r99999@far.example').journeys[0].messages[0]
    expect(
      found.recipients.filter(({outcome}: {outcome: string}) => outcome === 'delivered').length,
    ).toBeGreaterThanOrEqual(100_000)
  })

  it('NUL bytes, binary noise and an empty file are counted and stop nothing', () => {
    const noise = Buffer.from(Array.from({length: 200_000}, (_, n) => (n * 7919 + (n >> 3)) & 255))
    world.write(
      'exim_mainlog',
      Buffer.concat([
        Buffer.from(log),
        noise,
        Buffer.alloc(4096),
        Buffer.from(`\n${log.replaceAll('2026-09-0', '2026-10-0')}`),
      ]),
    )
    world.write('empty.log', '')
    const {status, answer} = ingest(world.path('exim_mainlog'), world.path('empty.log'))
    expect(status).toBe(0)
    expect(answer.messages).toBeGreaterThanOrEqual(list.length)
  })

  it.each([
    '0000-00-00 00:00:00',
    '9999-12-31 23:59:59',
    '2026-02-30 25:61:61',
    '1899-01-01 00:00:00',
    '2026-09-01 00:00:60',
    '+275760-09-13 00:00',
  ])('the absurd date %s harms no other line', (date) => {
    const {status} = ingest(
      world.write('exim_mainlog', `${log}${date} 1wXXXX-000001-AA <= a@b.example U=x P=local S=1\n`),
    )
    expect(status).toBe(0)
    for (const args of [
      ['coverage'],
      ['trace', list[5]?.id ?? ''],
      ['trace', '1wXXXX-000001-AA'],
      ['doctor', '--check', '--full'],
    ]) {
      const {stdout, stderr} = world.run(...args)
      expect(stdout + stderr).not.toMatch(/should not have happened|NaN|Invalid/)
    }
    expect(world.json('trace', list[5]?.id ?? '').journeys[0].messages[0].state).toBe('completed')
  })
})

describe('absurd dates in a log of Postfix', () => {
  const line = (stamp: string, id: string): string =>
    `${stamp} mx1 postfix/smtp[9]: ${id}: to=<c@d.example>, relay=h[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK)`
  it.each([
    'Feb 30 25:61:61',
    'Dec 31 23:59:60',
    'Jan  0 00:00:00',
    '9999-12-31T23:59:59.999999+14:00',
    '0000-01-01T00:00:00Z',
    '2026-11-21T10:00:00+99:99',
    '+275760-09-13T00:00:00Z',
    '<190>1 2026-13-45T10:00:00Z',
  ])('%s harms no other line', (stamp) => {
    const good = ['Sep  1 10:00:00', 'Sep  1 10:00:02'].map((at, n) => line(at, `4B1C2D3E4${n}`))
    const {status} = ingest(
      world.write('mail.log', `${[good[0], line(stamp, '4B1C2D3E4F'), good[1]].join('\n')}\n`),
      '--year',
      '2026',
    )
    expect(status).toBe(0)
    for (const id of ['4B1C2D3E40', '4B1C2D3E41']) {
      const [message] = world.json('trace', id).journeys[0].messages
      expect(message.recipients[0].at).toMatch(/^2026-09-01T10:00:0[02]Z$/)
    }
    for (const args of [['coverage'], ['trace', '4B1C2D3E4F'], ['doctor', '--check', '--full']]) {
      const {stdout, stderr} = world.run(...args)
      expect(stdout + stderr).not.toMatch(/should not have happened|NaN|Invalid/)
    }
  })
})

describe('special files in a log folder', () => {
  it('a FIFO, a socket name, a device and a link that leads out are named and not read', () => {
    const folder = world.path('logs')
    mkdirSync(folder)
    writeFileSync(`${folder}/exim_mainlog`, log)
    spawnSync('mkfifo', [`${folder}/mainlog.fifo`])
    writeFileSync(world.path('secret.txt'), 'root:x:0:0:secret:/root:/bin/sh\n')
    symlinkSync(world.path('secret.txt'), `${folder}/exim_rejectlog`)
    symlinkSync('/dev/zero', `${folder}/zero.log`)
    symlinkSync(folder, `${folder}/round`)
    const {status, answer} = ingest(folder)
    expect(status).toBe(66)
    expect(answer.messages).toBe(list.length)
    expect(answer.failures.map(({path}) => path).join(' ')).toMatch(/mainlog\.fifo/)
    expect(answer.failures.map(({path}) => path).join(' ')).toMatch(/exim_rejectlog/)
    expect(world.run('export').stdout).not.toContain('root:x:0:0')
    expect(readFileSync(world.db, 'latin1')).not.toContain('root:x:0:0')
  })
})

describe('a database in the folder of the logs', () => {
  it.each(['mail.db', 'mail.sqlite3', 'evidence'])('%s is not read as a log, and nothing beside it', (name) => {
    const folder = world.path('logs')
    mkdirSync(folder)
    writeFileSync(`${folder}/exim_mainlog`, log)
    const read = () =>
      JSON.parse(world.run('ingest', folder, '--db', `${folder}/${name}`, '--tz', 'UTC', '--json').stdout)
    expect(read()).toMatchObject({messages: list.length, unknown: 0, sources: [{path: `${folder}/exim_mainlog`}]})
    // A log of that name, with no database of the name before it.
    writeFileSync(`${folder}/php-writer`, '2026-09-05 00:00:00 Start queue run: pid=1\n')
    expect(read()).toMatchObject({lines: 1, sources: [{path: `${folder}/php-writer`}], failures: []})
  })
})

describe('least privilege', () => {
  const root = process.getuid?.() === 0
  const nobody = (...args: string[]) =>
    spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, 'bin/run.js', ...args],
      {encoding: 'utf8', env: {...world.env, HOME: '/nonexistent', XDG_STATE_HOME: '/nonexistent'}},
    )

  it('makes the database 0600 in a folder 0700 of its own', () => {
    const db = world.path('new/folder/mail.db')
    expect(world.run('ingest', world.write('exim_mainlog', log), '--db', db, '--tz', 'UTC').status).toBe(0)
    expect(statSync(db).mode & 0o777).toBe(0o600)
    expect(statSync(world.path('new/folder')).mode & 0o777).toBe(0o700)
  })

  it.skipIf(!root)('every read command works for a user who may write nothing (needs root to become one)', () => {
    world.ingest(list)
    chmodSync(world.folder, 0o755)
    chmodSync(world.db, 0o644)
    const one = list[3]
    for (const args of [
      ['trace', one?.id ?? ''],
      ['verdict', '--queue-id', one?.id ?? ''],
      ['coverage'],
      ['export', '--since', '2026-09-02'],
      ['verify'],
      ['trace', one?.recipient ?? '', '--redact'],
    ]) {
      const {status, stdout, stderr} = nobody(...args)
      expect({args, status, stderr}).toEqual({args, status: 0, stderr: ''})
      expect(stdout.length).toBeGreaterThan(10)
    }
    const doctor = nobody('doctor', '--check', '--json')
    expect(JSON.parse(doctor.stdout).findings.map(({code}: {code: string}) => code)).toContain('database-foreign-owner')
  })

  it.skipIf(!root)('reads while the write-ahead log of a killed writer lies there', () => {
    world.ingest(list)
    chmodSync(world.folder, 0o755)
    chmodSync(world.db, 0o644)
    const script = `import D from ${JSON.stringify(pathToFileURL('dist/store/sqlite.js').href)}; const d = new D(${JSON.stringify(world.db)}); d.pragma('journal_mode=WAL'); d.exec("INSERT INTO note VALUES ('x', 'y')"); process.kill(process.pid, 'SIGKILL')`
    spawnSync(process.execPath, ['--input-type=module', '-e', script], {cwd: process.cwd()})
    for (const suffix of ['-wal', '-shm']) chmodSync(`${world.db}${suffix}`, 0o644)
    const {status, stdout} = nobody('trace', list[3]?.id ?? '', '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout).journeys).toHaveLength(1)
  })

  it.skipIf(!root)('says what to do where the database is closed to a user, and where writing is not allowed', () => {
    world.ingest(list)
    chmodSync(world.folder, 0o755)
    const closed = nobody('trace', 'x')
    expect(closed.status).toBe(66)
    expect(closed.stderr).toMatch(/cannot open the database/)
    chmodSync(world.db, 0o644)
    for (const command of [['prune'], ['forget', 'a@b.example']]) {
      const {status, stderr} = nobody(...command)
      expect(status).not.toBe(0)
      expect(stderr).toMatch(/read-only|cannot open|permission|writ/)
      expect(stderr).not.toMatch(/should not have happened/)
    }
  })

  it.skipIf(!root)(
    'journals look-ups elsewhere where the database cannot be written, and refuses where nothing can',
    () => {
      world.ingest(list)
      chmodSync(world.folder, 0o755)
      chmodSync(world.db, 0o644)
      const refused = nobody('trace', 'x', '--ticket', 'T1')
      expect(refused.status).toBe(1)
      expect(refused.stderr).toMatch(/journal of look-ups/)
      mkdirSync(world.path('state'), {mode: 0o777})
      chmodSync(world.path('state'), 0o777)
      const state = world.path('state')
      const {status} = spawnSync(
        'setpriv',
        [
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          'bin/run.js',
          'trace',
          'x',
          '--ticket',
          'T1',
        ],
        {env: {...world.env, XDG_STATE_HOME: state}},
      )
      expect(status).toBe(0)
      expect(readFileSync(`${state}/mailwitness/lookups.ndjson`, 'utf8')).toContain('"ticket":"T1"')
    },
  )
})
