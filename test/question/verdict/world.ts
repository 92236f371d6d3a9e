/** A small server of ours with a life of its own, and reports about mail that was, or was not, its. */

import {eximIdAt, eximLog, eximStamp, type ingestLines} from './generated.js'

export const HOUR = 3_600_000
export const NOW = Date.parse('2026-03-10T10:00:00Z')
export const US = 'web1.shop.example'
export const OUR_IP = '203.0.113.25'
export const FLEET = [{name: US, aliases: [], addresses: [OUR_IP]}]

type Lines = Parameters<typeof ingestLines>[2][string]

export interface Line {
  readonly at: number
  readonly text: string
}

/** The background of a busy server with these Exim lines in it, in order of time. */
export function lifeWith(lines: readonly Line[], days = 2): Lines {
  const background = eximLog({
    from: NOW - days * 24 * HOUR,
    to: NOW + 12 * HOUR,
    perHour: 30,
    queueRun: HOUR / 2,
    seed: 3,
  })
  return [...background, ...lines.map(({at, text}) => ({at, line: `${eximStamp(at)} ${text}`}))]
    .sort((a, b) => a.at - b.at)
    .map(({line}) => line)
}

export interface Mail {
  readonly at: number
  readonly id: string
  readonly messageId: string
  readonly sender: string
  readonly recipient: string
  readonly subject: string
}

export const mail = (given: Partial<Mail> = {}): Mail => {
  const at = given.at ?? NOW
  return {
    at,
    id: eximIdAt(at, 4711),
    messageId: `news-${at}@shop.example`,
    sender: 'info@shop.example',
    recipient: 'anna@far.example',
    subject: 'Your order 1077',
    ...given,
  }
}

/** `<=` with what follows the sender: how it came in. */
export const arrival = (m: Mail, how: string): Line => ({
  at: m.at,
  text: `${m.id} <= ${m.sender} ${how} S=2100 id=${m.messageId} T="${m.subject}" for ${m.recipient}`,
})
export const sentTo = (m: Mail, to = m.recipient, extra = ''): Line => ({
  at: m.at + 2000,
  text: `${m.id} => ${to} ${extra}R=dnslookup T=remote_smtp H=mx.far.example [198.51.100.7] C="250 2.0.0 Ok: queued as 4XyZ9k1Q2mz3"`,
})
export const refused = (m: Mail): Line => ({
  at: m.at + 2000,
  text: `${m.id} ** ${m.recipient} R=dnslookup T=remote_smtp H=mx.far.example [198.51.100.7]: SMTP error from remote mail server after RCPT TO:<${m.recipient}>: 550 5.1.1 no such user`,
})
export const completed = (m: Mail): Line => ({at: m.at + 2500, text: `${m.id} Completed`})

const mailDate = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000')

/** The Received line that our server wrote for a mail. */
export const ourHop = (m: Mail, how = 'with esmtpsa (Exim 4.96)'): string =>
  `Received: from pc ([192.0.2.9])\r\n\tby ${US} ${how}\r\n\t(envelope-from <${m.sender}>)\r\n\tid ${m.id}\r\n\tfor ${m.recipient};\r\n\t${mailDate(m.at)}`

/** The hop of a stranger's server that took the mail from somewhere. */
export const strangersHop = (ms: number, from: string, ip: string, id = '4XyZ9k1Q2mz3'): string =>
  `Received: from ${from} (${from} [${ip}])\r\n\tby mx.far.example (Postfix) with ESMTP id ${id};\r\n\t${mailDate(ms)}`

export interface Original extends Mail {
  /** Newest first. */
  readonly hops: readonly string[]
  readonly more?: readonly string[]
}

const headers = (m: Original): string =>
  [
    `Return-Path: <${m.sender}>`,
    ...m.hops,
    ...(m.more ?? []),
    `Message-ID: <${m.messageId}>`,
    `From: Somebody <${m.sender}>`,
    `To: ${m.recipient}`,
    `Subject: ${m.subject}`,
    `Date: ${mailDate(m.at)}`,
  ].join('\r\n')

/** A bounce by `reporter` (RFC 3464) about an original, as it lies in a mailbox here. */
export function bounce(m: Original, reporter = 'mx.far.example', action = 'failed'): string {
  return `Return-Path: <>
Date: ${mailDate(m.at + 60_000)}
From: MAILER-DAEMON@${reporter} (Mail Delivery System)
To: ${m.sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <bounce-${m.at}@${reporter}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=bound="

--=bound=
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--=bound=
Content-Type: message/delivery-status

Reporting-MTA: dns; ${reporter}
Arrival-Date: ${mailDate(m.at + 3000)}

Final-Recipient: rfc822; ${m.recipient}
Action: ${action}
Status: ${action === 'delayed' ? '4.4.1' : '5.7.1'}
Diagnostic-Code: smtp; 550 5.7.1 blocked

--=bound=
Content-Type: message/rfc822

${headers(m)}

Hello.
--=bound=--
`.replaceAll(/\r?\n/g, '\r\n')
}

/** An abuse complaint (RFC 5965) that names the address it saw. */
export function complaint(m: Original, sourceIp: string): string {
  return `Return-Path: <fbl@watch.example>
Date: ${mailDate(m.at + 120_000)}
From: <fbl@watch.example>
To: <abuse@shop.example>
Subject: abuse report
Message-ID: <arf-${m.at}@watch.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=bound="

--=bound=
Content-Type: text/plain

This is an email abuse report.

--=bound=
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Watch/1.0
Version: 1
Original-Mail-From: <${m.sender}>
Original-Rcpt-To: <${m.recipient}>
Source-IP: ${sourceIp}
Received-Date: ${mailDate(m.at + 3000)}

--=bound=
Content-Type: message/rfc822

${headers(m)}

Hello.
--=bound=--
`.replaceAll(/\r?\n/g, '\r\n')
}
