/** Words of the contract as small integers in columns, and back. The order is part of the schema: append only. */

import type {Certainty, MessageState, OriginKind, Outcome} from '../mail/message.js'

/** Why a recipient failed; `none` where it did not. */
export type RefusalKind = 'none' | 'unknown-user' | 'policy' | 'other' | 'own-limit'

const STATES: readonly MessageState[] = ['unknown', 'completed', 'queued', 'frozen', 'removed', 'rejected']
const ORIGINS: readonly (OriginKind | null)[] = [
  null,
  'script',
  'local',
  'authenticated',
  'relay-in',
  'bounce',
  'forward',
]
const CERTAINTIES: readonly Certainty[] = ['proven', 'likely', 'ambiguous']
const OUTCOMES: readonly Outcome[] = [
  'unknown',
  'delivered',
  'delivered-locally',
  'handed-on',
  'deferred',
  'failed',
  'discarded',
  'removed',
]
const REFUSALS: readonly RefusalKind[] = ['none', 'unknown-user', 'policy', 'other', 'own-limit']

const coder = <T>(words: readonly T[], fallback: T): {code: (word: T) => number; word: (code: number) => T} => ({
  code: (word) => Math.max(0, words.indexOf(word)),
  word: (code) => words[code] ?? fallback,
})

export const stateCodes = coder<MessageState>(STATES, 'unknown')
export const originCodes = coder<OriginKind | null>(ORIGINS, null)
export const certaintyCodes = coder<Certainty>(CERTAINTIES, 'ambiguous')
export const outcomeCodes = coder<Outcome>(OUTCOMES, 'unknown')
export const refusalCodes = coder<RefusalKind>(REFUSALS, 'other')

/** Bits of message.flags. */
export const FLAG = {
  accepted: 1,
  ended: 2,
  reinjected: 4,
  cron: 8,
  evaluated: 16,
  rejection: 32,
  arrived: 64,
  exim: 128,
} as const

/** Lines without a queue ID that are found by their time. */
export type LooseKind =
  | 'command-run'
  | 'script-mailed'
  | 'origin-identified'
  | 'page-requested'
  | 'queue-swept'
  | 'client-accepted'
/** Their codes. */
export const LOOSE: readonly LooseKind[] = [
  'command-run',
  'script-mailed',
  'origin-identified',
  'page-requested',
  'queue-swept',
  'client-accepted',
]
