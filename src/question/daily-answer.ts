/** The answer of `report` as data: `mailwitness.report/1`. Values only. */

import type {AbuseSubject} from '../mail/send-fact.js'
import type {AbuseAnswer} from './alerts-answer.js'
import type {BackscatterAnswer} from './backscatter.js'

/** Where a message came from, in the report's words. */
export type Way = 'script' | 'authenticated' | 'local' | 'forwarded' | 'bounce' | 'incoming'

export interface WayTotals {
  readonly way: Way
  readonly messages: number
  readonly bytes: number
  readonly recipients: number
  readonly delivered: number
  readonly deliveredLocally: number
  readonly handedOn: number
  readonly deferred: number
  readonly failed: number
  readonly discarded: number
  readonly removed: number
  /** Nothing was logged of their end. */
  readonly open: number
}

export interface HourTotals {
  /** ISO 8601 UTC. */
  readonly from: string | null
  /** Messages from inside and forwarded, and from outside. */
  readonly outgoing: number
  readonly incoming: number
  readonly delivered: number
  readonly failed: number
  readonly deferred: number
  readonly rejected: number
}

export interface DailySender {
  readonly subject: AbuseSubject
  readonly account: string | null
  readonly messages: number
  readonly recipients: number
  readonly failed: number
  /** Recipients by hour of the day; empty where not known. */
  readonly hours: readonly number[]
}

export interface DailyRank extends DailySender {
  readonly score: number
  readonly reasons: readonly {
    readonly code: string
    readonly weight: number
    readonly values: Readonly<Record<string, number | string>>
    readonly text: string
  }[]
}

export interface DomainTrouble {
  readonly domain: string
  readonly recipients: number
}

export interface RefusedDomain extends DomainTrouble {
  readonly unknownUser: number
  readonly policy: number
  readonly other: number
}

export interface RejectionReason {
  /** The refusal's words without what differs from one to the next. */
  readonly text: string
  readonly kind: 'unknown-user' | 'policy' | 'other'
  readonly share: number
}

export interface DailyCoverage {
  readonly complete: boolean
  readonly servers: readonly {readonly server: string; readonly from: string | null; readonly to: string | null}[]
  readonly gaps: readonly {
    readonly server: string
    readonly from: string | null
    readonly to: string | null
    readonly reason: string
  }[]
  readonly unread: readonly {readonly server: string; readonly lines: number; readonly example: string | null}[]
}

/** `mailwitness.report/1`. */
export interface DailyAnswer {
  readonly schema: 'mailwitness.report/1'
  readonly span: {readonly from: string | null; readonly to: string | null; readonly zone: string}
  readonly servers: readonly string[]
  readonly ways: readonly WayTotals[]
  readonly hours: readonly HourTotals[]
  readonly refused: {
    readonly recipients: number
    readonly unknownUser: number
    readonly policy: number
    readonly ownLimit: number
    readonly other: number
    readonly domains: readonly RefusedDomain[]
  }
  readonly deferred: {readonly recipients: number; readonly retries: number; readonly domains: readonly DomainTrouble[]}
  readonly rejections: {
    readonly count: number
    readonly clients: readonly {readonly ip: string | null; readonly rejections: number}[]
    /** Of the newest refusals. */
    readonly reasons: readonly RejectionReason[]
    readonly sampled: number
  }
  readonly queue: {
    readonly waiting: number
    readonly frozen: number
    readonly ages: readonly {readonly upTo: string | null; readonly messages: number}[]
    readonly oldest: string | null
  }
  readonly byVolume: readonly DailySender[]
  readonly byScore: readonly DailyRank[]
  readonly newScripts: readonly (AbuseSubject & {readonly account: string | null})[]
  readonly alerts: AbuseAnswer['alerts']
  readonly excused: AbuseAnswer['excused']
  readonly backscatter: Pick<BackscatterAnswer, 'domains' | 'own'>
  readonly coverage: DailyCoverage
  /** True where nobody needs to look: no alert that stands, whole coverage, no unread lines. */
  readonly fine: boolean
}
