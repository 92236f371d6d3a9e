import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {readEnvelope} from '../../../src/dialect/syslog/envelope.js'

const TEXT = 'C6726294C59: uid=0 from=<bob@lab.example>'
const utc = (iso: string): number => Date.parse(`${iso}Z`)
const yearless = (rest: string): number => utc(`1972-${rest}`)
const postfix = {host: 'lab', program: 'postfix/pickup', pid: 118, text: TEXT, uid: null}
const journal = {
  SYSLOG_IDENTIFIER: 'postfix/pickup',
  MESSAGE: TEXT,
  _SOURCE_REALTIME_TIMESTAMP: '1795227457117016',
  __REALTIME_TIMESTAMP: '1795227457139676',
  _PID: '118',
  _UID: '0',
  _HOSTNAME: 'lab',
}

const shapes: readonly (readonly [
  string,
  string,
  Record<string, unknown>,
  {wall: number; offset: number | null; yearless: boolean} | null,
])[] = [
  [
    'RFC 3164, blank-padded day',
    `Nov  5 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-05T03:16:13'), offset: null, yearless: true},
  ],
  [
    'postlogd, zero-padded day',
    `Nov 05 02:09:17 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-05T02:09:17'), offset: null, yearless: true},
  ],
  [
    'unpadded day',
    `Mar 7 02:09:33 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('03-07T02:09:33'), offset: null, yearless: true},
  ],
  [
    '29 February',
    `Feb 29 02:09:33 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('02-29T02:09:33'), offset: null, yearless: true},
  ],
  [
    'with a year',
    `Nov 21 2026 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13'), offset: null, yearless: false},
  ],
  [
    'RSYSLOG_FileFormat',
    `2026-11-21T03:16:13.812954+01:00 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13.812'), offset: 60, yearless: false},
  ],
  [
    'three digits, Z',
    `2026-11-21T03:16:13.812Z lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13.812'), offset: 0, yearless: false},
  ],
  [
    'no digits, negative offset',
    `2026-11-21T03:16:13-03:30 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13'), offset: -210, yearless: false},
  ],
  [
    'journalctl short-iso',
    `2026-11-21T03:17:37+0100 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:17:37'), offset: 60, yearless: false},
  ],
  [
    'journalctl short-iso-precise',
    `2026-11-21T03:17:37.117016+0530 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:17:37.117'), offset: 330, yearless: false},
  ],
  [
    'journalctl short-full',
    `Sat 2026-11-21 03:17:37 CET lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:17:37'), offset: 60, yearless: false},
  ],
  [
    'journalctl with-unit',
    `Sat 2026-11-21 03:17:37 UTC lab postfix@-.service/postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:17:37'), offset: 0, yearless: false},
  ],
  [
    'an ambiguous zone name',
    `Sat 2026-11-21 03:17:37 IST lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:17:37'), offset: null, yearless: false},
  ],
  [
    'journalctl short-unix',
    `1795227457.117016 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: 1795227457117, offset: 0, yearless: false},
  ],
  ['journalctl short-monotonic', `[ 2532.571923] lab postfix/pickup[118]: ${TEXT}`, postfix, null],
  [
    'SyslogProtocol23, daemon lost',
    `<22>1 2026-11-21T03:16:13.812954+01:00 lab postfix 118 - -  ${TEXT}`,
    {...postfix, program: 'postfix'},
    {wall: utc('2026-11-21T03:16:13.812'), offset: 60, yearless: false},
  ],
  [
    'RFC 5424 with structured data and BOM',
    `<22>1 2026-11-21T03:16:13Z lab postfix/pickup 118 ID47 [a@1 k="v ] \\" x"][b@2] \u00ef\u00bb\u00bf${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13'), offset: 0, yearless: false},
  ],
  [
    'RFC 6587 octet counting',
    `99 <22>1 2026-11-21T03:16:13Z lab postfix/pickup 118 - - ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T03:16:13'), offset: 0, yearless: false},
  ],
  [
    'PRI before RFC 3164',
    `<22>Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'Solaris message ID',
    `Nov 21 03:16:13 lab postfix/pickup[118]: [ID 197553 mail.info] ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'FreeBSD syslogd -v',
    `Nov 21 03:16:13 <mail.info> lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'AIX',
    `Nov 21 03:16:13 lab mail:info postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'syslog-ng with the severity',
    `Nov 21 03:16:13 lab info postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'syslog-ng with facility and severity',
    `Nov 21 03:16:13 lab mail.info postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'no host',
    `Nov 21 03:16:13 postfix/pickup[118]: ${TEXT}`,
    {...postfix, host: null},
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'docker compose',
    `mail-1  | Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'grep -H',
    `/var/log/maillog:Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'grep -Hn',
    `maillog:17:Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'host and file',
    `web1 maillog: Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: yearless('11-21T03:16:13'), offset: null, yearless: true},
  ],
  [
    'container runtime',
    `2026-11-21T02:16:13.812954123Z stdout F Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    postfix,
    {wall: utc('2026-11-21T02:16:13.812'), offset: 0, yearless: false},
  ],
  [
    'docker json-file',
    JSON.stringify({
      log: `Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}\n`,
      stream: 'stdout',
      time: '2026-11-21T02:16:13.5Z',
    }),
    postfix,
    {wall: utc('2026-11-21T02:16:13.5'), offset: 0, yearless: false},
  ],
  [
    'journalctl -o json',
    JSON.stringify(journal),
    {...postfix, uid: 0},
    {wall: 1795227457117, offset: 0, yearless: false},
  ],
  [
    'journal, keys in another order, byte array',
    JSON.stringify({
      _UID: '33',
      MESSAGE: [...Buffer.from(TEXT)],
      SYSLOG_PID: '118',
      _PID: '7',
      __REALTIME_TIMESTAMP: '1795227457139676',
      _HOSTNAME: 'lab',
      SYSLOG_IDENTIFIER: 'postfix/pickup',
    }),
    {...postfix, uid: 33},
    {wall: 1795227457139, offset: 0, yearless: false},
  ],
  [
    'journal, message null',
    JSON.stringify({...journal, MESSAGE: null}),
    {...postfix, text: '', uid: 0},
    {wall: 1795227457117, offset: 0, yearless: false},
  ],
  [
    'logstash',
    JSON.stringify({
      '@timestamp': '2026-11-21T02:16:13.812Z',
      host: 'lab',
      program: 'postfix/pickup',
      pid: '118',
      message: TEXT,
    }),
    postfix,
    {wall: utc('2026-11-21T02:16:13.812'), offset: 0, yearless: false},
  ],
  [
    'filebeat',
    JSON.stringify({
      '@timestamp': '2026-11-21T02:16:13.812Z',
      log: {file: {path: '/var/log/maillog'}},
      message: `Nov 21 03:16:13 lab postfix/pickup[118]: ${TEXT}`,
    }),
    postfix,
    {wall: utc('2026-11-21T02:16:13.812'), offset: 0, yearless: false},
  ],
]

describe('every shape gives the same envelope', () => {
  test.for(shapes)('%s', ([, line, wanted, stamp]) => {
    expect(readEnvelope(line)).toEqual({...wanted, stamp})
  })
})

describe('strings of a JSON record are byte strings', () => {
  const euro = '\u00e2\u0082\u00ac'
  test.for([
    ['raw UTF-8', Buffer.from(JSON.stringify({...journal, MESSAGE: '€'}), 'utf8').toString('latin1')],
    ['escaped', JSON.stringify({...journal, MESSAGE: 'X'}).replace('"X"', '"\\u20ac"')],
    ['byte array', JSON.stringify({...journal, MESSAGE: [0xe2, 0x82, 0xac]})],
  ])('%s', ([, line]) => {
    expect(readEnvelope(line ?? '')?.text).toBe(euro)
  })
  it('keeps latin1 bytes that are no UTF-8', () => {
    expect(readEnvelope(JSON.stringify({...journal, MESSAGE: 'caf\u00e9'}))?.text).toBe('caf\u00e9')
    expect(readEnvelope(`{"MESSAGE":"caf\u00e9 x","SYSLOG_IDENTIFIER":"a"}`)?.text).toBe('caf\u00e9 x')
  })
})

describe('what is no log line', () => {
  test.for([
    '',
    'mail',
    'Nov',
    'Nov 32 03:16:13 lab a: b',
    'Nov 21 25:16:13 lab a: b',
    '2026-13-21T03:16:13Z lab a: b',
    '{"a":1}',
    '{"MESSAGE":',
    '[not json',
    '<999>Nov 21 03:16:13 lab a: b',
    '<22>1 2026-11-21T03:16:13Z lab',
    'P Received: from a by b; Sat, 21 Nov 2026 03:16:13 +0100',
  ])('%j', (line) => {
    expect(readEnvelope(line)).toBeNull()
  })
  it('a cut line keeps its stamp and has no program', () => {
    expect(readEnvelope('Nov 21 03:16:13 lab postf')).toMatchObject({host: 'lab', program: null, text: 'postf'})
  })
})

const text = fc
  .string({unit: fc.integer({min: 32, max: 255}).map((c) => String.fromCharCode(c)), minLength: 1, maxLength: 60})
  .filter((s) => !s.startsWith('[ID ') && !/^[\s\u0085\u00a0]|[\s\u0085\u00a0]$/.test(s))

test('the text comes out as it went in, whatever strangers wrote', () => {
  fc.assert(
    fc.property(text, (body) => {
      for (const start of [
        'Nov 21 03:16:13 lab a/b[7]: ',
        '2026-11-21T03:16:13.1+01:00 lab a/b[7]: ',
        '<22>Nov 21 03:16:13 lab a/b[7]: ',
        '<22>1 2026-11-21T03:16:13Z lab a/b 7 - - ',
        'Sat 2026-11-21 03:17:37 CET lab a/b[7]: ',
      ])
        expect(readEnvelope(start + body)).toMatchObject({host: 'lab', program: 'a/b', pid: 7, text: body})
      expect(readEnvelope(JSON.stringify({...journal, MESSAGE: [...Buffer.from(body, 'latin1')]}))?.text).toBe(body)
    }),
  )
})

test('never throws', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary', maxLength: 200}), (line) => void readEnvelope(line)),
    {numRuns: 2000},
  )
  const bits = fc.constantFrom(
    '<22>',
    '1 ',
    'Nov 21 ',
    '03:16:13 ',
    '2026-11-21T',
    '03:16:13Z ',
    'lab ',
    'a[',
    '7]',
    ': ',
    '{"MESSAGE":',
    '"x"}',
    '[',
    ' | ',
    'f:',
    '-',
    'Sat ',
    '[ 12.345] ',
  )
  fc.assert(
    fc.property(fc.array(bits, {maxLength: 12}), (parts) => void readEnvelope(parts.join(''))),
    {numRuns: 3000},
  )
})

test('linear in hostile tags and prefixes', () => {
  const started = process.cpuUsage()
  for (const piece of ['a:', ':', '[', 'a[1', '\\"', '[a k="', '| ', ' |', '{"', '.:', 'log:', '1:', 'a:warning '])
    for (const start of ['', 'Nov 21 03:16:13 lab ', '<22>1 2026-11-21T03:16:13Z lab a 1 - ', 'x ', 'maillog:'])
      readEnvelope(start + piece.repeat(Math.floor(60_000 / piece.length)))
  expect(process.cpuUsage(started).user).toBeLessThan(5_000_000)
})

test('nesting cannot exhaust the stack', () => {
  for (const line of [
    `{"MESSAGE":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
    '2026-11-21T03:16:13Z stdout F '.repeat(50_000),
    'Nov 21 03:16:13 '.repeat(50_000),
    '1 <22>'.repeat(50_000),
  ])
    expect(() => readEnvelope(line)).not.toThrow()
})
