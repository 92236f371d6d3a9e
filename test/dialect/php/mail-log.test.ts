import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {parseLog} from '../../../src/dialect/log.js'
import {addressesIn, bareAddress, headerFields} from '../../../src/dialect/php/addresses.js'
import {parsePhpMailLog} from '../../../src/dialect/php/mail-log.js'
import {corpus} from '../corpus.js'

const call = (line: string): Record<string, unknown> => {
  const parsed = parsePhpMailLog(line)
  return parsed.kind === 'event' ? {...parsed.event} : {kind: parsed.kind}
}
const body = 'To: u@x.example -- Headers: From: a@b.example  Reply-To: c@d.example -- Subject: Hello'

describe('all versions', () => {
  test.for([
    [
      '5.3, no date',
      'mail() on [/home/web1/contact.php:12]: To: u@x.example -- Headers: From: a@b.example',
      null,
      null,
    ],
    [
      '5.5, no subject',
      '[21-Nov-2026 02:09:19 UTC] mail() on [/home/web1/contact.php:12]: To: u@x.example -- Headers: From: a@b.example',
      0,
      null,
    ],
    ['7.x', `[21-Nov-2026 02:09:19 UTC] mail() on [/home/web1/contact.php:12]: ${body}`, 0, 'Hello'],
    [
      'zone name, winter',
      `[21-Nov-2026 02:09:19 Europe/Berlin] mail() on [/home/web1/contact.php:12]: ${body}`,
      60,
      'Hello',
    ],
    [
      'zone name, summer',
      `[21-Jul-2026 02:09:19 Europe/Berlin] mail() on [/home/web1/contact.php:12]: ${body}`,
      120,
      'Hello',
    ],
    [
      'half-hour zone',
      `[21-Jul-2026 02:09:19 Asia/Kolkata] mail() on [/home/web1/contact.php:12]: ${body}`,
      330,
      'Hello',
    ],
    ['offset', `[21-Jul-2026 02:09:19 +02:00] mail() on [/home/web1/contact.php:12]: ${body}`, 120, 'Hello'],
    ['unknown zone', `[21-Jul-2026 02:09:19 Mars/Base] mail() on [/home/web1/contact.php:12]: ${body}`, null, 'Hello'],
  ] as const)('%s', ([, line, offset, subject]) => {
    const event = call(line)
    expect(event).toMatchObject({
      type: 'script-mailed',
      script: '/home/web1/contact.php',
      line: 12,
      evaluated: false,
      recipients: ['u@x.example'],
      from: 'a@b.example',
      subject,
      uid: null,
    })
    expect(event['stamp'] === null ? null : (event['stamp'] as {offset: number | null}).offset).toBe(offset)
  })
  it('syslog, journald and the dated text of 5.6 in syslog', () => {
    const text = `mail() on [/home/web1/contact.php:12]: ${body}`
    expect(parseLog(`2026-11-21T03:16:13.8+01:00 web1 php: ${text}`)).toMatchObject({
      event: {type: 'script-mailed', host: 'web1', stamp: {offset: 60}, script: '/home/web1/contact.php'},
    })
    expect(parseLog(`Nov 21 03:16:13 web1 my-site: ${text}`)).toMatchObject({event: {type: 'script-mailed'}})
    expect(parseLog(`Nov 21 03:16:13 web1 php: [21-Nov-2026 02:16:13 UTC] ${text}`)).toMatchObject({
      event: {stamp: {offset: 0, yearless: false}},
    })
    expect(
      parseLog(
        JSON.stringify({
          SYSLOG_IDENTIFIER: 'php',
          MESSAGE: text,
          _UID: '10007',
          __REALTIME_TIMESTAMP: '1795227457139676',
        }),
      ),
    ).toMatchObject({event: {type: 'script-mailed', uid: 10007}})
    expect(parseLog('Nov 21 03:16:13 web1 php: PHP Warning: something')).toMatchObject({kind: 'ignored'})
  })
})

describe('where the call stands', () => {
  test.for([
    ["/home/w/x.php(3) : eval()'d code:1", '/home/w/x.php', 3, true],
    ["/home/w/x.php(3) : eval()'d code(7) : eval()'d code:1", '/home/w/x.php', 3, true],
    ['/home/w/x.php(9) : runtime-created function:1', '/home/w/x.php', 9, true],
    ['/home/w/x.php(9) : assert code:1', '/home/w/x.php', 9, true],
    ["Command line code(1) : eval()'d code:1", 'Command line code', 1, true],
    ['Command line code:1', 'Command line code', 1, false],
    ['Standard input code:4', 'Standard input code', 4, false],
    ['[no active file]:0', '[no active file]', 0, false],
    ['/home/w/a:7]b/x.php:5', '/home/w/a:7]b/x.php', 5, false],
  ] as const)('%s', ([place, script, line, evaluated]) => {
    expect(call(`mail() on [${place}]: ${body}`)).toMatchObject({script, line, evaluated, subject: 'Hello'})
  })
  it('what strangers wrote cannot move it', () => {
    expect(
      call(
        'mail() on [/w/x.php:5]: To: "a:1]: To: b" <v@x.example> -- Headers: From: x -- Headers: y -- Subject: a -- Subject: b',
      ),
    ).toMatchObject({script: '/w/x.php', recipients: ['v@x.example'], subject: 'b'})
  })
})

