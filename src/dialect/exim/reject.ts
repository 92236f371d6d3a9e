/** Refusals before acceptance, at every stage (acl.c, smtp_in.c, receive.c), and what else may follow a line's leading fields. */

import type {Client, MessageRejected, Parsed} from '../../mail/event.js'
import {statusIn} from '../../mail/reply.js'
import {errorText} from './escape.js'
import {AFTER_FIELDS, authParts, clientOf, Fields, scanFields, scanHost} from './fields.js'
import {closingAngle, closingQuote} from './quoting.js'
import type {Line} from './stamp.js'

const NONE: readonly string[] = []
const MOST_TRIES = 8

/** The leading fields of a line whose text begins with one (`H=`, `U=`, `F=`): the reading after which known words follow, else the first. */
export function leadingFields(text: string, at: number): Fields {
  const first = new Fields()
  scanFields(text, at, first, false, false, 0)
  if (first.helo === null || AFTER_FIELDS.test(text.slice(first.end, first.end + 60))) return first
  for (let skip = 1; skip < MOST_TRIES; skip++) {
    const next = new Fields()
    scanFields(text, at, next, false, false, skip)
    if (next.helo === null) break
    if (AFTER_FIELDS.test(text.slice(next.end, next.end + 60))) return next
  }
  return first
}

/** What the parts of a refusal say, before it becomes an event. */
interface Refusal {
  stage: string
  action: string
  temporary: boolean
  sender: string | null
  recipient: string | null
  text: string
}

export function rejected(line: Line, f: Fields, r: Refusal): Parsed {
  const text = errorText(r.text)
  const event: MessageRejected = {
    type: 'message-rejected',
    stamp: line.stamp,
    host: line.host,
    pid: line.pid,
    queueId: line.queueId,
    mta: 'exim',
    instance: null,
    stage: r.stage,
    action: r.action,
    temporary: r.temporary,
    client: clientOf(f),
    sender: r.sender,
    recipient: r.recipient,
    login: authParts(f.auth).login,
    user: f.user,
    text,
    status: statusIn(text),
    messageId: null,
    subject: null,
    envelopeRecipients: NONE,
  }
  return {kind: 'event', times: 1, event}
}

const STAGES: Readonly<Record<string, string>> = {
  RCPT: 'rcpt',
  MAIL: 'mail',
  EHLO: 'helo',
  HELO: 'helo',
  LHLO: 'helo',
  connection: 'connect',
  VRFY: 'vrfy',
  EXPN: 'expn',
  AUTH: 'auth',
  STARTTLS: 'starttls',
  ETRN: 'etrn',
  DATA: 'data',
  'after DATA': 'data',
  'during MIME': 'mime',
  'by non-SMTP': 'non-smtp',
  'by local_scan()': 'local-scan',
  PREDATA: 'data',
  BDAT: 'data',
  QUIT: 'quit',
  XCLIENT: 'xclient',
  WELLKNOWN: 'wellknown',
  NOTQUIT: 'quit',
  '"AUTH': 'auth',
}

/** Where the words of a refusal end and its text begins: after the first `: ` outside `<…>`. */
function textAfter(text: string, from: number): string {
  const colon = text.indexOf(': ', from)
  if (colon >= 0) return text.slice(colon + 2)
  return text.endsWith(':') ? '' : text.slice(from).trim()
}

/** `at` is after `rejected `. The words that follow name the stage. */
export function parseRejected(line: Line, f: Fields, at: number, temporary: boolean): Parsed {
  const text = line.text
  const r: Refusal = {stage: '', action: 'reject', temporary, sender: f.sender, recipient: null, text: ''}
  let end = text.indexOf(' ', at)
  if (end < 0) end = text.length
  let word = text.slice(at, end).replace(/:$/, '')
  if (word === 'after' || word === 'during' || word === 'by') {
    let second = text.indexOf(' ', end + 1)
    if (second < 0) second = text.length
    word = text.slice(at, second).replace(/:$/, '')
    r.text = textAfter(text, Math.min(second - 1, text.length))
    if (text.charCodeAt(second - 1) === 58) r.text = text.slice(second + 1)
    r.stage = STAGES[word] ?? word.toLowerCase()
    return rejected(line, f, r)
  }
  if (word === 'from') return rejectedFrom(line, f, end + 1, r)
  r.stage = STAGES[word] ?? word.toLowerCase()
  let next = end
  if (word === 'MAIL' && text.startsWith(' FROM:', end)) next = end + 6
  if (word === 'RCPT' && text.startsWith(' TO:', end)) next = end + 4
  if (text.charCodeAt(next) === 32) next++
  if (text.charCodeAt(next) === 60 && (r.stage === 'rcpt' || r.stage === 'mail')) {
    let close = closingAngle(text, next + 1)
    while (close > 0 && close + 1 < text.length && !/[\s:,]/.test(text.charAt(close + 1)))
      close = text.indexOf('>', close + 1)
    const address = close > 0 ? text.slice(next + 1, close) : text.slice(next + 1)
    if (r.stage === 'rcpt') r.recipient = address
    else r.sender = address
    next = close > 0 ? close + 1 : text.length
    const more = text.charCodeAt(next) === 32 ? next + 1 : next
    if (!f.hasHost && (text.startsWith('H=', more) || text.startsWith('U=', more))) {
      scanFields(text, more, f, true, false, 0)
      r.text = text.slice(f.end)
    } else r.text = text.slice(next).replace(/^:? /, '')
    return rejected(line, f, r)
  }
  if ((r.stage === 'rcpt' || r.stage === 'mail') && next < text.length) {
    let stop = text.indexOf(': ', next)
    if (stop < 0) stop = text.length
    const address = text.slice(next, stop)
    if (r.stage === 'rcpt') r.recipient = address
    else r.sender = address
    r.text = text.slice(stop + 2)
    return rejected(line, f, r)
  }
  if (text.startsWith('from ', next) && !f.hasHost) {
    const host = text.startsWith('H=', next + 5) ? next + 7 : next + 5
    const after = scanHost(text, host, f, 0)
    r.text = text.slice(after < 0 ? next : scanFields(text, after, f, true, false, 0)).replace(/^:? /, '')
    return rejected(line, f, r)
  }
  if (r.stage === 'helo' && text.startsWith(' or HELO', end)) end += 8
  r.text = textAfter(text, end > at && text.charCodeAt(end - 1) === 58 ? end - 1 : end)
  return rejected(line, f, r)
}

