/** Delivery reports as sites of five kinds write them when they have accepted a message and cannot deliver it after all. */

/**
 * @param {'full' | 'qmail' | 'text' | 'exchange' | 'headers'} style
 * @param {{host: string, from: string, helo: string, client: string, receipt: string, date: string, id: string}} facts
 * `from`: the envelope sender the report goes to; `date`: RFC 5322, of the acceptance
 * @param {string} recipient @param {string} message latin1, CRLF
 * @returns {string} latin1, LF
 */
export function deliveryReport(style, facts, recipient, message) {
  const {host, from, helo, client, receipt, date, id} = facts
  const full = message.replaceAll('\r\n', '\n')
  const header = full.split('\n\n', 1)[0]
  const received = `Received: from ${helo} ([${client}])\n by ${host} with ESMTP id ${receipt}\n for <${recipient}>; ${date}\n`
  const head = (name, mailbox, subject) =>
    `Date: ${date}\nFrom: ${name} <${mailbox}@${host}>\nTo: ${from}\nSubject: ${subject}\nMessage-ID: <${id}>\n`
  const said = `550 5.1.1 <${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`
  if (style === 'qmail')
    return `Received: (qmail 20117 invoked for bounce); ${date}
Date: ${date}
From: MAILER-DAEMON@${host}
To: ${from}
Subject: failure notice
Message-ID: <${id}>

Hi. This is the qmail-send program at ${host}.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${recipient}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <${from}>
${received}${full}`
  if (style === 'text')
    return `${head('Mail Delivery System', 'postmaster', 'Recapito fallito')}Auto-Submitted: auto-replied

Il messaggio inviato a ${recipient} non puo essere consegnato.
Motivo: casella inesistente
`
  const boundary = `=_${receipt}`
  const parts = {
    full: {
      text: `Your message to ${recipient} could not be delivered.\n\n${said}\n`,
      third: `Content-Type: message/rfc822\n\nReturn-Path: <${from}>\n${received}${full}`,
    },
    headers: {
      text: `Your message to ${recipient} could not be delivered.\n\n${said}\n`,
      third: `Content-Type: text/rfc822-headers\n\n${received}${header}\n`,
    },
    exchange: {
      text: `Delivery has failed to these recipients or groups:

${recipient}
The email address you entered couldn't be found.


Diagnostic information for administrators:

Generating server: ${host}

${recipient}
Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${recipient} not found by SMTP address lookup'

Original message headers:

${received}${header}
`,
      third: `Content-Type: message/rfc822\n\n${received}${full}`,
    },
  }[style]
  return `${head('Mail Delivery Subsystem', 'mailer-daemon', 'Delivery Status Notification (Failure)')}Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"

--${boundary}
Content-Type: text/plain; charset=utf-8

${parts.text}
--${boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; ${host}
Arrival-Date: ${date}

Final-Recipient: rfc822; ${recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; ${said}

--${boundary}
${parts.third}
--${boundary}--
`
}

/** An abuse complaint (RFC 5965) about a message that a site accepted. @param {string} message latin1, LF */
export function abuseComplaint({site, to, client, helo, receipt, from, at}, message) {
  const boundary = `arf_${receipt}`
  const received = `Received: from ${helo} ([${client}])\n by mx1.${site} with ESMTP id ${receipt}; ${mailDate(at)}\n`
  return `From: staff@${site}
To: ${to}
Subject: Email Feedback Report for IP ${client}
Date: ${mailDate(at + 3600)}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="${boundary}"

--${boundary}
Content-Type: text/plain

This is an email abuse report for an email message received from IP ${client}.

--${boundary}
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: BigMail-FBL/1.0
Version: 1
Source-IP: ${client}
Arrival-Date: ${mailDate(at)}
Original-Mail-From: <${from}>

--${boundary}
Content-Type: message/rfc822

${received}${message}
--${boundary}--
`
}

/** RFC 5322 date in UTC. @param {number} seconds Unix */
export const mailDate = (seconds) => new Date(seconds * 1000).toUTCString().replace('GMT', '+0000')
