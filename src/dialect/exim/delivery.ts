/** `=>`, `->`, `>>`, `*>`, `**`, `==`: one recipient, one attempt (deliver.c). */

import type {Channel, Parsed} from '../../mail/event.js'
import {receiptIn, statusIn} from '../../mail/reply.js'
import {errorText, replyText} from './escape.js'
import {BROKEN, CLEAN, Fields, scanFields, seconds} from './fields.js'
import {isOwnRefusal} from './own-refusal.js'
import {closingAngle, closingQuote} from './quoting.js'
import type {Line} from './stamp.js'

/** The addresses at the front: what was delivered to, its parents, the original; `next` is where the fields begin. */
interface Front {
  readonly address: string
  readonly original: string | null
  readonly parents: readonly string[]
  readonly next: number
}

const NONE: readonly string[] = []
/** Readings of a hostile address that are tried before the first is taken. */
const MOST_TRIES = 64

const unquoted = (quotedPart: string): string => quotedPart.replace(/\\(.)/gs, '$1')

/** Exim logs a quoted local part unquoted, followed by its quoted form in angle brackets: the two must agree, so the last pair that does is the end. */
function quotedOriginal(text: string, from: number): Front | null {
  let found: Front | null = null
  for (let at = text.indexOf(' <"', from), n = 0; at >= 0 && n < MOST_TRIES; at = text.indexOf(' <"', at + 1), n++) {
    const quote = closingQuote(text, at + 3)
    if (quote < 0) break
    const close = text.indexOf('>', quote)
    if (close < 0) break
    const address = text.slice(from, at)
    if (address === unquoted(text.slice(at + 3, quote)) + text.slice(quote + 1, close))
      found = {address, original: text.slice(at + 2, close), parents: NONE, next: close + 1}
  }
  return found
}

/** `[ (parents)][ <original>]` from the end of an address. */
function frontAt(text: string, from: number, end: number): Front {
  let next = end
  let parents = NONE
  let original: string | null = null
  if (text.charCodeAt(next) === 32 && text.charCodeAt(next + 1) === 40) {
    const close = text.indexOf(')', next)
    if (close > 0) {
      parents = text.slice(next + 2, close).split(', ')
      next = close + 1
    }
  }
  if (text.charCodeAt(next) === 32 && text.charCodeAt(next + 1) === 60) {
    const close = closingAngle(text, next + 2)
    if (close > 0) {
      original = text.slice(next + 2, close)
      next = close + 1
    }
  }
  let address = text.slice(from, end)
  if (address.charCodeAt(0) === 60 && address.charCodeAt(address.length - 1) === 62) address = address.slice(1, -1)
  return {address, original, parents, next}
}

/** Where an address that begins at `from` ends in plain cases: the first blank, or the colon before it. */
function plainEnd(text: string, from: number, colon: boolean): number {
  let i = from
  if (text.charCodeAt(from) === 34) {
    const quote = closingQuote(text, from + 1)
    if (quote > 0) i = quote
  }
  let end = text.indexOf(' ', i)
  if (end < 0) end = text.length
  return colon && end > from + 1 && text.charCodeAt(end - 1) === 58 ? end - 1 : end
}

interface Read {
  readonly front: Front
  readonly fields: Fields
}

const DEFER = /^(?:(?:routing|host lookup|remote|local) )?(?:defer|error)\b/

/** True where the text after the fields is what the marker allows there. */
function fits(text: string, marker: string, f: Fields): boolean {
  if (f.colon) return marker === '**' || marker === '=='
  if (marker === '==') return f.rank === BROKEN && DEFER.test(text.slice(f.end, f.end + 24))
  if (marker === '**') return f.rank === CLEAN
  return f.rank === CLEAN
}

function readFrom(text: string, front: Front, colon: boolean): Read {
  const fields = new Fields()
  scanFields(text, front.next, fields, colon, false, 0)
  return {front, fields}
}

function read(text: string, from: number, marker: string): Read {
  const colon = marker === '**' || marker === '=='
  const quoted = text.includes(' <"') ? quotedOriginal(text, from) : null
  if (quoted) return readFrom(text, quoted, colon)
  const first = readFrom(text, frontAt(text, from, plainEnd(text, from, colon)), colon)
  const f = first.fields
  const c = text.charCodeAt(from)
  const special = c === 47 || c === 124 || c === 62 || c === 58
  if (fits(text, marker, f) && (f.router !== null || f.transport !== null || (f.colon && !special))) return first
  for (let at = first.front.next, n = 0; n < MOST_TRIES; n++) {
    at = text.indexOf(' ', at + 1)
    if (at < 0) break
    const next = readFrom(text, frontAt(text, from, at), colon)
    if (fits(text, marker, next.fields) && (next.fields.router !== null || next.fields.transport !== null)) return next
  }
  return first
}

const BLACKHOLE = /^(?:blackhole|:blackhole:|discarded)(?: |$)/

function channelOf(address: string, f: Fields, marker: string): Channel {
  if (marker === '*>') return 'suppressed'
  if (f.transport === '**bypassed**') return 'bypassed'
  switch (address.charCodeAt(0)) {
    case 47:
      return 'file'
    case 124:
      return 'pipe'
    case 62:
      return 'autoreply'
    default:
  }
  if (address.startsWith('save ')) return 'file'
  if (f.hasHost) return 'remote'
  return f.reply !== null || f.transport?.includes('lmtp') ? 'lmtp' : 'local'
}

