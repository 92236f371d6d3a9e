/** `advise` as text: what to repair first, then the next steps, what could not be checked, and what is right already. */

import type {DomainAdvice} from '../question/advice/advise-domain.js'
import type {Severity} from '../question/advice/codes.js'
import type {Colours, Paint} from './colour.js'
import {printable} from './printable.js'
import {type DomainAdviceText, domainAdviceTexts} from './wording/fill-texts.js'
import type {Language} from './wording/wording.js'

/** The advice with its words. */
export interface FilledAdvice extends Omit<DomainAdvice, 'items'> {
  readonly items: readonly DomainAdviceText[]
}

export const fillAdvice = (advice: DomainAdvice, language: Language): FilledAdvice => ({
  ...advice,
  items: domainAdviceTexts(advice.items, language),
})

const WIDTH = 100

export function renderAdvice(advice: FilledAdvice, colours: Colours): string {
  const paints: Readonly<Record<Severity, Paint>> = {
    problem: colours.red,
    improve: colours.yellow,
    unchecked: colours.dim,
    fine: colours.green,
  }
  const out = [colours.bold(printable(advice.domain))]
  let severity: Severity | null = null
  for (const item of advice.items) {
    if (item.severity !== severity) out.push('', paints[item.severity](item.severityText))
    severity = item.severity
    out.push(...hanging(item.text))
  }
  for (const {ip, check} of advice.sending) out.push(colours.dim(`  SPF for our ${printable(ip)}: ${check.result}`))
  return out.join('\n')
}

/** A paragraph behind a dash, broken at blanks; records to publish are never broken inside a word. */
function hanging(text: string): string[] {
  const lines: string[] = []
  let line = '  -'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== '-' && line.trim() !== '') {
      lines.push(line)
      line = '   '
    }
    line += ` ${word}`
  }
  lines.push(line)
  return lines
}
