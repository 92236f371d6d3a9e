import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {postfixProgram} from '../../../src/dialect/postfix/program.js'
import {parse, read} from './read.js'

const Q = 'CD644294C59'

describe('arrival', () => {
  test.for([
    ['pickup', 'uid=10007 from=<web1>', {type: 'message-picked-up', uid: 10007, sender: 'web1', originalQueueId: null}],
    ['pickup', 'uid=103 from=<> orig_id=C3EC5294C67', {uid: 103, sender: '', originalQueueId: 'C3EC5294C67'}],
    ['pickup', 'uid=0 from=<"a> orig_id=b"@c.example>', {sender: '"a> orig_id=b"@c.example', originalQueueId: null}],
    [
      'smtpd',
      'client=localhost[127.0.0.1]',
      {
        type: 'client-accepted',
        client: {name: 'localhost', ip: '127.0.0.1', port: null, helo: null},
        login: null,
        originalQueueId: null,
      },
    ],
    [
      'smtpd',
      'client=unknown[2001:db8::1]:1234, sasl_method=LOGIN, sasl_username=info@a.example',
      {
        client: {name: null, ip: '2001:db8::1', port: 1234, helo: null},
        saslMethod: 'LOGIN',
        login: 'info@a.example',
        saslSender: null,
      },
    ],
    [
      'smtpd',
      'client=x.example[192.0.2.1], sasl_method=PLAIN, sasl_username=a, b, sasl_sender=c@d.example',
      {login: 'a, b', saslSender: 'c@d.example'},
    ],
    [
      'smtpd',
      'client=localhost[127.0.0.1], orig_queue_id=28FFE294C5C, orig_client=h.example[192.0.2.9]',
      {originalQueueId: '28FFE294C5C', originalClient: {name: 'h.example', ip: '192.0.2.9', port: null, helo: null}},
    ],
    [
      'cleanup',
      'message-id=<20261121020919.CD644294C59@lab.example>',
      {type: 'message-id-recorded', messageId: '20261121020919.CD644294C59@lab.example', resent: false},
    ],
    ['cleanup', 'message-id=<>', {messageId: null}],
    ['cleanup', 'message-id=abc@x', {messageId: 'abc@x'}],
    ['cleanup', 'message-id=<abc@x> (added by y)', {messageId: 'abc@x'}],
    ['cleanup', 'message-id=<cut@by.sys', {messageId: 'cut@by.sys'}],
    ['cleanup', 'message-id==?UTF-8?B?PDE5?=', {messageId: '=?UTF-8?B?PDE5?='}],
    ['cleanup', 'resent-message-id=<resent@x>', {messageId: 'resent@x', resent: true}],
  ] as const)('%s %s', ([daemon, text, wanted]) => {
    expect(read(daemon, `${Q}: ${text}`)).toMatchObject({queueId: Q, ...wanted})
    expect(read(null, `${Q}: ${text}`)).toMatchObject({queueId: Q, ...wanted})
  })
  it('a proxy client has no queue ID, the service comes from the program name', () => {
    expect(read('smtpd', 'NOQUEUE: client=localhost[127.0.0.1]', 'proxyin')).toMatchObject({
      type: 'client-accepted',
      queueId: null,
      service: 'proxyin',
    })
  })
})

