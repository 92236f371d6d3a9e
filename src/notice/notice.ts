/** What a complainer's report says, as data: the kind of report, its own envelope, and clues to the original message. */

import type {QueueIdForm} from '../mail/queue-id.js'
import type {HeaderDate} from '../mail/received-date.js'
import type {Truncation} from './limits.js'

/**
 * `ordinary` is said only where nothing at all speaks of a report; `unknown` may be a bounce in a form (or a language) not known here.
 */
export type NoticeKind =
  | 'failure'
  | 'delay'
  | 'success'
  | 'abuse-report'
  | 'rejected-locally'
  | 'vacation'
  | 'challenge'
  | 'mdn'
  | 'list'
  | 'ordinary'
  | 'unknown'

/**
 * Where a clue stood:
 * `original header` of the message reported on; `original body` = header-like text inside the original's own body;
 * `dsn` (RFC 3464 fields), `arf` (RFC 5965 fields), `mdn`; `report header` = the report's own; `outer` = of the mail that carries the
 * report; `lone header` = the only header there is, of a whole mail that is no report; `text` = prose.
 */
export type Part =
  | 'original header'
  | 'original body'
  | 'dsn'
  | 'arf'
  | 'mdn'
  | 'report header'
  | 'outer'
  | 'lone header'
  | 'text'

/** A place: 1-based line of the report's text (`decoded` = counted after MIME decoding, so not a line of the file). */
export interface Where {
  readonly part: Part
  readonly line: number
  readonly decoded: boolean
}

/** `certain`: a MIME part or well-formed field said it; `likely`: read from damaged or pasted text; `guess`: prose, or a second header. */
export type Sure = 'certain' | 'likely' | 'guess'

/** Does the time inside a queue ID fit the hop's date? `seconds` = ID minus hop date. `no-time`: the ID or the hop holds none. */
export type TimeAgreement =
  | {readonly kind: 'agrees'; readonly seconds: number}
  | {readonly kind: 'differs'; readonly seconds: number}
  | {readonly kind: 'no-time'}

/** The peer of a hop as the line names it. */
export interface HopPeer {
  readonly helo: string | null
  readonly rdns: string | null
  readonly ip: string | null
  readonly port: number | null
}

/** One Received line (RFC 5321 section 4.4, Exim received_header_text, Postfix smtpd.c and pickup.c, qmail, Sendmail). */
export interface Hop {
  readonly from: HopPeer
  readonly by: string | null
  /** `with` clause: esmtpsa, local, HTTP... lower case; null when missing. */
  readonly protocol: string | null
  readonly id: string | null
  readonly idForm: QueueIdForm | null
  /** Recipient of the `for` clause; null when missing or hidden. */
  readonly for: string | null
  /** Envelope sender where the line names it; '' is the null sender. */
  readonly envelopeFrom: string | null
  /** Local user who submitted it (Exim `from USER ... with local`). */
  readonly user: string | null
  readonly ident: string | null
  /** SASL login. */
  readonly login: string | null
  /** Postfix `from userid N`, qmail `invoked by uid N`. */
  readonly uid: number | null
  /** The TLS words of the line, null for none. */
  readonly tls: string | null
  readonly software: {readonly name: string; readonly version: string | null} | null
  readonly date: HeaderDate | null
  readonly time: TimeAgreement
  /** True where a mask (`[email protected]`) stood in an address's place. */
  readonly hidden: boolean
}

interface ClueBase {
  /** The words it was read from, white space collapsed, at most 1,000 characters. */
  readonly literal: string
  readonly where: Where
  readonly sure: Sure
}

/** Clues whose value is an address: bare; null when `hidden` behind a mask; '' is the null sender. */
export type AddressClueType =
  | 'envelope-sender'
  | 'from'
  | 'reply-to'
  | 'to'
  | 'recipient'
  | 'original-recipient'
  | 'failed-recipient'
  | 'authenticated-sender'

/** Clues whose value is plain text. */
export type TextClueType =
  | 'subject'
  | 'status'
  | 'action'
  | 'diagnostic'
  | 'remote-mta'
  | 'reporting-mta'
  | 'envelope-id'
  | 'reported-domain'
  | 'feedback-type'
  | 'source-ip'
  | 'originating-ip'
  | 'source'
  | 'source-args'
  | 'source-dir'
  | 'plesk'
  | 'mailer'

