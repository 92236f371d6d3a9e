import {describe, expect, it} from 'vitest'
import {parseExim} from '../../../src/dialect/exim/log.js'
import {eventOf, ID} from './lines.js'

const from = 'H=mx.far.example (far.example) [192.0.2.6]:4711'
const client = {name: 'mx.far.example', helo: 'far.example', ip: '192.0.2.6', port: 4711}

describe('refusals at every stage', () => {
  it.each([
    [
      `${from} F=<s@far.example> rejected RCPT <a@d.example>: relay not permitted`,
      {
        stage: 'rcpt',
        client,
        sender: 's@far.example',
        recipient: 'a@d.example',
        text: 'relay not permitted',
        temporary: false,
      },
    ],
    [
      `${from} I=[192.0.2.1]:25 Ci=9 U=joe X=TLS1.3:x:256 CV=no SNI="a b" F=<> A=dovecot_login:joe@d.example temporarily rejected RCPT <"a >b"@d.example>: 451 4.7.1 greylisted`,
      {
        stage: 'rcpt',
        client,
        sender: '',
        recipient: '"a >b"@d.example',
        login: 'joe@d.example',
        user: 'joe',
        temporary: true,
        status: '4.7.1',
      },
    ],
    [
      `${from} rejected MAIL <s@far.example>: Access denied`,
      {stage: 'mail', sender: 's@far.example', text: 'Access denied'},
    ],
    [
      'rejected MAIL FROM:<s@far.example> H=(x) [192.0.2.6]: message too big: size=9 max=1',
      {stage: 'mail', sender: 's@far.example', client: {ip: '192.0.2.6'}},
    ],
    [`${from} rejected EHLO or HELO far.example: bad name`, {stage: 'helo', text: 'bad name'}],
    [
      'rejected EHLO from far [192.0.2.6]:50 I=[192.0.2.1]:587 Ci=6: syntactically invalid argument(s): x_y',
      {stage: 'helo', client: {name: 'far', ip: '192.0.2.6', port: 50}, text: 'syntactically invalid argument(s): x_y'},
    ],
    [
      'H=[192.0.2.6] rejected connection in "connect" ACL: listed',
      {stage: 'connect', text: 'listed', client: {ip: '192.0.2.6'}},
    ],
    [
      'H=[192.0.2.6] temporarily rejected connection in "connect" ACL: host lookup failed',
      {stage: 'connect', temporary: true},
    ],
    [`${from} rejected VRFY joe`, {stage: 'vrfy'}],
    [`${from} rejected EXPN joe`, {stage: 'expn'}],
    [`${from} rejected ETRN joe`, {stage: 'etrn'}],
    [`${from} rejected AUTH PLAIN: no`, {stage: 'auth', text: 'no'}],
    [`${from} rejected STARTTLS: no`, {stage: 'starttls'}],
    [`SMTP connection from ${from.slice(2)} dropped by 'connect' ACL`, {stage: 'connect', action: 'drop', client}],
    [
      `SMTP call from ${from.slice(2)} dropped: too many nonmail commands (last was "RSET")`,
      {stage: 'connect', action: 'drop', client, temporary: true},
    ],
    [
      'Connection from [192.0.2.6] refused: too many connections',
      {stage: 'connect', client: {ip: '192.0.2.6'}, temporary: true},
    ],
    ['refused connection from H=[192.0.2.6] (host_reject_connection)', {stage: 'connect', client: {ip: '192.0.2.6'}}],
    [
      `${from} F=<s@far.example> RCPT <a@d.example>: discarded by RCPT ACL: spam`,
      {stage: 'rcpt', action: 'discard', recipient: 'a@d.example', text: 'spam'},
    ],
  ])('%s', (line, expected) =>
    expect(eventOf(line, '')).toMatchObject({type: 'message-rejected', action: 'reject', queueId: null, ...expected}),
  )

  it.each([
    [
      `${from} F=<s@far.example> rejected after DATA: This message was classified as SPAM`,
      {stage: 'data', client, text: 'This message was classified as SPAM'},
    ],
    [`${from} F=<s@far.example> rejected after DATA PRDR: no`, {stage: 'data', text: 'no'}],
    [`${from} F=<s@far.example> temporarily rejected after DATA`, {stage: 'data', temporary: true}],
    [`${from} F=<s@far.example> rejected during MIME ACL checks: bad attachment`, {stage: 'mime'}],
    [
      'rejected from <s@far.example> H=(x) [192.0.2.6]: message too big: read=501 max=500',
      {stage: 'size', sender: 's@far.example', client: {ip: '192.0.2.6'}},
    ],
    [
      'F=<s@d.example> rejected by non-SMTP ACL: This message was classified as SPAM',
      {stage: 'non-smtp', sender: 's@d.example', client: null, text: 'This message was classified as SPAM'},
    ],
    ['F=s@d.example U=shop P=local rejected by local_scan(): no', {stage: 'local-scan', user: 'shop', text: 'no'}],
    [
      'SMTP data timeout (message abandoned) on connection from (x) [192.0.2.6] F=<s@far.example>',
      {stage: 'data', action: 'drop', temporary: true, client: {ip: '192.0.2.6'}, sender: 's@far.example'},
    ],
    ['SMTP connection lost after final dot', {stage: 'data', action: 'drop', temporary: true}],
  ])('with an ID: %s', (line, expected) =>
    expect(eventOf(line)).toMatchObject({
      type: 'message-rejected',
      action: 'reject',
      queueId: '1nrvvQ-0002CA-NB',
      ...expected,
    }),
  )

  it.each([
    [
      'dovecot_login authenticator failed for H=host (x) [192.0.2.6]:4: 535 Incorrect authentication data (set_id=joe@d.example)',
      {login: 'joe@d.example', client: {name: 'host', helo: 'x', ip: '192.0.2.6', port: 4}},
    ],
    [
      'login authenticator failed for host (x) [192.0.2.6]: 535 Incorrect authentication data',
      {login: null, client: {ip: '192.0.2.6'}, text: '535 Incorrect authentication data'},
    ],
  ])('%s', (line, expected) => expect(eventOf(line, '')).toMatchObject({type: 'login-failed', ...expected}))
})

