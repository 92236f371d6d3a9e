/** Lines that name who is behind a message or connection: cPanel's own, older suPHP forms, and the ACL line that our docs recommend. */

import type {OriginIdentified, Parsed} from '../../mail/event.js'
import {subjectText} from './escape.js'
import {closingQuote} from './quoting.js'
import {idLengthAt, type Line} from './stamp.js'

type Found = {
  -readonly [K in
    | 'account'
    | 'domain'
    | 'sender'
    | 'login'
    | 'script'
    | 'url'
    | 'scriptName'
    | 'visitorIp'
    | 'clientIp'
    | 'forwarder']: string | null
} & {uid: number | null; clientPort: number | null; queueId: string | null}

const nothing = (line: Line): Found => ({
  account: null,
  uid: null,
  domain: null,
  sender: null,
  login: null,
  script: null,
  url: null,
  scriptName: null,
  visitorIp: null,
  clientIp: null,
  clientPort: null,
  forwarder: null,
  queueId: line.queueId,
})

function identified(line: Line, source: OriginIdentified['source'], f: Found): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'origin-identified',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: f.queueId,
      mta: 'exim',
      instance: null,
      source,
      account: f.account,
      uid: f.uid,
      domain: f.domain,
      sender: f.sender,
      login: f.login,
      script: f.script,
      url: f.url,
      scriptName: f.scriptName,
      visitorIp: f.visitorIp,
      clientIp: f.clientIp,
      clientPort: f.clientPort,
      forwarder: f.forwarder,
    },
  }
}

const whole = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null
const orNull = (text: string | undefined): string | null => (text ? text : null)

/** `KEY=value` pairs split at blanks; a value may be in quotes. The first of a name wins. */
export function pairs(text: string, from: number): Map<string, string> {
  const found = new Map<string, string>()
  for (let i = from; i < text.length; ) {
    const equals = text.indexOf('=', i)
    if (equals < 0) break
    const key = text.slice(text.lastIndexOf(' ', equals) + 1, equals)
    let end: number
    let value: string
    if (text.charCodeAt(equals + 1) === 34) {
      const close = closingQuote(text, equals + 2)
      end = close < 0 ? text.length : close + 1
      value = subjectText(text.slice(equals + 2, close < 0 ? text.length : close))
    } else {
      end = text.indexOf(' ', equals)
      if (end < 0) end = text.length
      value = text.slice(equals + 1, end)
    }
    if (!found.has(key)) found.set(key, value)
    i = end
  }
  return found
}

/** `site/page for 1.2.3.4` (X-PHP-Script) into page and visitor. */
function scriptHeader(f: Found, value: string): void {
  const at = value.lastIndexOf(' for ')
  f.url = orNull(at > 0 ? value.slice(0, at) : value)
  if (at > 0) f.visitorIp = orNull((value.slice(at + 5).split(',')[0] ?? '').trim())
}

/** `1000:contact.php` (X-PHP-Originating-Script): the file's owner and basename. */
function originatingScript(f: Found, value: string): void {
  const found = /^(\d{1,10}):(.+)$/s.exec(value)
  if (found) {
    f.uid = whole(found[1])
    f.scriptName = orNull(found[2])
  } else f.scriptName = orNull(value)
}

/** `Sender identification U=user D=domain S=sender`. */
export function senderIdentification(line: Line, from: number): Parsed {
  const p = pairs(line.text, from)
  const f = nothing(line)
  f.account = orNull(p.get('U'))
  f.domain = orNull(p.get('D'))
  f.sender = p.get('S') ?? null
  return identified(line, 'sender-identification', f)
}

/** `SMTP connection identification H=… A=ip P=port M=id U=user ID=uid S=sender D=domain O=alias B=how`: the owner of a local socket, or of a forwarder. */
export function connectionIdentification(line: Line, from: number): Parsed {
  const p = pairs(line.text, from)
  const f = nothing(line)
  f.account = orNull(p.get('U'))
  f.uid = whole(p.get('ID'))
  f.domain = orNull(p.get('D'))
  f.sender = p.get('S') ?? null
  f.clientIp = orNull(p.get('A'))
  f.clientPort = whole(p.get('P'))
  f.forwarder = orNull(p.get('O'))
  const id = p.get('M')
  if (f.queueId === null && id !== undefined && idLengthAt(id, 0) === id.length) f.queueId = id
  return identified(line, 'connection-identification', f)
}

/** `SMTP connection outbound EPOCH ID DOMAIN RCPT`: the domain whose limits cPanel counts; `-system-` and `-remote-` are no domains. */
export function connectionOutbound(line: Line, from: number): Parsed {
  const [, id, domain] = line.text.slice(from).trim().split(' ')
  const f = nothing(line)
  if (f.queueId === null && id !== undefined && id !== '' && idLengthAt(id, 0) === id.length) f.queueId = id
  f.domain = domain?.startsWith('-') ? null : orNull(domain)
  return identified(line, 'connection-outbound', f)
}

const DETAIL = /(?:^|[ ,])(User|X-PHP-Script|X-PHP-Filename|REMOTE_ADDR|X-PHP-Originating-Script): /g

/** `Script details - User: u, X-PHP-Script: site/page for ip, X-PHP-Filename: /path REMOTE_ADDR: ip, X-PHP-Originating-Script: uid:name`. */
export function scriptDetails(line: Line, from: number): Parsed {
  const text = line.text.slice(from)
  const f = nothing(line)
  const marks = [...text.matchAll(DETAIL)]
  const seen = new Set<string>()
  marks.forEach((mark, n) => {
    const key = mark[1] ?? ''
    if (seen.has(key)) return
    seen.add(key)
    const value = text.slice(mark.index + mark[0].length, marks[n + 1]?.index).replace(/[ ,]+$/, '')
    if (value === '') return
    if (key === 'User') f.account = value
    else if (key === 'X-PHP-Script') scriptHeader(f, value)
    else if (key === 'X-PHP-Filename') f.script = value
    else if (key === 'REMOTE_ADDR') f.visitorIp = value
    else originatingScript(f, value)
  })
  return identified(line, 'script-details', f)
}

/**
 * Our recommended line `PHP php="1000:contact.php" url="site/page for 1.2.3.4" uid=1000 rcpts=2` (values by `${quote:…}`), and the shorter
 * `PHP script=1000:mailer.php user=1000 sender=<a@b> rcpts=2`. The mailer's own uid stands after the quoted headers, and wins over the header's.
 */
export function aclLine(line: Line, from: number): Parsed | null {
  const p = pairs(line.text, from)
  const script = p.get('php') ?? p.get('script')
  const url = p.get('url')
  if (script === undefined && url === undefined) return null
  const f = nothing(line)
  if (script) originatingScript(f, script)
  if (url) scriptHeader(f, url)
  const user = p.get('user') ?? p.get('uid')
  const uid = whole(user)
  if (uid !== null) f.uid = uid
  else if (user) f.account = user
  const sender = p.get('sender')
  if (sender !== undefined) f.sender = sender.replace(/^<(.*)>$/, '$1')
  return identified(line, 'acl-line', f)
}

const SUPHP = /\bPWD=(\S+)\s+REMOTE_ADDR=(\S*)/

/** The older suPHP form: `… H=localhost … PWD=/home/user/public_html  REMOTE_ADDR=1.2.3.4`; null where the text holds none. */
export function suphpDetails(line: Line): Parsed | null {
  const found = SUPHP.exec(line.text.slice(line.at, line.at + 2000))
  if (!found) return null
  const f = nothing(line)
  f.script = orNull(found[1])
  f.visitorIp = orNull(found[2])
  return identified(line, 'script-details', f)
}
