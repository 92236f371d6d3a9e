import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {closest} from '../../src/cli/closest.js'
import {databasePath} from '../../src/cli/database-path.js'
import {cannotRead, Failure, failureJson, toFailure, usage} from '../../src/cli/failures.js'
import Database from '../../src/store/sqlite.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-'))
afterAll(() => rmSync(folder, {recursive: true}))

const thrownBy = (action: () => unknown): unknown => {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('toFailure', () => {
  it('gives a missing file its path, reason, next step and exit code', () => {
    const failure = toFailure(thrownBy(() => readFileSync(join(folder, 'none'))))
    expect(failure).toMatchObject({
      code: 'FILE_UNREADABLE',
      exit: 66,
      message: `cannot read the file ${folder}/none: no such file or directory`,
    })
    expect(failure.suggestions.length).toBeGreaterThan(0)
  })

  it('says that a directory is one', () => {
    expect(toFailure(thrownBy(() => readFileSync(folder))).message).toContain('it is a directory')
  })

  it('tells a locked database (75) from one that is none (65) and one that cannot be opened (66)', () => {
    const path = join(folder, 'busy.db')
    const one = new Database(path)
    const two = new Database(path, {timeout: 0})
    one.exec('CREATE TABLE t(a); BEGIN IMMEDIATE')
    expect(toFailure(thrownBy(() => two.exec('BEGIN IMMEDIATE')))).toMatchObject({code: 'DATABASE_BUSY', exit: 75})
    one.close()
    two.close()
    writeFileSync(join(folder, 'text.db'), 'this is a text of some length, and no database at all '.repeat(20))
    const text = new Database(join(folder, 'text.db'))
    expect(toFailure(thrownBy(() => text.prepare('SELECT * FROM sqlite_schema').all()))).toMatchObject({
      code: 'DATABASE_NOT_UNDERSTOOD',
      exit: 65,
    })
    text.close()
    mkdirSync(join(folder, 'folder.db'))
    expect(toFailure(thrownBy(() => new Database(join(folder, 'folder.db'))))).toMatchObject({
      code: 'DATABASE_UNREADABLE',
      exit: 66,
    })
    const readonly = new Database(path, {readonly: true})
    expect(toFailure(thrownBy(() => readonly.exec('INSERT INTO t VALUES (1)')))).toMatchObject({
      code: 'DATABASE_READ_ONLY',
      exit: 1,
    })
    readonly.close()
  })

  it('explains a missing binding', () => {
    const failure = toFailure(new Error('Could not locate the bindings file. Tried: …'))
    expect(failure).toMatchObject({code: 'DATABASE_BINDING_MISSING', exit: 1})
    expect(failure.suggestions.join()).toContain('npm rebuild better-sqlite3')
  })

  it('keeps a Failure, and calls what nobody foresaw a defect of ours', () => {
    const own = usage('no')
    expect(toFailure(own)).toBe(own)
    expect(toFailure(new TypeError('x is undefined'))).toMatchObject({code: 'INTERNAL', exit: 1})
    expect(toFailure('text')).toMatchObject({message: 'text', exit: 1})
  })

  it('makes the contract’s error object', () => {
    const failure = cannotRead('log', '/var/log/x', Object.assign(new Error('EACCES: …'), {code: 'EACCES'}))
    expect(failureJson(failure)).toEqual({
      error: {
        code: 'LOG_UNREADABLE',
        message: 'cannot read the log /var/log/x: permission denied',
        suggestions: ['run it as root', 'or add this user to the group that owns the file (Debian logs: adm)'],
      },
    })
    expect(failure).toBeInstanceOf(Failure)
  })
})

describe('closest', () => {
  const words = ['ingest', 'trace', 'verdict', 'coverage', 'abuse', 'report']
  it.each([
    ['covrage', 'coverage'],
    ['verdic', 'verdict'],
    ['tracee', 'trace'],
    ['cov', 'coverage'],
    ['tarce', 'trace'],
    ['zzz', null],
    ['x'.repeat(100), null],
  ])('%s: %s', (typed, expected) => expect(closest(typed, words)).toBe(expected))
})

describe('databasePath', () => {
  const home = join(folder, 'home')
  const system = join(folder, 'var', 'mail.db')
  const env = {HOME: home}
  const choose = (change: Partial<Parameters<typeof databasePath>[0]> = {}) =>
    databasePath({named: undefined, configured: null, env, system, ...change})

  it('prefers the named one, then the configured one', () => {
    expect(choose({named: '/a/b.db', configured: '/c.db'})).toBe('/a/b.db')
    expect(choose({named: '', configured: '/c.db'})).toBe('/c.db')
  })

  it('takes the user’s own folder where the system’s does not exist, and the system’s where it does', () => {
    expect(choose()).toBe(join(home, '.local/share/mailwitness/mail.db'))
    expect(choose({env: {...env, XDG_DATA_HOME: '/data'}})).toBe('/data/mailwitness/mail.db')
    mkdirSync(join(folder, 'var'))
    expect(choose()).toBe(system)
    writeFileSync(system, '')
    expect(choose()).toBe(system)
  })

  it('names a closed system database rather than an empty own one', () => {
    const closed = {mayWrite: () => false}
    expect(choose(closed)).toBe(system)
    mkdirSync(join(home, '.local/share/mailwitness'), {recursive: true})
    writeFileSync(join(home, '.local/share/mailwitness/mail.db'), '')
    expect(choose(closed)).toBe(join(home, '.local/share/mailwitness/mail.db'))
  })
})
