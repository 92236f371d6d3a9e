/** The order of one message's events: by time, then by what must come first, so that any feeding order gives the same sequence. */

import type {MailEvent} from '../mail/event.js'
import type {Entry} from './life.js'

const RANK: Partial<Record<MailEvent['type'], number>> = {
  'command-run': 0,
  'client-accepted': 1,
  'message-picked-up': 1,
  'message-received': 1,
  'origin-identified': 2,
  'header-recorded': 2,
  'message-rejected': 3,
  'message-id-recorded': 3,
  'message-activated': 4,
  'recipient-attempted': 5,
  'notification-made': 6,
  'message-standing-changed': 7,
  'message-completed': 8,
  'message-removed': 8,
}

const rank = (event: MailEvent): number => RANK[event.type] ?? 5

/** Lists up to this length are sorted by insertion: Array.sort makes work arrays, for a handful of entries that are nearly in order. */
const FEW = 24

/**
 * Sorts by whole seconds first where sources differ in precision: a stamp without a fraction sorts like the start of its second. A list that is
 * in order is returned as it is.
 */
export function inOrder(entries: readonly Entry[]): readonly Entry[] {
  if (isSorted(entries)) return entries
  const sorted = [...entries]
  return sorted.length > FEW ? sorted.sort(compare) : sortFew(sorted)
}

function sortFew(list: Entry[]): Entry[] {
  for (let i = 1; i < list.length; i++) {
    const entry = list[i] as Entry
    let place = i
    while (place > 0 && compare(list[place - 1] as Entry, entry) > 0) {
      list[place] = list[place - 1] as Entry
      place--
    }
    list[place] = entry
  }
  return list
}

function isSorted(entries: readonly Entry[]): boolean {
  for (let i = 1; i < entries.length; i++) if (compare(entries[i - 1] as Entry, entries[i] as Entry) > 0) return false
  return true
}

const compare = (a: Entry, b: Entry): number =>
  Math.floor(a.at / 1000) - Math.floor(b.at / 1000) ||
  rank(a.event) - rank(b.event) ||
  a.at - b.at ||
  a.reference - b.reference
