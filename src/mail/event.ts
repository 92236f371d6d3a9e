/** The one contract between the dialects and the rest: what a log line says happened. Values only. */

import type {Stamp} from './stamp.js'

/**
 * Every string in an event is a "byte string": one character per byte of the log (latin1), with the MTA's own log escapes undone
 * where the grammar has them. `mail/text.ts` turns it into readable text. Strangers wrote most of it: never print it unescaped.
 */
export interface EventBase {
  /** null only where the line carries no readable time (the reader then uses the line before). */
  readonly stamp: Stamp | null
  /** The host as a syslog prefix or journal field names it; null in a plain Exim log. */
  readonly host: string | null
  /** The process ID of the line's writer, where logged. */
  readonly pid: number | null
  /** The queue ID of the message the line is about; null for lines without one (NOQUEUE too). */
  readonly queueId: string | null
  readonly mta: 'exim' | 'postfix' | null
  /** Postfix: syslog_name's part before the first `/` (`postfix`, `postfix-out`); null elsewhere. */
  readonly instance: string | null
}

/** The peer of an SMTP session, as our server logged it. */
export interface Client {
  /** Verified or reverse name; null where none (`unknown`). */
  readonly name: string | null
  /** What the peer called itself; hostile. */
  readonly helo: string | null
  readonly ip: string | null
  readonly port: number | null
}

/** Exim `<=` and `(=`; Spec chapter 52 (log files), receive.c. */
export interface MessageReceived extends EventBase {
  readonly type: 'message-received'
  readonly sender: string
  readonly client: Client | null
  /** U=: the local login of a local submission, or the ident of a remote one. */
  readonly user: string | null
  readonly protocol: string | null
  /** A=: authenticator, login and (third part) the sender it claimed. */
  readonly authenticator: string | null
  readonly login: string | null
  readonly size: number | null
  readonly messageId: string | null
  /** id*=: the MTA made the Message-ID itself. */
  readonly messageIdMade: boolean
  readonly subject: string | null
  /** `for` tail (+received_recipients); empty where not logged. */
  readonly recipients: readonly string[]
  /** R=: the message that this one is about or was made by. */
  readonly parent: string | null
  /** `from <raw>` (+received_sender). */
  readonly rawSender: string | null
  /** `(=`: accepted from the wire but refused to the peer. */
  readonly fakeReject: boolean
  /** I=: our own address the client spoke to. */
  readonly localAddress: string | null
}

/** Postfix pickup: a local submission. */
export interface MessagePickedUp extends EventBase {
  readonly type: 'message-picked-up'
  readonly uid: number
  readonly sender: string
  /** orig_id=: this message is a requeued one. */
  readonly originalQueueId: string | null
}

/** Postfix smtpd `client=`. */
export interface ClientAccepted extends EventBase {
  readonly type: 'client-accepted'
  readonly client: Client
  readonly service: string | null
  readonly saslMethod: string | null
  readonly login: string | null
  readonly saslSender: string | null
  readonly originalQueueId: string | null
  readonly originalClient: Client | null
}

/** Postfix cleanup `message-id=`. */
export interface MessageIdRecorded extends EventBase {
  readonly type: 'message-id-recorded'
  /** Without angle brackets; null where the message has none (`message-id=<>`). */
  readonly messageId: string | null
  readonly resent: boolean
}

/** Postfix qmgr `from=<>, size=, nrcpt= (queue active)`; repeated on each activation. */
export interface MessageActivated extends EventBase {
  readonly type: 'message-activated'
  readonly sender: string
  readonly size: number
  readonly recipientCount: number
}

/** A header or body line that header_checks logged (INFO, WARN, …). `verb` is lower case. */
export interface HeaderRecorded extends EventBase {
  readonly type: 'header-recorded'
  readonly verb: string
  readonly header: string
  readonly value: string
  readonly client: Client | null
  readonly sender: string | null
  readonly recipient: string | null
}

/** How a delivery left the queue. `remote` is SMTP/LMTP with a host; `next` is known from the reply, not from here. */
export type Channel =
  | 'remote'
  | 'lmtp'
  | 'local'
  | 'pipe'
  | 'file'
  | 'autoreply'
  | 'blackhole'
  | 'bypassed'
  | 'suppressed'
  | 'none'

