/** Any shape in which a syslog line reaches a file, told apart by its own first characters; no state, no configuration. */

import {readJson} from './json.js'
import {readProtocol23} from './protocol23.js'
import {type Envelope, numberIn} from './tag.js'
import {readIsoFile, readShortFull, readShortSeconds, readTraditional} from './traditional.js'

export type {Envelope} from './tag.js'

/** `<22>` at `at` (RFC 3164 section 4.1.1); the position after it, or -1. */
function priorityEnd(line: string, at: number): number {
  if (line.charCodeAt(at) !== 60) return -1
  const end = line.indexOf('>', at)
  if (end < 0 || end - at > 4) return -1
  const priority = numberIn(line, at + 1, end)
  return priority !== null && priority < 192 ? end + 1 : -1
}

/** The shapes that begin at `at`, without anything before them. */
function readAt(line: string, at: number): Envelope | null {
  const c = line.charCodeAt(at)
  if (c === 60) {
    const end = priorityEnd(line, at)
    if (end < 0) return null
    if (line.charCodeAt(end) === 49 && line.charCodeAt(end + 1) === 32) return readProtocol23(line, end + 2)
    return readTraditional(line, end) ?? readIsoFile(line, end)
  }
  if (c === 123) return readJson(at === 0 ? line : line.slice(at), (text) => readEnvelope(text))
  if (c >= 48 && c <= 57)
    return readIsoFile(line, at) ?? readShortSeconds(line, at) ?? readIsoFile(line, at, ' ') ?? octetCounted(line, at)
  if (c === 91) return readShortSeconds(line, at)
  return readTraditional(line, at) ?? readShortFull(line, at)
}

/** RFC 6587 octet counting: `123 <22>1 …`. */
function octetCounted(line: string, at: number): Envelope | null {
  const match = /^\d{1,5} (?=<\d)/.exec(line.slice(at, at + 8))
  return match ? readAt(line, at + match[0].length) : null
}

/** A file's name as grep and collectors print it; `Subject` and other header names are none. */
const FILE_NAME = /[/.]|log/i

/**
 * Where the log line begins behind a prefix of docker (`mail-1  | `), grep (`maillog:`, `maillog:17:`) or a collector
 * (`web1 /var/log/maillog: `); -1 where none of them stands. Header dumps and folded text (`  Subject: Nov 21 …`, `T To: Nov 21 …`) hold what
 * strangers wrote and must never pass for such a prefix.
 */
function prefixEnd(line: string): number {
  const limit = Math.min(line.length, 200)
  if (line.charCodeAt(0) <= 32) return -1
  let words = 0
  let word = 0
  for (let i = 1; i < limit; i++) {
    const c = line.charCodeAt(i)
    if (c === 124 && line.charCodeAt(i - 1) === 32 && words === 1) return line.charCodeAt(i + 1) === 32 ? i + 2 : i + 1
    if (c === 32 && line.charCodeAt(i - 1) !== 32) {
      if (++words > 1) return -1
    } else if (c !== 32 && line.charCodeAt(i - 1) === 32) word = i
    if (c !== 58 || (words === 1 && word < 2) || !FILE_NAME.test(line.slice(word, i))) continue
    const from = line.charCodeAt(i + 1) === 32 ? i + 2 : i + 1
    if (readAt(line, from)?.program != null) return from
    const number = /^\d{1,12}:/.exec(line.slice(from, from + 14))
    if (number && readAt(line, from + number[0].length)?.program != null) return from + number[0].length
  }
  return -1
}

/**
 * Takes the wrapping off a log line: RFC 3164 and RFC 5424, rsyslog's and journalctl's file forms, PRI prefixes, JSON records, prefixes of
 * docker and grep, Solaris and AIX oddities. null where the line has none of these shapes. Never throws, linear in the line.
 */
export function readEnvelope(line: string): Envelope | null {
  const direct = readAt(line, 0)
  if (direct) return direct
  const from = prefixEnd(line)
  return from > 0 ? readAt(line, from) : null
}
