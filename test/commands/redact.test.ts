import {existsSync, readFileSync, statSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Redactor} from '../../src/render/redact.js'
import {cpuTime} from '../helpers/cpu-time.js'
import {mails, World} from './world.js'

const world = new World()
const list = mails(2, 20)
const one = list[7]
if (!one) throw new Error('there are messages')
beforeAll(() => world.ingest(list))
afterAll(() => world.remove())

const SECRET = [/sender\d/, /person\d/, /Order number/, /198\.51\.100\.77/, /pc\.dialup/]

describe('--redact', () => {
  it.each([
    ['trace', [one.recipient]],
    ['verdict', ['--queue-id', one.id, '--to', one.recipient, '--reply']],
    ['export', []],
    ['doctor', []],
    ['coverage', []],
  ])('%s shows no local part, subject, client or visitor, as text and as JSON', (command, args) => {
    for (const form of [[], ['--json']]) {
      const {stdout, stderr, status} = world.run(command, ...args, '--redact', ...form)
      expect(status).toBe(0)
      expect(stdout.length).toBeGreaterThan(0)
      for (const secret of SECRET) expect(`${stdout}${stderr}`).not.toMatch(secret)
      if (command === 'trace' || command === 'export') expect(stdout).toMatch(/~[a-z2-7]{8}@elsewhere\.example/)
    }
  })

  it('gives the same pseudonym every time, and another one in another database', () => {
    const ask = (): string =>
      world.json('trace', one.recipient, '--redact').journeys[0].messages[0].recipients[0].address
    expect(ask()).toBe(ask())
    const other = new World()
    try {
      other.ingest(list)
      expect(other.json('trace', one.recipient, '--redact').journeys[0].messages[0].recipients[0].address).not.toBe(
        ask(),
      )
    } finally {
      other.remove()
    }
  })

  it('is on by the configuration and off by --no-redact', () => {
    const config = world.write('config.toml', '[privacy]\nredact = true\n')
    expect(world.run('trace', one.recipient, '--config', config).stdout).not.toContain(one.recipient)
    expect(world.run('trace', one.recipient, '--config', config, '--no-redact').stdout).toContain(one.recipient)
  })
})

describe('a redactor', () => {
  const redact = new Redactor('key')
  it.each([
    '2026-09-01 10:00:00 1wXXXX-000001-AA => info <info@shop.example> F=<other@x.example> R=r T=t H=h [2001:db8:1:2::5] C="250 OK"',
    'postfix/smtpd[1]: ABC: client=host-1.pool.isp.example[203.0.113.77], sasl_username=info@shop.example',
    'From: "Jane \\"J\\" Roe" <jane@x.example>  Subject: Hello you',
    'T="a \\"quoted\\" subject" for a@b.example c@d.example',
    'postfix/cleanup[2]: ABC: info: header Subject: Invoice 12 from mail.example[192.0.2.1]; from=<a@b.example> to=<c@d.example>',
    '/usr/sbin/sendmail -t -i -finfo@shop.example',
    'SRS0=ab=cd=private.example=jane@fwd.example and "john doe"@x.example',
    '\u001b[1minfo@shop.example\u001b[22m at 12:34:56, [::ffff:192.0.2.3]',
  ])('changes %s once, and nothing more the second time', (line) => {
    const once = redact.text(line)
    expect(once).not.toBe(line)
    for (const secret of [
      'info@',
      'jane',
      'Jane',
      'Hello you',
      'quoted',
      'Invoice',
      '203.0.113.77',
      'pool.isp',
      'john',
      '2001:db8:1:2',
      'info <',
    ])
      expect(once).not.toContain(secret)
    expect(redact.text(once)).toBe(once)
  })

  it.each([
    ["to=<jane.o'brien@x.example>", "jane.o'brien"],
    ["'jane@x.example' is quoted", 'jane'],
    ['a torn <@jane@@x.example>', 'jane'],
    ["<jane@'x.example>", 'jane'],
  ])('leaves nothing of the local part in %s', (text, local) => {
    const once = redact.text(text)
    for (const piece of local.split("'")) expect(once).not.toContain(piece)
    expect(redact.text(once)).toBe(once)
  })

  it('gives one address one pseudonym, in quotes, brackets and options', () => {
    const [bare = ''] = /~[a-z2-7]{8}/.exec(redact.text('jane@x.example')) ?? []
    for (const text of ["'jane@x.example'", '<jane@x.example>', '-fjane@x.example', 'from=jane@x.example'])
      expect(redact.text(text)).toContain(bare)
  })

  it('keeps what says which script and when', () => {
    const line = '2026-09-01 10:00:00 cwd=/home/web1/public_html 4 args: /usr/sbin/sendmail -t -i'
    expect(redact.text(line)).toBe(line)
  })

  it('has a time linear in the text', () => {
    const started = cpuTime()
    for (const text of [
      'a'.repeat(200_000),
      '"a'.repeat(100_000),
      'a@'.repeat(100_000),
      ':a'.repeat(100_000),
      ' <= '.repeat(50_000),
      ' T="'.repeat(50_000),
      '1.'.repeat(100_000),
      "'".repeat(200_000),
      "a'".repeat(100_000),
      '@'.repeat(200_000),
      "'@".repeat(100_000),
    ])
      redact.text(text)
    expect(cpuTime() - started).toBeLessThan(5_000)
  })
})

describe('the journal of look-ups', () => {
  it('notes who asked what for which ticket, beside the database, for its owner only', () => {
    world.json('trace', one.recipient, '--ticket', 'T-4711')
    world.json('verdict', '--queue-id', one.id, '--ticket', 'T-4712')
    const path = `${world.db}-lookups.ndjson`
    expect(existsSync(path)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      {command: 'trace', ticket: 'T-4711', asked: [one.recipient], answer: '1 journeys', at: '2026-12-10T00:00:00Z'},
      {command: 'verdict', ticket: 'T-4712', asked: [one.id], answer: 'left'},
    ])
    expect(lines[0].who).not.toBe('')
  })
})
