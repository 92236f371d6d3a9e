import {parseExim} from '../../../src/dialect/exim/log.js'
import type {EventBase, MailEvent} from '../../../src/mail/event.js'

export const ID = '1nrvvQ-0002CA-NB'
export const NEW_ID = '1rHwSQ-000000008fX-2mXZ'

export const BASE: EventBase = {stamp: null, host: 'web1', pid: 7, queueId: null, mta: 'exim', instance: null}

/** The event of `text` behind a stamp and, unless `id` is '', an ID. */
export function eventOf(text: string, id = ID): MailEvent {
  const parsed = parseExim(`2022-05-20 06:15:48 ${id}${id && ' '}${text}`)
  if (parsed.kind !== 'event') throw new Error(`${parsed.kind}: ${text}`)
  return parsed.event
}
