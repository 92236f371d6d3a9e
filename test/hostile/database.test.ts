/** A database that is not as it should be: each case with a clear message, the right exit code, and a way out that works. */
import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {holdWriterPlace} from '../../src/store/database.js'
import Database from '../../src/store/sqlite.js'
import {logOf, mails, World} from '../commands/world.js'
import {contentOfFile, difference} from '../helpers/content.js'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.remove())
const list = mails(6, 200)
const ingest = (db = world.db): ReturnType<World['run']> =>
  world.run('ingest', world.path('exim_mainlog'), '--server', 'web1.example.net', '--tz', 'UTC', '--db', db)
const fault = /should not have happened|SqliteError|at .*\.js:\d+/

describe('another schema', () => {
  it.each([['trace', 'x'], ['coverage'], ['ingest'], ['prune'], ['forget', 'a@b.example'], ['doctor', '--check']])(
    'of a newer version is refused by %s, never read half, and not touched',
    (...args) => {
      world.ingest(list.slice(0, 20))
      const db = new Database(world.db)
      db.pragma('user_version = 99')
      db.pragma('journal_mode = DELETE')
      db.close()
      const before = readFileSync(world.db)
      const {status, stdout, stderr} = args[0] === 'ingest' ? ingest() : world.run(...args)
      expect(status).not.toBe(0)
      if (args[0] !== 'doctor') expect(status).toBe(65)
      expect(stdout + stderr).toMatch(/schema 99/)
      expect(stdout + stderr).not.toMatch(fault)
      expect(readFileSync(world.db).equals(before)).toBe(true)
    },
  )

  it('of another program is refused, and not touched', () => {
    const db = new Database(world.db)
    db.exec('CREATE TABLE theirs(a)')
    db.close()
    world.write('exim_mainlog', logOf(list))
    const before = readFileSync(world.db)
    for (const ran of [ingest(), world.run('trace', 'x'), world.run('prune')]) {
      expect(ran.status).toBe(65)
      expect(ran.stderr).toMatch(/no mailwitness database/)
    }
    expect(readFileSync(world.db).equals(before)).toBe(true)
  })
})

describe('a damaged file', () => {
  it.each<readonly [string, (path: string) => void]>([
    [
      'pages written over',
      (path) => {
        const bytes = readFileSync(path)
        for (let page = 8; page < bytes.length / 4096; page += 11) bytes.fill(0x5a, page * 4096, page * 4096 + 4096)
        writeFileSync(path, bytes)
      },
    ],
    ['cut off in the middle', (path) => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096)],
  ])('with %s is found by doctor --check, and made again from the logs', (_, damage) => {
    world.ingest(list)
    const expected = contentOfFile(world.db)
    damage(world.db)
    const {status, stdout, stderr} = world.run('doctor', '--check')
    expect(status).toBe(1)
    expect(stdout + stderr).toMatch(/malformed|damaged|database file|block/)
    expect(stdout + stderr).not.toMatch(/should not have happened/)
    const answer = world.run('trace', list[5]?.recipient ?? '')
    expect(answer.stdout + answer.stderr).not.toMatch(/should not have happened/)
    expect(ingest(world.path('new.db')).status).toBe(0)
    expect(difference(expected, contentOfFile(world.path('new.db')))).toEqual([])
  })

  it('that is empty becomes a database, and one that is text is refused', () => {
    world.write('exim_mainlog', logOf(list))
    world.write('mail.db', '')
    expect(ingest().status).toBe(0)
    world.write('text.db', 'this is no database at all\n'.repeat(200))
    const {status, stderr} = ingest(world.path('text.db'))
    expect(status).toBe(65)
    expect(stderr).toMatch(/no mailwitness database/)
    expect(readFileSync(world.path('text.db'), 'utf8')).toMatch(/^this is no database/)
  })
})

describe('a place that does not do', () => {
  it('a folder that is missing is made; one that is a file is said', () => {
    world.write('exim_mainlog', logOf(list))
    expect(ingest(world.path('a/b/mail.db')).status).toBe(0)
    expect(existsSync(world.path('a/b/mail.db'))).toBe(true)
    const {status, stderr} = ingest(world.path('exim_mainlog/mail.db'))
    expect([1, 66]).toContain(status)
    expect(stderr).toMatch(/cannot open the database/)
    expect(stderr).not.toMatch(fault)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'a folder where this user may not write is said (needs root to become one)',
    () => {
      world.write('exim_mainlog', logOf(list))
      mkdirSync(world.path('closed'), {mode: 0o755})
      chmodSync(world.folder, 0o755)
      const nobody = (...args: string[]): {status: number | null; stderr: string} =>
        spawnSync(
          'setpriv',
          ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, 'bin/run.js', ...args],
          {encoding: 'utf8', env: {...world.env, HOME: '/nonexistent'}},
        )
      const closed = nobody('ingest', world.path('exim_mainlog'), '--db', world.path('closed/mail.db'))
      expect([1, 66]).toContain(closed.status)
      expect(closed.stderr).toMatch(/cannot (?:open|write to) the database .*closed\/mail\.db/)
      expect(closed.stderr).not.toMatch(fault)
      expect(ingest(world.path('closed/mail.db')).status).toBe(0)
      chmodSync(world.path('closed/mail.db'), 0o644)
      const readOnly = nobody('ingest', world.path('exim_mainlog'), '--db', world.path('closed/mail.db'))
      expect([1, 66]).toContain(readOnly.status)
      expect(readOnly.stderr).toMatch(/read-only|cannot (?:open|write to) the database/)
      expect(readOnly.stderr).not.toMatch(fault)
    },
  )

  it('a database that another process writes to: 75 at once with --wait 0, every question answered meanwhile', () => {
    world.ingest(list)
    copyFileSync(world.db, world.path('before.db'))
    const free = holdWriterPlace(world.db, 0)
    try {
      for (const args of [
        ['ingest', world.path('exim_mainlog'), '--wait', '0'],
        ['prune', '--wait', '0'],
        ['forget', 'a@b.example', '--wait', '0'],
      ]) {
        const {status, stderr} = world.run(...args)
        expect(status).toBe(75)
        expect(stderr).toMatch(/busy: another process is writing/)
        expect(stderr).toMatch(/--wait SECONDS/)
      }
      expect(world.json('trace', list[5]?.id ?? '').journeys).toHaveLength(1)
      expect(world.run('coverage').status).toBe(0)
    } finally {
      free()
    }
    expect(world.run('prune', '--wait', '0').status).toBe(0)
  })
})
