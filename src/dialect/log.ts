/** Any line of any mail log to what it says: the line's own start tells its shape, the program's name its grammar. */

import type {EventBase, Parsed} from '../mail/event.js'
import {parseAccessLog, readAccessLine} from './access-log.js'
import {readRspamd} from './companions/rspamd.js'
import {parseExim, parseEximText} from './exim/log.js'
import {NO_BASE, parseDatedPhpText, parsePhpMailLog, parsePhpMailText} from './php/mail-log.js'
import {parseSendmailWrapper} from './php/sendmail-wrapper.js'
import {parsePostfixText} from './postfix/text.js'
import {type Speaker, speakerOf} from './programs.js'
import {type Envelope, readEnvelope} from './syslog/envelope.js'
import {readLoss, repeatedMessage, repeatOfLineBefore} from './syslog/notices.js'
import {readIsoStamp} from './syslog/stamps.js'
import {readIsoFile} from './syslog/traditional.js'

const ignored = (base: EventBase): Parsed => ({kind: 'ignored', stamp: base.stamp, host: base.host})

const unknown = (base: EventBase, reason: string): Parsed => ({
  kind: 'unknown',
  reason,
  stamp: base.stamp,
  host: base.host,
  queueId: base.queueId,
})

/** The grammar of the program that wrote `text`; `base` names its mail server. */
function parseText(speaker: Speaker, program: string, text: string, base: EventBase, uid: number | null): Parsed {
  switch (speaker.kind) {
    case 'postfix':
      return text === ''
        ? unknown(base, 'empty-message')
        : parsePostfixText(text, speaker.daemon, base, speaker.service)
    case 'exim':
      return parseEximText(text, base)
    case 'companion':
      return speaker.read(text, base) ?? ignored(base)
    case 'log-system':
      return repeatOfLineBefore(text) ?? readLoss(program, text, base)
    default:
      return parsePhp(text, base, uid, speaker.kind === 'php') ?? ignored(base)
  }
}

/** PHP's syslog.ident is free, so a call is known by its text; the other forms only under a PHP name. */
function parsePhp(text: string, base: EventBase, uid: number | null, named: boolean): Parsed | null {
  if (text.startsWith('mail() on [')) return parsePhpMailText(text, base, uid) ?? unknown(base, 'php-mail-text')
  if (!named && !text.startsWith('sendmail-wrapper')) return null
  return (
    parseDatedPhpText(text, base, uid) ?? (text.includes('throttleStatus=') ? parseSendmailWrapper(text, base) : null)
  )
}

/** A line whose wrapping was taken off. `message repeated N times: [ TEXT ]` is TEXT with `times` N. */
export function parseEnvelope(envelope: Envelope): Parsed {
  const {stamp, host, pid, text, program} = envelope
  if (program === null) {
    const base: EventBase = {stamp, host, pid, queueId: null, mta: null, instance: null}
    const repeat = repeatOfLineBefore(text)
    if (repeat) return repeat
    return /^-- MARK --/.test(text) ? ignored(base) : unknown(base, 'no-program')
  }
  const speaker = speakerOf(program)
  const base: EventBase = {
    stamp,
    host,
    pid,
    queueId: null,
    mta: speaker.kind === 'postfix' || speaker.kind === 'exim' ? speaker.kind : null,
    instance: speaker.kind === 'postfix' ? speaker.instance : null,
  }
  const repeated = repeatedMessage(text)
  if (!repeated) return parseText(speaker, program, text, base, envelope.uid)
  const parsed = parseText(speaker, program, repeated.text, base, envelope.uid)
  return parsed.kind === 'event' ? {...parsed, times: repeated.times} : parsed
}

