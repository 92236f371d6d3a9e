/** `<=` and `(=`: a message was accepted (receive.c). */

import type {Parsed} from '../../mail/event.js'
import {eximId} from '../../mail/queue-id.js'
import {decodedWords, subjectText} from './escape.js'
import {authParts, CLEAN, clientOf, Fields, scanFields} from './fields.js'
import {addressEnd} from './quoting.js'
import type {Line} from './stamp.js'

/** Ends of a hostile HELO that are tried before the best reading is taken. */
const MOST_TRIES = 8

/** `[ip]:port` to the address alone. */
function bareIp(logged: string): string {
  const close = logged.indexOf(']')
  return logged.charCodeAt(0) === 91 && close > 0 ? logged.slice(1, close) : logged
}

/** `from` is where the sender begins, after `<= `. */
export function parseArrival(line: Line, from: number, fakeReject: boolean): Parsed {
  const text = line.text
  const end = addressEnd(text, from)
  const sender = text.slice(from, end)
  let best = new Fields()
  scanFields(text, end, best, false, true, 0)
  for (let skip = 1; best.rank !== CLEAN && best.helo !== null && skip < MOST_TRIES; skip++) {
    const next = new Fields()
    scanFields(text, end, next, false, true, skip)
    if (next.helo === null) break
    if (next.rank > best.rank) best = next
  }
  const auth = authParts(best.auth)
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'message-received',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      sender: sender === '<>' ? '' : sender,
      client: clientOf(best),
      user: best.user,
      protocol: best.protocol,
      authenticator: auth.name,
      login: auth.login,
      size: best.size,
      messageId: best.id,
      messageIdMade: best.idMade,
      subject: best.subject === null ? null : decodedWords(subjectText(best.subject)),
      recipients: best.recipients,
      parent: best.router !== null && eximId(best.router) ? best.router : null,
      rawSender: best.rawSender,
      fakeReject,
      localAddress: best.localAddress === null ? null : bareIp(best.localAddress),
    },
  }
}
