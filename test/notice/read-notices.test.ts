import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {LIMITS} from '../../src/notice/limits.js'
import {type ClueOf, type ClueType, cluesOf, type Notice} from '../../src/notice/notice.js'
import {readNotices} from '../../src/notice/read-notices.js'
import {cpuTime} from '../helpers/cpu-time.js'
import * as damage from './damage.js'

async function read(text: string): Promise<Notice[]> {
  const notices: Notice[] = []
  for await (const notice of readNotices(Buffer.from(text, 'utf8'))) notices.push(notice)
  return notices
}

async function one(text: string): Promise<Notice> {
  const [notice, ...more] = await read(text)
  expect(more).toEqual([])
  if (!notice) throw new Error('no notice')
  return notice
}

const values = <T extends ClueType>(notice: Notice, type: T): unknown[] =>
  cluesOf(notice, type).map((clue: ClueOf<T>) => ('value' in clue ? clue.value : null))

/** The form of a page that a server owner pasted: re-wrapped by a forum, every address masked, several fields on a line. */
const FORUM = `We got this and cannot find it in our logs. [email protected] is ours.

A message that you sent was rejected by the local scanning code that checks incoming messages on this system. The following error was given:

This message was classified as SPAM and may not be delivered

------ This is a copy of your message, including all the headers. ------

Received: from webuser by vps1.stranger.example with local (Exim
4.95) (envelope-from [email protected]) id 1nrvvQ-0002CA-NB for
[email protected]; Thu, 19 May 2022 23:15:48 -0700
To: [email protected] Subject: Contact
X-PHP-Script: shop.example/index.php/contact for 198.51.100.246
X-PHP-Originating-Script: 1003:class.phpmailer.php
Date: Fri, 20 May 2022 06:15:48 +0000
From: "? Somebody viewed your profile: https://spam.example ?"
[email protected] Message-ID:
[email protected] MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

Nombre y Apellido:? Somebody ?
E-mail:[email protected]
`

const POSTFIX = `Return-Path: <>
Delivered-To: shop@web1.host.example
Received: by web1.host.example (Postfix)
\tid E08A631E3CF; Mon, 30 Dec 2024 22:50:11 +0100 (CET)
Date: Mon, 30 Dec 2024 22:50:11 +0100 (CET)
From: Mail Delivery System <MAILER-DAEMON@web1.host.example>
Subject: Undelivered Mail Returned to Sender
To: shop@web1.host.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="D23D631E395.1735595411/web1.host.example"
Message-Id: <20241230215011.E08A631E3CF@web1.host.example>

This is a MIME-encapsulated message.

--D23D631E395.1735595411/web1.host.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<u114@wall.example>: host mx1.wall.example[198.51.100.12] said: 554
    5.7.1 Message rejected as spam (in reply to end of DATA command)

--D23D631E395.1735595411/web1.host.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; web1.host.example
X-Postfix-Queue-ID: D23D631E395
X-Postfix-Sender: rfc822; shop@web1.host.example
Arrival-Date: Mon, 30 Dec 2024 22:50:11 +0100 (CET)

Final-Recipient: rfc822; u114@wall.example
Original-Recipient: rfc822;u114@wall.example
Action: failed
Status: 5.7.1
Remote-MTA: dns; mx1.wall.example
Diagnostic-Code: smtp; 554 5.7.1 Message rejected as spam

--D23D631E395.1735595411/web1.host.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <shop@web1.host.example>
Received: by web1.host.example (Postfix, from userid 10031)
\tid D23D631E395; Mon, 30 Dec 2024 22:50:11 +0100 (CET)
To: u114@wall.example
Subject: Your parcel
X-PHP-Originating-Script: 10031:class-wp.php
X-PHP-Originating-Script: 0:innocent.php
From: "Parcel Desk" <parcel@shop.example>
Message-ID: <K33242420114@shop.example>
Date: Mon, 30 Dec 2024 22:50:11 +0100 (CET)

Click here.

--D23D631E395.1735595411/web1.host.example--
`

