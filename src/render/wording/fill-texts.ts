/** Puts the words into an answer: the judge gives codes and facts, this gives each of them its sentence. */

import type {Advice, Reason, VerdictAnswer} from '../../mail/verdict.js'
import type {DomainAdviceItem} from '../../question/advice/codes.js'
import {factsOf, readableTime} from './facts.js'
import {wordingOf} from './languages.js'
import type {Language} from './wording.js'

/** The same answer with `summary` and every `text` filled. `timeZone` (an IANA name) adds local times. */
export function fillTexts(answer: VerdictAnswer, language: Language, timeZone: string | null = null): VerdictAnswer {
  const words = wordingOf(language)
  const time = (iso: string): string => readableTime(iso, timeZone)
  const reasons = answer.reasons.map(
    (reason): Reason => ({...reason, text: words.reasons[reason.code](factsOf(reason.data, time))}),
  )
  const advice = answer.advice.map((one): Advice => ({...one, text: words.advice[one.code](factsOf(one.data, time))}))
  const first = answer.messages[0]
  const facts = factsOf(
    {
      cause: words.causes[answer.cause],
      certainty: words.certainties[answer.certainty],
      messageId: first?.messageId ?? null,
      queueId: first?.queueId ?? null,
      server: first?.server ?? null,
      at: first?.arrivedAt ?? null,
    },
    time,
  )
  return {...answer, summary: words.verdicts[answer.verdict](facts), reasons, advice}
}

export interface DomainAdviceText extends DomainAdviceItem {
  readonly text: string
  /** The severity in words. */
  readonly severityText: string
}

/** Domain advice with its sentences, in the order given. */
export function domainAdviceTexts(items: readonly DomainAdviceItem[], language: Language): readonly DomainAdviceText[] {
  const words = wordingOf(language)
  return items.map((item) => ({
    ...item,
    text: words.domainAdvice[item.code](factsOf(item.data)),
    severityText: words.severities[item.severity],
  }))
}
