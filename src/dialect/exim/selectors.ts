/** Which log selectors a log shows, worked out from its lines: what a doctor needs to say what is missing. A pure reducer. */

import type {MailEvent, Parsed} from '../../mail/event.js'
import {wallAt} from './stamp.js'

/** The selectors (Spec chapter 52.15) that change what a verdict can know and that show in the lines themselves. */
export const SELECTORS = [
  'pid',
  'millisec',
  'log_timezone',
  'arguments',
  'msg_id',
  'msg_id_created',
  'subject',
  'received_recipients',
  'received_sender',
  'sender_on_delivery',
  'return_path_on_delivery',
  'smtp_confirmation',
  'all_parents',
  'delivery_size',
  'deliver_time',
  'queue_time',
  'queue_time_overall',
  'incoming_port',
  'incoming_interface',
  'smtp_connection',
  'queue_run',
  'retry_defer',
  'tls_cipher',
] as const

/** `log_timezone` is a main option of its own, not a selector; it stands here because it too shows in each line. */
export type Selector = (typeof SELECTORS)[number]

/** How many lines showed it, of how many that would have; some selectors have no such lines and only ever show. */
export interface Tally {
  readonly shown: number
  readonly chances: number
}

export type SelectorTally = Readonly<Record<Selector, Tally>>

const NOTHING: Tally = {shown: 0, chances: 0}

export const emptyTally: SelectorTally = Object.fromEntries(SELECTORS.map((s) => [s, NOTHING])) as Record<
  Selector,
  Tally
>

type Sight = readonly [Selector, boolean]

const FRONT = /^.{19}(\.\d{3})?( [+-]\d{4})?( \[\d+\])?/

/** What the front of a line with its own stamp shows. */
function front(line: string): Sight[] {
  const found = wallAt(line, 0) < 0 ? null : FRONT.exec(line)
  if (!found) return []
  return [
    ['millisec', found[1] !== undefined],
    ['log_timezone', found[2] !== undefined],
    ['pid', found[3] !== undefined],
  ]
}

function inEvent(event: MailEvent, line: string): Sight[] {
  switch (event.type) {
    case 'command-run':
      return [['arguments', true]]
    case 'sign-of-life':
      if (event.sign === 'queue-run') return [['queue_run', true]]
      return line.includes('SMTP connection from ') ? [['smtp_connection', true]] : []
    case 'message-received': {
      const sights: Sight[] = [
        ['received_recipients', event.recipients.length > 0],
        ['received_sender', event.rawSender !== null],
        ['incoming_interface', event.localAddress !== null],
      ]
      // a mail without Subject or Message-ID logs neither, so only their presence and a majority tell
      if (event.sender !== '') sights.push(['subject', event.subject !== null])
      if (event.messageIdMade) sights.push(['msg_id_created', true])
      else if (event.client !== null) sights.push(['msg_id', event.messageId !== null])
      if (event.client?.ip) {
        sights.push(['incoming_port', event.client.port !== null])
        if (event.protocol?.endsWith('smtps') || event.protocol?.endsWith('smtpsa'))
          sights.push(['tls_cipher', line.includes(' X=')])
      }
      // without the selector a local mail has no id= unless its author made one
      if (event.client === null && event.messageId === null) sights.push(['msg_id_created', false])
      return sights
    }
    case 'recipient-attempted':
      return attempt(event, line)
    case 'message-completed':
      return [['queue_time_overall', line.includes(' QT=')]]
    default:
      return []
  }
}

function attempt(event: Extract<MailEvent, {type: 'recipient-attempted'}>, line: string): Sight[] {
  if (event.marker === '==') return event.reply?.startsWith('retry time not reached') ? [['retry_defer', true]] : []
  if (event.result !== 'delivered') return []
  const sights: Sight[] = [
    ['sender_on_delivery', event.sender !== null],
    ['return_path_on_delivery', line.includes(' P=<')],
    ['delivery_size', / S=\d/.test(line)],
    ['deliver_time', line.includes(' DT=')],
    ['queue_time', event.delay !== null],
  ]
  if (event.parents.length > 0) sights.push(['all_parents', true])
  if (event.channel === 'remote' && event.marker !== '*>') sights.push(['smtp_confirmation', event.reply !== null])
  return sights
}

/** The tally after one more line (as read, with its own stamp) and what the parser made of it. */
export function tallied(tally: SelectorTally, line: string, parsed: Parsed): SelectorTally {
  const sights = front(line)
  if (parsed.kind === 'event') sights.push(...inEvent(parsed.event, line))
  if (sights.length === 0) return tally
  const next: Record<Selector, Tally> = {...tally}
  for (const [selector, shown] of sights) {
    const before = next[selector]
    next[selector] = {shown: before.shown + (shown ? 1 : 0), chances: before.chances + 1}
  }
  return next
}

/** `on`: seen. `off`: enough lines would have shown it and none did. `unclear`: too few lines to say. */
export type SelectorState = 'on' | 'off' | 'unclear'

/** Lines without a sight that are enough to say `off`. */
const ENOUGH = 5

/**
 * What a tally shows of each selector. `lines` is the number of lines read: `arguments`, `smtp_connection`, `queue_run`, `retry_defer` and
 * `all_parents` have no line that would have shown them, so their absence is `off` only for `arguments`, `smtp_connection` and `queue_run`
 * after a thousand lines.
 */
export function selectorsShown(tally: SelectorTally, lines: number): Readonly<Record<Selector, SelectorState>> {
  const state = (selector: Selector): SelectorState => {
    const {shown, chances} = tally[selector]
    if (shown > 0) return 'on'
    if (selector === 'all_parents' || selector === 'retry_defer') return 'unclear'
    if (selector === 'arguments' || selector === 'smtp_connection' || selector === 'queue_run')
      return lines >= 1000 ? 'off' : 'unclear'
    return chances >= ENOUGH ? 'off' : 'unclear'
  }
  return Object.fromEntries(SELECTORS.map((s) => [s, state(s)])) as Record<Selector, SelectorState>
}
