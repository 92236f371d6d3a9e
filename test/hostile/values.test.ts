/** What strangers can write into a log, driven through the real program: nothing of it reaches a terminal unescaped, and no field moves. */
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {eximIdOf, START, World} from '../commands/world.js'

/** As bytes: latin1 strings, UTF-8 where they say so. */
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const VALUES: readonly (readonly [string, string])[] = [
  ['terminal escapes', '\x1b[2J\x1b[31mred\x1b]0;title\x07'],
  ['a terminal reset', '\x1bc\x1b[?1049h'],
  ['C1 controls', '\x9b31mred\x9d0;title\x9c'],
  ['C1 controls as UTF-8', utf8('\u009b31mred\u0085')],
  ['a bidi override', utf8('gpj.\u202eexe.\u2066x\u2069')],
  ['invisible characters', utf8('a\u200bb\u200dc\ufeffd\u00ade')],
  ['line separators', utf8('a\u2028b\u2029c')],
  ['NUL', 'a\0b'],
  ['carriage return', 'good\rEVIL'],
  ['backspaces', 'admin\b\b\b\b\broot'],
  ['tabs and form feeds', 'a\tb\fc\vd'],
  ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['a CSV formula', '=HYPERLINK("http://evil.example","x")'],
  ['another formula', "@SUM(1+1)*cmd|' /C calc'!A0"],
  ['SQL', "'; DROP TABLE message; --"],
  ['fields of Exim', 'a H=[9.9.9.9] S=1 T="z" for x@y.example'],
  ['shell', '$(touch /tmp/mailwitness-owned) `id` ; rm -rf /'],
  ['a format string', '%s %d %n %o %j %%'],
  ['broken UTF-8', '\xc3\x28\xf0\x9f\xff\xfe'],
  ['prototype keys', '__proto__'],
  ['a very long word', 'x'.repeat(5_000)],
]
/** What a terminal acts on, beside the line feed. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

const world = new World(START + 86_400_000)
/** The name after a successful login is that of an account of ours: no account has a blank in its name. */
const login = (text: string): string => text.replaceAll(' ', '_')
const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
/** A syslog line of the Postfix host, stamped as rsyslog does with its own format. */
const syslog = (at: number, daemon: string, text: string): string =>
  `${new Date(at).toISOString().slice(0, 19)}+00:00 mx1.example.net postfix/${daemon}[7]: ${text}`
const short = (n: number): string => `4B1C2D3E${(0x10 + n).toString(16).toUpperCase()}`
const id = (n: number): string => eximIdOf(START + n * 10_000, 500 + n)