describe('sessions, daemons, notes', () => {
  it.each([
    ['exim 4.98.2 daemon started: pid=1, -q1h, listening for SMTP on port 25', 'daemon-started'],
    ['Start queue run: pid=9', 'queue-run'],
    ["End 'lowpri' queue run: pid=9", 'queue-run'],
    ['SIGTERM received: exiting', 'daemon-stopped'],
    ['SMTP connection from [192.0.2.6]:9 (TCP/IP connection count = 1)', 'connection'],
    ['SMTP connection from far (x) [192.0.2.6]:9 closed by QUIT', 'connection'],
    ['no host name found for IP address 192.0.2.6', 'connection'],
    [`${from} incomplete transaction (QUIT) from <s@far.example> for a@d.example`, 'connection'],
    ['TLS error on connection from (x) [192.0.2.6] (recv): closed', 'connection'],
    ['Warning: purging the environment.', 'other'],
  ])('%s', (line, sign) => expect(eventOf(line, '')).toMatchObject({type: 'sign-of-life', sign}))

  it.each([
    ['H=mx [192.0.2.9] Connection refused', {remoteHost: 'mx', remoteIp: '192.0.2.9', text: 'Connection refused'}],
    [
      'H=mx [192.0.2.9]:25: SMTP error from remote mail server after initial connection: 554 no',
      {remoteIp: '192.0.2.9', text: 'SMTP error from remote mail server after initial connection: 554 no'},
    ],
    ['mx.d.example [192.0.2.9] Network is unreachable', {remoteHost: 'mx.d.example', remoteIp: '192.0.2.9'}],
  ])('%s', (line, expected) => expect(eventOf(line)).toMatchObject({type: 'attempt-noted', ...expected}))

  it.each([
    `${from} Warning: "SpamAssassin as joe detected message as NOT spam (0.3)"`,
    'DKIM: d=far.example s=k c=r/r a=rsa-sha256 b=2048 [verification succeeded]',
    'Spool file for 1nrvvQ-0002CA-NB is locked (another process is handling this message)',
    'no immediate delivery: load average 9.00',
    'peer close after all rcpt responses; converting i/o-error to no-error',
  ])('%s is a note about its message', (line) =>
    expect(eventOf(line)).toMatchObject({type: 'text-noted', queueId: '1nrvvQ-0002CA-NB'}),
  )

  it('keeps the ID of a text that nobody knows, and the rest of long argument lists', () => {
    expect(parseExim('2022-05-20 06:15:48 1nrvvQ-0002CA-NB zebra crossing')).toMatchObject({
      kind: 'unknown',
      queueId: '1nrvvQ-0002CA-NB',
    })
    expect(parseExim('2022-05-20 06:15:48 ... -oi more')).toEqual({kind: 'continuation'})
    expect(parseExim('  Suggested action: use keep_environment.')).toEqual({kind: 'continuation'})
  })
})

