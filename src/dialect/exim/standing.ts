/** Texts after an ID that change a message's standing: completed, frozen, thawed, removed, cancelled, marked, rescinded (deliver.c, receive.c). */

import type {EnvelopeChanged, MessageRemoved, MessageStandingChanged, Parsed} from '../../mail/event.js'
import type {Line} from './stamp.js'

export function completed(line: Line): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'message-completed',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
    },
  }
}

export function textNoted(line: Line, text: string, parent?: string): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'text-noted',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      text,
      ...(parent === undefined ? {} : {parent}),
    },
  }
}

function removed(line: Line, by: MessageRemoved['by'], who: string | null): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'message-removed',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      by,
      who,
    },
  }
}

function standing(line: Line, to: MessageStandingChanged['to'], who: string | null): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'message-standing-changed',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      to,
      who,
    },
  }
}

function envelope(line: Line, change: EnvelopeChanged['change'], address: string, who: string | null): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'envelope-changed',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      change,
      address,
      who,
    },
  }
}

const ADDRESS_MARKED = /^address <(.*)> marked delivered(?: by (.*))?$/s
const RECIPIENT_ADDED = /^recipient <(.*)> added by (.*)$/s
const SENDER_CHANGED = /^sender address changed to <(.*)> by (.*)$/s
const ERROR_IGNORED = /^<?(.+?)>?(?: <(.*)>)?: error ignored(?:[:.].*)?$/s
const FROZEN = /^(?:\*\*\* )?(?:Frozen|frozen|Message is frozen|message frozen)\b(?:.*? by (.*))?/s
const THAWED = /^(?:Unfrozen|unfrozen|thawed) by (.*)$/s

/** The text from `line.at`, where it is one of these; null otherwise. */
export function parseStanding(line: Line): Parsed | null {
  const text = line.text.slice(line.at)
  switch (text.charCodeAt(0)) {
    case 67: // C
      if (text.startsWith('Completed')) return completed(line)
      break
    case 70: // F
    case 102: // f
    case 77: // M
    case 109: // m
    case 42: {
      const found = FROZEN.exec(text)
      if (found) return standing(line, 'frozen', found[1] ?? null)
      break
    }
    case 85: // U
    case 117: // u
    case 116: {
      const found = THAWED.exec(text)
      if (found) return standing(line, 'thawed', found[1] ?? null)
      break
    }
    case 114: // r
      if (text.startsWith('removed by ')) return removed(line, 'admin', text.slice(11))
      if (text.startsWith('rescind the above message-accept'))
        return {
          kind: 'event',
          times: 1,
          event: {
            type: 'message-rescinded',
            stamp: line.stamp,
            host: line.host,
            pid: line.pid,
            queueId: line.queueId,
            mta: 'exim',
            instance: null,
          },
        }
      if (text.startsWith('recipient <')) {
        const found = RECIPIENT_ADDED.exec(text)
        if (found) return envelope(line, 'recipient-added', found[1] ?? '', found[2] ?? null)
      }
      break
    case 99: // c
      if (text.startsWith('cancelled by ')) {
        const who = text.slice(13)
        if (who.startsWith('timeout_frozen_after')) return removed(line, 'timeout', who)
        return removed(line, who.startsWith('system filter') ? 'filter' : 'admin', who)
      }
      break
    case 97: // a
      if (text.startsWith('address <')) {
        const found = ADDRESS_MARKED.exec(text)
        if (found) return envelope(line, 'marked-delivered', found[1] ?? '', found[2] ?? null)
      }
      if (text.startsWith('all addresses marked delivered'))
        return envelope(
          line,
          'marked-delivered',
          '',
          text.includes(' by ') ? text.slice(text.indexOf(' by ') + 4) : null,
        )
      break
    case 115: // s
      if (text.startsWith('sender address changed to <')) {
        const found = SENDER_CHANGED.exec(text)
        if (found) return envelope(line, 'sender-changed', found[1] ?? '', found[2] ?? null)
      }
      break
    default:
  }
  if (text.length < 2000 && text.includes(': error ignored')) {
    const found = ERROR_IGNORED.exec(text)
    if (found) return envelope(line, 'error-ignored', found[1] ?? '', null)
  }
  return null
}