/** `rejected from <s> [fields]: text` (size, syntax, non-SMTP input): the sender stands in the words. */
function rejectedFrom(line: Line, f: Fields, at: number, r: Refusal): Parsed {
  const text = line.text
  let next = at
  if (text.charCodeAt(at) === 60) {
    const close = closingAngle(text, at + 1)
    r.sender = text.slice(at + 1, close < 0 ? text.length : close)
    next = close < 0 ? text.length : close + 1
  }
  scanFields(text, next, f, true, false, 0)
  r.text = f.colon ? text.slice(f.end) : text.slice(f.end).replace(/^: ?/, '')
  r.stage = /too big|too large|size/i.test(r.text) ? 'size' : 'data'
  return rejected(line, f, r)
}

/** A message given up while its data came in (`SMTP data timeout … on connection from HOST F=<s>`, lost after the final dot): never accepted. */
export function abandoned(line: Line, f: Fields, words: string): Parsed {
  const from = words.indexOf(' connection from ')
  if (from >= 0 && !f.hasHost) {
    const end = scanHost(words, from + 17, f, 0)
    if (end > 0) scanFields(words, end, f, false, false, 0)
  } else if (!f.hasHost) {
    const host = words.indexOf(' H=')
    if (host >= 0) scanFields(words, host + 1, f, false, false, 0)
  }
  return rejected(line, f, {
    stage: 'data',
    action: 'drop',
    temporary: true,
    sender: f.sender,
    recipient: null,
    text: words,
  })
}

/** `H=…` and what follows it, from the first at or after `from`; `f` stays empty where none stands. */
function hostAfter(text: string, from: number): Fields {
  const f = new Fields()
  const host = text.indexOf(' H=', from - 1)
  if (host >= 0) scanFields(text, host + 1, f, true, false, 0)
  return f
}

/** `unqualified sender|recipient rejected: <a> H=…`: an address without a domain (smtp_in.c). */
function unqualified(line: Line, stage: 'mail' | 'rcpt', open: number): Parsed | null {
  const {text} = line
  const close = closingAngle(text, open)
  if (close < 0) return null
  const address = text.slice(open, close)
  return rejected(line, hostAfter(text, close + 1), {
    stage,
    action: 'reject',
    temporary: false,
    sender: stage === 'mail' ? address : null,
    recipient: stage === 'rcpt' ? address : null,
    text: text.slice(line.at, open - 1).replace(/[: ]+$/, ''),
  })
}

const TOO_MANY = 'too many recipients: '
const SYNCHRONIZATION = /^SMTP protocol (?:synchronization error|violation:)[^"]*?: rejected (connection from |")/

/** Refusals whose words stand before the client: too many or unqualified recipients, commands sent too early. null for other texts. */
export function wordyRefusal(line: Line): Parsed | null {
  const {text, at} = line
  if (text.startsWith('unqualified sender rejected: <', at)) return unqualified(line, 'mail', at + 30)
  if (text.startsWith('unqualified recipient rejected: <', at)) return unqualified(line, 'rcpt', at + 33)
  if (text.startsWith(TOO_MANY, at)) {
    const sender = text.indexOf('sender=<', at)
    const close = sender < 0 ? -1 : closingAngle(text, sender + 8)
    return rejected(line, hostAfter(text, close < 0 ? at : close + 1), {
      stage: 'rcpt',
      action: 'reject',
      temporary: text.includes('temporarily', at),
      sender: close < 0 ? null : text.slice(sender + 8, close),
      recipient: null,
      text: text.slice(at, close < 0 ? text.length : sender).replace(/[: ]+$/, ''),
    })
  }
  if (!text.startsWith('SMTP protocol ', at)) return null
  const found = SYNCHRONIZATION.exec(text.slice(at, at + 300))
  if (!found) return null
  const from = at + found[0].length
  const command = found[1] === '"' ? (/^\w+/.exec(text.slice(from, from + 12))?.[0].toUpperCase() ?? '') : ''
  const close = command === '' ? from : closingQuote(text, from)
  return rejected(line, hostAfter(text, close < 0 ? from : close), {
    stage: command === '' ? 'connect' : (STAGES[command] ?? command.toLowerCase()),
    action: 'drop',
    temporary: false,
    sender: null,
    recipient: command === 'RCPT' ? (/<([^>]*)>/.exec(text.slice(from, close))?.[1] ?? null) : null,
    text: text.slice(at, from).replace(/: rejected.*$/, ''),
  })
}

/** `host (helo) [ip]:port` that begins at `at` in free text (`SMTP call from …`, `refused connection from H=…`). */
export function hostAt(text: string, at: number): {client: Client; end: number} {
  const f = new Fields()
  const end = scanHost(text, text.startsWith('H=', at) ? at + 2 : at, f, 0)
  return {client: {name: f.hostName, helo: f.helo, ip: f.ip, port: f.port}, end: end < 0 ? text.length : end}
}