const REMOTE_WORDS =
  /(?:remote mail(?:er| server)|remote host|LMTP error|SMTP error|SMTP timeout|Connection (?:refused|timed out|reset)|host \S+ \[|retry timeout|retry time not|failing for a long time|No route to host|Network)/i
const HOST_IN_TEXT = /: host (\S+) (?:\([^)]*\) )?\[([^\]\s]+)\](?::(\d+))?[: ]/

/** +deliver_time appends it to the text of `**`. */
const DELIVER_TIME = / DT=[\d.wdhms]{2,20}$/

/** One of the attempt markers stands before `from`; `marker` is it. */
export function parseAttempt(line: Line, from: number, marker: string): Parsed {
  const text = line.text
  if (marker !== '**' && marker !== '==') return parseDelivery(line, from, marker)
  const {front, fields: f} = read(text, from, marker)
  let reply = text.slice(f.end)
  if (marker === '==') reply = deferText(text, f)
  reply = errorText(marker === '**' ? reply.replace(DELIVER_TIME, '') : reply)
  let host = f.hostName
  let ip = f.ip
  let port = f.port
  if (ip === null && reply.includes('host ')) {
    const named = HOST_IN_TEXT.exec(reply.slice(0, 2000))
    if (named) {
      host = named[1] ?? null
      ip = named[2] ?? null
      port = named[3] === undefined ? null : Number(named[3])
    }
  }
  const remote = host !== null || ip !== null
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'recipient-attempted',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      result: marker === '**' ? 'failed' : 'deferred',
      address: front.address,
      original: front.original,
      parents: front.parents,
      channel: remote ? 'remote' : 'none',
      marker,
      router: f.router,
      transport: f.transport,
      remoteHost: host,
      remoteIp: ip,
      remotePort: port,
      reply: reply === '' ? null : reply,
      status: statusIn(reply),
      receipt: null,
      forwardedAs: null,
      sender: f.sender,
      delay: seconds(f.queueTime),
      refusedByUs: !remote && !REMOTE_WORDS.test(reply) && isOwnRefusal(reply),
    },
  }
}

/** `[routing ]defer[ (N)][: strerror| (strerror)][ H=…][ DT=…][: text]` from the end of the fields: the words worth keeping, H= into `f`. */
function deferText(text: string, f: Fields): string {
  if (f.colon) return text.slice(f.end)
  const word = DEFER.exec(text.slice(f.end, f.end + 24))?.[0]
  if (!word) return text.slice(f.end)
  let i = f.end + word.length
  let reason = ''
  if (text.charCodeAt(i) === 32 && text.charCodeAt(i + 1) === 40) {
    const close = text.indexOf(')', i)
    if (close > 0) {
      const inside = text.slice(i + 2, close)
      if (!/^-?\d+$/.test(inside)) reason = inside
      i = close + 1
    }
  }
  if (text.startsWith(': ', i)) {
    const host = text.indexOf(' H=', i)
    const colon = text.indexOf(': ', i + 2)
    if (host > 0 && (colon < 0 || host < colon)) {
      reason = text.slice(i + 2, host)
      i = host
    }
  }
  // [ H=…][ I=…][ DT=…][: text]
  i = scanFields(text, i, f, true, false, 0)
  const rest = text.slice(i)
  return reason && rest ? `${reason}: ${rest}` : reason || rest
}

function parseDelivery(line: Line, from: number, marker: string): Parsed {
  const text = line.text
  const c = text.charCodeAt(from)
  const swallowed = (c === 98 || c === 58 || c === 100) && BLACKHOLE.test(text.slice(from, from + 13))
  let front: Front
  let f: Fields
  let reply: string | null = null
  if (swallowed) {
    const end = plainEnd(text, from, false)
    const rest = text.slice(end + 1)
    f = new Fields()
    if (rest.startsWith('(')) {
      front = {address: text.slice(from, end), original: null, parents: NONE, next: text.length}
      reply = errorText(rest)
    } else {
      front = frontAt(text, from, end)
      scanFields(text, front.next, f, false, false, 0)
      if (f.rank === BROKEN) reply = errorText(rest)
    }
  } else {
    const got = read(text, from, marker)
    front = got.front
    f = got.fields
    reply = f.reply === null ? null : replyText(f.reply)
  }
  if (!swallowed && f.transport === null)
    // every real delivery names its transport: a line without one is torn, and must not count as delivered
    return {
      kind: 'unknown',
      reason: 'exim-torn-delivery',
      stamp: line.stamp,
      host: line.host,
      queueId: line.queueId,
    }
  const channel = swallowed
    ? 'blackhole'
    : front.address === '/dev/null'
      ? 'bypassed'
      : channelOf(front.address, f, marker)
  const gone = channel === 'blackhole' || channel === 'bypassed' || channel === 'suppressed'
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'recipient-attempted',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      result: gone ? 'discarded' : 'delivered',
      address: front.address,
      original: front.original,
      parents: front.parents,
      channel,
      marker,
      router: f.router,
      transport: f.transport,
      remoteHost: f.hostName,
      remoteIp: f.ip,
      remotePort: f.port,
      reply,
      status: reply === null || gone ? null : statusIn(reply),
      receipt: reply === null || gone ? null : receiptIn(reply),
      forwardedAs: null,
      sender: f.sender,
      delay: seconds(f.queueTime),
      refusedByUs: gone && reply !== null && isOwnRefusal(reply),
    },
  }
}
