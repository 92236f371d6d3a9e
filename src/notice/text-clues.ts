/** Clues in a report's prose: failed addresses, replies, the identifier that Exim's warnings state. Prose never gives more than `likely`. */

import {addressesIn, normalAddress} from '../mail/address.js'
import {queueIdForm, timeInQueueId} from '../mail/queue-id.js'
import type {Line} from './plain-lines.js'
import {SEAM} from './seam.js'
import {add, type Sink} from './sink.js'

const MAX_LINES = 600
const EXIM_IDENTIFIER =
  /message identifier is:\s{1,12}([0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{6}-[0-9A-Za-z]{11}-[0-9A-Za-z]{4})(?![0-9A-Za-z])/
const QUEUE_HOST = /on the queue on ([A-Za-z0-9.-]{1,255})/
const ADDRESS_ALONE =
  /^\s{0,12}<?([^\s<>()]{1,128}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9])>?\s{0,4}(?::.{0,2000}|\(.{0,400})?$/
const REPLY = /(?:^|[\s:])((?:[45]\d\d)[ -](?:[45]\.\d{1,3}\.\d{1,3}\s)?\S.{0,600})$/
const STATUS = /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/
const REMOTE = /\bhost ([A-Za-z0-9][\w.-]{1,254}) ?\[([0-9A-Fa-f:.]{3,45})\]/

/** Adds the clues of the prose between two lines; `own` are the addresses of the report itself, no recipients of the original. */
export function textClues(
  lines: readonly Line[],
  from: number,
  to: number,
  own: ReadonlySet<string>,
  sink: Sink,
): void {
  let host: string | null = null
  const seen = new Set<string>()
  const end = Math.min(to, from + MAX_LINES)
  for (let i = from; i < end; i++) {
    const line = lines[i]
    if (!line || line.text === '') continue
    const text = line.text.replaceAll(SEAM, '').slice(0, 2000)
    host = QUEUE_HOST.exec(text)?.[1]?.toLowerCase() ?? host
    const stated = EXIM_IDENTIFIER.exec(text)?.[1]
    if (stated)
      add(sink, text.trim(), 'text', 'likely', line.number, {
        type: 'reporter-queue-id',
        value: stated,
        host,
        at: timeInQueueId(stated),
        form: queueIdForm(stated),
      })
    if (text.includes('@')) recipients(text, line.number, own, seen, sink)
    replies(text, line.number, sink)
  }
}

function recipients(text: string, line: number, own: ReadonlySet<string>, seen: Set<string>, sink: Sink): void {
  const alone = ADDRESS_ALONE.exec(text)?.[1]
  const strong = alone === undefined ? null : normalAddress(alone.replace(/[:;,]$/, ''))
  for (const value of addressesIn(text, 20)) {
    if (own.has(value) || seen.has(value)) continue
    seen.add(value)
    const sure = value === strong ? 'likely' : 'guess'
    add(sink, text.trim(), 'text', sure, line, {type: 'recipient', value, hidden: false})
  }
  if (/\[email\s?protected\]/i.test(text) && !seen.has('')) {
    seen.add('')
    add(sink, text.trim(), 'text', 'guess', line, {type: 'recipient', value: null, hidden: true})
  }
}

function replies(text: string, line: number, sink: Sink): void {
  const reply = REPLY.exec(text)?.[1]
  if (reply) add(sink, text.trim(), 'text', 'guess', line, {type: 'diagnostic', value: reply.trim()})
  const status = STATUS.exec(text)?.[1]
  if (status) add(sink, text.trim(), 'text', 'guess', line, {type: 'status', value: status})
  const remote = REMOTE.exec(text)?.[1]
  if (remote) add(sink, text.trim(), 'text', 'likely', line, {type: 'remote-mta', value: remote.toLowerCase()})
}