const ARF = `From: staff@bigmail.example
To: abuse@host.example
Subject: Email Feedback Report for IP 203.0.113.25
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="arf1"

--arf1
Content-Type: text/plain

This is an abuse report.

--arf1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: BigMail-FBL/1.0
Version: 1
Source-IP: 203.0.113.25
Arrival-Date: Mon, 30 Dec 2024 21:50:06 +0000
Original-Mail-From: <winner@shop.example>
Original-Rcpt-To: <reader@bigmail.example>
Reported-Domain: shop.example

--arf1
Content-Type: message/rfc822

Received: from server7.host.example ([203.0.113.25])
 by mx1.bigmail.example with ESMTP id 98A3519D94F8; Mon, 30 Dec 2024 21:50:06 +0000
Received: from [127.0.0.1] (port=53524 helo=localhost)
\tby server7.host.example with esmtp (Exim 4.96)
\t(envelope-from <winner@shop.example>)
\tid 1tSNeI-0000XO-1h
\tfor reader@bigmail.example;
\tMon, 30 Dec 2024 16:50:06 -0500
From: <winner@shop.example>
To: <reader@bigmail.example>
Subject: You won
Message-ID: <KB496829@shop.example>
X-AntiAbuse: Primary Hostname - server7.host.example
X-AntiAbuse: Originator/Caller UID/GID - [1042 12] / [47 12]
X-Get-Message-Sender-Via: server7.host.example: authenticated_id: shop/only user confirmed/virtual account not confirmed
X-Authenticated-Sender: server7.host.example: shop
X-Source: /usr/bin/php
X-Source-Args: /usr/bin/php /home/shop/public_html/x.php
X-Source-Dir: shop.example:/public_html

hello

--arf1--
`

describe('a page pasted from a forum', () => {
  it('yields the queue ID with its host and second, the script, and masks as hidden', async () => {
    const notice = await one(FORUM)
    expect(notice.kind).toBe('rejected-locally')
    expect(cluesOf(notice, 'queue-id')).toMatchObject([
      {
        value: '1nrvvQ-0002CA-NB',
        host: 'vps1.stranger.example',
        at: Date.UTC(2022, 4, 20, 6, 15, 48),
        form: 'exim-old',
        time: {kind: 'agrees', seconds: 0},
        where: {part: 'original header', line: 9},
      },
    ])
    expect(cluesOf(notice, 'php-script')).toMatchObject([
      {value: 'shop.example/index.php/contact', visitors: ['198.51.100.246']},
    ])
    expect(cluesOf(notice, 'php-originating-script')).toMatchObject([{uid: 1003, file: 'class.phpmailer.php'}])
    expect(cluesOf(notice, 'hop')).toMatchObject([
      {hop: {user: 'webuser', software: {name: 'Exim', version: '4.95'}, hidden: true}},
    ])
    expect(cluesOf(notice, 'message-id')).toMatchObject([{value: null, hidden: true}])
    for (const type of ['from', 'to', 'envelope-sender', 'recipient'] as const)
      expect(values(notice, type).filter(Boolean)).toEqual([])
    expect(values(notice, 'from')).toEqual([null])
  })
})