/** One recipient, one attempt: Exim `=>` `->` `>>` `*>` `**` `==`; Postfix `to=…, status=`. */
export interface RecipientAttempted extends EventBase {
  readonly type: 'recipient-attempted'
  readonly result: 'delivered' | 'deferred' | 'failed' | 'discarded'
  /** The address delivered to, bare; for pipes and files what the log shows. */
  readonly address: string
  /** The address before aliasing or forwarding, where it differs. */
  readonly original: string | null
  readonly parents: readonly string[]
  readonly channel: Channel
  /** Exim: the marker (`=>`, `->`, …). Postfix: the daemon (`smtp`, `lmtp`, `local`, …). */
  readonly marker: string
  readonly router: string | null
  readonly transport: string | null
  readonly remoteHost: string | null
  readonly remoteIp: string | null
  readonly remotePort: number | null
  /** The remote server's or our own words, whole, unescaped once. */
  readonly reply: string | null
  /** Enhanced status X.Y.Z where logged. */
  readonly status: string | null
  /** What the next server called it, parsed from the reply (`queued as X`, `id=X`, gsmtp …). */
  readonly receipt: string | null
  /** Queue ID of our own next entry, said by our own server (`forwarded as Q2`). */
  readonly forwardedAs: string | null
  /** F= / P=: envelope sender of this delivery where logged. */
  readonly sender: string | null
  /** Seconds in the queue where logged (Postfix delay=, Exim QT=). */
  readonly delay: number | null
  /** Our own server's decision, not a remote one: rate limit, size, policy, loop … */
  readonly refusedByUs: boolean
  /** Postfix: an address probe (verify(8), `sendmail -bv`): no content was sent. */
  readonly probe?: boolean
}

/** Exim `Completed`. Does not mean that anything was delivered. */
export interface MessageCompleted extends EventBase {
  readonly type: 'message-completed'
}

/** qmgr/postsuper `removed`, Exim `removed by`, `cancelled by`; `by` says who. */
export interface MessageRemoved extends EventBase {
  readonly type: 'message-removed'
  readonly by: 'queue-manager' | 'admin' | 'timeout' | 'filter' | 'client' | 'discard'
  readonly who: string | null
}

/** frozen, thawed, held, released, expired, requeued, skipped: the queue entry's standing changed. */
export interface MessageStandingChanged extends EventBase {
  readonly type: 'message-standing-changed'
  readonly to: 'frozen' | 'thawed' | 'held' | 'released' | 'expired' | 'requeued' | 'deferred'
  readonly who: string | null
}

/** postsuper with ALL: no line names the messages (postsuper.c). */
export interface QueueSwept extends EventBase {
  readonly type: 'queue-swept'
  readonly action: 'deleted' | 'requeued' | 'held' | 'released' | 'expired'
  readonly count: number
}

/** Exim admin actions on one recipient or the sender. */
export interface EnvelopeChanged extends EventBase {
  readonly type: 'envelope-changed'
  readonly change: 'marked-delivered' | 'recipient-added' | 'sender-changed' | 'error-ignored'
  readonly address: string
  readonly who: string | null
}

/** Exim >= 4.98: undoes the `<=` just logged. */
export interface MessageRescinded extends EventBase {
  readonly type: 'message-rescinded'
}

/** Postfix bounce(8): a notification Q2 about this message. */
export interface NotificationMade extends EventBase {
  readonly type: 'notification-made'
  readonly kind: 'bounce' | 'delay' | 'success' | 'postmaster'
  readonly notificationQueueId: string | null
}

/** A refusal before acceptance, at any stage, with or without a queue ID. */
export interface MessageRejected extends EventBase {
  readonly type: 'message-rejected'
  /** Lower case: connect, helo, mail, rcpt, data, mime, non-smtp, auth, starttls, vrfy, expn, etrn, header, body, milter, proxy, size … */
  readonly stage: string
  /** reject, reject_warning, discard, hold, drop … ; `reject` for Exim. Only reject, drop and discard refuse. */
  readonly action: string
  readonly temporary: boolean
  readonly client: Client | null
  readonly sender: string | null
  readonly recipient: string | null
  readonly login: string | null
  readonly user: string | null
  readonly text: string
  readonly status: string | null
  /** Only from reject logs: the refused message's own headers. */
  readonly messageId: string | null
  readonly subject: string | null
  readonly envelopeRecipients: readonly string[]
  /** The logged Subject while folded lines of it may follow: only the dialect reads it. */
  readonly openSubject?: string | null
}

/** A remote attempt that is no final state (`SMTP error from remote mail server after …`, `Connection refused`). */
export interface AttemptNoted extends EventBase {
  readonly type: 'attempt-noted'
  readonly remoteHost: string | null
  readonly remoteIp: string | null
  readonly text: string
}

/** Exim `cwd=` (+arguments). Most are no submissions. */
export interface CommandRun extends EventBase {
  readonly type: 'command-run'
  readonly cwd: string
  readonly args: readonly string[]
  /** True where the arguments read a message from standard input (no -Mc, -bp, -bV, -bd, -q …). */
  readonly submission: boolean
  /** -E<id>: made by Exim about this message. */
  readonly parent: string | null
  /** -f or -r argument: '' for the null sender. */
  readonly sender: string | null
  readonly cron: boolean
}

