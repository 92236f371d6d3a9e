import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {dialects, parseLog, parserFor} from '../../src/dialect/log.js'

const RFC = 'Nov 21 03:16:13 lab '

describe('each line by itself', () => {
  test.for([
    [
      'plain Exim',
      '2026-11-21 03:16:13 1nrvvQ-0000rW-1C => a@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9] C="250 OK id=x"',
      {mta: 'exim', type: 'recipient-attempted'},
    ],
    [
      'Exim in syslog',
      `${RFC}exim[12]: 2026-11-21 03:16:13 1nrvvQ-0000rW-1C Completed`,
      {mta: 'exim', type: 'message-completed', host: 'lab', pid: 12},
    ],
    ['Exim 4 in syslog', `${RFC}exim4[12]: 1nrvvQ-0000rW-1C Completed`, {type: 'message-completed'}],
    [
      'Postfix',
      `${RFC}postfix-out/smtps/smtpd[12]: CD644294C59: client=h[192.0.2.1]`,
      {mta: 'postfix', instance: 'postfix-out', service: 'smtps', pid: 12},
    ],
    [
      'Postfix behind a blank instead of T',
      '2026-11-21 03:16:13 lab postfix/qmgr[12]: CD644294C59: removed',
      {mta: 'postfix', host: 'lab'},
    ],
    ['PHP', '[21-Nov-2026 02:09:19 UTC] mail() on [/x.php:1]: To: a@b -- Headers: ', {type: 'script-mailed'}],
  ] as const)('%s', ([, line, wanted]) => {
    expect(parseLog(line)).toMatchObject({kind: 'event', event: wanted})
  })
  test.for([
    ['kernel', `${RFC}kernel: [1.2] x`],
    ['cron', `${RFC}CRON[7]: (root) CMD (x)`],
    ['mark', `${RFC}-- MARK --`],
    ['rsyslog start', `${RFC}rsyslogd: [origin software="rsyslogd"] start`],
    ['blank', '   '],
    ['exim tools', `${RFC}eximstats[1]: x`],
  ] as const)('ignored: %s', ([, line]) => {
    expect(parseLog(line).kind).toBe('ignored')
  })
  test.for([
    ['a cut line', `${RFC}postf`, 'no-program'],
    ['no shape', 'ir/)', 'no-log-line'],
    ['a daemon that we do not know', `${RFC}postfix/smtpd[1]: of a later version`, 'postfix-text'],
    ['journald kept no text', '{"MESSAGE":null,"SYSLOG_IDENTIFIER":"postfix/smtp"}', 'empty-message'],
  ] as const)('unknown: %s', ([, line, reason]) => {
    expect(parseLog(line)).toMatchObject({kind: 'unknown', reason})
  })
})

describe('the log system about itself', () => {
  it('a repeat of the line before belongs to it', () => {
    for (const [text, repeats] of [
      ['last message repeated 3 times', 3],
      ['--- last message repeated 1 time ---', 1],
      ['syslogd: last message repeated 12 times', 12],
    ] as const)
      expect(parseLog(`${RFC}${text}`)).toEqual({kind: 'continuation', repeats})
    expect(parseLog('  Subject: last message repeated 3 times')).toEqual({kind: 'continuation'})
  })

  it('repeated messages happened N more times', () => {
    expect(
      parseLog(
        `${RFC}postfix/smtp[9]: message repeated 3 times: [ CD644294C59: to=<a@b>, relay=none, delay=1, delays=0/0/0/0, dsn=5.4.4, status=bounced (x (y))]`,
      ),
    ).toMatchObject({
      kind: 'event',
      times: 3,
      event: {type: 'recipient-attempted', reply: 'x (y)', queueId: 'CD644294C59'},
    })
    expect(parseLog(`${RFC}kernel: message repeated 3 times: [ x]`).kind).toBe('ignored')
  })
  test.for([
    ['systemd-journald[1]', 'Suppressed 57 messages from postfix.service', 57],
    ['journal', 'Suppressed 57 messages from /system.slice/postfix.service', 57],
    ['systemd-journald[1]', 'Forwarding to syslog missed 12 messages.', 12],
    ['rsyslogd', 'imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)', 1234],
    ['rsyslogd', 'imjournal: begin to drop messages due to rate-limiting', null],
    ['rsyslogd-2177', 'imuxsock begins to drop messages from pid 12 due to rate-limiting', null],
    ['rsyslogd-2177', 'imuxsock lost 99 messages from pid 12 due to rate-limiting', 99],
    ['syslog-ng[1]', "Log statistics; dropped='dst.file(d_mail#0)=17', processed='x=1'", 17],
  ] as const)('%s: %s', ([tag, text, count]) => {
    expect(parseLog(`${RFC}${tag}: ${text}`)).toMatchObject({kind: 'event', event: {type: 'lines-lost', count}})
  })
})

test.for([
  'Suppressed 57 messages from sshd.service',
  'Suppressed 57 messages from /system.slice/nginx.service',
  'Missed 12 kernel messages',
])('no mail line was lost: %s', (text) => {
  expect(parseLog(`${RFC}systemd-journald[1]: ${text}`).kind).toBe('ignored')
})

describe('strangers write whole log lines', () => {
  const forged =
    'Nov 21 03:16:13 lab postfix/smtp[1]: CD644294C59: to=<a@b>, relay=mx[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (ok)'
  test.for(['  Subject: ', '\t', 'T To: ', 'F From: | ', '* Subject: ', 'Subject: ', 'a b c | '])(
    'in a header dump or folded text after %j',
    (start) => {
      const parsed = parseLog(start + forged)
      expect(parsed.kind === 'event' && parsed.event.type === 'recipient-attempted').toBe(false)
    },
  )
  it('in a subject with raw newlines in a mail.log of PHP', () => {
    expect(parserFor('php-mail')(forged)).toMatchObject({kind: 'ignored'})
  })
})

describe('dialects by name', () => {
  it('have one name each and parse', () => {
    expect(new Set(dialects.map(({name}) => name)).size).toBe(dialects.length)
    for (const {name} of dialects) expect(parserFor(name)('')).toBeDefined()
  })
  it('an unknown name is told by the lines', () => {
    expect(parserFor('nothing')).toBe(parserFor('auto'))
  })
  it("PHP's file may also be written by syslog", () => {
    expect(parserFor('php-mail')(`${RFC}php: mail() on [/x.php:1]: To: a@b -- Headers: `)).toMatchObject({
      event: {type: 'script-mailed', host: 'lab'},
    })
    expect(parserFor('php-mail')(' folded')).toEqual({kind: 'continuation'})
  })
})

test('never throws, is pure', () => {
  const starts = fc.constantFrom(
    '',
    RFC,
    `${RFC}postfix/smtpd[1]: `,
    `${RFC}exim[1]: `,
    `${RFC}amavis[1]: (1-1) Passed X `,
    `${RFC}rspamd: rspamd_task_write_log: `,
    `${RFC}php: `,
    '2026-11-21 03:16:13 ',
    '<22>1 2026-11-21T03:16:13Z lab postfix 1 - -  ',
    '[21-Nov-2026 02:09:19 UTC] ',
    '203.0.113.9 - - [21/Nov/2026:03:16:13 +0100] "',
    `${RFC}x: message repeated 2 times: [ `,
  )
  fc.assert(
    fc.property(starts, fc.string({unit: 'binary', maxLength: 120}), (start, rest) => {
      expect(parseLog(start + rest)).toEqual(parseLog(start + rest))
    }),
    {numRuns: 3000},
  )
})