describe('a Postfix delivery status notification', () => {
  it('keeps the report apart from the original', async () => {
    const notice = await one(POSTFIX)
    expect(notice).toMatchObject({
      kind: 'failure',
      because: ['dsn-action-failed'],
      envelope: {
        returnPath: '',
        messageId: '20241230215011.E08A631E3CF@web1.host.example',
        arrivedAt: Date.UTC(2024, 11, 30, 21, 50, 11),
      },
      truncated: [],
    })
    expect(values(notice, 'queue-id')).toEqual(['D23D631E395'])
    expect(cluesOf(notice, 'reporter-queue-id')).toMatchObject([{value: 'D23D631E395', host: 'web1.host.example'}])
    expect(cluesOf(notice, 'message-id')).toMatchObject([{value: 'K33242420114@shop.example', sure: 'certain'}])
    expect(cluesOf(notice, 'hop')).toMatchObject([{hop: {uid: 10031, by: 'web1.host.example'}}])
    expect(cluesOf(notice, 'php-originating-script')).toMatchObject([
      {uid: 10031, duplicate: false, sure: 'certain'},
      {uid: 0, duplicate: true, sure: 'guess'},
    ])
    expect(values(notice, 'status')).toContain('5.7.1')
    expect(values(notice, 'remote-mta')).toContain('mx1.wall.example')
  })

  const damages: [string, (text: string) => string][] = [
    ['pasted', damage.pasted],
    ['quoted', damage.quoted],
    ['quoted thrice', damage.quotedThrice],
    ['forwarded inline', damage.forwardedInline],
    ['forwarded as attachment', damage.attached],
    ['attached twice', (text) => damage.attached(damage.attached(text))],
    ['leading blanks lost', damage.leadingBlanksLost],
    ['re-wrapped at 72', damage.rewrapped],
    ['re-wrapped at 72 through hyphens', (text) => damage.rewrapped(text, 72, true)],
    ['HTML-escaped', damage.htmlEscaped],
    ['a web page', damage.htmlPage],
    ['hard-wrapped at 60', damage.hardWrapped],
    ['every line doubled', damage.spacedOut],
    ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['with bare CR', (text) => text.replaceAll('\n', '\r')],
    ['with a byte order mark', (text) => `\ufeff${text}`],
    ['in base64', (text) => base64(text)],
  ]
  it.for(damages)('is read when %s', async ([, harm]) => {
    const notice = await one(harm(POSTFIX))
    expect(notice.kind).toBe('failure')
    expect(values(notice, 'message-id')).toContain('K33242420114@shop.example')
    expect(values(notice, 'queue-id')).toEqual(['D23D631E395'])
    expect(values(notice, 'recipient')).toContain('u114@wall.example')
  })
})

function base64(text: string): string {
  const lines =
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  return `From: a@customer.example\nDate: Tue, 3 Mar 2026 09:59:58 +0100\nSubject: Fwd\nMIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${lines.join('\n')}\n`
}

describe('who passes a report on', () => {
  it.for([
    ['a customer, with the subject of the bounce', 'customer@c.example', 'Fwd: Undelivered Mail Returned to Sender'],
    ['a customer, with the bare subject', 'customer@c.example', 'Undelivered Mail Returned to Sender'],
    ['a postmaster', 'postmaster@c.example', 'please look'],
  ] as const)('%s', async ([, from, subject]) => {
    for (const harm of [damage.forwardedInline, damage.attached]) {
      const text = harm(POSTFIX).replace('customer@customer.example', from).replace('Fwd: what is this?', subject)
      const notice = await one(text)
      expect(notice.envelope.messageId).toBe('20241230215011.E08A631E3CF@web1.host.example')
      expect(values(notice, 'queue-id')).toEqual(['D23D631E395'])
      expect(values(notice, 'message-id')).toEqual(['K33242420114@shop.example'])
    }
  })
})

describe('an abuse report', () => {
  it('gives the source IP, the envelope and the hosting headers', async () => {
    const notice = await one(ARF)
    expect(notice.kind).toBe('abuse-report')
    expect(cluesOf(notice, 'source-ip')).toMatchObject([{value: '203.0.113.25', where: {part: 'arf'}, sure: 'certain'}])
    expect(values(notice, 'reported-domain')).toEqual(['shop.example'])
    expect(values(notice, 'envelope-sender')).toContain('winner@shop.example')
    expect(values(notice, 'original-recipient')).toEqual(['reader@bigmail.example'])
    expect(values(notice, 'queue-id')).toEqual(['98A3519D94F8', '1tSNeI-0000XO-1h'])
    expect(cluesOf(notice, 'anti-abuse')).toMatchObject([{name: 'primary-hostname'}, {name: 'uid-gid', uid: 1042}])
    expect(cluesOf(notice, 'sender-via')).toMatchObject([{host: 'server7.host.example', user: 'shop'}])
    expect(cluesOf(notice, 'login')).toMatchObject([{value: 'shop', host: 'server7.host.example'}])
    expect(values(notice, 'source')).toEqual(['/usr/bin/php'])
    expect(values(notice, 'source-dir')).toEqual(['shop.example:/public_html'])
  })
})