describe('queue', () => {
  test.for([
    [
      'qmgr',
      'from=<info@a.example>, size=341, nrcpt=1 (queue active)',
      {type: 'message-activated', sender: 'info@a.example', size: 341, recipientCount: 1},
    ],
    [
      'qmgr',
      'from=<"a>, size=1"@b.example>, size=2, nrcpt=3 (queue active)',
      {sender: '"a>, size=1"@b.example', size: 2, recipientCount: 3},
    ],
    ['qmgr', 'from=<>, status=expired, returned to sender', {type: 'message-standing-changed', to: 'expired'}],
    ['qmgr', 'from=<a@b>, status=force-expired, returned to sender', {to: 'expired'}],
    ['qmgr', 'removed', {type: 'message-removed', by: 'queue-manager'}],
    [null, 'removed', {by: 'queue-manager', who: null}],
    ['postsuper', 'removed', {by: 'admin'}],
    ['cleanup', 'removed (canceled)', {by: 'client'}],
    ['cleanup', 'removed (discarded)', {by: 'discard'}],
    ['postsuper', 'requeued', {type: 'message-standing-changed', to: 'requeued'}],
    ['postsuper', 'placed on hold', {to: 'held'}],
    ['postsuper', 'released from hold', {to: 'released'}],
    ['postsuper', 'expired', {to: 'expired'}],
    [
      'bounce',
      'sender non-delivery notification: 9D63D294003',
      {type: 'notification-made', kind: 'bounce', notificationQueueId: '9D63D294003'},
    ],
    ['bounce', 'sender delay notification: 9D63D294003', {kind: 'delay'}],
    ['bounce', 'sender delivery status notification: 9D63D294003', {kind: 'success'}],
    ['bounce', 'postmaster non-delivery notification: 9D63D294003', {kind: 'postmaster'}],
    ['bounce', 'sender notification failed to <a@b>: queue file write error', {type: 'text-noted'}],
    [
      'smtp',
      'host mx.example[192.0.2.9] said: 450 4.7.1 later (in reply to RCPT TO command)',
      {type: 'attempt-noted', remoteHost: 'mx.example', remoteIp: '192.0.2.9'},
    ],
    [
      'smtp',
      'lost connection with mx.example[192.0.2.9] while sending RCPT TO',
      {type: 'attempt-noted', remoteHost: 'mx.example'},
    ],
    ['smtp', 'conversation with mx.example[192.0.2.9] timed out while sending end of data', {type: 'attempt-noted'}],
    ['smtp', 'host mx.example[192.0.2.9] refused to talk to me: 450 4.3.2 later', {type: 'attempt-noted'}],
    ['qmgr', 'skipped, still being delivered', {type: 'text-noted'}],
    ['smtp', 'TLSRPT: status=success, domain=d.example, receiving_mx=mx.d.example', {type: 'text-noted'}],
    ['local', 'passing <u@lab.example> to transport=lmtp', {type: 'text-noted'}],
    ['smtpd', 'lost connection after DATA (100 bytes) from pc.example[192.0.2.9]', {type: 'text-noted', queueId: Q}],
    ['smtpd', 'timeout after DATA (100 bytes) from pc.example[192.0.2.9]', {type: 'text-noted', queueId: Q}],
  ] as const)('%s %s', ([daemon, text, wanted]) => {
    expect(read(daemon, `${Q}: ${text}`)).toMatchObject(wanted)
  })
  test.for([
    ['Deleted: 3 messages', 'deleted', 3],
    ['Requeued: 1 message', 'requeued', 1],
    ['Placed on hold: 67 messages', 'held', 67],
    ['Released from hold: 13 messages', 'released', 13],
    ['Force-expired: 2 messages', 'expired', 2],
  ] as const)('%s', ([text, action, count]) => {
    expect(read('postsuper', text)).toMatchObject({type: 'queue-swept', action, count, queueId: null})
  })
  it('nothing swept is nothing', () => {
    expect(read('postsuper', 'Placed on hold: 0 messages')).toEqual({kind: 'ignored'})
  })
  it('renamed queue files are noted', () => {
    expect(read('postsuper', 'warning: QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS')).toMatchObject({
      type: 'text-noted',
    })
  })
})

