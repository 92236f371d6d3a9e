/** `verdict --reply`: the drafted ticket, for the customer or for the abuse desk, from one answer. */

import type {VerdictAnswer} from '../mail/verdict.js'
import {caseValues, customerValues} from './templates/customer-values.js'
import {deskValues} from './templates/desk-values.js'
import {type Audience, fill, type Templates, templateFor} from './templates/template.js'
import {wordingOf} from './wording/languages.js'
import type {Language} from './wording/wording.js'

export interface ReplyOptions {
  readonly language: Language
  readonly audience: Audience
  /** A provider's own texts, from `loadTemplates`; the built-in ones where missing. */
  readonly templates?: Templates
  /** IANA name: times in that zone too (abuse desk) or instead (customer); UTC where missing. */
  readonly timeZone?: string
}

/** The text of the ticket. Every number and line in it stands in the answer; what strangers wrote is escaped. */
export function renderReply(answer: VerdictAnswer, options: ReplyOptions): string {
  const words = wordingOf(options.language)
  const timeZone = options.timeZone ?? null
  const own = options.audience === 'customer' ? customerValues : deskValues
  const values = new Map([...caseValues(answer, words, timeZone), ...own(answer, words, timeZone)])
  const template = templateFor(options.templates ?? new Map(), answer.verdict, options.audience, options.language)
  return fill(template, values)
}