/** PHP's mail.log. The line is written before sendmail runs: it proves a call, not a message. */
export interface ScriptMailed extends EventBase {
  readonly type: 'script-mailed'
  /** The file that called mail(), without `(3) : eval()'d code`. */
  readonly script: string
  readonly line: number
  readonly evaluated: boolean
  readonly recipients: readonly string[]
  readonly headers: string
  readonly messageId: string | null
  readonly from: string | null
  readonly subject: string | null
  /** journald's _UID of the PHP process. */
  readonly uid: number | null
}

/** A line that names the script, account or socket owner of a message or connection (cPanel, our recommended ACL line). */
export interface OriginIdentified extends EventBase {
  readonly type: 'origin-identified'
  readonly source:
    | 'sender-identification'
    | 'connection-identification'
    | 'script-details'
    | 'acl-line'
    | 'connection-outbound'
  readonly account: string | null
  readonly uid: number | null
  readonly domain: string | null
  readonly sender: string | null
  readonly login: string | null
  /** Absolute path of the script where known. */
  readonly script: string | null
  /** site/path of the page. */
  readonly url: string | null
  /** X-PHP-Originating-Script's basename. */
  readonly scriptName: string | null
  readonly visitorIp: string | null
  readonly clientIp: string | null
  readonly clientPort: number | null
  /** cPanel's O=: the alias of ours that forwards the message. */
  readonly forwarder?: string | null
}

/** amavis and kin: what the content filter did with a message it got as queueId. */
export interface FilterJudged extends EventBase {
  readonly type: 'filter-judged'
  readonly verdict: 'passed' | 'blocked' | 'discarded' | 'bounced' | 'quarantined'
  readonly queuedAs: readonly string[]
  readonly messageId: string | null
  readonly text: string
  /** A before-queue filter (smtpd_proxy_filter) passed it: the client stands in the same process's `NOQUEUE: client=` line. */
  readonly proxied?: boolean
  /** The login that the proxy's line names (3.10 and later). */
  readonly login?: string | null
}

/** Signs that the daemons lived: coverage evidence, never facts about a message. */
export interface SignOfLife extends EventBase {
  readonly type: 'sign-of-life'
  readonly sign: 'daemon-started' | 'daemon-stopped' | 'queue-run' | 'connection' | 'other'
}

/** journald `Suppressed N`, rsyslog rate limit: lines were lost. */
export interface LinesLost extends EventBase {
  readonly type: 'lines-lost'
  readonly count: number | null
  readonly by: string
}

/** Text about a message whose meaning we do not know; kept, shown, never dropped. */
export interface TextNoted extends EventBase {
  readonly type: 'text-noted'
  readonly text: string
  /** The entry that this one is about, where the text says it. */
  readonly parent?: string
}

/** SASL or authenticator failure. */
export interface LoginFailed extends EventBase {
  readonly type: 'login-failed'
  readonly client: Client | null
  readonly login: string | null
  readonly text: string
}

/** One request of a web server's combined log. */
export interface PageRequested extends EventBase {
  readonly type: 'page-requested'
  readonly vhost: string | null
  readonly clientIp: string
  readonly method: string
  readonly path: string
  readonly httpStatus: number
}

export type MailEvent =
  | MessageReceived
  | MessagePickedUp
  | ClientAccepted
  | MessageIdRecorded
  | MessageActivated
  | HeaderRecorded
  | RecipientAttempted
  | MessageCompleted
  | MessageRemoved
  | MessageStandingChanged
  | QueueSwept
  | EnvelopeChanged
  | MessageRescinded
  | NotificationMade
  | MessageRejected
  | AttemptNoted
  | CommandRun
  | ScriptMailed
  | OriginIdentified
  | FilterJudged
  | SignOfLife
  | LinesLost
  | TextNoted
  | LoginFailed
  | PageRequested

/**
 * What a dialect makes of one line. `times` is how often the line says it happened (`message repeated 3 times`: 3).
 * `piece`: one part of a line that syslog cut (`[1/3]` by length, joined with nothing; `[1\\3]` at newlines); the assembler joins the
 * pieces of one pid and parses the whole again. `continuation`: belongs to the line before (reject-log headers, folded text). `ignored`: understood and not needed.
 * `unknown`: counted, kept, shown by doctor, weighed by coverage; carries the queue ID where one stands in its place.
 */
export type Parsed =
  | {readonly kind: 'event'; readonly event: MailEvent; readonly times: number}
  | {
      readonly kind: 'ignored'
      readonly stamp: Stamp | null
      readonly host: string | null
      /** A line of another program (cron, sshd): counted, and not kept as evidence. */
      readonly foreign?: boolean
    }
  | {
      readonly kind: 'piece'
      readonly index: number
      readonly of: number
      readonly cut: 'length' | 'newline'
      readonly text: string
      readonly base: EventBase
    }
  | {
      readonly kind: 'continuation'
      /** `last message repeated 3 times`: what the line before told happened so often again. */
      readonly repeats?: number
    }
  | {
      readonly kind: 'unknown'
      readonly reason: string
      readonly stamp: Stamp | null
      readonly host: string | null
      readonly queueId: string | null
    }
