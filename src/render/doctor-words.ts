/** The sentences of the doctor: one for each finding, and what an answer loses without a log selector. */

import type {Finding, FindingCode} from '../question/doctor/finding.js'
import {gapReason} from './gap-reason.js'

const WEAKENS: Readonly<Record<string, string>> = {
  'script-certainty': 'which script sent a message is likely or ambiguous instead of proven',
  'script-unknown': "the script's folder is not in the log: a message shows only its system user",
  'undelivered-recipients': 'a message that was never delivered cannot be found by its recipient',
  'subject-search': 'no search by subject; a notice that shows only the subject stays inconclusive',
  'forwarded-sender': 'forwarded mail cannot be followed by its sender',
  'remote-receipt':
    "the remote server's receipt is missing: hops between servers are joined by time only, and `left` has less proof",
  'made-message-ids':
    'Message-IDs that Exim made itself are not in the log: a notice that shows one is found by its queue ID only',
  'delivery-time': 'how long delivery and queue took is not known',
  'zone-derived': 'the zone is not stated; it is worked out from the queue IDs',
}

type Word = (data: Readonly<Record<string, string>>) => string

const WORDS: Readonly<Record<FindingCode, Word>> = {
  'no-database': ({path}) => `there is no database at ${path} yet: nothing has been ingested`,
  'database-mode': ({path, mode, wanted}) =>
    `${path} has mode ${mode}: others on this machine may read the mail log data in it; chmod ${wanted} ${path}`,
  'folder-mode': ({path, mode, wanted}) =>
    `the folder ${path} has mode ${mode}: others may see or replace the database; chmod ${wanted} ${path}`,
  'database-foreign-owner': ({path, uid}) => `${path} belongs to uid ${uid}: this user can ask, not ingest`,
  'log-unreadable': ({path, error}) =>
    `cannot read ${path}: ${error}; run as root, or add this user to the group that owns the log (Debian: adm)`,
  'pattern-empty': ({server, pattern}) => `the configuration of ${server} names ${pattern}, and no file fits`,
  'no-logs-configured': () =>
    'the configuration names no logs: `ingest` without PATH reads nothing, and servers without logs go unnoticed',
  'server-without-logs': ({server}) =>
    `the configured server ${server} has no logs here: no verdict can be "never here"`,
  'part-damaged': ({path, error}) => `${path} could not be read to its end (${error}); the rest counts as a gap`,
  'clock-assumed': ({source, server}) =>
    `the zone of ${source} (${server}) is assumed to be this machine's; name it: timezone = "…" in the configuration, or --tz`,
  'stamps-yearless': ({source}) =>
    `the stamps of ${source} have no year; it is worked out from IDs and file times (rsyslog: RSYSLOG_FileFormat keeps it)`,
  'lines-unknown': ({source, count, lines}) =>
    `${count} of ${lines} lines of ${source} were not understood; near them nothing is called "never here"`,
  'lines-cut': ({source, count}) => `${count} lines of ${source} were longer than the limit and are stored cut`,
  'coverage-gap': ({server, from, to, reason, count}) =>
    `${server} has a gap from ${from} to ${to}: ${gapReason(reason ?? '')}${Number(count) > 1 ? ` (one of ${count})` : ''}`,
  'log-stale': ({server, to, hours}) =>
    `the last line of ${server} is of ${to}, ${hours} hours ago: is ingest running?`,
  'selector-missing': ({source, selector, weakens}) =>
    `${source} does not show ${selector === 'log_timezone' ? 'the zone (log_timezone)' : `+${selector}`}: ${WEAKENS[weakens ?? ''] ?? weakens}`,
  'postfix-short-ids': ({source}) =>
    `${source} has short queue IDs, which are used again: long ones name a message for good and hold its time`,
  'postfix-no-subjects': ({source}) =>
    `${source} shows no subjects: a notice that shows only the subject stays inconclusive`,
  'postfix-no-php-header': ({source}) =>
    `${source} shows no X-PHP headers: which script sent a message rests on PHP's mail.log alone`,
  'php-log-missing': ({server}) =>
    `scripts hand in mail on ${server}, and no log of PHP names them: which script it was rests on the system user and Exim's cwd lines`,
  'retention-unset': () =>
    'no [privacy] keep is configured: `prune` then keeps 60 days when it is called, and everything is kept while it is not',
  'subjects-left-out': () =>
    'subjects are left out of lines read with [privacy] subjects = false or --no-subjects: verdicts do not compare them',
  'space-free': ({bytes}) =>
    `${(Number(bytes) / 1e6).toFixed(0)} MB inside the database are free and will be used again; \`prune --vacuum\` gives them back`,
  'evidence-fault': ({code, place, detail}) => `${place}: ${detail} (${code})`,
}

export interface ToldFinding extends Finding {
  readonly text: string
}

/** The finding with its sentence. */
export function told(finding: Finding): ToldFinding {
  const data = Object.fromEntries(Object.entries(finding.data).map(([key, value]) => [key, String(value)]))
  return {...finding, text: WORDS[finding.code](data)}
}
