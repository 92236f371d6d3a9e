/** What one delivery line means for its recipient: design.md rule 2, `sent` and `Completed` do not mean that it left. */

import type {RecipientAttempted} from '../mail/event.js'
import {isLoopback} from '../mail/ip.js'
import type {Outcome} from '../mail/message.js'

const QUEUED_AS = /queued as|\bok id=|\bid=1[0-9A-Za-z]{5}-/i
const SWALLOWED = /\bdiscarded, id=|, bounce\b|\bDiscarded, UBE\b/i

/** True where the next hop is this machine itself (loopback, UNIX socket). */
export function staysOnThisMachine(event: RecipientAttempted): boolean {
  if (isLoopback(event.remoteIp)) return true
  return (
    event.remoteIp === null &&
    event.remoteHost !== null &&
    (event.remoteHost.includes('/') || event.remoteHost === 'localhost')
  )
}

/** The reply of a content filter that gives the message back to a queue of ours. */
export const cameBack = (reply: string | null): boolean => reply !== null && QUEUED_AS.test(reply)

export function outcomeOf(event: RecipientAttempted): Outcome {
  switch (event.result) {
    case 'deferred':
      return 'deferred'
    case 'failed':
      return 'failed'
    case 'discarded':
      return 'discarded'
    case 'delivered':
      break
  }
  if (event.forwardedAs !== null) return 'handed-on'
  const reply = event.reply ?? ''
  switch (event.channel) {
    case 'remote':
      if (!staysOnThisMachine(event)) return 'delivered'
      // SMTP to this very machine goes on to another program or queue, never into a mailbox.
      return SWALLOWED.test(reply) ? 'discarded' : 'handed-on'
    case 'lmtp':
      if (SWALLOWED.test(reply)) return 'discarded'
      return QUEUED_AS.test(reply) ? 'handed-on' : 'delivered-locally'
    case 'local':
    case 'pipe':
    case 'file':
    case 'autoreply':
      return 'delivered-locally'
    case 'blackhole':
    case 'bypassed':
    case 'suppressed':
    case 'none':
      return 'discarded'
  }
}
