/** What tells one refusal without a queue ID from another of the same second: its own words, whatever file they stand in. */

import type {Entry} from '../life/life.js'

/** What tells one refusal without an ID from another of the same second. */
export const refusalText = ({event, times}: Pick<Entry, 'event' | 'times'>): string =>
  event.type === 'message-rejected'
    ? `${event.stage} ${event.client?.ip ?? ''} ${event.client?.helo ?? ''} ${event.sender ?? ''} ${event.recipient ?? ''} ${event.text}${(times ?? 1) > 1 ? ` x${times}` : ''}`
    : ''
