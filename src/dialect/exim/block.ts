/** Lines that belong to the event before them: the reject log's envelope and headers, and the rest of entries with newlines inside. */

import type {MailEvent, MessageRejected} from '../../mail/event.js'
import {callOf, splitArguments} from './command.js'
import {decodedWords} from './escape.js'

const TRUNCATED = '*** truncated ***'
/** Where a text stops to grow: one entry of Exim's is never longer. */
const MOST_TEXT = 8192

/** One type letter (or blank, or `*`) and a blank before the header's name, as the reject log prints headers (log.c). */
const HEADER = /^[A-Za-z* ] ([!-9;-~]+)[ \t]*:[ \t]*(.*)$/s

const bare = (address: string): string => address.trim().replace(/^<(.*)>$/s, '$1')

function absorbRejected(event: MessageRejected, line: string): MailEvent {
  if (line.startsWith('Envelope-from: ')) {
    const sender = bare(line.slice(15))
    return event.sender === null ? {...event, sender} : event
  }
  if (line.startsWith('Envelope-to: '))
    return {...event, envelopeRecipients: [...event.envelopeRecipients, bare(line.slice(13))]}
  if (/^ {4}</.test(line) && event.envelopeRecipients.length > 0 && event.messageId === null && event.subject === null)
    return {...event, envelopeRecipients: [...event.envelopeRecipients, bare(line)]}
  const closed = event.openSubject == null ? event : {...event, openSubject: null}
  const header = HEADER.exec(line)
  if (header) {
    const name = header[1]?.toLowerCase()
    const value = (header[2] ?? '').trim()
    // An empty Message-ID stays '' until its folded line comes. Exim marks its own with a letter: two blanks are a folded line's.
    if (name === 'message-id' && event.messageId === null && line.charCodeAt(0) !== 32)
      return {...closed, messageId: bare(value)}
    if (name === 'subject' && event.subject === null)
      return {...event, subject: decodedWords(value), openSubject: value}
    return closed
  }
  if (!/^[ \t]/.test(line)) return closed
  if (event.messageId === '' && /^[ \t]+<[^>]*>/.test(line)) return {...event, messageId: bare(line)}
  if (event.openSubject == null || event.openSubject.length > MOST_TEXT) return event
  // A folded header goes on after its line break, which stands for one blank (RFC 5322 section 2.2.3).
  const whole = `${event.openSubject} ${line.trim()}`.trim()
  return {...event, subject: decodedWords(whole), openSubject: whole}
}

/**
 * The event with what a continuation line adds: the refused message's Message-ID, Subject, envelope sender and recipients from the reject
 * log; more arguments of a long `cwd=` line (`...`); otherwise the text goes on after a newline. Pure; the same event where it adds nothing.
 */
export function absorb(event: MailEvent, continuation: string): MailEvent {
  const line = continuation.endsWith('\r') ? continuation.slice(0, -1) : continuation
  switch (event.type) {
    case 'message-rejected':
      return absorbRejected(event, line)
    case 'command-run': {
      const more = line.indexOf('...')
      if (more < 0) return event
      const args = [...event.args, ...splitArguments(line.slice(more + 3))]
      const call = callOf(args)
      return {...event, args, ...call}
    }
    case 'text-noted':
    case 'attempt-noted':
      return line === '' || line === TRUNCATED || event.text.length > MOST_TEXT
        ? event
        : {...event, text: `${event.text}\n${line}`}
    default:
      return event
  }
}
