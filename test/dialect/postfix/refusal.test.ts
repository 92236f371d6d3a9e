import {describe, expect, it, test} from 'vitest'
import {read} from './read.js'

const from = 'from=<s@a.example> to=<r@b.example> proto=ESMTP helo=<client.example>'
const client = {name: 'h.example', helo: 'client.example', ip: '192.0.2.5', port: null}

describe('refusals at every stage', () => {
  test.for([
    ['CONNECT', 'connect'],
    ['HELO', 'helo'],
    ['EHLO', 'helo'],
    ['MAIL', 'mail'],
    ['RCPT', 'rcpt'],
    ['DATA', 'data'],
    ['BDAT', 'data'],
    ['END-OF-MESSAGE', 'data'],
    ['VRFY', 'vrfy'],
    ['ETRN', 'etrn'],
    ['AUTH', 'auth'],
    ['STARTTLS', 'starttls'],
  ] as const)('%s', ([command, stage]) => {
    expect(
      read(
        'smtpd',
        `NOQUEUE: reject: ${command} from h.example[192.0.2.5]: 554 5.7.1 <r@b.example>: Relay access denied; ${from}`,
      ),
    ).toMatchObject({
      type: 'message-rejected',
      queueId: null,
      stage,
      action: 'reject',
      temporary: false,
      status: '5.7.1',
      client,
      sender: 's@a.example',
      recipient: 'r@b.example',
      text: '554 5.7.1 <r@b.example>: Relay access denied',
      login: null,
    })
  })
  test.for(['reject_warning', 'permit', 'discard', 'filter', 'redirect', 'prepend', 'bcc', 'warn'])(
    'action %s',
    (action) => {
      expect(
        read(
          'smtpd',
          `NOQUEUE: ${action}: RCPT from h.example[192.0.2.5]: <s@a.example>: Sender address text; ${from}`,
        ),
      ).toMatchObject({type: 'message-rejected', action, stage: 'rcpt'})
    },
  )
  it('a milter', () => {
    expect(
      read(
        'cleanup',
        `CD644294C59: milter-reject: END-OF-MESSAGE from h.example[192.0.2.5]: 4.7.1 Try again later; ${from}`,
      ),
    ).toMatchObject({queueId: 'CD644294C59', stage: 'milter', action: 'reject', temporary: true, status: '4.7.1'})
    expect(
      read(
        'cleanup',
        `CD644294C59: milter-discard: END-OF-MESSAGE from h.example[192.0.2.5]: milter triggers DISCARD action; ${from}`,
      ),
    ).toMatchObject({stage: 'milter', action: 'discard'})
    expect(
      read(
        'cleanup',
        `CD644294C59: milter-hold: END-OF-MESSAGE from h.example[192.0.2.5]: milter triggers HOLD action; ${from}`,
      ),
    ).toMatchObject({type: 'message-standing-changed', to: 'held', who: 'milter'})
  })
  test.for([
    ['3.10, bare', `${from} sasl_method=PLAIN sasl_username=info@a.example sasl_sender=x`],
    ['proxy, bracketed', `${from} sasl_username=<info@a.example>`],
  ])('sasl_username: %s', ([, tail]) => {
    expect(read('smtpd', `NOQUEUE: reject: RCPT from h.example[192.0.2.5]: 553 5.7.1 no; ${tail}`)).toMatchObject({
      login: 'info@a.example',
      client,
    })
  })
  it('postscreen writes commas, ports and sometimes no tail', () => {
    expect(
      read(
        'postscreen',
        'NOQUEUE: reject: RCPT from [192.0.2.5]:2413: 550 5.5.1 Protocol error; from=<s@a.example>, to=<r@b.example>, proto=SMTP, helo=<c>',
      ),
    ).toMatchObject({
      client: {name: null, ip: '192.0.2.5', port: 2413, helo: 'c'},
      sender: 's@a.example',
      recipient: 'r@b.example',
    })
    expect(read('postscreen', 'NOQUEUE: reject: CONNECT from [192.0.2.5]:1337: too many connections')).toMatchObject({
      stage: 'connect',
      text: 'too many connections',
      client: {ip: '192.0.2.5', port: 1337, helo: null},
    })
  })
  it('v6 and unknown clients, a reply in two words, a cut tail', () => {
    expect(
      read(
        'smtpd',
        'NOQUEUE: reject: EHLO from unknown[2001:db8::3]: 504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<User>',
      ),
    ).toMatchObject({client: {name: null, ip: '2001:db8::3', helo: 'User'}, sender: null, recipient: null})
    expect(
      read(
        'smtpd',
        'NOQUEUE: reject: VRFY from x.example[192.0.2.5]: 550 5.1.1 : Recipient address rejected: User unknown in local recipient tab',
      ),
    ).toMatchObject({stage: 'vrfy', status: '5.1.1', client: {ip: '192.0.2.5'}})
  })
  it('sendmail(1) that could not submit', () => {
    expect(read('sendmail', 'fatal: web1(1000): No recipient addresses found in message header')).toMatchObject({
      type: 'message-rejected',
      stage: 'submission',
      user: 'web1',
      queueId: null,
    })
    expect(read('postdrop', 'warning: uid=1000: File too large')).toMatchObject({type: 'text-noted', queueId: null})
  })
})

