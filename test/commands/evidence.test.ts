import {copyFileSync, readFileSync, rmSync, statSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Database from '../../src/store/sqlite.js'
import {mails, World} from './world.js'

const world = new World()
const list = mails(6, 200)
const bundle = world.path('case.evidence')
beforeAll(() => {
  world.ingest(list)
  world.json('trace', list[150]?.recipient ?? '', '--evidence', bundle)
})
afterAll(() => world.remove())

const verify = (text: string): {status: number | null; faults: {place: string; what: string}[]} => {
  const {status, stdout} = world.run('verify', world.write('changed.evidence', text), '--json')
  return {status, faults: JSON.parse(stdout).faults}
}
const records = (): Record<string, unknown>[] =>
  readFileSync(bundle, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const changed = (change: (all: Record<string, unknown>[]) => void): string => {
  const all = records()
  change(all)
  return `${all.map((one) => JSON.stringify(one)).join('\n')}\n`
}
const indexOf = (kind: string): number => records().findIndex(({record}) => record === kind)

describe('an evidence bundle', () => {
  it('is written whole, for its owner only, and proven on a machine without a database', () => {
    expect(statSync(bundle).mode & 0o777).toBe(0o600)
    const kinds = records().map(({record}) => record)
    expect(kinds[0]).toBe('bundle')
    expect(kinds.at(-1)).toBe('end')
    expect(kinds.filter((kind) => kind === 'line')).toHaveLength(3)
    expect(records()[0]).toMatchObject({tool: {name: 'mailwitness'}, question: {keys: [list[150]?.recipient]}})
    copyFileSync(world.db, world.path('kept'))
    rmSync(world.db)
    try {
      expect(world.json('verify', bundle)).toMatchObject({
        schema: 'mailwitness.verify/1',
        proven: true,
        lines: 3,
        messages: 1,
        faults: [],
      })
    } finally {
      copyFileSync(world.path('kept'), world.db)
    }
    expect(world.json('verify', bundle, '--with-database').proven).toBe(true)
  })

  it.each([
    [
      'the text of a line',
      'line',
      (one: Record<string, unknown>) => {
        one['line'] = String(one['line']).replace('shop.example', 'evil.example')
      },
      /log line \d+ of block \d+/,
    ],
    [
      'the offset of a line',
      'line',
      (one: Record<string, unknown>) => {
        one['offset'] = Number(one['offset']) + 1
      },
      /log line/,
    ],
    [
      'the time of a line',
      'line',
      (one: Record<string, unknown>) => {
        one['at'] = '2026-01-01T00:00:00Z'
      },
      /log line/,
    ],
    [
      'the source of a line',
      'line',
      (one: Record<string, unknown>) => {
        one['source'] = '/var/log/other'
      },
      /log line/,
    ],
    [
      'the text of a block',
      'block',
      (one: Record<string, unknown>) => {
        one['text'] = Buffer.from('x').toString('base64')
      },
      /block \d+/,
    ],
    [
      'the times of a block',
      'block',
      (one: Record<string, unknown>) => {
        one['meta'] = Buffer.from('x').toString('base64')
      },
      /block \d+/,
    ],
    [
      'the hash of a block',
      'block',
      (one: Record<string, unknown>) => {
        one['sha256'] = '0'.repeat(64)
      },
      /block \d+/,
    ],
    [
      'the link of a block',
      'block',
      (one: Record<string, unknown>) => {
        one['before'] = '0'.repeat(64)
      },
      /block \d+/,
    ],
    [
      'the answer',
      'journey',
      (one: Record<string, unknown>) => {
        one['messages'] = JSON.parse(JSON.stringify(one['messages']).replace('"delivered"', '"failed"'))
      },
      /^line \d+$/,
    ],
    [
      'the coverage',
      'coverage',
      (one: Record<string, unknown>) => {
        one['coverage'] = {}
      },
      /^line \d+$/,
    ],
  ])('shows that %s was changed, and where', (_, kind, change, place) => {
    const {status, faults} = verify(changed((all) => change(all[indexOf(kind)] ?? {})))
    expect(status).toBe(1)
    expect(faults.some((fault) => place.test(fault.place))).toBe(true)
  })

  it('shows a changed line whose seals were computed again', () => {
    const text = changed((all) => {
      const one = all[indexOf('line')] ?? {}
      one['line'] = String(one['line']).replace('shop.example', 'evil.example')
    })
    const lines = text.trimEnd().split('\n')
    const {createHash} = process.getBuiltinModule('node:crypto')
    const end = {
      record: 'end',
      records: lines.length - 1,
      sha256: lines.slice(0, -1).map((line) => createHash('sha256').update(line).digest('hex')),
    }
    const {status, faults} = verify(`${[...lines.slice(0, -1), JSON.stringify(end)].join('\n')}\n`)
    expect(status).toBe(1)
    expect(faults[0]?.what).toMatch(/not the text in the block/)
  })

  it('shows a record taken out, put in, and a file cut off', () => {
    expect(verify(changed((all) => all.splice(indexOf('line'), 1))).status).toBe(1)
    expect(verify(changed((all) => all.splice(2, 0, {record: 'note', text: 'trust me'}))).status).toBe(1)
    const whole = readFileSync(bundle, 'utf8')
    for (const part of [0.2, 0.5, 0.9, 0.999])
      expect(verify(whole.slice(0, Math.floor(whole.length * part))).status).toBe(1)
  })

  it('is compared with the chain of the database', () => {
    const db = new Database(world.db)
    db.exec(`UPDATE block SET sha256 = x'${'11'.repeat(32)}'`)
    db.close()
    const {status, stdout} = world.run('verify', bundle, '--with-database')
    copyFileSync(world.path('kept'), world.db)
    expect(status).toBe(1)
    expect(stdout).toMatch(/the chain of the database has another SHA-256/)
  })

  it('says when a file is no bundle, or not there', () => {
    expect(world.run('verify', world.write('no.txt', 'hello')).status).toBe(65)
    expect(world.run('verify', world.path('absent')).status).toBe(66)
    expect(world.run('trace', 'x', '--evidence', world.path('no/such/folder/x')).status).toBe(1)
    expect(world.run('trace', 'x', '--evidence', world.path('y'), '--redact').status).toBe(64)
  })
})

describe('export', () => {
  it('writes every message once, as NDJSON that a parser reads back', () => {
    const {status, stdout} = world.run('export')
    expect(status).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(list.length)
    expect(new Set(lines.map(({queueId}) => queueId)).size).toBe(list.length)
    expect(lines[0]).toMatchObject({
      schema: 'mailwitness.export/1',
      kind: 'message',
      recipients: [{outcome: 'delivered'}],
    })
  })

  it('gives all about one address, other lines that name it too', () => {
    world.json(
      'ingest',
      world.write(
        'b.log',
        '2026-09-03 11:00:00 login authenticator failed for H=(x) [203.0.113.4]: 535 Incorrect authentication data (set_id=person5@elsewhere.example)\n',
      ),
      '--server',
      'web1.example.net',
      '--format',
      'exim',
      '--tz',
      'UTC',
    )
    const lines = world
      .run('export', '--address', 'person5@elsewhere.example')
      .stdout.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({kind}) => kind)).toEqual(['message', 'line'])
    expect(lines[1].line).toContain('set_id=person5@elsewhere.example')
    expect(
      world.run('export', '--since', '2026-09-03', '--until', '2026-09-03').stdout.trimEnd().split('\n'),
    ).toHaveLength(200)
  })

  it('stops quietly when its reader goes away', () => {
    const {spawnSync} = process.getBuiltinModule('node:child_process')
    const {status, stderr} = spawnSync('sh', ['-c', `'${process.execPath}' bin/run.js export | head -n 1 >/dev/null`], {
      encoding: 'utf8',
      env: world.env,
    })
    expect({status, stderr}).toEqual({status: 0, stderr: ''})
  })
})
