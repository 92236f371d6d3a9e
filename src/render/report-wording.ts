/** The shape of the daily report's words; languages fill it. */

import type {Way} from '../question/daily-answer.js'

export interface ReportWords {
  readonly locale: string
  readonly title: (day: string) => string
  readonly subtitle: (f: {from: string; to: string; zone: string; servers: string}) => string
  readonly headlines: {
    readonly fine: string
    readonly alerts: (count: number) => string
    readonly gaps: (count: number) => string
    readonly unread: (lines: string) => string
    readonly backscatter: (domains: number) => string
  }
  readonly sections: Readonly<
    Record<
      | 'mail'
      | 'hours'
      | 'alerts'
      | 'byScore'
      | 'byVolume'
      | 'newScripts'
      | 'refused'
      | 'deferred'
      | 'queue'
      | 'rejections'
      | 'backscatter'
      | 'coverage',
      string
    >
  >
  readonly ways: Readonly<Record<Way, string>>
  readonly heads: Readonly<
    Record<
      | 'way'
      | 'messages'
      | 'size'
      | 'recipients'
      | 'delivered'
      | 'local'
      | 'waiting'
      | 'refused'
      | 'lost'
      | 'sender'
      | 'score'
      | 'why'
      | 'domain'
      | 'unknownUser'
      | 'policy'
      | 'other'
      | 'age'
      | 'client'
      | 'share'
      | 'reason'
      | 'bounces'
      | 'since'
      | 'reporter'
      | 'server'
      | 'from'
      | 'to'
      | 'hours'
      | 'total',
      string
    >
  >
  readonly legend: Readonly<Record<'outgoing' | 'incoming' | 'rejected', string>>
  readonly outcomes: Readonly<Record<'delivered' | 'local' | 'waiting' | 'refused' | 'lost', string>>
  readonly none: string
  readonly noAlerts: string
  readonly scoreNote: string
  readonly refusedSentence: (f: {
    recipients: string
    unknownUser: string
    policy: string
    ownLimit: string
    other: string
  }) => string
  readonly deferredSentence: (f: {recipients: string; retries: string}) => string
  readonly queueSentence: (f: {waiting: string; frozen: string; oldest: string}) => string
  readonly queueEmpty: string
  readonly age: (upTo: string | null, before: string | null) => string
  readonly rejectionSentence: (f: {count: string; sampled: string}) => string
  readonly kinds: Readonly<Record<'unknown-user' | 'policy' | 'other', string>>
  readonly catchAll: (f: {domain: string; localParts: string; examples: string}) => string
  readonly own: (f: {server: string; bounces: string; domains: string}) => string
  readonly ownNext: string
  readonly complete: string
  readonly gap: (f: {server: string; from: string; to: string; reason: string}) => string
  readonly unread: (f: {server: string; lines: string}) => string
  readonly direct: string
  readonly made: (version: string) => string
}
