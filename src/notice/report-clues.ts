/** Clues of the machine-readable parts: delivery status (RFC 3464), feedback (RFC 5965), disposition (RFC 8098). */

import {isMasked} from '../mail/address.js'
import {queueIdForm, timeInQueueId} from '../mail/queue-id.js'
import {headerDate} from '../mail/received-date.js'
import type {Block, Field} from './fields.js'
import {addressClues, messageIdClues, subjectClue, textClue} from './header-clues.js'
import type {AddressClueType, ClueValue, Part, Sure, TextClueType} from './notice.js'
import {glued} from './seam.js'
import {addFrom, type Sink} from './sink.js'

const TEXT = new Map<string, TextClueType>([
  ['action', 'action'],
  ['status', 'status'],
  ['original-envelope-id', 'envelope-id'],
  ['feedback-type', 'feedback-type'],
  ['reported-domain', 'reported-domain'],
])

const DATES = new Map<string, Extract<ClueValue, {type: 'date'}>['of']>([
  ['arrival-date', 'arrival'],
  ['received-date', 'received'],
  ['last-attempt-date', 'last-attempt'],
])

/** `dns; host` and `smtp; 550 ...`: the text behind the type. */
const untyped = (text: string): string => text.replace(/^\s*[A-Za-z0-9-]{1,30}\s?;\s*/, '').trim()

const ADDRESSES = new Map<string, AddressClueType>([
  ['final-recipient', 'recipient'],
  ['x-actual-recipient', 'recipient'],
  ['original-recipient', 'original-recipient'],
  ['original-rcpt-to', 'original-recipient'],
  ['x-failed-recipients', 'failed-recipient'],
  ['x-postfix-sender', 'envelope-sender'],
  ['original-mail-from', 'envelope-sender'],
])

const HOSTS = new Set(['reporting-mta', 'remote-mta'] as const)
const isHostField = (name: string): name is 'reporting-mta' | 'remote-mta' => (HOSTS as Set<string>).has(name)

/** Adds the clues of one block of report fields. `reporter` is the Reporting-MTA of the report, for queue IDs that are its own. */
export function reportClues(block: Block, part: Part, sure: Sure, reporter: string | null, sink: Sink): void {
  for (const field of block.fields) {
    const text = glued(field.value)
    const plain = TEXT.get(field.name)
    const date = DATES.get(field.name)
    const address = ADDRESSES.get(field.name)
    if (plain) textClue(field, plain, part, sure, sink)
    else if (date) dateClue(field, text, date, part, sure, sink)
    else if (address) addressClues(field, address, part, sure, sink)
    else if (isHostField(field.name)) {
      const value = untyped(text).toLowerCase()
      if (value !== '') addFrom(sink, field, part, sure, {type: field.name, value: value.slice(0, 500)})
    } else other(field, text, part, sure, reporter, sink)
  }
}

function other(field: Field, text: string, part: Part, sure: Sure, reporter: string | null, sink: Sink): void {
  if (text === '') return
  switch (field.name) {
    case 'diagnostic-code': {
      const value = untyped(text).slice(0, 2000)
      if (value !== '') addFrom(sink, field, part, sure, {type: 'diagnostic', value})
      break
    }
    case 'x-postfix-queue-id':
    case 'x-sendmail-queue-id': {
      if (isMasked(text)) break
      const value = text.split(' ', 1)[0] ?? text
      const form = queueIdForm(value)
      addFrom(sink, field, part, sure, {
        type: 'reporter-queue-id',
        value,
        host: reporter,
        at: timeInQueueId(value),
        form,
      })
      break
    }
    case 'source-ip': {
      const value = text.replace(/^\[|\]$/g, '').split(/[\s,]/, 1)[0] ?? ''
      if (value !== '') addFrom(sink, field, part, sure, {type: 'source-ip', value})
      break
    }
    case 'original-message-id':
    case 'x-original-message-id':
    case 'message-id':
      messageIdClues(field, part, sure, sink)
      break
    case 'subject':
      subjectClue(field, part, sure, sink)
      break
    default:
  }
}

function dateClue(
  field: Field,
  text: string,
  of: Extract<ClueValue, {type: 'date'}>['of'],
  part: Part,
  sure: Sure,
  sink: Sink,
): void {
  const date = headerDate(text)
  if (date) addFrom(sink, field, part, sure, {type: 'date', of, value: date.ms, offset: date.offset})
}
