import {copyFileSync, existsSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {basename} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {eachEntry, HASH_SPAN} from '../../src/store/key-chunk.js'
import Database from '../../src/store/sqlite.js'
import {DISK, failing, WANTED} from '../helpers/disk.js'
import {logOf, mail, mails, START, World} from './world.js'

const DAY = 86_400_000
let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.remove())

const healthy = (): void => {
  const {status, stdout} = world.run('doctor', '--check', '--full', '--json')
  const faults = JSON.parse(stdout).findings.filter(({level}: {level: string}) => level === 'problem')
  expect({status, faults}).toEqual({status: 0, faults: []})
}
const count = (sql: string): number => {
  const db = new Database(world.db, {readonly: true})
  const n = db.prepare(sql).pluck().get() as number
  db.close()
  return n
}

/** Messages that the key index names and the database no longer holds. */
const keysOfNobody = (): number[] => {
  const db = new Database(world.db, {readonly: true})
  const there = new Set(db.prepare('SELECT id FROM message').pluck().all())
  const lost: number[] = []
  const chunks = db.prepare('SELECT id, data FROM key_chunk').all() as {id: number; data: Buffer}[]
  expect(chunks.length).toBeGreaterThan(0)
  for (const {id, data} of chunks)
    eachEntry(id % HASH_SPAN, data, (_, message) => {
      if (!there.has(message)) lost.push(message)
      return true
    })
  db.close()
  return lost
}

describe('prune', () => {
  it('removes what is old, keeps the rest, the totals and the chain', () => {
    const list = mails(100, 60)
    world.ingest(list)
    const before = world.json('doctor', '--check').check.head
    expect(world.json('prune', '--keep', '60d', '--dry-run')).toMatchObject({dryRun: true, messages: 2400})
    const done = world.json('prune', '--keep', '60d')
    expect(done).toMatchObject({
      schema: 'mailwitness.prune/1',
      before: '2026-10-11T00:00:00Z',
      messages: 2400,
      recipients: 2400,
    })
    expect(done.blocks).toBeGreaterThan(0)
    expect(count('SELECT count(*) FROM message')).toBe(3600)
    expect(count('SELECT sum(messages) FROM day_total')).toBe(2400)
    expect(keysOfNobody()).toEqual([])
    expect(count('SELECT min(last) FROM block')).toBeGreaterThan(START)
    expect(world.json('trace', list[0]?.id ?? '').journeys).toEqual([])
    expect(world.json('trace', list.at(-1)?.id ?? '').journeys).toHaveLength(1)
    healthy()
    expect(world.json('doctor', '--check', '--anchor', `${before.block}:${before.sha256}`).healthy).toBe(true)
    expect(world.json('verify').proven).toBe(true)
    // ingest goes on where it was, and the chain with it
    world.ingest([...list, mail(9999, START + 100 * DAY)])
    expect(count('SELECT count(*) FROM message')).toBe(3601)
    healthy()
    expect(world.json('prune', '--keep', '60d').messages).toBe(0)
  })

  it('makes the pruned time a gap: nothing in it is ever "never here"', () => {
    world.ingest(mails(100, 40))
    const ask = (at: string): string =>
      world.json('verdict', '--message-id', 'nobody@nowhere.example', '--at', at).verdict
    expect(ask('2026-09-05T12:00:00Z')).toBe('never-here')
    world.json('prune', '--keep', '60d')
    expect(ask('2026-09-05T12:00:00Z')).toBe('inconclusive')
    expect(ask('2026-11-20T12:00:00Z')).toBe('never-here')
    expect(world.json('coverage').servers[0]).toMatchObject({
      from: '2026-09-01T00:00:00Z',
      gaps: [{reason: 'pruned', to: '2026-10-11T00:00:00Z'}],
    })
  })

  it('keeps a block while one kept message rests on it', () => {
    const slow = mail(1, START)
    const late = `${new Date(START + 95 * DAY).toISOString().slice(0, 19).replace('T', ' ')} ${slow.id} == ${slow.recipient} R=dnslookup T=remote_smtp defer (0): still trying`
    world.json('ingest', world.write('a.log', `${slow.lines[0]}\n${late}\n`), '--format', 'exim', '--tz', 'UTC')
    world.json('ingest', world.write('b.log', logOf([mail(2, START + 96 * DAY)])), '--tz', 'UTC')
    world.json('prune', '--keep', '60d')
    expect(world.json('trace', slow.id).journeys[0].messages[0].evidence).toHaveLength(2)
    healthy()
  })

  it('removes totals past their time, and obeys [privacy] keep', () => {
    world.ingest(mails(30, 10))
    const config = world.write('config.toml', '[privacy]\nkeep = "80d"\n')
    expect(world.json('prune', '--config', config)).toMatchObject({before: '2026-09-21T00:00:00Z', messages: 200})
    expect(world.json('prune', '--keep', '60d', '--keep-counts', '85d').totals).toBeGreaterThan(0)
    expect(world.run('prune', '--keep', 'soon').status).toBe(64)
    expect(world.run('prune', '--keep', '90d', '--keep-counts', '60d').status).toBe(64)
  })

  it('needs a database, and makes none', () => {
    expect(world.run('prune').status).toBe(66)
    expect(existsSync(world.db)).toBe(false)
  })

  it.skipIf(DISK === null)(
    `can be killed at any time: what is left is whole, and the next run ends where an undisturbed one does${WANTED}`,
    () => {
      world.ingest(mails(100, 120))
      const prune = ['prune', '--keep', '60d', '--wait', '5']
      const whole = world.path('whole.db')
      const clean = world.path('clean.db')
      const counted = world.path('operations')
      copyFileSync(world.db, whole)
      copyFileSync(world.db, clean)
      const undisturbed = world.runIn(failing({name: 'clean.db', count: counted}), ...prune, '--db', clean)
      expect(undisturbed.status).toBe(0)
      const operations = Number(readFileSync(counted, 'utf8'))
      for (const part of [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]) {
        for (const end of ['-wal', '-shm']) rmSync(world.db + end, {force: true})
        copyFileSync(whole, world.db)
        const killAt = Math.ceil(operations * part)
        const {signal} = world.runIn(failing({name: basename(world.db), killAt}), ...prune)
        expect([killAt, signal]).toEqual([killAt, 'SIGKILL'])
        expect(world.json('verify').proven).toBe(true)
      }
      healthy()
      world.json('prune', '--keep', '60d')
      expect(contents(world.db)).toEqual(contents(clean))
      healthy()
    },
    180_000,
  )
})

