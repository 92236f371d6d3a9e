/** Deutsch: jeder Satz, den Menschen lesen, aus seinen Teilen zusammengesetzt. */

import {advice, causes, certainties, outcomes, severities, states, verdicts} from './de/advice.js'
import {customer} from './de/customer.js'
import {desk} from './de/desk.js'
import {domainAdvice} from './de/domain.js'
import {overturns, reasons} from './de/reasons.js'
import type {Wording} from './wording.js'

export const german: Wording = {
  language: 'de',
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
