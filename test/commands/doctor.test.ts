import {chmodSync, copyFileSync, readFileSync} from 'node:fs'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {CONFIG_LINES} from '../../src/render/doctor-config.js'
import Database from '../../src/store/sqlite.js'
import {mails, World} from './world.js'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.remove())

/** Changes the database behind the program's back, as damage or an attacker would. */
function tamper(sql: string): void {
  const db = new Database(world.db)
  db.exec(sql)
  db.close()
}

describe('doctor', () => {
  it('says that nothing was ingested yet, which is no problem', () => {
    const answer = world.json('doctor')
    expect(answer).toMatchObject({schema: 'mailwitness.doctor/1', healthy: true, database: {exists: false}})
    expect(answer.findings.map(({code}: {code: string}) => code)).toContain('no-database')
  })

  it('names streams, selectors shown and missing, what is weaker, and the lines to add', () => {
    world.ingest(mails(3, 40))
    const answer = world.json('doctor')
    expect(answer.streams).toMatchObject([{dialects: ['exim'], servers: ['web1.example.net'], lines: 360, unknown: 0}])
    expect(answer.streams[0].selectors).toMatchObject({subject: 'on', smtp_confirmation: 'on', pid: 'off'})
    const missing = answer.findings.filter(({code}: {code: string}) => code === 'selector-missing')
    expect(missing.find(({data}: {data: {selector: string}}) => data.selector === 'pid').text).toMatch(/proven/)
    expect(answer.configuration.find(({platform}: {platform: string}) => platform === 'cpanel').lines.join()).toContain(
      '+pid',
    )
    const text = world.run('doctor').stdout
    expect(text).toContain('does not show +pid')
    expect(text).toContain('log_selector = +pid')
  })

  it('shows one example of each shape of line that was not understood', () => {
    const log = world.write(
      'odd.log',
      `${mails(1, 30)
        .flatMap(({lines}) => lines)
        .join(
          '\n',
        )}\n2026-09-01 10:00:00 1wXXXX-000001-AA quux happened to 17 things\n2026-09-01 10:00:01 1wXXXY-000001-AA quux happened to 18 things\n`,
    )
    world.json('ingest', log, '--format', 'exim', '--tz', 'UTC')
    const {unknown} = world.json('doctor')
    expect(unknown).toHaveLength(1)
    expect(unknown[0]).toMatchObject({count: 2})
    expect(unknown[0].line).toContain('quux happened to 17')
  })

  it('finds permissions that are too wide', () => {
    world.ingest(mails(1, 5))
    chmodSync(world.db, 0o644)
    chmodSync(world.folder, 0o777)
    const {status, stdout} = world.run('doctor', '--json')
    expect(status).toBe(1)
    const codes = JSON.parse(stdout).findings.map(({code}: {code: string}) => code)
    expect(codes).toContain('database-mode')
    expect(codes).toContain('folder-mode')
    chmodSync(world.folder, 0o700)
  })

  it('tells configured logs that fit nothing, and servers without logs', () => {
    world.ingest(mails(1, 5))
    const config = world.write(
      'config.toml',
      '[[server]]\nname = "mx9.example.net"\nlogs = ["/nonexistent/mainlog*"]\n',
    )
    const {status, stdout} = world.run('doctor', '--config', config, '--json')
    const codes = JSON.parse(stdout).findings.map(({code}: {code: string}) => code)
    expect(codes).toEqual(expect.arrayContaining(['pattern-empty', 'server-without-logs']))
    expect(status).toBe(1)
  })

  it('prints only configuration lines that the documents have too', () => {
    const documents = ['exim', 'postfix', 'php']
      .map((name) => readFileSync(`docs/dialects/${name}.md`, 'utf8'))
      .join('\n')
    const lines = Object.values(CONFIG_LINES)
      .flat()
      .flatMap((block) => block.lines)
    expect(lines.length).toBeGreaterThan(15)
    for (const line of lines) expect(documents).toContain(line.trim())
  })
})

