/** What reports suffer on their way to a ticket, as functions on text. Deterministic. */

/** Where the outer header ends. */
function bodyOf(text: string): string {
  const lf = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  const end = lf.indexOf('\n\n')
  return end < 0 ? lf : lf.slice(end + 2)
}

const unix = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')

/** The reader copies the body from his mail program: the report's own header is lost. */
export const pasted = (text: string): string => bodyOf(text)

export const quoted = (text: string): string =>
  unix(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')

export const quotedThrice = (text: string): string => quoted(quoted(quoted(text)))

const PERSON = `Received: from mail.customer.example (mail.customer.example [192.0.2.77])
\tby mx.provider.example (Postfix) with ESMTPS id 4XyZ1s2bFGz9rx3
\tfor <support@provider.example>; Tue, 3 Mar 2026 10:00:00 +0100 (CET)
From: "A. Customer" <customer@customer.example>
To: support@provider.example
Subject: Fwd: what is this?
Date: Tue, 3 Mar 2026 09:59:58 +0100
Message-ID: <5f1c-customer@mail.customer.example>
MIME-Version: 1.0
`

export const forwardedInline = (text: string): string =>
  `${PERSON}Content-Type: text/plain; charset=utf-8\n\nHello, I did not send this.\n\n---------- Forwarded message ----------\n${unix(text)}`

export const attached = (text: string): string =>
  `${PERSON}Content-Type: multipart/mixed; boundary="cust=_1"\n\n--cust=_1\nContent-Type: text/plain\n\nI did not send this.\n\n--cust=_1\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename="report.eml"\n\n${unix(text)}\n--cust=_1--\n`

export const leadingBlanksLost = (text: string): string =>
  unix(text)
    .split('\n')
    .map((line) => line.trimStart())
    .join('\n')

/** Every paragraph filled again, at blanks only or (`hyphens`) at hyphens and through long words too, as textwrap does. */
export function rewrapped(text: string, width = 72, hyphens = false): string {
  return unix(text)
    .split(/\n[ \t]*\n/)
    .map((paragraph) => fill(paragraph, width, hyphens))
    .join('\n\n')
}

function fill(paragraph: string, width: number, hyphens: boolean): string {
  const lines: string[] = []
  let line = ''
  for (let word of paragraph.split(/\s+/).filter(Boolean)) {
    if (hyphens) {
      const parts = word.match(/[^-]*-+|[^-]+/g) ?? [word]
      for (let part of parts) {
        while (part.length > width) {
          if (line) lines.push(line)
          lines.push(part.slice(0, width))
          line = ''
          part = part.slice(width)
        }
        const glue = part === parts[0] && line ? ' ' : ''
        if ((line + glue + part).length > width) {
          lines.push(line)
          line = part
        } else line += glue + part
      }
      continue
    }
    word = word.trim()
    if (line && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  if (line) lines.push(line)
  return lines.join('\n')
}

export const oneLine = (text: string): string => unix(text).replace(/\s+/g, ' ')

export const htmlEscaped = (text: string): string =>
  unix(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A web page's source: escaped, and each line ended by a tag. */
export const htmlPage = (text: string): string =>
  `<html><body><pre>${htmlEscaped(text).replaceAll('\n', '<br>\n').replaceAll('  ', '&nbsp; ')}</pre></body></html>`

/** Each line cut after `width` characters, through words. */
export const hardWrapped = (text: string, width = 60): string =>
  unix(text)
    .split('\n')
    .flatMap((line) => (line.length <= width ? [line] : (line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])))
    .join('\n')

export const masked = (text: string): string =>
  unix(text).replace(/<?[A-Za-z0-9._%+=-]+@[A-Za-z0-9.-]+>?/g, '[email protected]')

export const spacedOut = (text: string): string => unix(text).replaceAll('\n', '\n\n')
