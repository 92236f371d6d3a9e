import {describe, expect, it, test} from 'vitest'
import {read} from './read.js'

const Q = 'CD644294C59'
const line = (relay: string, status: string, more = ''): string =>
  `${Q}: to=<u@remote.example>${more}, relay=${relay}, delay=0.08, delays=0.05/0.01/0.02/0, dsn=2.0.0, status=${status}`

describe('status=sent does not say that a message left', () => {
  test.for([
    [
      'handed to a content filter',
      'smtp',
      line(
        '127.0.0.1[127.0.0.1]:10024',
        'sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3ABC6294C5E)',
      ),
      {
        result: 'delivered',
        channel: 'remote',
        remoteIp: '127.0.0.1',
        remotePort: 10024,
        receipt: '3ABC6294C5E',
        forwardedAs: null,
      },
    ],
    [
      'thrown away by the filter',
      'smtp',
      line('127.0.0.1[127.0.0.1]:10024', 'sent (250 2.7.0 Ok, discarded, id=31619-02 - spam)'),
      {result: 'discarded', channel: 'remote', receipt: null},
    ],
    [
      'thrown away by a filter in our own network',
      'smtp',
      line('filter[10.0.0.4]:10024', 'sent (250 2.7.0 Ok, discarded, id=31619-02)'),
      {result: 'discarded'},
    ],
    [
      'bounced by the filter',
      'smtp',
      line('127.0.0.1[127.0.0.1]:10024', 'sent (250 2.5.0 Ok, id=31619-02, BOUNCE)'),
      {result: 'failed', refusedByUs: true},
    ],
    [
      'a remote host that says discarded: it has left us',
      'smtp',
      line('mx.remote.example[203.0.113.9]:25', 'sent (250 2.7.0 Ok, discarded, id=31619-02)'),
      {result: 'delivered', channel: 'remote'},
    ],
    [
      'forwarded by an alias',
      'local',
      line('local', 'sent (forwarded as 34559294C66)'),
      {result: 'delivered', channel: 'local', forwardedAs: '34559294C66', receipt: null},
    ],
    ['discard(8)', 'discard', line('none', 'sent (test.example)'), {result: 'discarded', channel: 'blackhole'}],
    [
      'discard(8), daemon lost',
      null,
      line('none', 'sent (test.example)'),
      {result: 'discarded', channel: 'blackhole', marker: 'discard'},
    ],
    [
      'a mailbox',
      'local',
      line('local', 'sent (delivered to mailbox)'),
      {result: 'delivered', channel: 'local', forwardedAs: null},
    ],
    [
      'a command',
      'local',
      line('local', 'sent (delivered to command: procmail -a "$EXTENSION")'),
      {channel: 'pipe', reply: 'delivered to command: procmail -a "$EXTENSION"'},
    ],
    ['a file', 'local', line('local', 'sent (delivered to file: /tmp/x)'), {channel: 'file'}],
    ['virtual', 'virtual', line('virtual', 'sent (delivered to maildir)'), {channel: 'local', marker: 'virtual'}],
    [
      'pipe',
      'pipe',
      line('dovecot', 'sent (delivered via dovecot service)'),
      {channel: 'pipe', transport: 'dovecot', remoteHost: null},
    ],
    [
      'LMTP over a socket',
      'lmtp',
      line('web.example[private/dovecot-lmtp]', 'sent (250 2.0.0 <u@remote.example> qYyyBMsl9FRuZQAAA15QOA Saved)'),
      {channel: 'lmtp', remoteHost: 'web.example', remoteIp: null, receipt: 'qYyyBMsl9FRuZQAAA15QOA'},
    ],
    [
      'LMTP socket by smtp(8)',
      'smtp',
      line('web.example[private/dovecot-lmtp]', 'sent (250 2.0.0 Ok)'),
      {channel: 'lmtp'},
    ],
    [
      'a remote host',
      'smtp',
      line('mx.remote.example[2001:db8::1b]:25', 'sent (250 2.0.0 OK  1653027350 d2e1a72fcca58-1f0si - gsmtp)'),
      {
        result: 'delivered',
        channel: 'remote',
        remoteHost: 'mx.remote.example',
        remoteIp: '2001:db8::1b',
        remotePort: 25,
        receipt: 'd2e1a72fcca58-1f0si',
        delay: 0.08,
        status: '2.0.0',
      },
    ],
  ] as const)('%s', ([, daemon, text, wanted]) => {
    expect(read(daemon, text)).toMatchObject({
      type: 'recipient-attempted',
      queueId: Q,
      address: 'u@remote.example',
      ...wanted,
    })
  })
  test.for([
    ['deliverable (250 2.1.5 Ok)', 'discarded'],
    ['undeliverable (host x[192.0.2.1] said: 550 no)', 'failed'],
    ['undeliverable-but-not-cached (User unknown)', 'failed'],
  ] as const)('an address probe delivers nothing: %s', ([status, result]) => {
    expect(read('smtp', line('mx[192.0.2.1]:25', status))).toMatchObject({
      type: 'recipient-attempted',
      result,
      probe: true,
      channel: 'none',
      remoteIp: '192.0.2.1',
      reply: status,
      receipt: null,
    })
  })
})