export type ClueValue =
  | {readonly type: AddressClueType; readonly value: string | null; readonly hidden: boolean}
  | {readonly type: TextClueType; readonly value: string}
  /** Without angle brackets; null when hidden. */
  | {readonly type: 'message-id'; readonly value: string | null; readonly hidden: boolean}
  | {readonly type: 'hop'; readonly hop: Hop; readonly index: number}
  /** A queue ID of the ORIGINAL at `host` (a hop's `by`); `at` = the hop's date, UTC ms. */
  | {
      readonly type: 'queue-id'
      readonly value: string
      readonly host: string | null
      readonly at: number | null
      readonly form: QueueIdForm | null
      readonly time: TimeAgreement
    }
  /** The queue ID inside a Message-ID that an MTA made. */
  | {
      readonly type: 'message-id-queue-id'
      readonly value: string
      readonly host: string
      readonly at: number | null
      readonly form: QueueIdForm | null
    }
  /** A queue ID of the host that made the report (X-Postfix-Queue-ID, Exim's "message identifier"): ours only if that host is. */
  | {
      readonly type: 'reporter-queue-id'
      readonly value: string
      readonly host: string | null
      readonly at: number | null
      readonly form: QueueIdForm | null
    }
  /** X-PHP-Script: `site/path`, and the visitor's addresses. */
  | {readonly type: 'php-script'; readonly value: string; readonly visitors: readonly string[]}
  /** X-PHP-Originating-Script `uid:file`. `evaluated`: injected code. The first header is PHP's own; a later one is a `duplicate`. */
  | {
      readonly type: 'php-originating-script'
      readonly value: string
      readonly uid: number | null
      readonly file: string
      readonly evaluated: boolean
      readonly duplicate: boolean
    }
  /** One line of cPanel's X-AntiAbuse block. */
  | {
      readonly type: 'anti-abuse'
      readonly name: 'primary-hostname' | 'original-domain' | 'uid-gid' | 'sender-domain' | 'note'
      readonly value: string
      readonly uid: number | null
    }
  /** X-Get-Message-Sender-Via: how cPanel's Exim found the sender. */
  | {
      readonly type: 'sender-via'
      readonly value: string
      readonly host: string | null
      readonly via: string
      readonly user: string | null
    }
  /** A login with its host: X-Authenticated-Sender `host: login`, X-PPP-Vhost and their like. */
  | {readonly type: 'login'; readonly value: string; readonly host: string | null}
  | {
      readonly type: 'date'
      readonly of: 'original' | 'arrival' | 'received' | 'last-attempt'
      readonly value: number
      readonly offset: number | null
    }

export type Clue = ClueBase & ClueValue
export type ClueType = Clue['type']
/** The clue of one type; members whose type is a union are narrowed too. */
export type ClueOf<T extends ClueType> = Clue extends infer C
  ? C extends {readonly type: infer U}
    ? T extends U
      ? C & {readonly type: T}
      : never
    : never
  : never

/** The report's own envelope: what identifies its arrival in our log. Never a clue to the original. */
export interface NoticeEnvelope {
  /** '' is the null sender; null when the header is missing. */
  readonly returnPath: string | null
  readonly autoSubmitted: string | null
  readonly messageId: string | null
  readonly from: string | null
  readonly to: string | null
  readonly subject: string | null
  readonly date: HeaderDate | null
  /** Newest first. */
  readonly hops: readonly Hop[]
  /** When our side took it: the newest own hop with a date, else the report's Date; UTC ms. */
  readonly arrivedAt: number | null
}

/** One report. */
export interface Notice {
  /** 0-based place among the reports of the input. */
  readonly index: number
  readonly kind: NoticeKind
  /** Why it was called that: short codes, for the evidence. */
  readonly because: readonly string[]
  readonly envelope: NoticeEnvelope
  readonly clues: readonly Clue[]
  readonly truncated: readonly Truncation[]
}

/** The clues of one type, narrowed. */
export function cluesOf<T extends ClueType>(notice: Notice, type: T): ClueOf<T>[] {
  return notice.clues.filter((clue): clue is ClueOf<T> => clue.type === type)
}
