/** What an outcome of the log tells the abuse detector. */

import type {OutcomeKind} from '../mail/send-fact.js'
import {outcomeCodes, type RefusalKind, refusalCodes} from './codes.js'

export interface ToldOutcome {
  readonly kind: OutcomeKind
  /** Our own server refused it. */
  readonly ownLimit: boolean
}

const failureKind = (refusal: RefusalKind): OutcomeKind =>
  refusal === 'unknown-user' || refusal === 'policy' ? refusal : 'other'

/** By outcome * 8 + refusal. */
const TOLD: readonly (ToldOutcome | null)[] = Array.from({length: 64}, (_, packed): ToldOutcome | null => {
  const outcome = outcomeCodes.word(packed >> 3)
  const refusal = refusalCodes.word(packed & 7)
  const ownLimit = refusal === 'own-limit'
  if (outcome === 'delivered') return {kind: 'delivered', ownLimit}
  if (outcome === 'failed') return {kind: failureKind(refusal), ownLimit}
  return outcome === 'discarded' || outcome === 'removed' ? {kind: 'other', ownLimit} : null
})

/** What the codes of a recipient's row tell; null where that is nothing: no end yet, or one in a mailbox of ours. */
export const toldOf = (outcome: number, refusal: number): ToldOutcome | null => TOLD[outcome * 8 + refusal] ?? null
