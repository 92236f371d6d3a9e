/** One JSON object a line: journalctl -o json, and what logstash, filebeat, rsyslog, fluent-bit and docker make of a syslog line. */

import type {Stamp} from '../../mail/stamp.js'
import {byteString, readable} from '../../mail/text.js'
import {readIsoStamp} from './stamps.js'
import {type Envelope, numberIn} from './tag.js'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object of a line. Its strings become byte strings, whether the line held raw UTF-8, raw latin1 or `\u` escapes. */
function fieldsOf(line: string): {fields: Fields; bytes: (text: string) => string} | null {
  const text = readable(line)
  const raw = text === line && /[\x80-\xff]/.test(line)
  try {
    const fields: unknown = JSON.parse(text)
    return isFields(fields) ? {fields, bytes: raw ? (word) => word : byteString} : null
  } catch {
    return null
  }
}

/** A string or number field as text; a journald byte array (`[226,130,172]`) as its bytes; null for anything else. */
function textOf(value: unknown, bytes: (text: string) => string): string | null {
  if (typeof value === 'string') return bytes(value)
  if (typeof value === 'number') return String(value)
  if (!Array.isArray(value)) return null
  if (value.every((byte) => typeof byte === 'number' && byte >= 0 && byte < 256)) {
    let text = ''
    for (const byte of value) text += String.fromCharCode(Number(byte))
    return text
  }
  // a key that was set several times: journald gives an array of its values
  const first: unknown = value[0]
  return typeof first === 'string' ? bytes(first) : null
}

function microseconds(value: unknown): Stamp | null {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  return /^\d{14,17}$/.test(text) ? {wall: Math.floor(Number(text) / 1000), offset: 0, yearless: false} : null
}

function count(text: string | null): number | null {
  return text === null ? null : numberIn(text, 0, text.length)
}

function journal(fields: Fields, bytes: (text: string) => string): Envelope {
  const text = (name: string): string | null => textOf(fields[name], bytes)
  return {
    stamp: microseconds(fields['_SOURCE_REALTIME_TIMESTAMP']) ?? microseconds(fields['__REALTIME_TIMESTAMP']),
    host: text('_HOSTNAME'),
    program: text('SYSLOG_IDENTIFIER') ?? text('_COMM'),
    pid: count(text('SYSLOG_PID')) ?? count(text('_PID')),
    text: text('MESSAGE') ?? '',
    uid: count(text('_UID')),
  }
}

/** The value at the first of the dotted paths that holds one. */
function first(fields: Fields, bytes: (text: string) => string, ...paths: readonly string[]): string | null {
  for (const path of paths) {
    let value: unknown = fields[path]
    if (value === undefined && path.includes('.')) {
      value = fields
      for (const step of path.split('.')) value = isFields(value) ? value[step] : undefined
    }
    const text = textOf(value, bytes)
    if (text !== null && text !== '') return text
  }
  return null
}

function stampOf(text: string | null): Stamp | null {
  if (text === null) return null
  const iso = readIsoStamp(text, 0) ?? readIsoStamp(text, 0, ' ')
  if (iso) return iso.stamp
  const seconds = /^(\d{9,11})(?:\.(\d{1,9}))?$/.exec(text)
  if (!seconds) return null
  return {
    wall: Number(seconds[1]) * 1000 + Math.floor(Number(`0.${seconds[2] ?? 0}`) * 1000),
    offset: 0,
    yearless: false,
  }
}

/**
 * Reads a JSON line. `whole` reads a complete syslog line that stands inside (`message` of filebeat, `log` of docker). null where the
 * line is no JSON object or holds no text of a program.
 */
export function readJson(line: string, whole: (text: string) => Envelope | null): Envelope | null {
  const read = fieldsOf(line)
  if (!read) return null
  const {fields, bytes} = read
  if ('MESSAGE' in fields || '__REALTIME_TIMESTAMP' in fields) return journal(fields, bytes)
  const text = first(fields, bytes, 'message', 'msg', 'log', 'MSG', 'event.original')
  if (text === null) return null
  const stamp = stampOf(
    first(fields, bytes, '@timestamp', 'timereported', 'timestamp', 'time', 'date', 'timegenerated', 'isodate'),
  )
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text
  const program = first(
    fields,
    bytes,
    'program',
    'programname',
    'app-name',
    'appname',
    'ident',
    'syslog_program',
    'SYSLOG_IDENTIFIER',
    'process.name',
    'log.syslog.appname',
    'syslogtag',
  )
  if (program === null) {
    const inner = whole(trimmed)
    return inner && stamp && (inner.stamp === null || inner.stamp.yearless || inner.stamp.offset === null)
      ? {...inner, stamp}
      : inner
  }
  const tag = /^([^[\]:]+)(?:\[(\d+)\])?:?$/.exec(program)
  return {
    stamp,
    host: first(
      fields,
      bytes,
      'hostname',
      'host.hostname',
      'host.name',
      'host',
      'logsource',
      'syslog_hostname',
      'fromhost',
    ),
    program: tag?.[1] ?? program,
    pid: count(first(fields, bytes, 'pid', 'procid', 'process.pid', 'syslog_pid') ?? tag?.[2] ?? null),
    text: trimmed.startsWith(' ') ? trimmed.slice(1) : trimmed,
    uid: null,
  }
}