/** `YYYY-MM-DD hh:mm:ss` at the start: an Exim log, unless a syslog tag or rspamd's `#pid(worker)` follows. */
function parseSpacedIso(line: string): Parsed | null {
  if (
    line.charCodeAt(4) !== 45 ||
    line.charCodeAt(7) !== 45 ||
    line.charCodeAt(10) !== 32 ||
    line.charCodeAt(13) !== 58
  )
    return null
  if (line.charCodeAt(20) === 35 && line.includes('; task; '))
    return readRspamd(line, {...NO_BASE, stamp: readIsoStamp(line, 0, ' ')?.stamp ?? null}) ?? ignored(NO_BASE)
  const tag = line.indexOf(' ', 20) + 1
  const c = line.charCodeAt(tag)
  // `lab postfix/smtp[12]: …` or `lab exim[12]: …`: p or e, where an Exim line has `<=`, `=>`, a word or a field
  if (tag > 0 && (c === 112 || c === 101) && /^(?:postfix[^ ]*|exim4?)\[\d+\]: /.test(line.slice(tag, tag + 80))) {
    const envelope = readIsoFile(line, 0, ' ')
    if (envelope) return parseEnvelope(envelope)
  }
  return parseExim(line)
}

/** Lines that Exim writes without a stamp: header dumps of its reject log, folded text. */
const EXIM_LEFTOVER = /^(?:[ \t]|[A-Za-z*] {1,2}[!-9;-~]+:|Envelope-(?:from|to):|-{20,}|\*\*\*)/

/**
 * Reads one line of any log that mailwitness knows, told by the line itself: Exim's own files, PHP's mail.log, a web server's access log, or a
 * line in any syslog, journald or JSON shape, whose program then decides (Exim, Postfix, PHP, content filters, the log system itself).
 *
 * Lines of other programs are `ignored`. Lines of mail programs that no rule knows, and lines without a readable shape, are `unknown`, with
 * the queue ID where one stands. Pure, never throws, linear in the line.
 */
export function parseLog(line: string): Parsed {
  const c = line.charCodeAt(0)
  if (c >= 48 && c <= 57) {
    const exim = parseSpacedIso(line)
    if (exim) return exim
  } else if (c === 91) {
    if (line.charCodeAt(3) === 45 && line.charCodeAt(7) === 45) return parsePhpMailLog(line)
  } else if (c === 109 && line.startsWith('mail() on [')) return parsePhpMailLog(line)
  else if (line.trim() === '') return ignored(NO_BASE)
  const envelope = readEnvelope(line)
  if (envelope) return parseEnvelope(envelope)
  return readAccessLine(line) ?? (EXIM_LEFTOVER.test(line) ? parseExim(line) : unknown(NO_BASE, 'no-log-line'))
}

/** One dialect of log files. */
export interface Dialect {
  /** The name that `--format` and the store use. */
  readonly name: string
  readonly summary: string
  /** Never throws, keeps no state: the same line always gives the same answer. */
  parse(line: string): Parsed
}

/** All dialects by name. Formats that say which program wrote a line share the universal parser. */
export const dialects: readonly Dialect[] = [
  {name: 'auto', summary: 'told by each line itself', parse: parseLog},
  {name: 'exim', summary: 'Exim main log', parse: parseExim},
  {name: 'exim-rejectlog', summary: 'Exim reject log', parse: parseExim},
  {name: 'exim-paniclog', summary: 'Exim panic log', parse: parseExim},
  {name: 'postfix', summary: 'Postfix through syslog, journald or postlogd', parse: parseLog},
  {name: 'syslog', summary: 'syslog of several programs', parse: parseLog},
  {name: 'journal', summary: 'journalctl -o json', parse: parseLog},
  {name: 'php-mail', summary: "PHP's mail.log", parse: parsePhpFile},
  {name: 'access', summary: 'access log of a web server', parse: parseAccessLog},
]

/**
 * A file of PHP's mail.log; one that syslog writes has an envelope. A subject with raw newlines can put a whole syslog line into the file: only
 * calls of mail() are taken from envelopes here, never what claims to be the MTA's.
 */
function parsePhpFile(line: string): Parsed {
  const parsed = parsePhpMailLog(line)
  if (parsed.kind !== 'continuation') return parsed
  const envelope = readEnvelope(line)
  if (!envelope || envelope.program === null) return parsed
  const enveloped = parseEnvelope(envelope)
  return enveloped.kind === 'event' && enveloped.event.type === 'script-mailed'
    ? enveloped
    : ignored({...NO_BASE, stamp: envelope.stamp})
}

const byName = new Map(dialects.map((dialect) => [dialect.name, dialect.parse]))

/** The parser of a dialect by name; the universal one for names that are not in the table. */
export const parserFor = (dialect: string): ((line: string) => Parsed) => byName.get(dialect) ?? parseLog
