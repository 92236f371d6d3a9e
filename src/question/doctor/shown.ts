/** What a log shows and does not show, worked out from a sample of its latest lines. */

import {emptyTally, type Selector, type SelectorState, selectorsShown, tallied} from '../../dialect/exim/selectors.js'
import {parserFor} from '../../dialect/log.js'
import type {MailEvent, Parsed} from '../../mail/event.js'
import {postfixLongId} from '../../mail/queue-id.js'

/** One line that no rule knows, standing for others of its shape. */
export interface UnknownShape {
  readonly reason: string
  readonly count: number
  readonly source: string
  readonly offset: number
  /** Byte string. */
  readonly line: string
}

export interface Shown {
  readonly lines: number
  readonly eximLines: number
  readonly postfixLines: number
  /** Selectors of Exim; null where the sample holds no line of Exim. */
  readonly selectors: Readonly<Record<Selector, SelectorState>> | null
  /** cPanel's own line types were seen. */
  readonly cpanel: boolean
  readonly yearless: number
  readonly withoutZone: number
  readonly shortIds: number
  readonly longIds: number
  /** Postfix messages picked up from sendmail, with a uid. */
  readonly pickups: number
  readonly subjectHeaders: number
  readonly phpHeaders: number
  readonly phpCalls: number
  readonly localArrivals: number
  readonly unknown: readonly UnknownShape[]
}

/** The shape of a line: what varies from message to message is taken out. */
export const shapeOf = (line: string): string =>
  line
    .slice(0, 400)
    .replaceAll(/[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}/g, 'ID')
    .replaceAll(/[^\s<>@"']+@[^\s<>@"',;:]+/g, 'ADDRESS')
    .replaceAll(/[0-9A-F]{8,}|\d+/g, '#')

export function shownBy(
  sample: readonly {readonly dialect: string; readonly text: string; readonly offset: number}[],
  source: string,
): Shown {
  let tally = emptyTally
  const unknown = new Map<string, {reason: string; count: number; source: string; offset: number; line: string}>()
  const sum = {
    eximLines: 0,
    postfixLines: 0,
    yearless: 0,
    withoutZone: 0,
    shortIds: 0,
    longIds: 0,
    pickups: 0,
    subjectHeaders: 0,
    phpHeaders: 0,
    phpCalls: 0,
    localArrivals: 0,
  }
  let cpanel = false
  for (const {dialect, text, offset} of sample) {
    const parsed = parserFor(dialect)(text)
    const exim = isExim(dialect, parsed)
    if (exim) {
      sum.eximLines++
      tally = tallied(tally, text, parsed)
    }
    if (parsed.kind === 'unknown') {
      const shape = `${parsed.reason} ${shapeOf(text)}`
      const known = unknown.get(shape)
      if (known) known.count++
      else if (unknown.size < 500) unknown.set(shape, {reason: parsed.reason, count: 1, source, offset, line: text})
    }
    if (parsed.kind !== 'event') continue
    const {event} = parsed
    if (event.stamp?.yearless === true) sum.yearless++
    else if (event.stamp && event.stamp.offset === null) sum.withoutZone++
    cpanel ||= event.type === 'origin-identified'
    add(sum, event)
  }
  return {
    ...sum,
    lines: sample.length,
    selectors: sum.eximLines > 0 ? selectorsShown(tally, sum.eximLines) : null,
    cpanel,
    unknown: [...unknown.values()].sort((a, b) => b.count - a.count).slice(0, 20),
  }
}

const isExim = (dialect: string, parsed: Parsed): boolean =>
  dialect === 'exim' || (parsed.kind === 'event' && parsed.event.mta === 'exim')

function add(
  sum: Record<
    | 'postfixLines'
    | 'shortIds'
    | 'longIds'
    | 'pickups'
    | 'subjectHeaders'
    | 'phpHeaders'
    | 'phpCalls'
    | 'localArrivals',
    number
  >,
  event: MailEvent,
): void {
  if (event.mta === 'postfix') {
    sum.postfixLines++
    if (event.queueId !== null) sum[postfixLongId(event.queueId) ? 'longIds' : 'shortIds']++
  }
  switch (event.type) {
    case 'message-picked-up':
      sum.pickups++
      sum.localArrivals++
      return
    case 'header-recorded':
      if (/^subject$/i.test(event.header)) sum.subjectHeaders++
      if (/^x-php-/i.test(event.header)) sum.phpHeaders++
      return
    case 'script-mailed':
      sum.phpCalls++
      return
    case 'message-received':
      if (event.client === null) sum.localArrivals++
      return
    default:
      return
  }
}
