/** One line of an Exim main, reject or panic log to what it says, for every version from 4.69 on. Pure, never throws, linear. */

import type {EventBase, Parsed} from '../../mail/event.js'
import {parseArrival} from './arrival.js'
import {absorb} from './block.js'
import {parseCommand} from './command.js'
import {parseAttempt} from './delivery.js'
import {errorText} from './escape.js'
import {Fields, scanFields} from './fields.js'
import {isNote} from './notes.js'
import {
  aclLine,
  connectionIdentification,
  connectionOutbound,
  scriptDetails,
  senderIdentification,
  suphpDetails,
} from './origin.js'
import {closingAngle} from './quoting.js'
import {abandoned, leadingFields, parseRejected, rejected, wordyRefusal} from './reject.js'
import {authFailedAt, loginFailed, parseSession, signOfLife} from './session.js'
import {type Line, readFront} from './stamp.js'
import {completed, parseStanding, textNoted} from './standing.js'

export {absorb}

const PLAIN = {stamp: null, host: null, pid: null}

const unknown = (line: Line, reason: string): Parsed => ({
  kind: 'unknown',
  reason,
  stamp: line.stamp,
  host: line.host,
  queueId: line.queueId,
})

/** A stampless start that only a torn or damaged entry has: an ID with a marker, or the rest of a stamp before one. */
const DAMAGED =
  /^(?:[\d :.+-]{0,30}(?:\[\d+\] )?)[0-9A-Za-z]{0,6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}) (?:<=|=>|->|==|\*\*|>>|\*>|\(=|Completed)/

/** A stamp that ends before its seconds do. */
const TORN = /^\d{4}-\d\d-\d\d[ \d:]{0,9}$/

/**
 * One physical line of a plain Exim log, a byte string without its line end. Lines without a stamp continue the line before; one that is
 * the remains of a torn entry is `unknown`.
 */
export function parseExim(line: string): Parsed {
  const text = line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line
  const front = readFront(text, PLAIN)
  if (front.own) return parseBody(front)
  if (text.charCodeAt(0) === 0) {
    const kept = text.replace(/^\0+/, '')
    const again = readFront(kept, PLAIN)
    return again.own ? parseBody(again) : unknown(front, 'nul-bytes')
  }
  if (DAMAGED.test(text) || TORN.test(text)) return unknown(front, 'damaged-line')
  return {kind: 'continuation'}
}

const PIECE = /^\[(\d{1,4})([/\\])(\d{1,4})\] ?/

/**
 * The text of an Exim line behind a syslog or journald prefix. Its own stamp wins over the envelope's (it has the year), its own `[pid]` too.
 * `[n/m]` and `[n\m]` give pieces. Text with newlines (joined pieces) is its first line with the others absorbed.
 */
export function parseEximText(text: string, base: EventBase): Parsed {
  if (text.charCodeAt(0) === 91) {
    const piece = PIECE.exec(text)
    if (piece) {
      const index = Number(piece[1])
      const of = Number(piece[3])
      if (index >= 1 && index <= of)
        return {
          kind: 'piece',
          index,
          of,
          cut: piece[2] === '/' ? 'length' : 'newline',
          text: text.slice(piece[0].length),
          base: {...base, stamp: stampOfPiece(index, text, piece[0].length, base)},
        }
    }
  }
  const newline = text.indexOf('\n')
  if (newline >= 0) {
    const first = parseEximText(text.slice(0, newline), base)
    if (first.kind !== 'event') return first
    let event = first.event
    for (const more of text.slice(newline + 1).split('\n')) event = absorb(event, more)
    return {kind: 'event', times: first.times, event}
  }
  const line = readFront(text.charCodeAt(text.length - 1) === 13 ? text.slice(0, -1) : text, base)
  if (!line.own && line.at === 0 && (text === '' || text.charCodeAt(0) === 32 || text.charCodeAt(0) === 9))
    return {kind: 'continuation'}
  return parseBody(line)
}

/** The first piece has Exim's own stamp, with the year, where it writes one; those after it were written at the same moment. */
function stampOfPiece(index: number, text: string, at: number, base: EventBase): EventBase['stamp'] {
  return index > 1 ? null : readFront(text.slice(at, at + 40), base).stamp
}

/** The text after the front. */
function parseBody(line: Line): Parsed {
  const {text, at} = line
  const c = text.charCodeAt(at)
  if (line.queueId !== null) {
    const d = text.charCodeAt(at + 1)
    if (text.charCodeAt(at + 2) === 32) {
      if (d === 61) {
        if (c === 60) return parseArrival(line, at + 3, false)
        if (c === 40) return parseArrival(line, at + 3, true)
        if (c === 61) return parseAttempt(line, at + 3, '==')
      } else if (d === 62) {
        if (c === 61) return parseAttempt(line, at + 3, '=>')
        if (c === 45) return parseAttempt(line, at + 3, '->')
        if (c === 62) return parseAttempt(line, at + 3, '>>')
        if (c === 42) return parseAttempt(line, at + 3, '*>')
      } else if (c === 42 && d === 42) return parseAttempt(line, at + 3, '**')
    }
    if (c === 67 && at + 9 === text.length && text.endsWith('Completed')) return completed(line)
  } else if (c === 99 && text.startsWith('cwd=', at)) {
    return parseCommand(line, at + 4) ?? unknown(line, 'exim-cwd')
  }
  return parseOther(line)
}

/** `H=`, `U=`, `F=`, `I=` or `DS H=` at the start. */
function beginsWithField(text: string, at: number): boolean {
  const c = text.charCodeAt(at)
  if (c === 68) return text.startsWith('DS H=', at)
  return (c === 72 || c === 85 || c === 70 || c === 73) && text.charCodeAt(at + 1) === 61
}

const PWD = 'PWD='

function parseOther(line: Line): Parsed {
  const {text, at} = line
  if (text.startsWith('...', at)) return {kind: 'continuation'}
  // An empty text about a message is a note on it still: a trace shows all its lines.
  if (at >= text.length)
    return line.queueId === null ? {kind: 'ignored', stamp: line.stamp, host: line.host} : textNoted(line, '')
  const c = text.charCodeAt(at)
  if (beginsWithField(text, at)) return parseFieldLine(line)
  if (c === 83) {
    if (text.startsWith('Sender identification ', at)) return senderIdentification(line, at + 22)
    if (text.startsWith('SMTP connection identification ', at)) return connectionIdentification(line, at + 31)
    if (text.startsWith('SMTP connection outbound ', at)) return connectionOutbound(line, at + 25)
  }
  if (c === 80 && text.startsWith('PHP ', at)) {
    const found = aclLine(line, at + 4)
    if (found) return found
  }
  const details = text.indexOf('Script details - ', at)
  if (details >= 0) return scriptDetails(line, details + 17)
  if (line.queueId === null) return parseSession(line)
  return parseStanding(line) ?? parseAfterId(line)
}

/** Text after an ID that neither a marker nor a field begins. */
function parseAfterId(line: Line): Parsed {
  const {text, at} = line
  const words = text.slice(at)
  if (words.startsWith('rejected ')) return parseRejected(line, new Fields(), at + 9, false)
  if (words.startsWith('temporarily rejected ')) return parseRejected(line, new Fields(), at + 21, true)
  if (words.startsWith('SMTP connection lost after final dot') || words.startsWith('SMTP data timeout'))
    return abandoned(line, new Fields(), words)
  const failed = authFailedAt(text, at)
  if (failed >= 0) return loginFailed(line, failed)
  const wordy = wordyRefusal(line)
  if (wordy) return wordy
  if (text.indexOf(PWD, at) >= 0) {
    const found = suphpDetails(line)
    if (found) return found
  }
  if (words.trim() === '') return textNoted(line, '')
  const about = READ_ERROR.exec(words)
  if (about?.[1]) return textNoted(line, errorText(words), about[1])
  if (CLIENT_LOGIN.test(words)) {
    const f = new Fields()
    scanFields(text, text.indexOf(' H=', at) + 1, f, false, false, 0)
    return attempt(line, f, words)
  }
  if (isAttempt(words)) return attempt(line, new Fields(), words)
  return isNote(words) ? textNoted(line, errorText(words)) : unknown(line, 'exim-text')
}

/** A bounce or other child of Exim's that could not be read: the entry that it is about (moan.c). */
const READ_ERROR = /^Error while reading message with no usable sender address \(R=([0-9A-Za-z-]{16,23})\)/

/** Our own login at the next server failed (smtp transport): a note on one host, the delivery line tells the rest. */
const CLIENT_LOGIN = /^\S+ authenticator failed H=\S/

const ATTEMPT =
  /^\S+ \[\S*\](?::\d+)?:? (?:SMTP|LMTP|Connection|Network|Operation|No route|Malformed|Remote|TLS|host|timeout|Broken|retry)/

/** `host [ip] Connection refused` without `H=` (old versions). */
const isAttempt = (words: string): boolean => ATTEMPT.test(words)

function attempt(line: Line, f: Fields, words: string): Parsed {
  const found = f.hasHost ? null : /^(\S+) \[([^\]\s]*)\](?::\d+)?:? (.*)$/s.exec(words)
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'attempt-noted',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      remoteHost: found ? (found[1] ?? null) : f.hostName,
      remoteIp: found ? (found[2] ?? null) : f.ip,
      text: errorText(found ? (found[3] ?? '') : words),
    },
  }
}