describe('all versions', () => {
  it('2.2: neither dsn nor delays nor a port', () => {
    expect(
      read(
        'smtp',
        '3AB12CD: to=<a@b.example>, relay=mx.b.example[192.0.2.9], delay=2, status=bounced (host mx.b.example[192.0.2.9] said: 550 5.1.1 <a@b.example>: no such user (in reply to RCPT TO command))',
      ),
    ).toMatchObject({
      result: 'failed',
      status: '5.1.1',
      remotePort: null,
      delay: 2,
      refusedByUs: false,
    })
  })
  it('2.3 to 3.4: addresses without quotes', () => {
    expect(
      read(
        'smtp',
        '3AB12CD: to=<odd name=> x@b.example>, orig_to=<a b@c.example>, relay=mx[192.0.2.9]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)',
      ),
    ).toMatchObject({
      address: 'odd name=> x@b.example',
      original: 'a b@c.example',
    })
  })
  it('3.5: quoted local parts may hold what looks like the next field', () => {
    expect(
      read(
        'smtp',
        '3AB12CD: to=<"x>, relay=none, status=sent (y)"@b.example>, relay=mx[192.0.2.9]:25, conn_use=4, delay=0, delays=0/0/0/0, dsn=5.0.0, status=bounced (no)',
      ),
    ).toMatchObject({
      address: '"x>, relay=none, status=sent (y)"@b.example',
      result: 'failed',
      remoteIp: '192.0.2.9',
    })
  })
  test.for(['dane', 'may?', 'dane/requiretls', 'dane/!requiretls:nocertmatch'])('3.11: tls=%s', (tls) => {
    expect(
      read(
        'smtp',
        `4jWbJ65pk1zNNYS: to=<a@b.example>, relay=mx[192.0.2.9]:25, delay=3.6, delays=1/1/1/0.6, tls=${tls}, dsn=2.1.5, status=sent (250 2.0.0 Ok: queued as 153053D)`,
      ),
    ).toMatchObject({result: 'delivered', receipt: '153053D', status: '2.1.5'})
  })
  it('the bare recipient of very old lines', () => {
    expect(
      read(
        'local',
        '2A22C263F6: to=user@host.example, orig_to=root@localhost, relay=local, delay=0.07, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)',
      ),
    ).toMatchObject({address: 'user@host.example', original: 'root@localhost'})
  })
  it('a text that syslog cut has no closing bracket', () => {
    expect(
      read('smtp', line('mx[192.0.2.9]:25', 'deferred (host mx[192.0.2.9] said: 450 try (again) lat')),
    ).toMatchObject({result: 'deferred', reply: 'host mx[192.0.2.9] said: 450 try (again) lat'})
  })
  it('a line cut before the status is unknown and keeps its queue ID', () => {
    expect(read('smtp', `${Q}: to=<u@remote.example>, relay=mx[192.0.2.9]:25, del`)).toEqual({
      kind: 'unknown',
      reason: 'postfix-message',
      queueId: Q,
    })
  })
})

describe('who decided', () => {
  test.for([
    ['smtp', 'none', 'deferred (connect to mx[192.0.2.1]:25: Connection refused)', 'deferred', 'remote', false],
    [
      'error',
      'none',
      'deferred (delivery temporarily suspended: connect to mx[192.0.2.1]:25: Connection refused)',
      'deferred',
      'none',
      false,
    ],
    ['error', 'none', 'bounced (User unknown in virtual alias table)', 'failed', 'none', true],
    ['cleanup', 'none', 'bounced (5.7.1 Message refused: looks like spam)', 'failed', 'none', true],
    ['smtp', 'none', 'bounced (mail for b.example loops back to myself)', 'failed', 'remote', true],
    ['local', 'local', 'bounced (unknown user: "x")', 'failed', 'local', true],
    ['pipe', 'dovecot', 'bounced (user unknown)', 'failed', 'pipe', true],
    ['smtp', 'mx[192.0.2.1]:25', 'SOFTBOUNCE (host mx[192.0.2.1] said: 550 no)', 'deferred', 'remote', false],
    [null, 'none', 'deferred (connect to mx[192.0.2.1]:25: Connection refused)', 'deferred', 'remote', false],
    [null, 'none', 'bounced (User unknown in virtual alias table)', 'failed', 'none', true],
  ] as const)('%s %s %s', ([daemon, relay, status, result, channel, refusedByUs]) => {
    expect(read(daemon, line(relay, status))).toMatchObject({result, channel, refusedByUs})
  })
})
