/** Parses one text of a daemon and gives the event without its base, for tables. */

import {parsePostfixText} from '../../../src/dialect/postfix/text.js'
import type {EventBase, Parsed} from '../../../src/mail/event.js'

export const BASE: EventBase = {
  stamp: {wall: 0, offset: 0, yearless: false},
  host: 'lab',
  pid: 7,
  queueId: null,
  mta: 'postfix',
  instance: 'postfix',
}

export const parse = (daemon: string | null, text: string, service: string | null = null): Parsed =>
  parsePostfixText(text, daemon, BASE, service)

/** The event, or the kind and reason of what is none. */
export function read(daemon: string | null, text: string, service: string | null = null): Record<string, unknown> {
  const parsed = parse(daemon, text, service)
  if (parsed.kind === 'event') return {...parsed.event}
  return parsed.kind === 'unknown'
    ? {kind: parsed.kind, reason: parsed.reason, queueId: parsed.queueId}
    : {kind: parsed.kind}
}
