/** Programs beside the MTA whose lines carry a queue ID or a Message-ID; everything else they say is known and not needed. */

import type {EventBase, Parsed} from '../../mail/event.js'
import {queueIdForm} from '../../mail/queue-id.js'
import {readAmavis} from './amavis.js'
import {readRspamd} from './rspamd.js'

type Read = (text: string, base: EventBase) => Parsed | null

/** The text with the queue ID it begins with; null where it begins with none. Companions get their IDs from the MTA, so only strict forms count. */
function withQueueId(text: string, base: EventBase): EventBase | null {
  const colon = text.indexOf(': ')
  if (colon < 5 || colon > 26) return null
  const id = text.slice(0, colon)
  const form = queueIdForm(id)
  return form === null ? null : {...base, queueId: id, mta: form.startsWith('exim') ? 'exim' : 'postfix'}
}

function noteWhere(keep: (text: string) => boolean): Read {
  return (text, base) => {
    if (!keep(text)) return null
    const at = withQueueId(text, base)
    return at && {kind: 'event', times: 1, event: {...at, type: 'text-noted', text: text.slice(text.indexOf(': ') + 2)}}
  }
}

/** OpenDKIM, OpenDMARC, OpenARC: only what changes or stops the message; the verifications of others' signatures are not needed. */
const readMilter = noteWhere((text) =>
  /field added|rejected|discarded|quarantined|tempfail|removed \d|SSL error|signing table|no signing/i.test(text),
)

/** Policy servers (postgrey, policyd, policyd-spf, policyd-weight): their refusals stand in smtpd's own line. */
const readPolicy = noteWhere(() => true)

/** Dovecot's LDA, LMTP and Sieve: `lmtp(u)<pid><session>: msgid=<M>: saved mail to INBOX`, `sieve: msgid=<M>: forwarded to <x>`. */
const readDovecot: Read = (text, base) => {
  if (!text.startsWith('lmtp(') && !text.startsWith('lda(') && !text.startsWith('deliver(')) return null
  return text.includes('msgid=') ? {kind: 'event', times: 1, event: {...base, type: 'text-noted', text}} : null
}

const COMPANIONS: readonly (readonly [string, Read])[] = [
  ['amavis', readAmavis],
  ['opendkim', readMilter],
  ['opendmarc', readMilter],
  ['openarc', readMilter],
  ['dkimpy', readMilter],
  ['rspamd', readRspamd],
  ['rspamc', readRspamd],
  ['dovecot', readDovecot],
  ['policyd-spf', readPolicy],
  ['postgrey', readPolicy],
  ['policyd', readPolicy],
  ['postfwd', readPolicy],
  ['postsrsd', readPolicy],
]

/** The reader of a companion program by its name in the syslog tag; null for programs that have nothing to do with mail. */
export function companionOf(program: string): Read | null {
  for (const [start, read] of COMPANIONS) if (program.startsWith(start)) return read
  return null
}
