/** rspamd's task line, in syslog or in its own log file. */

import type {EventBase, FilterJudged, Parsed} from '../../mail/event.js'
import {queueIdForm} from '../../mail/queue-id.js'

const ACTION = /\(default: [A-Z] \(([a-z ]{1,30})\)/

/** What the action does to the message at the MTA (rspamd metric actions): all others let it pass. */
const VERDICTS: Readonly<Record<string, FilterJudged['verdict']>> = {
  reject: 'blocked',
  'soft reject': 'blocked',
  greylist: 'blocked',
  discard: 'discarded',
  quarantine: 'quarantined',
}

/**
 * `…; rspamd_task_write_log: id: <M>, qid: <Q>, ip: 192.0.2.1, from: <s>, (default: F (no action): [1.10/15.00] […`. null for other lines.
 */
export function readRspamd(text: string, base: EventBase): Parsed | null {
  const at = text.indexOf('rspamd_task_write_log: ')
  if (at < 0) return null
  const qid = text.indexOf(', qid: <', at)
  if (qid < 0) return null
  const queueId = text.slice(qid + 8, Math.max(qid + 8, text.indexOf('>', qid)))
  const id = text.indexOf('id: <', at)
  const messageId = id >= 0 && id < qid ? text.slice(id + 5, text.lastIndexOf('>', qid)) : ''
  const action = ACTION.exec(text)?.[1] ?? ''
  const found = queueId === '' || queueId === 'undef' ? null : queueId
  return {
    kind: 'event',
    times: 1,
    event: {
      ...base,
      queueId: found,
      mta: found === null ? null : queueIdForm(found)?.startsWith('exim') ? 'exim' : 'postfix',
      type: 'filter-judged',
      verdict: Object.hasOwn(VERDICTS, action) ? (VERDICTS[action] ?? 'passed') : 'passed',
      queuedAs: [],
      messageId: messageId === '' || messageId === 'undef' ? null : messageId,
      text: text.slice(at),
    },
  }
}