describe('headers', () => {
  it('recipients are To, Cc and Bcc', () => {
    expect(
      call(
        'mail() on [/x.php:1]: To: z@x.example, "Y, Y" <y@x.example> -- Headers: From: "Visitor: 1" <q@l.example>  Cc: c@x.example  Bcc: <b@x.example>, d@x.example  Message-ID: <K1.o@f.example>  X-Mailer: PHP -- Subject: s',
      ),
    ).toMatchObject({
      recipients: ['z@x.example', 'y@x.example', 'c@x.example', 'b@x.example', 'd@x.example'],
      from: 'q@l.example',
      messageId: 'K1.o@f.example',
    })
  })
  it('one blank between fields that were joined with LF', () => {
    expect([...headerFields('From: a@b.example Reply-To: c@d.example MIME-Version: 1.0')]).toEqual([
      ['from', 'a@b.example'],
      ['reply-to', 'c@d.example'],
      ['mime-version', '1.0'],
    ])
  })
  it('text that looks like a field stays text where two blanks part the fields', () => {
    expect(headerFields('From: "Click here: now" <a@b.example>  Date: Wed').get('from')).toBe(
      '"Click here: now" <a@b.example>',
    )
  })
  it('no headers', () => {
    expect(
      call('[21-Nov-2026 02:09:58 UTC] mail() on [/x.php:2]: To: v@x.example -- Headers:  -- Subject: no headers'),
    ).toMatchObject({headers: '', subject: 'no headers', recipients: ['v@x.example'], from: null, messageId: null})
  })
  it('an empty subject, trimmed or not', () => {
    expect(call('mail() on [/x.php:2]: To: v@x.example -- Headers: From: a@b -- Subject: ')).toMatchObject({
      subject: '',
      from: 'a@b',
    })
    expect(call('mail() on [/x.php:2]: To: v@x.example -- Headers: From: a@b -- Subject:')).toMatchObject({
      subject: '',
      from: 'a@b',
    })
  })
  test.for([
    ['a@b, c@d', ['a@b', 'c@d']],
    ['"x, y" <a@b>; z', ['a@b', 'z']],
    ['a@b (one, two)', ['a@b']],
    ['', []],
    [' , ', []],
    ['"a\\"b, c" <d@e>', ['d@e']],
    ['<"a,b"@c>', ['"a,b"@c']],
  ] as const)('addresses in %j', ([list, wanted]) => {
    expect(addressesIn(list)).toEqual(wanted)
  })
  it('a mailbox that does not end', () => {
    expect(bareAddress('x <a@b')).toBe('a@b')
  })
})

describe('lines that are no calls', () => {
  it('the rest of a record with raw newlines is a continuation', () => {
    expect(parsePhpMailLog(' second line -- Headers:  -- Subject: x')).toEqual({kind: 'continuation'})
  })
  it('a dated line without a call is unknown, a blank one ignored', () => {
    expect(parsePhpMailLog('[21-Nov-2026 02:09:58 UTC] PHP Warning: x')).toMatchObject({
      kind: 'unknown',
      reason: 'php-mail-text',
    })
    expect(parsePhpMailLog('')).toMatchObject({kind: 'ignored'})
  })
  it('cut inside the headers', () => {
    expect(call('mail() on [/x.php:2]: To: v@x.example -- Headers: From: a@b.example  Mess')).toMatchObject({
      recipients: ['v@x.example'],
      from: 'a@b.example  Mess',
      subject: null,
    })
    expect(call('mail() on [/x.php:2]: To: v@x.exa')).toMatchObject({recipients: ['v@x.exa'], headers: ''})
  })
})

test('a wrapper that names the script', () => {
  expect(
    parseLog(
      'Nov 21 03:16:13 web1 php: sendmail-wrapper-php: uid=web1, msgid=20261121.abc@h, from=A <a@b.example>, to="x@y.example, z@y.example", cc="c@y.example", bcc="", subject="Hello, you", site=b.example, client=203.0.113.4, script=/home/web1/index.php, throttleStatus=0',
    ),
  ).toMatchObject({
    event: {
      type: 'script-mailed',
      script: '/home/web1/index.php',
      recipients: ['x@y.example', 'z@y.example', 'c@y.example'],
      from: 'a@b.example',
      subject: 'Hello, you',
      uid: null,
      messageId: null,
    },
  })
})

const files = [...corpus('corpus/postfix/lab-postfix37', /phpmail/), ...corpus('lab/run-2/logs', /php_mail/)]
describe.skipIf(files.length === 0)(`mail.log of real runs (${files.length} files)`, () => {
  it('every line is a call with recipients', () => {
    for (const {name, lines} of files)
      for (const line of lines) {
        const event = call(line)
        expect(event['type'], `${name}: ${line}`).toBe('script-mailed')
        expect(
          (event['recipients'] as string[]).every((address) => /^[^\s<>,]+@[^\s<>,]+$/.test(address)),
          line,
        ).toBe(true)
        expect(event['messageId'] !== null).toBe(/Message-ID: </.test(line))
        expect((event['stamp'] as {offset: number | null}).offset).not.toBeNull()
      }
  })
})

test('never throws', () => {
  const bits = fc.constantFrom(
    'mail() on [',
    ':1]: To: ',
    ' -- Headers: ',
    ' -- Subject: ',
    '[21-Nov-2026 02:09:19 ',
    'UTC] ',
    'Europe/Berlin] ',
    "(3) : eval()'d code",
    '"',
    '<',
    '>',
    ',',
    '\\',
    '(',
    '  Cc: ',
    'a@b',
    'uid=',
    ', msgid=',
    ', from=',
    ', to="',
    ', script=',
    ', throttleStatus=',
  )
  fc.assert(
    fc.property(fc.array(bits, {maxLength: 14}), (parts) => void parsePhpMailLog(parts.join(''))),
    {numRuns: 3000},
  )
  fc.assert(
    fc.property(fc.array(bits, {maxLength: 14}), (parts) => void parseLog(`Nov 21 03:16:13 h php: ${parts.join('')}`)),
    {numRuns: 2000},
  )
})