/** `RCPT <a>: discarded by RCPT ACL[: text]`: accepted on the wire and thrown away. */
function discarded(line: Line, f: Fields, at: number): Parsed | null {
  const text = line.text
  const open = text.startsWith('RCPT <', at) ? at + 6 : text.charCodeAt(at) === 60 ? at + 1 : -1
  if (open < 0) return null
  const close = closingAngle(text, open)
  const mark = text.indexOf('discarded by ', close)
  if (close < 0 || mark < 0 || mark > close + 3) return null
  const colon = text.indexOf(': ', mark)
  return rejected(line, f, {
    stage: text.startsWith('MAIL', mark + 13) ? 'mail' : 'rcpt',
    action: 'discard',
    temporary: false,
    sender: f.sender,
    recipient: text.slice(open, close),
    text: colon < 0 ? text.slice(mark) : text.slice(colon + 2),
  })
}

/** A line that begins with fields: a refusal, a warning, a session's end, or (with an ID) a remote attempt. */
function parseFieldLine(line: Line): Parsed {
  const {text, at, queueId} = line
  const f = leadingFields(text, at)
  const from = f.end
  if (text.startsWith('rejected ', from)) return parseRejected(line, f, from + 9, false)
  if (text.startsWith('temporarily rejected ', from)) return parseRejected(line, f, from + 21, true)
  const thrown = discarded(line, f, from)
  if (thrown) return thrown
  const words = text.slice(from).replace(/^: /, '')
  const details = words.indexOf('Script details - ')
  if (details >= 0) return scriptDetails(line, text.length - words.length + details + 17)
  if (text.indexOf(PWD, at) >= 0) {
    const found = suphpDetails(line)
    if (found) return found
  }
  if (words.startsWith('Warning: ') || words.startsWith('sender verify ')) return textNoted(line, errorText(words))
  if (words.includes('dropped by ') || words.startsWith('refused') || words.startsWith('temporarily refused'))
    return rejected(line, f, {
      stage: 'connect',
      action: 'drop',
      temporary: words.startsWith('temporarily'),
      sender: f.sender,
      recipient: null,
      text: words,
    })
  if (words.startsWith('SMTP connection lost after final dot') || words.startsWith('SMTP data timeout'))
    return abandoned(line, f, words)
  if (queueId !== null) return f.hasHost ? attempt(line, f, words) : textNoted(line, errorText(text.slice(at)))
  if (words.startsWith('incomplete transaction') || !f.hasHost) return signOfLife(line, 'connection')
  return words === '' ? unknown(line, 'exim-fields') : signOfLife(line, 'connection')
}
