/** What the abuse detector is told: who sent what to how many, and how it ended. Values only, made from log lines only. */

/**
 * Where accepted messages come from, as far as the log names it. The giver keeps one object per distinct origin and hands the same
 * object over again: the detector finds its own state by identity (equal objects work too, but cost a look-up by text).
 */
export interface SendOrigin {
  readonly server: string
  /** Absolute path of the script; only its base name where the log has no more (X-PHP-Originating-Script). */
  readonly script: string | null
  /** Working directory of the submission (Exim `cwd=`), where no script is named. */
  readonly scriptDirectory: string | null
  /** SASL login. */
  readonly login: string | null
  /** Unix account; `uid:1001` where only the number is known. */
  readonly account: string | null
  /** The address of ours that sent mail from outside on to the outside. */
  readonly forwarder: string | null
  /** Submitted by cron (Exim `args: … -FCronDaemon`, subject-independent). */
  readonly cron: boolean
  /** Domains known to belong to this account or login (page URL, login, panel map), lower case; empty where unknown. */
  readonly ownDomains: readonly string[]
}

export interface SentTo {
  /** 53-bit keyed hash of the lower-cased address: the detector only asks "the same as before?". */
  readonly hash: number
  /** Lower case. */
  readonly domain: string
}

/** One message accepted from inside (script, local user, login) or sent on by a forwarder. */
export interface SendFact {
  readonly type: 'send'
  /** UTC milliseconds of acceptance. */
  readonly at: number
  readonly origin: SendOrigin
  /** The store's key of the message: evidence is named by it. */
  readonly messageKey: number
  /** Keyed hash of the envelope sender (bare, lower case), as of the recipients; 0 is the null sender. */
  readonly sender: number
  /** Lower case; '' for the null sender. */
  readonly senderDomain: string
  /** Stands for the address of the SASL client, or of the page's visitor where the log names one: equal for equal ones. */
  readonly client: number | null
  /** The log says that eval()'d or piped code called mail(). */
  readonly evaluated: boolean
  readonly recipients: readonly SentTo[]
  /**
   * More recipients of a message already told: Postfix names recipients only as it attempts them. It counts no second message.
   * A giver that knows all recipients at acceptance (Exim +received_recipients, a finished life) never needs it.
   */
  readonly continued: boolean
}

/**
 * `policy`: refused as spam, for content or reputation. `other`: any other final failure. `deferred`: told once per attempt.
 */
export type OutcomeKind = 'delivered' | 'unknown-user' | 'policy' | 'other' | 'deferred'

/** How one attempt for one recipient of an earlier message ended. */
export interface OutcomeFact {
  readonly type: 'outcome'
  /** UTC milliseconds of the attempt. */
  readonly at: number
  readonly origin: SendOrigin
  readonly messageKey: number
  /** As in the SendFact. */
  readonly recipient: number
  readonly kind: OutcomeKind
  /** Delivered into a mailbox of this server. */
  readonly local: boolean
  /** Our own server refused it: a panel's or ratelimit's limit was exceeded. */
  readonly ownLimit: boolean
}

export type SubjectKind = 'script' | 'account' | 'login' | 'domain' | 'forwarder'

/** Whom an alert or a rank names. */
export interface AbuseSubject {
  readonly kind: SubjectKind
  readonly server: string
  readonly name: string
}

/** The operator's word on an earlier alert (`abuse ack`). It works from `at` on, never backwards. */
export interface AcknowledgedFact {
  readonly type: 'acknowledged'
  /** UTC milliseconds at which the operator said so. */
  readonly at: number
  readonly subject: AbuseSubject
  /** The incident's first alert, UTC milliseconds. */
  readonly firstAlertAt: number
  readonly abusive: boolean
}

export type AbuseFact = SendFact | OutcomeFact | AcknowledgedFact

/** The sliding windows whose daily maxima are kept, milliseconds. */
export const ABUSE_WINDOWS = [600_000, 3_600_000, 21_600_000, 86_400_000, 259_200_000] as const

/**
 * One finished day of one sender: the largest count inside each sliding window that ended on that UTC day. No recipient data.
 * The store keeps these rows 400 days; a detector starts from them without the old events. Days without mail have no row.
 */
export interface DailyMaximum {
  readonly subject: AbuseSubject
  /** The account that the subject belongs to, where known: new scripts of an old account are judged by it. */
  readonly account: string | null
  /** UTC days since 1970-01-01. */
  readonly day: number
  /** Recipients, one number per entry of ABUSE_WINDOWS. */
  readonly recipients: readonly number[]
  /** Recipients whom the account had never written to before, one number per entry of ABUSE_WINDOWS. */
  readonly strangers: readonly number[]
  /** True where the day lies in an incident that nobody called false: it is kept, but is no baseline. */
  readonly incident: boolean
}
