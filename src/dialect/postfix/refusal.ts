/** What smtpd, cleanup's milters, postscreen and the before-queue proxy log when they refuse, hold, discard or redirect: `ACTION: STAGE from …`. */

import type {EventBase, Parsed} from '../../mail/event.js'
import {receiptIn, statusIn} from '../../mail/reply.js'
import {saysDiscarded} from './delivery.js'
import {clientEnd, event, readClient, refusalTail} from './scan.js'

const ACTIONS = new Set(
  (
    'reject reject_warning permit discard hold filter redirect prepend bcc warn info delay trigger dunno ' +
    'milter-reject milter-hold milter-discard'
  ).split(' '),
)

/** SMTP commands as smtpd names them (smtpd.c, smtpd_milter.c) and the word that the events use. */
const STAGES: Readonly<Record<string, string>> = {
  CONNECT: 'connect',
  HELO: 'helo',
  EHLO: 'helo',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  BDAT: 'data',
  'END-OF-MESSAGE': 'data',
  VRFY: 'vrfy',
  EXPN: 'expn',
  ETRN: 'etrn',
  AUTH: 'auth',
  STARTTLS: 'starttls',
}

/** `4xx` or `4.x.x` at the start of a reply: the client may try again. */
const isTemporary = (reply: string): boolean => reply.charCodeAt(0) === 52

/**
 * Reads `ACTION: STAGE from CLIENT: REPLY; from=<S> to=<R> proto=P helo=<H>`. `text` is what follows the queue ID or `NOQUEUE`. A milter's
 * action has the stage `milter`. Only `reject` and `discard` refuse; the other actions are told apart by `action`. null where it is none.
 */
export function readRefusal(text: string, at: EventBase): Parsed | null {
  const colon = text.indexOf(': ')
  if (colon < 0 || colon > 20) return null
  const verb = text.slice(0, colon)
  if (!ACTIONS.has(verb)) return null
  const space = text.indexOf(' ', colon + 2)
  if (space < 0) return null
  const command = text.slice(colon + 2, space)
  if (!text.startsWith(' from ', space) || !/^[A-Za-z-]{1,20}$/.test(command)) return null
  const start = space + 6
  const end = clientEnd(text, start)
  if (end < 0) return null
  const tail = refusalTail(text, end)
  const from = text.charCodeAt(end) === 58 ? end + (text.charCodeAt(end + 1) === 32 ? 2 : 1) : end
  const reply = text.slice(from, tail ? Math.max(from, tail.at) : text.length)
  const client = readClient(text, start, end)
  const milter = verb.startsWith('milter-')
  const action = milter ? verb.slice(7) : verb
  if (action === 'hold' && at.queueId !== null)
    return event({
      stamp: at.stamp,
      host: at.host,
      pid: at.pid,
      queueId: at.queueId,
      mta: at.mta,
      instance: at.instance,
      type: 'message-standing-changed',
      to: 'held',
      who: milter ? 'milter' : 'smtpd',
    })
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'message-rejected',
    stage: milter ? 'milter' : (STAGES[command] ?? command.toLowerCase()),
    action,
    temporary: isTemporary(reply),
    client: client && {...client, helo: tail?.helo ?? null},
    sender: tail?.sender ?? null,
    recipient: tail?.recipient ?? null,
    login: tail?.login ?? null,
    user: null,
    text: reply,
    status: statusIn(reply),
    messageId: null,
    subject: null,
    envelopeRecipients: [],
  })
}

/**
 * `proxy-accept: END-OF-MESSAGE: 250 … queued as Q2; from=…`: the before-queue filter took the message, which has no queue ID on this side: the
 * line belongs to the entry behind the filter. An answer that says `discarded` is a discard at stage `proxy`. `proxy-reject: …` is a refusal at stage `proxy`. null where it is neither.
 */
export function readProxy(text: string, at: EventBase): Parsed | null {
  if (!text.startsWith('proxy-')) return null
  const accepted = text.startsWith('proxy-accept: ')
  if (!accepted && !text.startsWith('proxy-reject: ')) return null
  const colon = text.indexOf(': ', 14)
  if (colon < 0) return null
  const tail = refusalTail(text, colon)
  const reply = text.slice(colon + 2, tail ? Math.max(colon + 2, tail.at) : text.length)
  if (accepted) {
    const next = receiptIn(reply)
    if (next !== null && reply.includes('queued as ')) {
      const [behind = null, ...others] = next.split('/')
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId ?? behind,
        mta: at.mta,
        instance: at.instance,
        type: 'filter-judged',
        verdict: 'passed',
        queuedAs: others,
        messageId: null,
        text,
        proxied: true,
        login: tail?.login ?? null,
      })
    }
    if (!saysDiscarded(reply)) return event({...at, type: 'text-noted', text})
  }
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'message-rejected',
    stage: 'proxy',
    action: accepted ? 'discard' : 'reject',
    temporary: !accepted && isTemporary(reply),
    client: tail?.helo == null ? null : {name: null, helo: tail.helo, ip: null, port: null},
    sender: tail?.sender ?? null,
    recipient: tail?.recipient ?? null,
    login: tail?.login ?? null,
    user: null,
    text: reply,
    status: statusIn(reply),
    messageId: null,
    subject: null,
    envelopeRecipients: [],
  })
}
