/** PHP's mail.log (ext/standard/mail.c), PHP 5.3 to 8.4, in files, syslog and journald: one call of mail() a line. */

import type {EventBase, Parsed} from '../../mail/event.js'
import type {Stamp} from '../../mail/stamp.js'
import {zoneOffset} from '../../mail/zones.js'
import {readDayMonthYear} from '../syslog/stamps.js'
import {addressesIn, bareAddress, headerFields} from './addresses.js'

const CALL = 'mail() on ['
const TO = ']: To: '
const HEADERS = ' -- Headers: '
const SUBJECT = ' -- Subject: '

/** Code without a file of its own: `x.php(3) : eval()'d code`, nested ones, assert, create_function, preg_replace /e. */
const MADE_CODE = /\((\d+)\) : (?:eval\(\)'d code|runtime-created function|assert code|regexp code)/

/** A message's own fields have no host, pid or queue ID in a file. */
export const NO_BASE: EventBase = {stamp: null, host: null, pid: null, queueId: null, mta: null, instance: null}

/** `[21-Nov-2026 02:09:19 Europe/Berlin] ` at the start: the stamp and the position after it; null where none stands. */
function readDate(line: string): {stamp: Stamp; end: number} | null {
  if (line.charCodeAt(0) !== 91) return null
  const close = line.indexOf('] ')
  if (close < 22 || close > 80) return null
  const wall = readDayMonthYear(line, 1)
  if (Number.isNaN(wall)) return null
  const zone = line.slice(22, close)
  return {stamp: {wall, offset: zone === '' ? null : zoneOffset(zone, wall), yearless: false}, end: close + 2}
}

/** Where `FILE:LINE]: To: ` ends its line number: the first `]: To: ` with digits before it (what follows is written by strangers). */
function placeEnd(text: string, from: number): {colon: number; end: number} | null {
  for (let end = text.indexOf(TO, from), tries = 0; end >= 0 && tries < 20; end = text.indexOf(TO, end + 1), tries++) {
    let i = end
    while (text.charCodeAt(i - 1) >= 48 && text.charCodeAt(i - 1) <= 57) i--
    if (i < end && text.charCodeAt(i - 1) === 58) return {colon: i - 1, end}
  }
  return null
}

/**
 * The text of a call: `mail() on [FILE:LINE]: To: T -- Headers: H[ -- Subject: S]`. To is read up to the first ` -- Headers: `, the subject
 * from the last ` -- Subject: `. Recipients are To, Cc and Bcc. For code made at run time (`eval()'d code`) `script` is the file it stands in
 * and `line` the line there; `Command line code` and `Standard input code` stay as they are. null where the text is no call.
 */
export function parsePhpMailText(text: string, base: EventBase, uid: number | null): Parsed | null {
  if (!text.startsWith(CALL)) return null
  const place = placeEnd(text, CALL.length)
  if (!place) return null
  const file = text.slice(CALL.length, place.colon)
  const made = MADE_CODE.exec(file)
  const from = place.end + TO.length
  const headersAt = text.indexOf(HEADERS, from)
  const to = text.slice(from, headersAt < 0 ? text.length : headersAt)
  const start = headersAt < 0 ? text.length : headersAt + HEADERS.length
  // an empty subject leaves the blank out when an editor or syslog trims the line
  const trimmed = text.endsWith(SUBJECT.trimEnd()) ? text.length - SUBJECT.length + 1 : -1
  const last = text.lastIndexOf(SUBJECT)
  const subjectAt = trimmed >= start - 1 && trimmed > last ? trimmed : last
  const hasSubject = headersAt >= 0 && subjectAt >= start - 1
  const headers = text.slice(start, hasSubject ? Math.max(start, subjectAt) : text.length)
  const fields = headerFields(headers)
  const messageId = fields.get('message-id')
  const sender = fields.get('from')
  const recipients = [to, fields.get('cc') ?? '', fields.get('bcc') ?? ''].flatMap(addressesIn)
  return {
    kind: 'event',
    times: 1,
    event: {
      stamp: base.stamp,
      host: base.host,
      pid: base.pid,
      queueId: base.queueId,
      mta: base.mta,
      instance: base.instance,
      type: 'script-mailed',
      script: made ? file.slice(0, made.index) : file,
      line: Number(made?.[1] ?? text.slice(place.colon + 1, place.end)),
      evaluated: made !== null,
      recipients,
      headers,
      messageId: messageId === undefined ? null : (bareAddress(messageId) ?? null),
      from: sender === undefined ? null : (addressesIn(sender)[0] ?? null),
      subject: hasSubject ? text.slice(subjectAt + SUBJECT.length) : null,
      uid,
    },
  }
}

/**
 * A call as PHP 5.5 and 5.6 write it to syslog, with a date inside: that date has year and zone, so it is preferred to `base`'s stamp
 * where that has none.
 */
export function parseDatedPhpText(text: string, base: EventBase, uid: number | null): Parsed | null {
  const date = readDate(text)
  if (!date) return parsePhpMailText(text, base, uid)
  const own = base.stamp !== null && !base.stamp.yearless && base.stamp.offset !== null
  return parsePhpMailText(text.slice(date.end), own ? base : {...base, stamp: date.stamp}, uid)
}

/**
 * A line of a mail.log file: with or without the bracketed date. A line that is none belongs to the record before it: without headers a
 * folded To or Subject leaves raw newlines. `unknown` only for a dated line without a call.
 */
export function parsePhpMailLog(line: string): Parsed {
  const date = readDate(line)
  const stamp = date?.stamp ?? null
  const call = parsePhpMailText(date ? line.slice(date.end) : line, {...NO_BASE, stamp}, null)
  if (call) return call
  if (line === '') return {kind: 'ignored', stamp: null, host: null}
  return date || line.startsWith(CALL)
    ? {kind: 'unknown', reason: 'php-mail-text', stamp, host: null, queueId: null}
    : {kind: 'continuation'}
}
