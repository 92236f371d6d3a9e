/** What any parsed line says of its time, its host and the UTC second inside its ID. */

import {parseEximText} from '../dialect/exim/log.js'
import type {MailEvent, Parsed} from '../mail/event.js'
import {eximIdSecond, isEximId, postfixLongId, queueIdInMessageId} from '../mail/queue-id.js'
import type {Stamp} from '../mail/stamp.js'

export function stampOf(parsed: Parsed): Stamp | null {
  switch (parsed.kind) {
    case 'event':
      return parsed.event.stamp
    case 'ignored':
    case 'unknown':
      return parsed.stamp
    case 'piece':
      return parsed.base.stamp
    case 'continuation':
      return null
  }
}

export function hostOf(parsed: Parsed): string | null {
  switch (parsed.kind) {
    case 'event':
      return parsed.event.host
    case 'ignored':
    case 'unknown':
      return parsed.host
    case 'piece':
      return parsed.base.host
    case 'continuation':
      return null
  }
}

/** postsuper's line on one message. */
export const isAdminLine = (event: MailEvent): boolean =>
  event.mta === 'postfix' &&
  ((event.type === 'message-removed' && event.by === 'admin') ||
    (event.type === 'message-standing-changed' && event.who === 'postsuper'))

export const isArrival = (event: MailEvent): boolean =>
  event.type === 'message-received' || event.type === 'client-accepted' || event.type === 'message-picked-up'

/** The UTC time (milliseconds) that a line's own ID states, for lines written at the message's birth; null where none does. */
export function anchorOf(parsed: Parsed): number | null {
  if (parsed.kind === 'event') return anchorOfEvent(parsed.event)
  return parsed.kind === 'piece' ? anchorOfPiece(parsed) : null
}

/** The same of a line that syslog cut: its first piece holds the ID. */
function anchorOfPiece(piece: Extract<Parsed, {kind: 'piece'}>): number | null {
  if (piece.index !== 1) return null
  const begun = parseEximText(piece.text, piece.base)
  return begun.kind === 'event' ? anchorOfEvent(begun.event) : null
}

function anchorOfEvent(event: MailEvent): number | null {
  if (event.queueId === null) return null
  if (event.type === 'message-received' || event.type === 'message-rejected')
    return isEximId(event.queueId) ? eximIdSecond(event.queueId) * 1000 : null
  if (event.type === 'client-accepted' || event.type === 'message-picked-up')
    return postfixLongId(event.queueId)?.ms ?? null
  if (event.type === 'message-id-recorded' && event.messageId !== null) {
    const own = queueIdInMessageId(event.messageId)
    return own && own.id === event.queueId ? own.at : null
  }
  return null
}
