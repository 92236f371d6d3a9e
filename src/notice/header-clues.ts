/** Clues of a message header: who, when, by which hosts, under which IDs. */

import {decodeWords} from 'postal-mime'
import {addressesIn, bareAddress, isMasked} from '../mail/address.js'
import {queueIdForm, queueIdInMessageId} from '../mail/queue-id.js'
import {headerDate} from '../mail/received-date.js'
import type {Block, Field} from './fields.js'
import {LIMITS} from './limits.js'
import type {AddressClueType, Part, Sure, TextClueType} from './notice.js'
import {looksLikeHop, readHop} from './received.js'
import {scriptClues} from './script-clues.js'
import {glued, SEAM} from './seam.js'
import {addFrom, type Sink} from './sink.js'

const ADDRESS_FIELDS = new Map<string, AddressClueType>([
  ['return-path', 'envelope-sender'],
  ['from', 'from'],
  ['reply-to', 'reply-to'],
  ['sender', 'from'],
  ['to', 'to'],
  ['cc', 'to'],
  ['bcc', 'to'],
  ['envelope-to', 'recipient'],
  ['delivered-to', 'recipient'],
  ['x-original-to', 'recipient'],
  ['x-failed-recipients', 'failed-recipient'],
])

const TEXT_FIELDS = new Map<string, TextClueType>([
  ['x-originating-ip', 'originating-ip'],
  ['x-sender-ip', 'originating-ip'],
  ['x-mailer', 'mailer'],
  ['user-agent', 'mailer'],
])

/** Adds the clues of one header. */
export function headerClues(block: Block, part: Part, sure: Sure, sink: Sink): void {
  for (const field of block.fields) {
    if (field.name === 'received') hopClues(field, part, sure, sink)
    else if (field.name === 'message-id' || field.name === 'message_id' || field.name === 'x-original-message-id')
      messageIdClues(field, part, sure, sink)
    else if (field.name === 'subject') subjectClue(field, part, sure, sink)
    else if (field.name === 'date') {
      const date = headerDate(glued(field.value))
      if (date) addFrom(sink, field, part, sure, {type: 'date', of: 'original', value: date.ms, offset: date.offset})
    } else {
      const address = ADDRESS_FIELDS.get(field.name)
      const text = TEXT_FIELDS.get(field.name)
      if (address) addressClues(field, address, part, sure, sink)
      else if (text) textClue(field, text, part, sure, sink)
      else if (field.name.startsWith('x-')) scriptClues(field, part, sure, sink)
    }
  }
}

function hopClues(field: Field, part: Part, sure: Sure, sink: Sink): void {
  if (sink.hops >= LIMITS.hops) {
    sink.cut.add('hops')
    return
  }
  const hop = readHop(field.value)
  if (!looksLikeHop(hop)) return
  addFrom(sink, field, part, sure, {type: 'hop', hop, index: sink.hops++})
  if (hop.id !== null)
    addFrom(sink, field, part, sure, {
      type: 'queue-id',
      value: hop.id,
      host: hop.by,
      at: hop.date?.ms ?? null,
      form: hop.idForm,
      time: hop.time,
    })
  if (hop.envelopeFrom !== null)
    addFrom(sink, field, part, sure, {type: 'envelope-sender', value: hop.envelopeFrom, hidden: false})
  else if (hop.hidden) addFrom(sink, field, part, sure, {type: 'envelope-sender', value: null, hidden: true})
  if (hop.for !== null) addFrom(sink, field, part, sure, {type: 'recipient', value: hop.for, hidden: false})
  if (hop.login !== null) addFrom(sink, field, part, sure, {type: 'login', value: hop.login, host: hop.by})
}

/** A Message-ID without its brackets: seams and folds taken out; null where there is none, `hidden` where a mask stands. */
export function messageIdIn(value: string): {id: string | null; hidden: boolean} {
  const text = value.slice(0, 2000)
  if (/\[?e-?mail\s{0,3}protected\]?/i.test(glued(text).slice(0, 120))) return {id: null, hidden: true}
  const open = text.indexOf('<')
  const close = open < 0 ? -1 : text.indexOf('>', open)
  const inside = open >= 0 && open < 200 && close > open ? text.slice(open + 1, close) : null
  const bare = inside?.includes('\n\n') ? null : inside
  // a quoted-printable soft break that lost its line end reads `= `
  const id = (bare ?? firstWord(text))
    .replaceAll(SEAM, '')
    .replace(/=?\s+/g, '')
    .replace(/^[<"]+|[>",;]+$/g, '')
  if (id === '' || id.length > 998) return {id: null, hidden: false}
  return isMasked(id) ? {id: null, hidden: true} : {id, hidden: false}
}

const firstWord = (text: string): string => text.trim().split(/\s/, 1)[0] ?? ''

/** Adds a Message-ID, and the queue ID inside it where an MTA made it. */
export function messageIdClues(field: Field, part: Part, sure: Sure, sink: Sink): void {
  const {id, hidden} = messageIdIn(field.value)
  if (id === null && !hidden) return
  addFrom(sink, field, part, sure, {type: 'message-id', value: id, hidden})
  const inside = id === null ? null : queueIdInMessageId(id)
  if (inside)
    addFrom(sink, field, part, sure === 'certain' ? 'likely' : sure, {
      type: 'message-id-queue-id',
      value: inside.id,
      host: inside.host.toLowerCase(),
      at: inside.at,
      form: queueIdForm(inside.id),
    })
}

/** Adds the subject, its encoded words decoded. */
export function subjectClue(field: Field, part: Part, sure: Sure, sink: Sink): void {
  const value = readableWords(glued(field.value.replace(/\r?\n/g, ' ')))
  if (value !== '') addFrom(sink, field, part, sure, {type: 'subject', value})
}

/** RFC 2047 words decoded; the text as it is where they are broken. */
export function readableWords(text: string): string {
  if (!text.includes('=?')) return text
  try {
    return decodeWords(text)
  } catch {
    return text
  }
}

/** Adds each address of a field; a mask gives one hidden clue. */
export function addressClues(field: Field, type: AddressClueType, part: Part, sure: Sure, sink: Sink): void {
  const text = glued(field.value)
  const single = bareAddress(text)
  if (single === '') {
    addFrom(sink, field, part, sure, {type, value: '', hidden: false})
    return
  }
  for (const value of addressesIn(text, 50)) addFrom(sink, field, part, sure, {type, value, hidden: false})
  if (/\[?e-?mail\s?protected\]?/i.test(text) || isMasked(text))
    addFrom(sink, field, part, sure, {type, value: null, hidden: true})
}

/** Adds the text of a field; nothing when empty. */
export function textClue(field: Field, type: TextClueType, part: Part, sure: Sure, sink: Sink): void {
  const value = glued(field.value).slice(0, 1000)
  if (value !== '') addFrom(sink, field, part, sure, {type, value})
}