describe('kinds', () => {
  const header = 'From: a@b.example\nTo: c@d.example\nDate: Tue, 3 Mar 2026 09:59:58 +0100\nMessage-ID: <1@b.example>\n'
  it.for([
    ['vacation', `${header}Subject: Out of office\nAuto-Submitted: auto-replied\n\nI am away until Monday.\n`],
    ['ordinary', `${header}Subject: Lunch\n\nShall we meet at noon?\n`],
    ['list', `${header}Subject: [gardening] Roses\nList-Id: <gardening.example>\n\nMine are red.\n`],
    [
      'challenge',
      `${header}Subject: Please confirm your message\nAuto-Submitted: auto-replied\n\nClick to be added.\n`,
    ],
    ['unknown', `${header}Subject: Hello\n\nThe mail could go nowhere: 5.1.1\n`],
    ['unknown', ''],
    [
      'failure',
      'From: MAILER-DAEMON@x.example\nTo: c@d.example\nSubject: failure notice\nDate: Tue, 3 Mar 2026 09:59:58 +0100\nList-Id: <l.example>\n\nno luck\n',
    ],
  ] as const)('%s', async ([kind, text]) => {
    expect((await one(text)).kind).toBe(kind)
  })

  it('takes a header without a body as the original itself', async () => {
    const notice = await one(
      `Received: by h.example (Postfix)\n\tid 4YMLR52n0XzSdDn; Tue, 31 Dec 2024 05:59:21 +0100\n${header}Subject: x\n`,
    )
    expect(cluesOf(notice, 'message-id')).toMatchObject([{value: '1@b.example', where: {part: 'original header'}}])
  })

  it('offers a whole mail that is no report as a lone header only', async () => {
    const notice = await one(`${header}Subject: Lunch\n\nShall we meet at noon?\n`)
    expect(new Set(notice.clues.map((clue) => clue.where.part))).toEqual(new Set(['lone header']))
  })
})

describe('several reports', () => {
  it('reads an mbox one by one and leaves a From line inside a bounce alone', async () => {
    const mbox = `From MAILER-DAEMON Mon Dec 30 22:50:11 2024\n${POSTFIX}\nFrom staff@bigmail.example Mon Dec 30 22:51:11 2024\n${ARF}\n`
    expect((await read(mbox)).map(({index, kind}) => [index, kind])).toEqual([
      [0, 'failure'],
      [1, 'abuse-report'],
    ])
    const inner = `From MAILER-DAEMON Sat Oct  4 08:00:09 2025\nReturn-Path: <>\nFrom: postmaster@y.example\nTo: b@z.example\nSubject: bounce notification\n\nYour message was rejected.\n\nbounced E-Mail:\n\nFrom b@z.example Sat Oct  4 08:00:07 2025\nDate: Sat, 4 Oct 2025 06:00:03 +0000\nFrom: N <n@z.example>\nTo: x@y.example\nMessage-ID: <68e0@z.example>\nSubject: S\n\nhi\n`
    const notice = await one(inner)
    expect(values(notice, 'message-id')).toEqual(['68e0@z.example'])
  })

  it.each([
    ['Mon Dec 30 22:51:11 2024', 2],
    ['Wed Jan  1 09:05:00 +0100 2025', 2],
    ['Wed Jan  1 09:05:00 CET 2025', 2],
    // Not the whole form: it may as well be somebody's words.
    ['said at 10:15 in the spring of 2024', 1],
    ['Mon Dec 30 22:51:11 2024, he wrote', 1],
  ])('a From line without an empty line before it, From ... %s: %i report(s)', async (date, count) => {
    const before = 'From MAILER-DAEMON Mon Dec 30 22:50:11 2024\n'
    const mbox = `${before}${POSTFIX.trimEnd()}\nFrom staff@bigmail.example ${date}\n${ARF}\n`
    for (const bytes of [mbox, mbox.replaceAll('\n', '\r\n')]) expect(await read(bytes)).toHaveLength(count)
  })

  it('a From line in the middle of a text, or below the words that introduce an original, begins no report', async () => {
    const from = 'From b@z.example Sat Oct  4 08:00:07 2025'
    const bounce = (below: string): string =>
      `From MAILER-DAEMON Sat Oct  4 08:00:09 2025\nReturn-Path: <>\nFrom: postmaster@y.example\nTo: b@z.example\nSubject: bounce notification\n\n${below}\n`
    const original = 'Message-ID: <68e0@z.example>\nFrom: N <n@z.example>\nTo: x@y.example\nSubject: S\n\nhi'
    expect(await read(bounce(`Your message was rejected.\n${from}\nThat is when it came in.`))).toHaveLength(1)
    const notice = await one(bounce(`Your message was rejected.\n\nbounced E-Mail:\n${from}\n${original}`))
    expect(values(notice, 'message-id')).toEqual(['68e0@z.example'])
  })

  it('reads each of several reports attached to one mail', async () => {
    const mail = `From: c@customer.example\nTo: s@host.example\nSubject: two bounces\nDate: Tue, 3 Mar 2026 09:59:58 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: message/rfc822\n\n${POSTFIX}\n--q\nContent-Type: message/rfc822\n\n${POSTFIX.replaceAll('K33242420114', 'K2')}\n--q--\n`
    expect((await read(mail)).map((notice) => values(notice, 'message-id'))).toEqual([
      ['K33242420114@shop.example'],
      ['K2@shop.example'],
    ])
  })
})