describe('who is behind it', () => {
  it.each([
    [
      'Sender identification U=shop D=shop.example S=info@shop.example',
      {source: 'sender-identification', account: 'shop', domain: 'shop.example', sender: 'info@shop.example'},
    ],
    [
      'SMTP connection outbound 1736074400 1nrvvQ-0002CA-NB shop.example a@dest.example',
      {source: 'connection-outbound', domain: 'shop.example', account: null},
    ],
    [
      'SMTP connection outbound 1736074400 1nrvvQ-0002CA-NB -system- a@dest.example',
      {source: 'connection-outbound', domain: null},
    ],
    [
      'PHP php="1000:contact.php" url="shop.example/contact.php for 192.0.2.77" uid=1004 rcpts=2',
      {
        source: 'acl-line',
        scriptName: 'contact.php',
        url: 'shop.example/contact.php',
        visitorIp: '192.0.2.77',
        uid: 1004,
      },
    ],
    [
      'PHP php="0:a.php(1) : eval()\'d code uid=0 \\"" url="" uid=1004 rcpts=2',
      {scriptName: 'a.php(1) : eval()\'d code uid=0 "', url: null, uid: 1004},
    ],
    [
      'PHP script=1000:mailer.php user=1001 sender=<s@shop.example> rcpts=2',
      {scriptName: 'mailer.php', uid: 1001, sender: 's@shop.example'},
    ],
    [
      'Warning: Script details - User: shop, X-PHP-Script: shop.example/index.php for 192.0.2.77, X-PHP-Filename: /home/shop/public_html/index.php REMOTE_ADDR: 192.0.2.77, X-PHP-Originating-Script: 1000:index.php',
      {
        source: 'script-details',
        account: 'shop',
        url: 'shop.example/index.php',
        visitorIp: '192.0.2.77',
        script: '/home/shop/public_html/index.php',
        scriptName: 'index.php',
        uid: 1000,
      },
    ],
    [
      'H=localhost [127.0.0.1] PWD=/home/shop/public_html  REMOTE_ADDR=192.0.2.77',
      {source: 'script-details', script: '/home/shop/public_html', visitorIp: '192.0.2.77'},
    ],
  ])('%s', (line, expected) =>
    expect(eventOf(line)).toMatchObject({type: 'origin-identified', queueId: '1nrvvQ-0002CA-NB', ...expected}),
  )

  it('joins a local socket to its owner and its message', () => {
    const line =
      'SMTP connection identification H=localhost A=127.0.0.1 P=59320 M=1nrvvQ-0002CA-NB U=shop ID=1004 S=info@shop.example B=identify_local_connection'
    expect(eventOf(line, '')).toMatchObject({
      source: 'connection-identification',
      queueId: '1nrvvQ-0002CA-NB',
      clientIp: '127.0.0.1',
      clientPort: 59320,
      account: 'shop',
      uid: 1004,
    })
  })

  it.each([
    ['unqualified recipient rejected: <foo> H=mx.far.example (helo) [192.0.2.6]', 'rcpt', {recipient: 'foo'}],
    ['unqualified sender rejected: <foo> H=mx.far.example (helo) [192.0.2.6]', 'mail', {sender: 'foo'}],
    [
      'too many recipients: message rejected: sender=<s@far.example> H=mx.far.example (helo) [192.0.2.6]',
      'rcpt',
      {sender: 's@far.example', temporary: false},
    ],
    [
      'too many recipients: excess temporarily rejected: sender=<s@far.example> H=mx.far.example (helo) [192.0.2.6]',
      'rcpt',
      {temporary: true},
    ],
    [
      'SMTP protocol synchronization error (next input sent too soon: pipelining was not advertised): rejected "rcpt to:<r@d.example>" H=mx.far.example (helo) [192.0.2.6] next input="data\\r\\n"',
      'rcpt',
      {recipient: 'r@d.example', action: 'drop'},
    ],
    [
      'SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=mx.far.example (helo) [192.0.2.6] input="helo"',
      'connect',
      {action: 'drop'},
    ],
    ['SMTP connection lost after final dot H=mx.far.example (helo) [192.0.2.6] P=esmtp', 'data', {action: 'drop'}],
    ['connection from H=mx.far.example (helo) [192.0.2.6] refused (tcp wrappers)', 'connect', {action: 'reject'}],
  ])('%s is a refusal of a known client', (text, stage, rest) => {
    for (const id of ['', ID])
      if (id === '' || !text.startsWith('connection'))
        expect(eventOf(text, id)).toMatchObject({
          type: 'message-rejected',
          stage,
          client: {name: 'mx.far.example', helo: 'helo', ip: '192.0.2.6'},
          ...rest,
        })
  })
})