describe('lines without a queue ID', () => {
  test.for([
    ['master', 'daemon started -- version 3.7.11, configuration /etc/postfix', 'daemon-started'],
    ['postfix-script', 'starting the Postfix mail system', 'daemon-started'],
    ['master', 'terminating on signal 15', 'daemon-stopped'],
    ['master', 'reload -- version 3.7.11, configuration /etc/postfix', 'other'],
    [null, 'postfix/postfix-script: starting the Postfix mail system', 'daemon-started'],
  ] as const)('%s %s', ([daemon, text, sign]) => {
    expect(read(daemon, text)).toMatchObject({type: 'sign-of-life', sign})
  })
  test.for([
    'connect from h.example[192.0.2.1]',
    'disconnect from h.example[192.0.2.1] ehlo=1 auth=0/1 mail=1 rcpt=0/1 commands=2/4',
    'lost connection after DATA (21 bytes) from h[192.0.2.1]',
    'NOQUEUE: lost connection after AUTH from h[192.0.2.1]',
    'timeout after END-OF-MESSAGE from h[192.0.2.1]',
    'too many errors after RCPT from h[192.0.2.1]',
    'improper command pipelining after EHLO from h[192.0.2.1]: QUIT',
    'SSL_accept error from h[192.0.2.1]: -1',
    'Anonymous TLS connection established from h[192.0.2.1]: TLSv1.3',
    'warning: hostname x does not resolve to address 192.0.2.1',
    'warning: TLS library problem: error:1:SSL',
  ])('known and not needed: %s', (text) => {
    expect(read('smtpd', text)).toEqual({kind: 'ignored'})
    expect(read(null, text)).toEqual({kind: 'ignored'})
  })
  test.for([
    ['anvil', 'statistics: max connection rate 1/60s for (smtpd:192.0.2.1) at Oct 26 18:13:50'],
    ['postscreen', 'PASS OLD [192.0.2.1]:53024'],
    ['postscreen', 'something new of a later version'],
    ['verify', 'cache lmdb:/x full cleanup: retained=724 dropped=6 entries'],
    ['tlsproxy', 'CONNECT from [192.0.2.1]:51637'],
    ['dnsblog', 'addr 192.0.2.1 listed by domain x as 127.0.0.2'],
    ['scache', 'statistics: domain lookup hits=0 miss=1 success=0%'],
    ['policy-spf', 'Policy action=PREPEND Received-SPF: pass'],
  ] as const)('counted only: %s %s', ([daemon, text]) => {
    expect(read(daemon, text)).toEqual({kind: 'ignored'})
  })
  it('SASL failures', () => {
    expect(
      read(
        'smtpd',
        'warning: h.example[192.0.2.1]: SASL LOGIN authentication failed: authentication failure, sasl_username=carol@a.example',
      ),
    ).toMatchObject({type: 'login-failed', login: 'carol@a.example', client: {name: 'h.example', ip: '192.0.2.1'}})
    expect(read('smtpd', 'warning: unknown[192.0.2.1]:55729: SASL Plain authentication failed:')).toMatchObject({
      type: 'login-failed',
      login: null,
      client: {ip: '192.0.2.1', port: 55729},
    })
  })
  it('a connection that failed', () => {
    expect(read('smtp', 'connect to mx.example[2001:db8::1]:25: Network is unreachable')).toMatchObject({
      type: 'attempt-noted',
      remoteHost: 'mx.example',
      remoteIp: '2001:db8::1',
      queueId: null,
    })
  })
  it('the queue ID after the severity', () => {
    expect(read('cleanup', 'warning: 9BECF3F19D: sender_canonical_maps map lookup problem')).toMatchObject({
      type: 'text-noted',
      queueId: '9BECF3F19D',
      text: 'warning: sender_canonical_maps map lookup problem',
    })
  })
  it('what nobody knows is unknown, with the queue ID where one stands', () => {
    expect(read('smtpd', 'a line of a later version')).toEqual({kind: 'unknown', reason: 'postfix-text', queueId: null})
    expect(read('smtp', `${Q}: a line of a later version`)).toEqual({
      kind: 'unknown',
      reason: 'postfix-message',
      queueId: Q,
    })
  })
})

