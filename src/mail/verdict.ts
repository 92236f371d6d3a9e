/** The answer to "did this message leave our servers?" as data: `mailwitness.verdict/1` of the JSON contract. Values only. */

import type {Evidence, Message} from './message.js'

export const VERDICTS = [
  'left',
  'forwarded',
  'delivered-here',
  'rejected-here',
  'queued',
  'not-delivered',
  'never-here',
  'inconclusive',
  'not-a-bounce',
] as const
export type Verdict = (typeof VERDICTS)[number]

export const CAUSES = [
  'web-script',
  'customer',
  'customer-machine',
  'account-compromised',
  'local-user',
  'forwarder',
  'inbound',
  'forged-sender',
  'unknown',
] as const
export type Cause = (typeof CAUSES)[number]

/** How much the answer can bear: `proven` by our own lines, `strong` by several facts that agree, `weak` by one. */
export type VerdictCertainty = 'proven' | 'strong' | 'weak'

/**
 * What the judge can say, one code a rule. The words belong to `render/wording`; the names in brackets are the keys of `data` that the
 * words use (each may be missing or null: the sentence then says less). Times in `data` are ISO 8601 UTC.
 */
export const REASON_CODES = [
  // found in our logs
  'message-found', // {server, queueId, messageId, at, agree: string[]} our log holds it, and these attributes agree
  'remote-accepted', // {recipient, remoteHost, remoteIp, at, reply, receipt, count} a remote host outside the fleet took it
  'remote-refused', // {recipient, remoteHost, remoteIp, at, reply, status, count}
  'local-only', // {recipients: string[], count} delivered in our own mailboxes only
  'forwarded-by', // {forwarder, original, recipient, server, queueId} came from outside, went on to the outside
  'rejected-here', // {server, at, stage, reply, clientIp, clientName} refused before acceptance
  'queued', // {server, queueId, at, state, reply} accepted, not yet out
  'removed-by-admin', // {server, queueId, at, who}
  'discarded', // {server, queueId, at, recipient, by} filter, blackhole or panel limit swallowed it
  'bounce-made-here', // {server, queueId, at, sender} we made the bounce that the reporter holds
  'journey-joined', // {queueIds: string[], servers: string[]} several queue entries are one message
  'received-from', // {clientIp, clientName, server, at} it came in from outside
  // who sent it
  'sent-by-script', // {account, script, scriptDirectory, url, visitorIp, at, certainty}
  'sent-by-login', // {login, clientIp, clientName, at}
  'sent-by-local-user', // {account, uid, at}
  'origin-ambiguous', // {candidates: string[]}
  'usual-login', // {login, clientIp, networks, days}
  'login-many-networks', // {login, networks, from, to, addresses: string[]}
  'volume-abnormal', // {subject, messages, recipients, usual, from, to}
  'volume-usual', // {subject, messages, usual, from, to}
  'own-network', // {login, clientIp, network} the customer's own network with abnormal volume
  'customer-or-machine', // {} logs cannot tell the customer from malware on the customer's computer
  // not found
  'no-trace', // {messageIds: string[], queueIds: string[], servers, from, to} every key was searched and none was found
  'forged-hop', // {host, queueId, at} a hop names our host; our complete log has no such message
  'copied-header', // {host, queueId, at, disagree: string[]} the ID is real, the rest disagrees
  'foreign-host', // {host, queueId, at, with, user} the original was made on a server that is not ours
  'foreign-script', // {host, url, site, page, script, uid, visitorIp, at} a script there made it
  'rejected-there', // {host, reply} that server itself refused it and told the address in it
  'id-time-agrees', // {queueId, host, idTime, hopTime, seconds}
  'id-time-differs', // {queueId, host, idTime, hopTime, seconds}
  'unsigned-address', // {address, scheme} we sign all outgoing senders (BATV, SRS), and this one is not signed
  // cannot know
  'bypassed-mta', // {ip, reporter, at, directSmtp} the reporter saw our IP, and no log line exists
  'reporter-saw-our-ip', // {ip, reporter, at}
  'gap', // {server, from, to, reason}
  'server-without-logs', // {server}
  'no-logs', // {} the database holds no logs at all
  'unreadable', // {source, server, from, to, reason}
  'unknown-lines', // {server, count, from, to}
  'message-nearby', // {server, queueId, at, agree: string[]} a message of ours that differs from the report in its queue ID alone
  'no-strong-key', // {searched: string[]} only weak keys could be searched
  'keys-hidden', // {hidden: string[]} the report's keys are masked
  'no-original', // {} the report holds no original headers
  'no-time', // {} the report names no time, so no window can be covered
  'direct-smtp-open', // {directSmtp} port 25 is open to customers or nobody said
  'clock-offset', // {host, seconds}
  // not a bounce
  'vacation', // {}
  'challenge', // {}
  'read-receipt', // {} MDN, RFC 8098
  'list-mail', // {list}
  'ordinary-mail', // {}
] as const
export type ReasonCode = (typeof REASON_CODES)[number]