function contents(path: string): Record<string, unknown[]> {
  const db = new Database(path, {readonly: true})
  const out = Object.fromEntries(
    [
      'SELECT * FROM message ORDER BY id',
      'SELECT * FROM recipient ORDER BY message, seq',
      'SELECT id, sha256 FROM block ORDER BY id',
      'SELECT block, link, content FROM removed ORDER BY block',
      'SELECT * FROM key_chunk ORDER BY id',
      'SELECT * FROM segment ORDER BY id',
      'SELECT * FROM text ORDER BY id',
      'SELECT * FROM day_total ORDER BY server, day, origin, sender',
      'SELECT * FROM gap ORDER BY server, first',
      'SELECT * FROM loose ORDER BY server, at, ref',
    ].map((sql) => [sql, db.prepare(sql).raw().all()]),
  )
  db.close()
  return out
}

/** Every byte of every file that the database left, as latin1. */
const rawFiles = (): string =>
  readdirSync(world.folder)
    .filter((name) => name.startsWith('mail.db'))
    .map((name) => readFileSync(world.path(name), 'latin1'))
    .join('\n')

describe('forget', () => {
  const ADDRESS = 'Jane.Roe+x@Private.example'.replace('+x', '')
  /** The forms in which logs and forwarders write one address. */
  const list = () => [
    ...mails(5, 40),
    mail(5001, START + 1000, {recipient: ADDRESS}),
    mail(5002, START + 2 * DAY, {sender: ADDRESS.toLowerCase(), subject: `about ${ADDRESS}`}),
    mail(5003, START + 3 * DAY, {recipient: 'jane.roe+shop@private.example'}),
    mail(5004, START + 3 * DAY + 5000, {sender: 'list-bounces+jane.roe=private.example@list.example'}),
    mail(5005, START + 3 * DAY + 9000, {sender: 'SRS0=ab+c=XY=private.example=jane.roe@fwd.example'}),
    mail(5006, START + 4 * DAY, {recipient: 'mary.jane.roe@private.example'}),
    mail(5007, START + 4 * DAY + 3000, {recipient: 'jane.roe@private.example.org'}),
  ]

  it('leaves no byte of the address in any file of the database', () => {
    world.ingest(list())
    world.json('trace', ADDRESS, '--ticket', 'T-1')
    expect(rawFiles().toLowerCase().includes('jane.roe')).toBe(true)
    const answer = world.json('forget', ADDRESS)
    expect(answer).toMatchObject({schema: 'mailwitness.forget/1', messages: 5, lookups: 1})
    expect(answer.token).toMatch(/^forgotten-[0-9a-f]{16}@forgotten\.invalid$/)
    expect(JSON.stringify(answer).toLowerCase()).not.toContain('jane')
    // the two other addresses contain it as a part of themselves; they are other people's and stay
    const raw = rawFiles()
      .toLowerCase()
      .replaceAll('mary.jane.roe@private.example', '')
      .replaceAll('jane.roe@private.example.org', '')
    expect(raw.includes('jane.roe')).toBe(false)
    const held = world.run('export').stdout.toLowerCase()
    expect(held).toContain('mary.jane.roe@private.example')
    expect(
      held.replaceAll('mary.jane.roe@private.example', '').replaceAll('jane.roe@private.example.org', ''),
    ).not.toContain('jane.roe')
  })

  it('keeps everything else, the chain, and says what was masked', () => {
    const all = list()
    world.ingest(all)
    const head = world.json('doctor', '--check').check.head
    world.json('forget', ADDRESS)
    healthy()
    expect(world.json('doctor', '--check', '--anchor', `${head.block}:${head.sha256}`).check.masked).toBeGreaterThan(0)
    expect(world.json('trace', ADDRESS).journeys).toEqual([])
    const message = world.json('trace', all.at(-7)?.id ?? '').journeys[0].messages[0]
    expect(message.recipients[0].address).toMatch(/^forgotten-/)
    expect(message.recipients[0].outcome).toBe('delivered')
    expect(world.json('trace', 'person3@elsewhere.example').journeys).toHaveLength(1)
    expect(count("SELECT count(*) FROM removal WHERE kind = 'forgotten'")).toBe(1)
    // the same log again brings nothing back
    world.ingest(all)
    expect(world.json('trace', ADDRESS).journeys).toEqual([])
  })

  it('never turns the forgotten message into a "never here"', () => {
    world.ingest(list())
    const ask = (): string =>
      world.json(
        'verdict',
        '--to',
        ADDRESS,
        '--from',
        'sender3@shop.example',
        '--at',
        new Date(START + 1000).toISOString(),
      ).verdict
    const before = ask()
    expect(['left', 'delivered-here', 'inconclusive']).toContain(before)
    world.json('forget', ADDRESS)
    expect(ask()).toBe('inconclusive')
  })

  it('can be asked twice, and about an address that is nowhere', () => {
    world.ingest(list())
    world.json('forget', ADDRESS)
    expect(world.json('forget', ADDRESS)).toMatchObject({token: null, lines: 0})
    expect(world.json('forget', 'nobody@nowhere.example')).toMatchObject({token: null, lines: 0, messages: 0})
    healthy()
    expect(world.run('forget', 'no-address').status).toBe(64)
  })

  it('cleans every table of text, also those made later', () => {
    world.ingest(list())
    const db = new Database(world.db)
    db.exec(
      `CREATE TABLE later(id INTEGER PRIMARY KEY, story TEXT UNIQUE); INSERT INTO later VALUES (1, 'seen ${ADDRESS}'), (2, 'seen nobody')`,
    )
    db.close()
    world.json('forget', ADDRESS)
    expect(count("SELECT count(*) FROM later WHERE story LIKE 'seen forgotten-%'")).toBe(1)
    expect(count('SELECT count(*) FROM later')).toBe(2)
  })

  it('works on what was masked before, and prune removes it in turn', () => {
    world.ingest(list())
    world.json('forget', ADDRESS)
    world.json('forget', 'sender3@shop.example')
    healthy()
    world.json('prune', '--keep', '10d')
    healthy()
    expect(world.json('verify').proven).toBe(true)
  })
})
