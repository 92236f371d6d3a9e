/** The shape that every language fills: no sentence that people read stands anywhere else. */

import type {MessageState, OriginKind, Outcome} from '../../mail/message.js'
import type {Cause, ReasonCode, Verdict, VerdictAdviceCode, VerdictCertainty} from '../../mail/verdict.js'
import type {DomainAdviceCode, Severity} from '../../question/advice/codes.js'
import type {Sentence, TimeParts} from './facts.js'

export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

/** What the customer reads. Plain words; no foreign personal data; every sentence stands on a fact of the answer. */
export interface CustomerWording {
  readonly greeting: string
  /** `20 May 2022 at 06:15 UTC`. */
  readonly time: (parts: TimeParts) => string
  /** The short answer: the first thing that is read, by verdict. */
  readonly shortAnswer: Readonly<Record<Verdict, Sentence>>
  /** For `left`, `queued` and `not-delivered`: who sent it. */
  readonly whoSent: Readonly<Record<Cause, Sentence>>
  readonly whatHappened: string
  /** The story, told by those reasons that a customer can understand. */
  readonly story: Partial<Readonly<Record<ReasonCode, Sentence>>>
  readonly howWeKnow: string
  readonly searched: Sentence
  readonly searchedInPart: Sentence
  readonly foundIt: Sentence
  /** Is something wrong with my account? By verdict; '' where there is nothing to say. */
  readonly yourAccount: Readonly<Record<Verdict, Sentence>>
  readonly accountByCause: Readonly<Record<Cause, Sentence>>
  readonly whatToDo: string
  readonly todo: Partial<Readonly<Record<VerdictAdviceCode, Sentence>>>
  readonly closing: string
}

/** What the abuse desk reads. Times with zone, addresses, replies, coverage, and what is not known. */
export interface DeskWording {
  readonly heading: Sentence
  readonly asked: string
  readonly askedFor: Readonly<
    Record<'messageIds' | 'queueIds' | 'senders' | 'recipients' | 'hops' | 'scripts' | 'window', string>
  >
  readonly nothing: string
  readonly messages: string
  readonly message: Sentence
  readonly origin: Readonly<Record<OriginKind | 'unknown', Sentence>>
  readonly recipient: Sentence
  readonly reasons: string
  readonly overturned: string
  readonly evidence: string
  readonly scope: string
  readonly scopeCounted: Sentence
  readonly scopeNotCounted: string
  readonly coverage: string
  readonly coverageComplete: string
  readonly coverageIncomplete: string
  readonly server: Sentence
  readonly gap: Sentence
  readonly directSmtp: Readonly<Record<'blocked' | 'open' | 'unknown', string>>
  readonly notKnown: string
  /** What an answer with these reasons or this cause leaves open. */
  readonly openQuestions: Partial<Readonly<Record<ReasonCode | Verdict | Cause, Sentence>>>
  readonly nothingOpen: string
  readonly commands: string
  readonly commandNotes: Readonly<Record<CommandNote, string>>
  readonly noCommands: string
  readonly advice: string
  readonly privacy: string
  /** Where a long list was cut. Fact: count. */
  readonly more: Sentence
}

export const COMMAND_NOTES = [
  'look',
  'freeze',
  'queue-of-sender',
  'hold',
  'stop-script',
  'login-sessions',
  'firewall',
  'search-again',
] as const
export type CommandNote = (typeof COMMAND_NOTES)[number]

export interface Wording {
  readonly language: Language
  /** The one-line summary, by verdict. Facts: cause, certainty, messageId, queueId, server, at. */
  readonly verdicts: Readonly<Record<Verdict, Sentence>>
  readonly causes: Readonly<Record<Cause, string>>
  readonly certainties: Readonly<Record<VerdictCertainty, string>>
  readonly reasons: Readonly<Record<ReasonCode, Sentence>>
  /** What would overturn the reason. */
  readonly overturns: Partial<Readonly<Record<ReasonCode, Sentence>>>
  readonly advice: Readonly<Record<VerdictAdviceCode, Sentence>>
  readonly domainAdvice: Readonly<Record<DomainAdviceCode, Sentence>>
  readonly severities: Readonly<Record<Severity, string>>
  readonly outcomes: Readonly<Record<Outcome, string>>
  readonly states: Readonly<Record<MessageState, string>>
  readonly customer: CustomerWording
  readonly desk: DeskWording
}