describe('strangers imitate the tail', () => {
  it('a recipient that holds a tail', () => {
    expect(
      read(
        'smtpd',
        `NOQUEUE: reject: RCPT from h.example[192.0.2.5]: 550 5.1.1 <"x; from=<ceo@ours.example> to=<v@c.example> proto=SMTP helo=<z"@b.example>: Recipient address rejected: no; ${from}`,
      ),
    ).toMatchObject({sender: 's@a.example', recipient: 'r@b.example', client})
  })
  it('a HELO name that holds a tail', () => {
    expect(
      read(
        'smtpd',
        'NOQUEUE: reject: RCPT from h.example[192.0.2.5]: 550 no; from=<s@a.example> to=<r@b.example> proto=ESMTP helo=<x; from=<ceo@ours.example> to=<v@c.example> proto=SMTP helo=<y>',
      ),
    ).toMatchObject({sender: 's@a.example', recipient: 'r@b.example'})
  })
  it('a quoted sender that holds a recipient', () => {
    expect(
      read(
        'smtpd',
        'NOQUEUE: reject: RCPT from h.example[192.0.2.5]: 550 no; from=<"a> to=<b"@a.example> to=<r@b.example> proto=ESMTP helo=<c>',
      ),
    ).toMatchObject({sender: '"a> to=<b"@a.example', recipient: 'r@b.example'})
  })
  it('a subject that holds a whole header check', () => {
    expect(
      read(
        'cleanup',
        `CD644294C59: info: header Subject: x from evil[198.51.100.1]; from=<ceo@ours.example> to=<v@c.example> proto=SMTP helo=<q> from h.example[192.0.2.5]; ${from}`,
      ),
    ).toMatchObject({
      header: 'Subject',
      value: 'x from evil[198.51.100.1]; from=<ceo@ours.example> to=<v@c.example> proto=SMTP helo=<q>',
      client,
      sender: 's@a.example',
      recipient: 'r@b.example',
    })
  })
})

describe('header and body checks', () => {
  it('local submissions have no recipient, texts may follow', () => {
    expect(
      read(
        'cleanup',
        "CD644294C59: info: header X-PHP-Originating-Script: 0:contact.php(3) : eval()'d code from local; from=<info@a.example>: php",
      ),
    ).toMatchObject({
      type: 'header-recorded',
      verb: 'info',
      header: 'X-PHP-Originating-Script',
      value: "0:contact.php(3) : eval()'d code",
      client: null,
      sender: 'info@a.example',
      recipient: null,
    })
  })
  test.for(['info', 'warning', 'filter', 'redirect', 'prepend', 'replace', 'strip', 'bcc', 'pass', 'delay'])(
    '%s',
    (verb) => {
      expect(
        read('cleanup', `CD644294C59: ${verb}: header X-A: b from h.example[192.0.2.5]; ${from}: text`),
      ).toMatchObject({type: 'header-recorded', verb, header: 'X-A', value: 'b', client})
      expect(
        read('cleanup', `CD644294C59: milter-header-${verb}: header X-A: b from h.example[192.0.2.5]; ${from}: text`),
      ).toMatchObject({type: 'header-recorded', verb})
    },
  )
  it('reject refuses; discard and hold say what became of the message', () => {
    expect(
      read(
        'cleanup',
        `CD644294C59: reject: header Subject: rejectme from h.example[192.0.2.5]; ${from}: 5.7.1 no thanks`,
      ),
    ).toMatchObject({
      type: 'message-rejected',
      stage: 'header',
      action: 'reject',
      subject: 'rejectme',
      status: '5.7.1',
      text: 'header Subject: rejectme: 5.7.1 no thanks',
      client,
    })
    expect(
      read('cleanup', `CD644294C59: discard: header Subject: x from h.example[192.0.2.5]; ${from}: dropped`),
    ).toMatchObject({type: 'header-recorded', verb: 'discard', header: 'Subject', value: 'x', recipient: 'r@b.example'})
    expect(
      read('cleanup', `CD644294C59: reject: body SPAM from unknown[192.0.2.5]; ${from}: 5.7.1 High`),
    ).toMatchObject({stage: 'body', subject: null})
    expect(read('cleanup', `CD644294C59: hold: header Subject: x from h.example[192.0.2.5]; ${from}: h`)).toMatchObject(
      {type: 'header-recorded', verb: 'hold'},
    )
  })
})

describe('before-queue proxy', () => {
  it('accepts under a new queue ID', () => {
    expect(
      read(
        'smtpd',
        `proxy-accept: END-OF-MESSAGE: 250 2.0.0 from MTA(smtp:[127.0.0.1]:10028): 250 2.0.0 Ok: queued as 5EEDD294C5F; ${from}`,
      ),
    ).toMatchObject({type: 'filter-judged', verdict: 'passed', queuedAs: [], queueId: '5EEDD294C5F', proxied: true})
  })
  it('discards, rejects', () => {
    expect(read('smtpd', `proxy-accept: END-OF-MESSAGE: 250 2.7.0 Ok, discarded, id=1-02; ${from}`)).toMatchObject({
      type: 'message-rejected',
      stage: 'proxy',
      action: 'discard',
      recipient: 'r@b.example',
    })
    expect(read('smtpd', `proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=31619-02 - spam; ${from}`)).toMatchObject({
      type: 'message-rejected',
      stage: 'proxy',
      action: 'reject',
      status: '5.7.0',
      recipient: 'r@b.example',
    })
    expect(read('smtpd', `proxy-reject: END-OF-MESSAGE: ; ${from}`)).toMatchObject({stage: 'proxy', text: ''})
  })
})
