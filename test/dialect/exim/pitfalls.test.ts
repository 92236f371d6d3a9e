import {describe, expect, it} from 'vitest'
import {absorb, parseExim, parseEximText} from '../../../src/dialect/exim/log.js'
import {BASE, eventOf, ID} from './lines.js'

const stamp = '2022-05-20 06:15:48'
const arrival = 'H=mx.far.example (far.example) [192.0.2.6]:4711 P=esmtps X=TLS1.3:x:256 CV=no S=4321'

describe('the twelve pitfalls of the format', () => {
  it('1: addresses, users and files contain blanks', () => {
    expect(eventOf('<= "spaced user"@d.example U=spaced user P=local S=9')).toMatchObject({
      sender: '"spaced user"@d.example',
      user: 'spaced user',
      protocol: 'local',
      size: 9,
    })
    expect(
      eventOf('=> odd name=> x@d.example <"odd name=> x"@d.example> R=r T=t H=mx [192.0.2.9] C="250 ok"'),
    ).toMatchObject({
      address: 'odd name=> x@d.example',
      original: '"odd name=> x"@d.example',
      remoteIp: '192.0.2.9',
    })
  })

  it('2: a Message-ID that looks like fields changes no other field', () => {
    const id = '"a b H=[9.9.9.9] S=1 T=\\"z\\" for x@y"@evil.example'
    expect(eventOf(`<= s@far.example ${arrival} id=${id} T="real" from <s@far.example> for r@d.example`)).toMatchObject(
      {
        client: {name: 'mx.far.example', helo: 'far.example', ip: '192.0.2.6', port: 4711},
        size: 4321,
        messageId: id,
        subject: 'real',
        rawSender: 's@far.example',
        recipients: ['r@d.example'],
      },
    )
  })

  it('2: a HELO that looks like fields does not become the client', () => {
    const helo = 'x) [9.9.9.9] P=local S=1 id=z'
    expect(eventOf(`<= s@far.example H=(${helo}) [192.0.2.6]:4711 P=esmtp S=4321 id=real@far.example`)).toMatchObject({
      client: {helo, ip: '192.0.2.6', port: 4711},
      protocol: 'esmtp',
      size: 4321,
      messageId: 'real@far.example',
    })
    expect(
      eventOf('H=(x) [9.9.9.9] y) [192.0.2.6]:99 F=<s@far.example> rejected RCPT <r@d.example>: no', ''),
    ).toMatchObject({
      client: {ip: '192.0.2.6', port: 99},
      recipient: 'r@d.example',
    })
  })

  it('2: a HELO that ends in an open quote does not swallow the client', () => {
    for (const key of ['id', 'T', 'DN', 'SNI'])
      expect(
        eventOf(
          `<= s@far.example H=(x) [9.9.9.9] P=local S=1 ${key}=") [192.0.2.6]:4711 P=esmtp S=4321 id=real@far.example T="\\"" for r@d.example`,
        ),
        key,
      ).toMatchObject({client: {ip: '192.0.2.6', port: 4711}, size: 4321, messageId: 'real@far.example', subject: '"'})
  })

  it('2: an address that looks like fields does not become a delivery to another host', () => {
    const local = 'odd R=x T=y H=mx [9.9.9.9] C=250'
    expect(
      eventOf(`** ${local}@d.example <"${local}"@d.example> R=real T=smtp H=mx2 [192.0.2.9]: 550 no`),
    ).toMatchObject({
      address: `${local}@d.example`,
      router: 'real',
      remoteIp: '192.0.2.9',
      reply: '550 no',
    })
  })

  it.each([
    ['A=login: H=[9.9.9.9]', 'login', 'H=[9.9.9.9]'],
    ['A=login:bob H=(x) [9.9.9.9] P=local', 'login', 'bob H=(x) [9.9.9.9] P=local'],
    ['A=plain:bob S=1 id=evil@x P=local', 'plain', 'bob S=1 id=evil@x P=local'],
    ['A=plain:bob U=root CV=yes S=1', 'plain', 'bob U=root CV=yes S=1'],
    ['U=bob P=local S=1 id=q', null, null],
    ['U=bob H=[9.9.9.9] I=[9.9.9.9] R=1nrvvQ-0002CA-NB P=local A=x:y S=1', null, null],
  ])('2: a login or an ident with blanks that looks like fields is only a login: %s', (value, name, login) => {
    const ident = value.startsWith('U=')
    const line = `<= s@far.example H=mx.far.example (far.example) [192.0.2.6]:4711 ${ident ? `${value} ` : ''}P=esmtpsa X=TLS1.3:x:256 CV=no ${
      ident ? '' : `${value} `
    }S=4321 id=real@far.example T="real" for r@d.example`
    expect(eventOf(line)).toMatchObject({
      client: {name: 'mx.far.example', helo: 'far.example', ip: '192.0.2.6', port: 4711},
      user: ident ? value.slice(2) : null,
      authenticator: name,
      login: login?.replace(/^.*:/, '') ?? null,
      protocol: 'esmtpsa',
      size: 4321,
      messageId: 'real@far.example',
      subject: 'real',
      parent: null,
      recipients: ['r@d.example'],
    })
  })

  it('2: on a refusal too', () => {
    expect(
      eventOf('H=mx.far.example [192.0.2.6]:99 U=bob x F=<s@far.example> rejected RCPT <r@d.example>: no', ''),
    ).toMatchObject({type: 'message-rejected', user: 'bob x', sender: 's@far.example', recipient: 'r@d.example'})
    expect(
      eventOf(
        'H=mx.far.example [192.0.2.6] F=<s@far.example> A=login:a b@d.example rejected RCPT <r@d.example>: no',
        '',
      ),
    ).toMatchObject({type: 'message-rejected', login: 'a b@d.example', recipient: 'r@d.example', text: 'no'})
  })

  it('2: a failed login keeps its client where the HELO and the login are hostile', () => {
    const failed =
      'login authenticator failed for (x) [9.9.9.9] y) [192.0.2.6]:77: 535 Incorrect authentication data (set_id=a) (set_id=b)'
    expect(eventOf(failed, '')).toMatchObject({
      type: 'login-failed',
      client: {ip: '192.0.2.6', port: 77},
      login: 'a) (set_id=b',
    })
  })

  it('3: the two escape orders are undone once', () => {
    const subject = (logged: string) => eventOf(`<= s@d.example ${arrival} T="${logged}" for r@d.example`)
    expect(subject('\\303\\234bergr\\303\\266\\303\\237e')).toMatchObject({subject: '\xc3\x9cbergr\xc3\xb6\xc3\x9fe'})
    expect(subject('say \\"hi\\" to C:\\\\new\\\\303')).toMatchObject({
      subject: 'say "hi" to C:\\new\\303',
      recipients: ['r@d.example'],
    })
    expect(subject('=?UTF-8?Q?=C3=9Cber?= =?UTF-8?B?w5w=?=')).toMatchObject({subject: '\xc3\x9cber\xc3\x9c'})
    expect(subject('=> v@x R=lookuphost T=remote_smtp\\" from <root@evil> for boss@evil')).toMatchObject({
      recipients: ['r@d.example'],
      rawSender: null,
    })
    expect(eventOf('=> a@d.example R=r T=t H=h [192.0.2.9] C="250-one \\"q\\"\\\\n250 OK id=X1"')).toMatchObject({
      reply: '250-one "q"\n250 OK id=X1',
      receipt: 'X1',
    })
  })

  it.each([
    ['/var/spool/exim 3 args: /usr/sbin/exim -Mc 1nrvvQ-0002CA-NB', false],
    ['/root 2 args: exim -bpc', false],
    ['/root 2 args: exim -bpra', false],
    ['/root 3 args: exim -Mrm 1nrvvQ-0002CA-NB', false],
    ['/ 2 args: /usr/sbin/exim -bV', false],
    ['/ 3 args: exim -bd -q1h', false],
    ['/ 2 args: /usr/sbin/exim -qG', false],
    ['/ 1 args: mailq', false],
    [`/var/spool/exim 7 args: /usr/sbin/exim -t -oem -oi -f <> -E${ID}`, false],
    ['/home/shop/public_html 3 args: /usr/sbin/sendmail -t -i', true],
    ['/home/shop/public_html 4 args: /usr/sbin/sendmail -t -i -fs@shop.example', true],
    ['/home/shop 2 args: /usr/sbin/sendmail root', true],
    ['/home/shop 2 args: /usr/sbin/sendmail -bs', true],
  ])('4: command line cwd=%s reads a message: %s', (text, submission) => {
    expect(eventOf(`cwd=${text}`, '')).toMatchObject({type: 'command-run', submission})
  })

  it('4: directories and arguments with blanks, senders, cron and parents', () => {
    expect(eventOf('cwd=/home/a 3 args: b 4 args: sendmail -t -f ""spaced user"@c.example"', '')).toMatchObject({
      cwd: '/home/a 3 args: b',
      args: ['sendmail', '-t', '-f', '"spaced user"@c.example'],
      sender: '"spaced user"@c.example',
    })
    expect(eventOf('cwd=/home/t 7 args: /usr/sbin/sendmail -FCronDaemon -i -odi -oem -oi -t', '')).toMatchObject({
      cron: true,
    })
    expect(eventOf(`cwd=/ 7 args: /usr/sbin/exim -t -oem -oi -f <> -E${ID}`, '')).toMatchObject({
      parent: ID,
      sender: '',
    })
  })

  it('5: each line stands alone: cutthrough before its arrival, a bounce before its parent completes', () => {
    expect(eventOf('>> a@d.example R=r T=t H=mx [192.0.2.9] C="250 ok"')).toMatchObject({
      marker: '>>',
      result: 'delivered',
    })
    expect(eventOf(`<= <> R=${ID} U=mailnull P=local S=10 T="Mail delivery failed" for a@d.example`)).toMatchObject({
      sender: '',
      parent: ID,
      client: null,
    })
  })

  it('6: a torn line is no silent continuation', () => {
    expect(parseExim(`:48 ${ID} => a@d.example R=r T=t`)).toMatchObject({kind: 'unknown'})
    expect(parseExim(`${stamp} ${ID} => a@d.example R=dnslo`)).toMatchObject({kind: 'unknown', queueId: ID})
    expect(parseExim('2022-05-20 06:1')).toMatchObject({kind: 'unknown'})
    expect(eventOf('=> a@d.example R=r T=t H=mx [192.0')).toMatchObject({channel: 'remote', remoteIp: null})
    expect(parseExim(`\0\0\0${stamp} ${ID} Completed`)).toMatchObject({event: {type: 'message-completed', queueId: ID}})
    expect(eventOf('=> a@d.example R=r T=t H=mx [192.0.2.9] C="250 2.0.0 Ok: que')).toMatchObject({
      remoteIp: '192.0.2.9',
    })
  })

  it('7: a reject-log block fills in the refused message', () => {
    const block = [
      `${stamp} ${ID} H=(far.example) [192.0.2.6] F=<s@far.example> rejected after DATA: spam`,
      'Envelope-from: <s@far.example>',
      'Envelope-to: <r1@d.example>',
      '    <r2@d.example>',
      'P Received: from far.example by d.example',
      '\tid 1nrvvQ-0002CA-NB',
      'I Message-ID:',
      '\t<K1@far.example>',
      '  Subject: =?UTF-8?Q?=C3=9Cber?=',
      '*** truncated ***',
    ]
    const [first = '', ...rest] = block
    const parsed = parseExim(first)
    if (parsed.kind !== 'event') throw new Error(parsed.kind)
    for (const line of rest) expect(parseExim(line)).toEqual({kind: 'continuation'})
    const event = rest.reduce(absorb, parsed.event)
    expect(event).toMatchObject({
      type: 'message-rejected',
      stage: 'data',
      messageId: 'K1@far.example',
      subject: '\xc3\x9cber',
      envelopeRecipients: ['r1@d.example', 'r2@d.example'],
    })
    expect(parsed.event).toMatchObject({messageId: null, envelopeRecipients: []})
  })

  it('7: a folded Subject is whole, and a folded line that looks like a header is none', () => {
    const first = eventOf('H=(far.example) [192.0.2.6] F=<s@far.example> rejected after DATA: spam')
    const read = (lines: readonly string[]) => lines.reduce(absorb, first)
    expect(
      read([
        '  Subject: Your order',
        '\t1234 of Monday',
        ' and more',
        'I Message-ID: <K1@far.example>',
        '\tno subject',
      ]),
    ).toMatchObject({subject: 'Your order 1234 of Monday and more', messageId: 'K1@far.example'})
    expect(read(['  Subject: =?UTF-8?Q?=C3=9C?=', ' =?UTF-8?Q?ber?=', '*** truncated ***', ' x'])).toMatchObject({
      subject: '\xc3\x9cber',
    })
    expect(
      read(['P Received: from x', '  Message-ID: <forged@evil.example>', 'I Message-Id: <K2@far.example>']),
    ).toMatchObject({messageId: 'K2@far.example'})
    expect(read(['  Subject:', '\tfolded at once', 'F From: a@b.example', '\tx'])).toMatchObject({
      subject: 'folded at once',
    })
  })

  it('8: syslog: with and without its own stamp, doubled pid, pieces by length and by newline', () => {
    const own = parseEximText(`${stamp}.123 +0200 [42] ${ID} Completed`, BASE)
    expect(own).toMatchObject({
      event: {
        queueId: ID,
        pid: 42,
        host: 'web1',
        stamp: {wall: Date.UTC(2022, 4, 20, 6, 15, 48, 123), offset: 120, yearless: false},
      },
    })
    expect(parseEximText(`[839] ${ID} Completed`, BASE)).toMatchObject({event: {queueId: ID, pid: 839, stamp: null}})
    expect(parseEximText(`${ID} Completed`, BASE)).toMatchObject({event: {queueId: ID, pid: 7}})
    expect(parseEximText(`[2/3] bigma`, BASE)).toMatchObject({
      kind: 'piece',
      index: 2,
      of: 3,
      cut: 'length',
      text: 'bigma',
    })
    expect(parseEximText(`[1\\15] ${stamp} x`, BASE)).toMatchObject({
      kind: 'piece',
      index: 1,
      of: 15,
      cut: 'newline',
      text: `${stamp} x`,
    })
    const whole = `${stamp} ${ID} F=<s@d.example> rejected by non-SMTP ACL: spam\nI Message-Id: <E${ID}@web1>\n  Subject: hi`
    expect(parseEximText(whole, BASE)).toMatchObject({
      event: {stage: 'non-smtp', messageId: `E${ID}@web1`, subject: 'hi'},
    })
  })

  it.each([
    ['Completed', 'message-completed', {}],
    ['Completed QT=4s', 'message-completed', {}],
    ['removed by root', 'message-removed', {by: 'admin', who: 'root'}],
    ['cancelled by timeout_frozen_after', 'message-removed', {by: 'timeout'}],
    ['cancelled by system filter: no', 'message-removed', {by: 'filter'}],
    ['cancelled by admin', 'message-removed', {by: 'admin', who: 'admin'}],
    [
      'address <a@d.example> marked delivered by root',
      'envelope-changed',
      {change: 'marked-delivered', address: 'a@d.example', who: 'root'},
    ],
    ['recipient <a@d.example> added by root', 'envelope-changed', {change: 'recipient-added'}],
    [
      'sender address changed to <a@d.example> by root',
      'envelope-changed',
      {change: 'sender-changed', address: 'a@d.example'},
    ],
    ['a@d.example: error ignored', 'envelope-changed', {change: 'error-ignored', address: 'a@d.example'}],
    [
      'a@d.example <b@d.example>: error ignored: RFC 3461 DSN, failure notify not requested',
      'envelope-changed',
      {address: 'a@d.example'},
    ],
    ['rescind the above message-accept', 'message-rescinded', {}],
    ['Frozen (delivery error message)', 'message-standing-changed', {to: 'frozen', who: null}],
    ['frozen by root', 'message-standing-changed', {to: 'frozen', who: 'root'}],
    ['Message is frozen', 'message-standing-changed', {to: 'frozen'}],
    ['Unfrozen by errmsg timer', 'message-standing-changed', {to: 'thawed', who: 'errmsg timer'}],
    ['unfrozen by root', 'message-standing-changed', {to: 'thawed', who: 'root'}],
  ])('9: Completed alone proves nothing: %s', (text, type, rest) =>
    expect(eventOf(text)).toMatchObject({type, ...rest}),
  )

  it.each([
    ['SMTP error from remote mail server after pipelined end of data: 554 5.7.1 no', '5.7.1'],
    ['SMTP error from remote mailer after MAIL FROM:<s@d.example>: 550 no', null],
    ['SMTP error from remote mail server after EHLO web1.example: 421 4.7.0 wait', '4.7.0'],
    ['LMTP error from remote mail server after RCPT TO:<a@d.example>: 552 5.2.2 full', '5.2.2'],
  ])('10: %s', (text, status) => {
    const event = eventOf(`** a@d.example R=r T=t H=mx [192.0.2.9]: ${text}`)
    expect(event).toMatchObject({reply: text, status, refusedByUs: false})
  })

  it('11: receipts join hops', () => {
    expect(eventOf(`=> a@d.example R=r T=t H=mx [192.0.2.9] C="250 OK id=${ID}"`)).toMatchObject({receipt: ID})
  })

  it('12: every recipient of one transaction is its own attempt', () => {
    const same = 'R=r T=t H=mx [192.0.2.9] C="250 2.0.0 Ok: queued as X1"'
    expect(eventOf(`=> a@d.example ${same}`)).toMatchObject({marker: '=>', receipt: 'X1'})
    expect(eventOf(`-> b@d.example ${same}`)).toMatchObject({marker: '->', receipt: 'X1'})
  })
})
