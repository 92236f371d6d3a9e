/** The text of any Postfix line to an event, from the text alone where the shape has lost the daemon's name. */

import type {EventBase, Parsed} from '../../mail/event.js'
import {messageIdOf, readClientLine, readPickup} from './arrival.js'
import {readCheck} from './checks.js'
import {readDelivery} from './delivery.js'
import {isCountedOnly} from './program.js'
import {readEnd, readNotification, readSender, readSweep} from './queue.js'
import {readProxy, readRefusal} from './refusal.js'
import {event, ignored, queueIdLength, unknown} from './scan.js'
import {attemptNoted, isRenaming, readLoginFailure, readSession, readSubmissionFailure} from './session.js'

/** Lines about one message that tell nothing of its fate: other lines do. */
const NOT_NEEDED = [
  'skipped, still being delivered', 'passing <', 'enabling PIX', 'breaking line', 'disabling ', 'Untrusted TLS', 'Trusted TLS', 'Verified TLS', 'Anonymous TLS',
  'certificate verification', 'TLS policy', 'setting up TLS', 'Peer certificate', 'Host offered STARTTLS',
  'TLSRPT: ', 'TLS-Required', 'subject_CN=', 'discarding EHLO', 'improper command pipelining', 'too many errors after', 'timeout after', 'lost connection after', 'disconnect from', 'bare <LF>',
] // biome-ignore format: a table

const startsWithAny = (text: string, starts: readonly string[]): boolean =>
  starts.some((start) => text.startsWith(start))

/** `text` after `Q: `; `at` carries the queue ID. */
function readQueued(text: string, at: EventBase, daemon: string | null, service: string | null): Parsed {
  let parsed: Parsed | null = null
  switch (text.charCodeAt(0)) {
    case 116: // t
      if (text.startsWith('to=')) parsed = readDelivery(text, at, daemon)
      break
    case 102: // f
      if (text.startsWith('from=')) parsed = readSender(text, at)
      break
    case 99: // c
      if (text.startsWith('client=')) parsed = readClientLine(text, at, service)
      else if (text.startsWith('conversation with ')) parsed = attemptNoted(text, at)
      break
    case 109: // m
      if (text.startsWith('message-id='))
        return event({
          stamp: at.stamp,
          host: at.host,
          pid: at.pid,
          queueId: at.queueId,
          mta: at.mta,
          instance: at.instance,
          type: 'message-id-recorded',
          messageId: messageIdOf(text.slice(11)),
          resent: false,
        })
      break
    case 117: // u
      if (text.startsWith('uid=')) parsed = readPickup(text, at)
      break
    case 104: // h
      if (text.startsWith('host ')) parsed = attemptNoted(text, at)
      break
    case 108: // l
      if (text.startsWith('lost connection with ')) parsed = attemptNoted(text, at)
      break
    case 114: // r
      if (text.startsWith('resent-message-id='))
        return event({
          stamp: at.stamp,
          host: at.host,
          pid: at.pid,
          queueId: at.queueId,
          mta: at.mta,
          instance: at.instance,
          type: 'message-id-recorded',
          messageId: messageIdOf(text.slice(18)),
          resent: true,
        })
      parsed = readEnd(text, at, daemon)
      break
    case 115: // s
    case 112: // p
      parsed = readNotification(text, at) ?? readEnd(text, at, daemon)
      break
    case 101: // e
      parsed = readEnd(text, at, daemon)
      break
    default:
      break
  }
  if (parsed) return parsed
  parsed = readCheck(text, at) ?? readRefusal(text, at) ?? readProxy(text, at)
  if (parsed) return parsed
  if (/^(?:sender|postmaster) notification failed/.test(text))
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'text-noted',
      text,
    })
  if (
    /^(?:SASL authentication failed; |Server certificate |Cannot start TLS|TLS is required|connect to |SSL_connect )/.test(
      text,
    )
  )
    return attemptNoted(text, at)
  // They decide nothing, but a trace shows every line of its message.
  if (startsWithAny(text, NOT_NEEDED)) return event({...at, type: 'text-noted', text})
  return unknown(at, 'postfix-message')
}

const NOQUEUE = 'NOQUEUE: '

/** `text` after `NOQUEUE: `. */
function readUnqueued(text: string, at: EventBase, service: string | null): Parsed {
  if (text.startsWith('client=')) {
    const client = readClientLine(text, at, service)
    if (client) return client
  }
  return readRefusal(text, at) ?? readProxy(text, at) ?? readSession(text, at) ?? unknown(at, 'postfix-noqueue')
}

const SEVERITIES = ['warning: ', 'error: ', 'fatal: ', 'panic: '] as const

/** A line with a severity. A queue ID may follow it (`warning: 9BECF3F19D: …`): its text is kept with the message. */
function readSevere(severity: string, text: string, at: EventBase, daemon: string | null): Parsed {
  const id = queueIdLength(text)
  if (id > 0)
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: text.slice(0, id),
      mta: at.mta,
      instance: at.instance,
      type: 'text-noted',
      text: severity + text.slice(id + 2),
    })
  if (isRenaming(text)) return event({...at, type: 'text-noted', text: severity + text})
  if (severity === 'warning: ') {
    const failure = readLoginFailure(text, at)
    if (failure) return failure
    if (text.startsWith('uid=') && (daemon === 'postdrop' || daemon === null))
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'text-noted',
        text: severity + text,
      })
  } else if (daemon === 'sendmail' || daemon === null) {
    const failure = readSubmissionFailure(text, at)
    if (failure) return failure
  }
  if (daemon === 'postdrop' && text.startsWith('uid='))
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'text-noted',
      text: severity + text,
    })
  return ignored(at)
}

const TAG = /^postfix[^ :/]{0,40}\/([a-z-]{3,30}): /

/**
 * Reads what a Postfix program logged. `daemon` is the program's last part, null where the shape lost it (then the text alone decides; a
 * plain `removed` counts as qmgr's). `base.queueId` is filled from the text. `service` is the middle of the program name (`submission`).
 *
 * Unknown: a line with a queue ID, or of a daemon that handles messages, whose text no rule knows. Daemons that only serve others
 * (anvil, postscreen, verify, tlsproxy, …) are counted as ignored, except for postscreen's refusals. Never throws.
 */
export function parsePostfixText(
  text: string,
  daemon: string | null,
  base: EventBase,
  service: string | null = null,
): Parsed {
  const id = queueIdLength(text)
  if (id > 0)
    return readQueued(
      text.slice(id + 2),
      {
        stamp: base.stamp,
        host: base.host,
        pid: base.pid,
        queueId: text.slice(0, id),
        mta: base.mta,
        instance: base.instance,
      },
      daemon,
      service,
    )
  if (text.startsWith(NOQUEUE)) return readUnqueued(text.slice(9), base, service)
  for (const severity of SEVERITIES)
    if (text.startsWith(severity)) return readSevere(severity, text.slice(severity.length), base, daemon)
  const session = readSession(text, base) ?? readProxy(text, base) ?? readSweep(text, base)
  if (session) return session
  if (daemon === null) {
    // systemd keeps what `postfix start` printed: `postfix[12]: postfix/postfix-script: starting …`
    const tag = TAG.exec(text)
    if (tag) return parsePostfixText(text.slice(tag[0].length), tag[1] ?? 'postfix', base, service)
  } else if (isCountedOnly(daemon)) return ignored(base)
  if (daemon === 'sendmail' || daemon === 'postdrop') return ignored(base)
  return unknown(base, 'postfix-text')
}