describe('hostile input', () => {
  const mebi = 1 << 20
  it.for([
    ['parentheses', 'Received: '.padEnd(8000, '(')],
    ['mbox lines', 'From a@b Mon Jan  1 00:00:00 2024\n\n'],
    ['carriage returns', '\r'],
    ['hops', 'Received: from a by b with c id 1nrvvQ-0002CA-NB for <a@b>; Mon, 1 Jan 2024 00:00:00 +0000\n'],
    ['glued fields', ' Message-ID: <a@b> Received: by x'],
    ['entities', '&lt;&amp;lt;'],
    ['tags', '<br><p '],
    ['at signs', '@'],
    ['MIME parts', '--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQUJD\n\n'],
    ['recipients of a mail', 'To: a@b.example,\n c@d.example,\n '],
    ['recipients of a bounce', 'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n'],
    ['nested messages', 'Content-Type: message/rfc822\nX: Content-Transfer-Encoding: base64\n\n'],
  ] as const)('100 MB of %s end quickly and say what was cut', async ([, unit]) => {
    const block = Buffer.from(unit.repeat(Math.ceil(mebi / unit.length)))
    const input = Buffer.concat(Array.from({length: 100}, () => block))
    const started = cpuTime()
    let count = 0
    const cut = new Set<string>()
    for await (const notice of readNotices(input)) {
      count++
      for (const what of notice.truncated) cut.add(what)
      expect(notice.clues.length).toBeLessThanOrEqual(LIMITS.clues)
    }
    expect(count).toBeLessThanOrEqual(LIMITS.notices + 1)
    expect(cut.size).toBeGreaterThan(0)
    expect(cpuTime() - started).toBeLessThan(15_000)
  })

  it('never throws, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 3000}), async (bytes) => {
        for await (const notice of readNotices(bytes)) expect(notice.kind).toBeTypeOf('string')
      }),
      {numRuns: 200},
    )
  })

  it('never throws on pieces of reports in any order', async () => {
    const pieces = [...POSTFIX.split('\n'), ...ARF.split('\n'), ...FORUM.split('\n'), '', '\0', '> ', '<br>', '&lt;']
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...pieces), {maxLength: 80}),
        fc.constantFrom('\n', '\r\n', '\r', ' '),
        async (lines, end) => {
          const notices = await read(lines.join(end))
          expect(notices.length).toBeGreaterThan(0)
        },
      ),
      {numRuns: 300},
    )
  })

  it('survives a broken Outlook file', async () => {
    const bytes = Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), Buffer.alloc(4096, 7)])
    const notices: Notice[] = []
    for await (const notice of readNotices(bytes)) notices.push(notice)
    expect(notices).toHaveLength(1)
    expect(notices[0]?.kind).toBe('unknown')
  })
})
