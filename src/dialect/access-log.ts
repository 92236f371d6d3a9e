/** Web server access logs: combined and common format, alone or with the virtual host before it. Only GET and POST requests count. */

import type {Parsed} from '../mail/event.js'
import {offsetAt, readDayMonthYear} from './syslog/stamps.js'

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/

/** The client and virtual host of `IP IDENT USER`, `HOST[:PORT] IP IDENT USER`; null where the words are none. */
function readPeer(words: readonly string[]): {vhost: string | null; clientIp: string} | null {
  const [first = '', second = ''] = words
  if (words.length < 3) return null
  if (ADDRESS.test(first)) return {vhost: null, clientIp: first}
  if (words.length >= 4 && (ADDRESS.test(second) || second === '-')) {
    const colon = first.lastIndexOf(':')
    return {vhost: colon > 0 ? first.slice(0, colon) : first, clientIp: second}
  }
  // HostnameLookups On
  return words.length === 3 && second === '-' ? {vhost: null, clientIp: first} : null
}

/** The quoted string whose first character stands at `from`; a backslash escapes the next character. -1 where it does not end. */
function quoteEnd(line: string, from: number): number {
  for (let i = from; i < line.length; i++) {
    const c = line.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34) return i
  }
  return -1
}

/**
 * Reads `[vhost[:port] ]IP IDENT USER [21/Nov/2026:03:16:13 +0100] "POST /contact.php HTTP/1.1" 200 …` (whatever follows: referer, agent,
 * `%D`, UNIQUE_ID). The stamp is the time at which the request began. GET and POST are `page-requested`; other methods and broken requests are
 * `ignored`. null where the line is no access log's.
 */
export function readAccessLine(line: string): Parsed | null {
  const open = line.indexOf(' [')
  if (open < 0 || open > 400) return null
  const wall = readDayMonthYear(line, open + 2)
  if (Number.isNaN(wall) || line.charCodeAt(open + 22) !== 32) return null
  const zone = offsetAt(line, open + 23)
  const close = line.indexOf('] ', open)
  if (close < 0 || line.charCodeAt(close + 2) !== 34) return null
  const peer = readPeer(line.slice(0, open).split(' '))
  if (!peer) return null
  const stamp = {wall, offset: zone < 0 ? null : (zone % 10_000) - 2000, yearless: false}
  const end = quoteEnd(line, close + 3)
  const request = line.slice(close + 3, end < 0 ? line.length : end)
  const method = request.startsWith('POST ') ? 'POST' : request.startsWith('GET ') ? 'GET' : null
  if (method === null || end < 0) return {kind: 'ignored', stamp, host: null}
  const from = method.length + 1
  const space = request.lastIndexOf(' HTTP/')
  const status = Number.parseInt(line.slice(end + 2, end + 5), 10)
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'page-requested',
      stamp,
      host: null,
      pid: null,
      queueId: null,
      mta: null,
      instance: null,
      vhost: peer.vhost,
      clientIp: peer.clientIp,
      method,
      path: request.slice(from, space > from ? space : request.length),
      httpStatus: Number.isNaN(status) ? 0 : status,
    },
  }
}

/** A line of an access log; `unknown` where it is none. */
export function parseAccessLog(line: string): Parsed {
  if (line === '') return {kind: 'ignored', stamp: null, host: null}
  return readAccessLine(line) ?? {kind: 'unknown', reason: 'access-line', stamp: null, host: null, queueId: null}
}
