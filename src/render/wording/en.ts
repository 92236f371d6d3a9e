/** English: every sentence that people read, put together from its parts. */

import {advice, causes, certainties, outcomes, severities, states, verdicts} from './en/advice.js'
import {customer} from './en/customer.js'
import {desk} from './en/desk.js'
import {domainAdvice} from './en/domain.js'
import {overturns, reasons} from './en/reasons.js'
import type {Wording} from './wording.js'

export const english: Wording = {
  language: 'en',
  verdicts,
  causes,
  certainties,
  reasons,
  overturns,
  advice,
  domainAdvice,
  severities,
  outcomes,
  states,
  customer,
  desk,
}