/** What to do next; the words belong to `render/wording`. */
export const VERDICT_ADVICE_CODES = [
  'ask-full-headers', // {} ask the customer for the original message with all its headers
  'delete-it', // {} the report can be deleted, links in it must not be opened
  'complain-to-host', // {host, queueId, at} tell the server that sent it
  'advise-domain', // {domain} run `advise DOMAIN`: SPF, DKIM, DMARC
  'turn-off-catch-all', // {domain}
  'refuse-unsigned-bounces', // {address} BATV
  'report-backscatter', // {host} the reporter bounces to strangers
  'repair-script', // {script, account, url}
  'change-password', // {login}
  'clean-computer', // {login, clientIp}
  'check-with-customer', // {login} ask whether they sent it
  'check-forwarder', // {forwarder} spam filter before forwarding, or mailbox instead
  'wait-for-queue', // {server, queueId}
  'read-remote-reply', // {recipient, reply}
  'stop-sending', // {} commands to stop it are printed below and never run
  'block-port-25', // {} check whether customers may speak SMTP directly (CSF SMTP_BLOCK, firewall)
  'find-bypass', // {ip, at} look for a process that speaks SMTP itself, or a NAT neighbour
  'restore-logs', // {server, from, to} ingest the missing logs and ask again
  'fix-clock', // {host, seconds}
  'stop-own-backscatter', // {server} refuse during SMTP instead of bouncing later
] as const
export type VerdictAdviceCode = (typeof VERDICT_ADVICE_CODES)[number]

/** Facts for the words: plain values only, so that they can be stored, compared and printed as JSON. */
export type WordData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Reason {
  readonly code: ReasonCode
  readonly data: WordData
  /** Filled by render (fillTexts); '' from the judge. */
  readonly text: string
  readonly evidence: readonly Evidence[]
}

export interface Advice {
  readonly code: VerdictAdviceCode
  readonly data: WordData
  /** Filled by render (fillTexts); '' from the judge. */
  readonly text: string
}

export interface AskedQueueId {
  readonly id: string
  /** The host that the hop names; null where the ID stood alone. */
  readonly host: string | null
  /** ISO 8601 UTC: the hop's own date, else the time inside the ID. */
  readonly at: string | null
}

/** One Received line of the report, newest first. */
export interface AskedHop {
  readonly by: string | null
  readonly from: string | null
  readonly fromIp: string | null
  readonly queueId: string | null
  readonly at: string | null
  readonly text: string
}

/** ISO 8601 UTC, both ends included; null is open. */
export interface Span {
  readonly from: string | null
  readonly to: string | null
}

/** What was looked for: everything that the report or the flags gave us as keys. */
export interface Asked {
  readonly messageIds: readonly string[]
  readonly queueIds: readonly AskedQueueId[]
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly hops: readonly AskedHop[]
  /** X-PHP-Script, X-PHP-Originating-Script and kin, as they stood. */
  readonly scripts: readonly string[]
  readonly window: Span
}

export interface CoverageGap extends Span {
  readonly reason: string
}

export interface ServerCoverage extends Span {
  readonly server: string
  readonly gaps: readonly CoverageGap[]
}

export interface AnswerCoverage {
  /** Every server of the fleet, the whole window, no gap and no unreadable line. */
  readonly complete: boolean
  readonly servers: readonly ServerCoverage[]
  /** May customers speak SMTP past our mail servers (port 25)? `unknown` counts as open for the wording. */
  readonly directSmtp: 'blocked' | 'open' | 'unknown'
}

/** What else the same script, login or account sent around the message (24 h before to 24 h after). */
export interface AnswerScope extends Span {
  /** The script path, login or account that was counted. */
  readonly subject: string
  readonly messages: number
  readonly recipients: number
  readonly failed: number
  /** Time of its last message known to us. */
  readonly lastAt: string | null
}

export interface VerdictAnswer {
  readonly schema: 'mailwitness.verdict/1'
  readonly verdict: Verdict
  readonly cause: Cause
  readonly certainty: VerdictCertainty
  /** Filled by render (fillTexts); '' from the judge. */
  readonly summary: string
  readonly asked: Asked
  readonly messages: readonly Message[]
  readonly coverage: AnswerCoverage
  readonly reasons: readonly Reason[]
  readonly advice: readonly Advice[]
  /** null where nothing was sent by us, or where it was not counted. */
  readonly scope: AnswerScope | null
  /** The drafted ticket (--reply); null from the judge. */
  readonly reply: string | null
}