beforeAll(() => {
  const lines: string[] = []
  const calls: string[] = []
  const postfix: string[] = []
  VALUES.forEach(([, value], n) => {
    const at = START + n * 10_000
    lines.push(
      `${stamp(at)} ${id(n)} <= local${n}@ours.example H=host${n}.example (${value}) [198.51.100.${n}] P=esmtpa A=dovecot_login:${login(value)} S=77 id=<"${value}"@evil.example> T="${quoted(value)}" for victim${n}@far.example`,
      `${stamp(at + 1000)} ${id(n)} => victim${n}@far.example R=r T=remote_smtp H=mx.far.example [203.0.113.${n}] C="250 ${quoted(value)}"`,
      `${stamp(at + 1000)} ${id(n)} Completed`,
      `${stamp(at + 2000)} H=(${value}) [198.51.100.200] F=<${value}@evil.example> rejected RCPT <victim${n}@ours.example>: ${value}`,
      `${stamp(at + 3000)} quux ${value}`,
    )
    const queue = short(n)
    postfix.push(
      syslog(
        at,
        'smtpd',
        `${queue}: client=host${n}.example[198.51.100.${n}], sasl_method=PLAIN, sasl_username=${login(value)}`,
      ),
      syslog(at, 'cleanup', `${queue}: message-id=<${value}@evil.example>`),
      syslog(
        at,
        'cleanup',
        `${queue}: warning: header Subject: ${value} from host${n}.example[198.51.100.${n}]; from=<local${n}@ours.example> to=<victim${n}@far.example> proto=ESMTP helo=<${value}>`,
      ),
      syslog(at, 'qmgr', `${queue}: from=<local${n}@ours.example>, size=77, nrcpt=1 (queue active)`),
      syslog(
        at + 1000,
        'smtp',
        `${queue}: to=<victim${n}@far.example>, relay=mx.far.example[203.0.113.${n}]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ${value})`,
      ),
      syslog(at + 1000, 'qmgr', `${queue}: removed`),
      syslog(
        at + 2000,
        'smtpd',
        `NOQUEUE: reject: RCPT from unknown[198.51.100.200]: 550 5.1.1 <victim${n}@ours.example>: ${value}; from=<${value}@evil.example> to=<victim${n}@ours.example> proto=ESMTP helo=<${value}>`,
      ),
      syslog(at + 3000, 'smtpd', `quux ${value}`),
    )
    calls.push(
      `[${new Date(at).toUTCString().slice(5, 16).replaceAll(' ', '-')} ${stamp(at).slice(11)} UTC] mail() on [/home/web1/${value}.php:3]: To: victim${n}@far.example -- Headers: From: a@ours.example -- Subject: ${value}`,
    )
  })
  const folder = world.path('logs\u202e\x1b[31m')
  mkdirSync(folder)
  writeFileSync(join(folder, 'exim_mainlog'), Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
  writeFileSync(join(folder, 'php_mail.log'), Buffer.from(`${calls.join('\n')}\n`, 'latin1'))
  const mx = world.path('mx')
  mkdirSync(mx)
  writeFileSync(join(mx, 'mail.log'), Buffer.from(`${postfix.join('\n')}\n`, 'latin1'))
  expect(world.run('ingest', mx).status).toBe(0)
  const {status, stdout, stderr} = world.run('ingest', folder, '--server', 'web1.example.net', '--tz', 'UTC')
  expect({status, unsafe: UNSAFE.test(stdout + stderr)}).toEqual({status: 0, unsafe: false})
})
afterAll(() => world.remove())

const safe = (args: string[], statuses = [0]): string => {
  const {status, stdout, stderr} = world.run(...args)
  expect(statuses).toContain(status)
  const found = UNSAFE.exec(stdout + stderr)
  expect(
    found === null
      ? ''
      : `${JSON.stringify(found[0])} in …${JSON.stringify((stdout + stderr).slice(Math.max(0, found.index - 60), found.index + 30))}`,
  ).toBe('')
  return stdout
}

describe.each(VALUES.map(([name, value], n) => [name, value, n] as const))('%s', (_, value, n) => {
  it('reaches no terminal from trace and verdict, and moves no field', () => {
    safe(['trace', id(n)])
    safe(['verdict', '--queue-id', id(n), '--reply'])
    safe(['trace', value.replaceAll('\0', '') || 'x'])
    const [message] = JSON.parse(safe(['trace', id(n), '--json'])).journeys[0].messages
    expect(message.sender).toBe(`local${n}@ours.example`)
    expect(message.origin.client.ip).toBe(`198.51.100.${n}`)
    expect(message.size).toBe(77)
    expect(message.recipients).toHaveLength(1)
    expect(message.recipients[0]).toMatchObject({
      address: `victim${n}@far.example`,
      outcome: 'delivered',
      remoteIp: `203.0.113.${n}`,
    })
    expect(JSON.parse(safe(['verdict', '--queue-id', id(n), '--json'])).verdict).toBe('left')
  })
})

describe.each(VALUES.map(([name], n) => [name, n] as const))('%s in a log of Postfix', (_, n) => {
  it('reaches no terminal, and moves no field', () => {
    safe(['trace', short(n)])
    safe(['verdict', '--queue-id', short(n), '--reply'])
    const [message] = JSON.parse(safe(['trace', short(n), '--json'])).journeys[0].messages
    expect(message).toMatchObject({
      mta: 'postfix',
      sender: `local${n}@ours.example`,
      size: 77,
      origin: {client: {ip: `198.51.100.${n}`}},
      recipients: [{address: `victim${n}@far.example`, outcome: 'delivered', remoteIp: `203.0.113.${n}`}],
    })
    expect(message.recipients).toHaveLength(1)
  })
})

describe('all of them together', () => {
  it.each([['coverage'], ['doctor'], ['doctor', '--check', '--full'], ['export'], ['verify']])(
    '%s %s %s',
    (...args) => {
      safe(args)
      for (const line of safe([...args, '--json'])
        .trimEnd()
        .split('\n'))
        expect(() => JSON.parse(line)).not.toThrow()
    },
  )

  it('redacted answers are as safe', () => {
    for (let n = 0; n < VALUES.length; n += 4) safe(['trace', id(n), '--redact'])
  })

  it('errors that repeat what was typed are as safe', () => {
    safe(['verdict', '/nonexistent/\x1b[31m\u202e'], [66])
    safe(['trace', 'x', '--since', '\x1b[31m'], [64])
    safe(['verify', '/nonexistent/\u009b31m'], [66])
  })

  it.skipIf(!existsSync('dist/commands/report.js'))('a report in every form is as safe (where report is built)', () => {
    for (const format of ['text', 'json']) safe(['report', '--day', '2026-09-01', '--format', format])
    const html = safe(['report', '--day', '2026-09-01', '--format', 'html'])
    expect(html).not.toContain('<script>alert')
    expect(html).not.toContain('<img src=x')
  })
})