describe('doctor --check', () => {
  const template = new World()
  beforeAll(() => template.ingest(mails(10, 200)))
  afterAll(() => template.remove())
  beforeEach(() => copyFileSync(template.db, world.db))
  const check = (
    ...args: string[]
  ): {status: number | null; faults: {code: string; place: string}[]; head: {block: number; sha256: string}} => {
    const {status, stdout} = world.run('doctor', '--check', '--full', '--json', ...args)
    const answer = JSON.parse(stdout)
    return {
      status,
      head: answer.check.head,
      faults: answer.findings
        .filter(({code}: {code: string}) => code === 'evidence-fault')
        .map(({data}: {data: unknown}) => data),
    }
  }

  it('finds nothing wrong in what ingest wrote', () => {
    const {status, faults} = check()
    expect({status, faults}).toEqual({status: 0, faults: []})
  })

  it.each([
    [
      'a changed block',
      'UPDATE block SET data = (SELECT data FROM block WHERE id = 2) WHERE id = 3',
      'block-changed',
      'block 3',
    ],
    [
      'a changed offset or time',
      'UPDATE block SET meta = (SELECT meta FROM block WHERE id = 2) WHERE id = 3',
      'block-changed',
      'block 3',
    ],
    ['a damaged block', "UPDATE block SET data = x'00112233' WHERE id = 3", 'block-unreadable', 'block 3'],
    ['a block taken out of the middle', 'DELETE FROM block WHERE id = 2', 'block-changed', 'block 3'],
    ['a block taken out at the end', 'DELETE FROM block WHERE id = (SELECT max(id) FROM block)', 'block-missing', ''],
    [
      'a message made to say something else',
      'UPDATE recipient SET outcome = 5 WHERE message = 7',
      'message-differs',
      'message 7',
    ],
    [
      'another sender',
      'UPDATE message SET sender = (SELECT max(id) FROM text) WHERE id = 9',
      'message-differs',
      'message 9',
    ],
    ['a message hidden from its keys', 'DELETE FROM key_chunk', 'key-missing', 'message 11'],
    [
      'recipients of nobody',
      'INSERT INTO recipient VALUES (99999999, 0, 1, null, 1, 0, null, 1)',
      'row-orphaned',
      'recipients',
    ],
  ])('finds %s and names the place', (_, sql, code, place) => {
    tamper(sql)
    const {status, faults} = check()
    expect(status).toBe(1)
    expect(faults.map((fault) => fault.code)).toContain(code)
    if (place !== '') expect(faults.some((fault) => fault.code === code && fault.place === place)).toBe(true)
  })

  it('finds a chain that was rewritten as a whole, by a head noted before', () => {
    const {head} = check()
    const anchor = `${head.block}:${head.sha256}`
    expect(check('--anchor', anchor).faults).toEqual([])
    tamper(`UPDATE block SET sha256 = x'${'00'.repeat(32)}' WHERE id = (SELECT max(id) FROM block)`)
    expect(check('--anchor', anchor).faults.map(({code}) => code)).toContain('anchor-missing')
  })

  it('finds a page that was written over, and says so in words', () => {
    const bytes = readFileSync(world.db)
    for (const page of [9, 20, 31]) bytes.fill(0x5a, page * 4096, page * 4096 + 4096)
    world.write('mail.db', bytes)
    const {status, stdout} = world.run('doctor', '--check')
    expect(status).toBe(1)
    expect(stdout).toMatch(/problem .*(malformed|database file|block)/)
  })

  it('--rebuild makes derived rows what their lines say', () => {
    tamper('UPDATE recipient SET outcome = 5; UPDATE message SET sender = null; DELETE FROM key_chunk')
    expect(check().status).toBe(1)
    expect(world.json('doctor', '--rebuild', '--full', '--check').check.rederived).toBe(2000)
    expect(check()).toMatchObject({status: 0, faults: []})
  })
})
