/** The part after the stamp that all syslog files share: `HOST PROGRAM[PID]: TEXT`. */

import type {Stamp} from '../../mail/stamp.js'

/** One line without its wrapping: who said what, when. All strings are byte strings. */
export interface Envelope {
  readonly stamp: Stamp | null
  readonly host: string | null
  /** The tag before `[pid]:` (`postfix/smtp`, `exim`); null where the line names no program. */
  readonly program: string | null
  readonly pid: number | null
  readonly text: string
  /** journald's `_UID` of the writing process; null elsewhere. */
  readonly uid: number | null
}

const SPACE = 32
const COLON = 58
const OPEN = 91

const SEVERITY = /^(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)$/

const PRIORITY = /^(?:[a-z]+\d?\.)?(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)$/

/** The decimal number in [from, to); null where other characters stand there. */
export function numberIn(line: string, from: number, to: number): number | null {
  let n = 0
  if (from >= to || to - from > 10) return null
  for (let i = from; i < to; i++) {
    const digit = line.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return null
    n = n * 10 + digit
  }
  return n
}

/** Solaris puts `[ID 197553 mail.info] ` before the text. */
function withoutMessageId(text: string): string {
  if (text.charCodeAt(0) !== OPEN || !text.startsWith('[ID ')) return text
  const end = text.indexOf('] ')
  return end > 0 && end < 60 && /^\[ID \d+ [a-z0-9]+\.[a-z]+$/.test(text.slice(0, end)) ? text.slice(end + 2) : text
}

const UNIT = /^[^/]*\.(?:service|scope|slice|socket|mount|timer)\//

/** journalctl -o with-unit writes `postfix.service/postfix/smtp`: the unit is dropped. */
const withoutUnit = (program: string): string => (program.includes('.') ? program.replace(UNIT, '') : program)

/** AIX writes `mail:info postfix/smtpd[123]: text`: the position after the severity that follows the colon at `colon`; -1 where none does. */
function severityEnd(line: string, colon: number): number {
  const word = line.slice(colon + 1, colon + 9)
  const space = word.indexOf(' ')
  return space > 0 && SEVERITY.test(word.slice(0, space)) ? colon + space + 2 : -1
}

/** Reads `PROGRAM[PID]: TEXT` at `at`. Where no tag stands the whole rest is the text and `program` is null. */
function readProgram(line: string, at: number, stamp: Stamp | null, host: string | null, aix = true): Envelope {
  for (let i = at; i < line.length; i++) {
    const c = line.charCodeAt(i)
    if (c === OPEN && i > at) {
      const close = line.indexOf(']', i)
      if (close < 0) break
      let text = close + 1
      if (line.charCodeAt(text) === COLON) text++
      if (line.charCodeAt(text) === SPACE) text++
      return {
        stamp,
        host,
        program: withoutUnit(line.slice(at, i)),
        pid: numberIn(line, i + 1, close),
        text: withoutMessageId(line.slice(text)),
        uid: null,
      }
    }
    if (c === COLON && i > at) {
      const next = line.charCodeAt(i + 1)
      if (next === SPACE || i + 1 === line.length)
        return {
          stamp,
          host,
          program: withoutUnit(line.slice(at, i)),
          pid: null,
          text: withoutMessageId(line.slice(i + 2)),
          uid: null,
        }
      const end = aix ? severityEnd(line, i) : -1
      if (end > 0) return readProgram(line, end, stamp, host, false)
    }
    if (c === SPACE) {
      // syslog-ng templates: `host info exim[8003]: …`, `host mail.info exim[8003]: …`
      if (aix && i - at <= 16 && PRIORITY.test(line.slice(at, i))) {
        const behind = readProgram(line, i + 1, stamp, host, false)
        if (behind.program !== null) return behind
      }
      break
    }
  }
  return {stamp, host, program: null, pid: null, text: line.slice(at), uid: null}
}

/** Reads `HOST PROGRAM[PID]: TEXT` at `at` (the blank after the stamp already skipped); null where nothing stands there. */
export function readTag(line: string, at: number, stamp: Stamp | null): Envelope | null {
  let from = at
  // FreeBSD's syslogd -v: `<mail.info>` or `<2.6>` before the host
  if (line.charCodeAt(from) === 60) {
    const end = line.indexOf('> ', from)
    if (end < 0 || end - from > 24) return null
    from = end + 2
  }
  const space = line.indexOf(' ', from)
  if (space <= from) return null
  const last = line.charCodeAt(space - 1)
  if (last === COLON) return readProgram(line, from, stamp, null)
  return readProgram(line, space + 1, stamp, line.slice(from, space))
}
