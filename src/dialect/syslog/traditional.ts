/** Text files of syslogd, rsyslog, postlogd and journalctl's short forms: stamp, host, tag, text. */

import type {Stamp} from '../../mail/stamp.js'
import {zoneOffset} from '../../mail/zones.js'
import {readIsoStamp, readTraditionalStamp} from './stamps.js'
import {type Envelope, numberIn, readTag} from './tag.js'

const SPACE = 32

/** `Nov 21 03:16:13 lab postfix/pickup[118]: …` (RFC 3164, postlogd's maillog_file, journalctl -o short). */
export function readTraditional(line: string, at: number): Envelope | null {
  const read = readTraditionalStamp(line, at)
  if (!read || line.charCodeAt(read.end) !== SPACE) return null
  return readTag(line, read.end + 1, read.stamp)
}

/** A second ISO stamp behind a container runtime's own. */
function readIsoTag(line: string, at: number): Envelope | null {
  const read = readIsoStamp(line, at)
  return read && line.charCodeAt(read.end) === SPACE ? readTag(line, read.end + 1, read.stamp) : null
}

/**
 * `2026-11-21T03:16:13.812954+01:00 lab postfix/pickup[118]: …` (RSYSLOG_FileFormat, journalctl -o short-iso). A container runtime may
 * put its own ISO stamp (and `stdout F`) before a whole syslog line: the outer stamp is kept, because it has year and zone.
 */
export function readIsoFile(line: string, at: number, separator: 'T' | ' ' = 'T'): Envelope | null {
  const read = readIsoStamp(line, at, separator)
  if (!read || line.charCodeAt(read.end) !== SPACE) return null
  let from = read.end + 1
  if (line.startsWith('stdout F ', from) || line.startsWith('stderr F ', from)) from += 9
  const inner = readTraditional(line, from) ?? readIsoTag(line, from)
  if (inner) return {...inner, stamp: read.stamp}
  return readTag(line, from, read.stamp)
}

/** `Sat 2026-11-21 03:17:37 CET lab.test postfix/…` (journalctl -o short-full, with-unit). The weekday may be in any language. */
export function readShortFull(line: string, at: number): Envelope | null {
  const space = line.indexOf(' ', at)
  if (space < 0 || space - at > 12) return null
  const read = readIsoStamp(line, space + 1, ' ')
  if (!read || line.charCodeAt(read.end) !== SPACE) return null
  const zoneEnd = line.indexOf(' ', read.end + 1)
  if (zoneEnd < 0 || zoneEnd - read.end > 40) return null
  const stamp: Stamp = {...read.stamp, offset: zoneOffset(line.slice(read.end + 1, zoneEnd), read.stamp.wall)}
  return readTag(line, zoneEnd + 1, stamp)
}

/** `[ 2532.571923] lab.test postfix/…` (short-monotonic, no readable time) and `1795227454.888704 lab.test postfix/…` (short-unix, UTC). */
export function readShortSeconds(line: string, at: number): Envelope | null {
  const bracket = line.charCodeAt(at) === 91
  const match = /^\[? *(\d{1,12})\.(\d{3,9})\]? /.exec(line.slice(at, at + 40))
  if (!match) return null
  const seconds = numberIn(match[1] ?? '', 0, (match[1] ?? '').length)
  if (seconds === null || (!bracket && seconds < 1e8)) return null
  const wall = seconds * 1000 + Number((match[2] ?? '').slice(0, 3))
  return readTag(line, at + match[0].length, bracket ? null : {wall, offset: 0, yearless: false})
}
