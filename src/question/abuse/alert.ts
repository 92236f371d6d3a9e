/** What the detector says: alerts and ranks as codes and numbers. Sentences belong to the renderer. */

import type {AbuseSubject, SubjectKind} from '../../mail/send-fact.js'

export type ReasonCode =
  | 'volume'
  | 'unknown-users'
  | 'policy-refusals'
  | 'strangers-against-habit'
  | 'risky-path'
  | 'evaluated-code'
  | 'list-software'
  | 'many-senders'
  | 'foreign-senders'
  | 'new-clients'
  | 'usual-clients'
  | 'one-visitor'
  | 'unusual-hour'
  | 'first-day'
  | 'several-new-scripts'
  | 'round-the-clock'
  | 'own-limit'
  | 'fixed-limit'

/** One ground. `weight` is its log10 likelihood ratio inside the score (negative speaks for the sender). */
export interface Reason {
  readonly code: ReasonCode
  readonly weight: number
  /** The numbers behind it, by name; milliseconds, counts and shares (0 to 1). */
  readonly values: Readonly<Record<string, number | string>>
}

export interface Alert {
  readonly subject: AbuseSubject
  readonly account: string | null
  /** `opened`: a new incident. `escalated`: ten times the recipients of the last alert. */
  readonly state: 'opened' | 'escalated'
  /** UTC milliseconds: begin of the span that `messages` and the like count; the message that raised it; the incident's first alert. */
  readonly from: number
  readonly to: number
  readonly firstAlertAt: number
  readonly messages: number
  readonly recipients: number
  /** Recipients refused for good. */
  readonly failed: number
  /** What this sender's past lets expect for such a span (the mean daily maximum of the window). */
  readonly expected: number
  readonly ratio: number
  readonly score: number
  readonly threshold: number
  readonly reasons: readonly Reason[]
  /** The store's keys of the newest messages, newest last. */
  readonly messageKeys: readonly number[]
}

/** A day's place of a sender, with or without alert. */
export interface Rank {
  readonly subject: AbuseSubject
  readonly account: string | null
  /** UTC days since 1970-01-01. */
  readonly day: number
  readonly score: number
  readonly messages: number
  readonly recipients: number
  readonly strangers: number
  readonly failed: number
  readonly reasons: readonly Reason[]
}

/** A sender the operator has excused, for a reason and up to a day. */
export interface AllowRule {
  readonly kind: SubjectKind | null
  /** Whole name, or a prefix with `*` at its end. */
  readonly name: string
  readonly server: string | null
  readonly reason: string
  /** UTC milliseconds; null: without end. */
  readonly until: number | null
}

/** The rule that excuses this subject at this time, or null. */
export function excusedBy(rules: readonly AllowRule[], subject: AbuseSubject, at: number): AllowRule | null {
  for (const rule of rules) {
    if (rule.until !== null && at >= rule.until) continue
    if (rule.server !== null && rule.server !== subject.server) continue
    if (rule.kind !== null && rule.kind !== subject.kind) continue
    if (rule.name.endsWith('*') ? subject.name.startsWith(rule.name.slice(0, -1)) : subject.name === rule.name)
      return rule
  }
  return null
}