describe('queue IDs', () => {
  test.for([
    ['CD644294C59', true],
    ['4jWbJ65pk1zNNYS', true],
    ['1234567890123456789', true],
    ['ED06590130AA1C9D6D862', true],
    ['warning', false],
    ['statistics', false],
    ['NOQUEUE', false],
    ['Deleted', false],
  ] as const)('%s', ([id, is]) => {
    expect(read('qmgr', `${id}: removed`)).toMatchObject(is ? {type: 'message-removed', queueId: id} : {})
    if (!is) expect(read('qmgr', `${id}: removed`)['queueId'] ?? null).toBeNull()
  })
})

describe('program names', () => {
  test.for([
    ['postfix/smtpd', 'postfix', 'smtpd', null],
    ['postfix/submission/smtpd', 'postfix', 'smtpd', 'submission'],
    ['postfix-out/smtp', 'postfix-out', 'smtp', null],
    ['postfix-192.0.2.23/qmgr', 'postfix-192.0.2.23', 'qmgr', null],
    ['postfix/sender-cleanup/cleanup', 'postfix', 'cleanup', 'sender-cleanup'],
    ['mta-out/smtps/smtpd', 'mta-out', 'smtpd', 'smtps'],
    ['postfix', 'postfix', null, null],
    ['postfix-out', 'postfix-out', null, null],
    ['postfix/burst', 'postfix', 'burst', null],
  ] as const)('%s', ([program, instance, daemon, service]) => {
    expect(postfixProgram(program)).toEqual({instance, daemon, service})
  })
  test.for([
    'postfixadmin',
    'postfix-local',
    'postfix-policyd-spf-python',
    'postfix_exporter',
    'sendmail',
    'cron/daily',
    'spamd',
  ])('%s is no Postfix program', (program) => {
    expect(postfixProgram(program)).toBeNull()
  })
})

test('never throws and always says something', () => {
  const bits = fc.constantFrom(
    'CD644294C59: ',
    'to=<',
    '>',
    ', relay=',
    'none',
    'a[1]:2',
    ', status=',
    'sent (',
    ')',
    'from=<',
    '; from=<',
    ' to=<',
    ' proto=',
    ' helo=<',
    'reject: ',
    'RCPT from ',
    'h[1.2.3.4]',
    ': ',
    'client=',
    'uid=',
    'message-id=',
    '"',
    '\\',
    'header ',
    ' from local',
    'info: ',
    'NOQUEUE: ',
    'warning: ',
    'proxy-accept: ',
    'sasl_',
    'removed',
    '(',
    '=',
    ',',
    ' ',
  )
  const daemons = fc.constantFrom(
    null,
    'smtpd',
    'smtp',
    'cleanup',
    'qmgr',
    'local',
    'postsuper',
    'bounce',
    'sendmail',
    'x',
  )
  fc.assert(
    fc.property(
      daemons,
      fc.oneof(
        fc.string({unit: 'binary', maxLength: 100}),
        fc.array(bits, {maxLength: 14}).map((parts) => parts.join('')),
      ),
      (daemon, text) => {
        expect(['event', 'ignored', 'unknown']).toContain(parse(daemon, text).kind)
      },
    ),
    {numRuns: 5000},
  )
})

test('linear in hostile lines', () => {
  const started = process.cpuUsage()
  for (const piece of [
    '; from=<a',
    ' from x[',
    '"',
    '\\"',
    '>, relay=',
    ' to=<',
    ', sasl_sender=',
    '[',
    ': ',
    '(1',
    '1',
  ]) {
    const long = piece.repeat(Math.floor(60_000 / piece.length))
    for (const start of [
      `${Q}: to=<`,
      `${Q}: info: header `,
      'NOQUEUE: reject: RCPT from h[1.2.3.4]: ',
      `${Q}: client=h[1.2.3.4]`,
      `${Q}: from=<`,
      'warning: ',
    ])
      parse(null, start + long)
  }
  expect(process.cpuUsage(started).user).toBeLessThan(10_000_000)
})
