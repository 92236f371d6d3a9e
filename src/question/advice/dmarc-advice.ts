/** From a domain's DMARC policy to coded advice. */

import {type DomainAdviceItem, item} from './codes.js'
import type {DmarcPolicy, DmarcRecord, DmarcSurvey} from './dmarc.js'

const STRENGTH: Readonly<Record<DmarcPolicy, number>> = {none: 0, quarantine: 1, reject: 2}

export function dmarcAdvice(domain: string, survey: DmarcSurvey): DomainAdviceItem[] {
  if (survey.failure !== null) return [item('dmarc-unchecked', 'unchecked', {domain, reason: survey.failure})]
  if (survey.count > 1) return [item('dmarc-several', 'problem', {domain, count: survey.count})]
  const {record} = survey
  if (record === null || survey.foundAt === null) return withoutRecord(domain, survey)
  const items = policyAdvice(domain, survey, record)
  if (survey.inherited)
    items.push(item('dmarc-inherited', 'fine', {domain, foundAt: survey.foundAt, effective: survey.effective}))
  if (record.malformed.length > 0)
    items.push(item('dmarc-malformed', 'problem', {domain, tags: record.malformed, record: record.text}))
  if (record.percent < 100 && survey.effective !== 'none')
    items.push(item('dmarc-partial', 'improve', {domain, percent: record.percent, record: record.text}))
  if (weakerBelow(survey, record))
    items.push(
      item('dmarc-subdomains-weaker', 'improve', {
        domain,
        policy: record.policy,
        subdomainPolicy: record.subdomainPolicy,
      }),
    )
  return [...items, ...reportAdvice(domain, survey, record)]
}

function withoutRecord(domain: string, survey: DmarcSurvey): DomainAdviceItem[] {
  const [misspelt] = survey.lookalikes
  if (misspelt !== undefined) return [item('dmarc-misspelt', 'problem', {domain, record: misspelt})]
  return [item('dmarc-missing', 'problem', {domain, suggested: `v=DMARC1; p=none; rua=mailto:dmarc-reports@${domain}`})]
}

function policyAdvice(domain: string, survey: DmarcSurvey, record: DmarcRecord): DomainAdviceItem[] {
  const facts = {domain, record: record.text, suggested: stepUp(survey, record)}
  switch (survey.effective) {
    case 'reject':
      return [item('dmarc-reject', 'fine', facts)]
    case 'quarantine':
      return [item('dmarc-quarantine', 'improve', facts)]
    case 'none':
      return [item('dmarc-none', 'problem', facts)]
    default:
      return []
  }
}

/** The same record with the next stronger policy, a masked report address marked as the owner's to fill in; an inherited one is the parent's to change. */
function stepUp(survey: DmarcSurvey, record: DmarcRecord): string | null {
  if (survey.inherited || survey.effective === 'reject') return null
  const next = survey.effective === 'none' ? 'quarantine' : 'reject'
  const stronger = record.text.replace(/((?:^|;)\s*p\s*=\s*)(?:none|quarantine)/i, `$1${next}`)
  return stronger.replace(/mailto:\[email.protected\]/gi, 'mailto:YOUR-REPORT-ADDRESS')
}

const weakerBelow = (survey: DmarcSurvey, record: DmarcRecord): boolean =>
  !survey.inherited &&
  record.policy !== null &&
  record.subdomainPolicy !== null &&
  STRENGTH[record.subdomainPolicy] < STRENGTH[record.policy]

function reportAdvice(domain: string, survey: DmarcSurvey, record: DmarcRecord): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  if (survey.unauthorised.length > 0)
    items.push(item('dmarc-reports-refused', 'problem', {domain, addresses: survey.unauthorised}))
  if (record.aggregateReports.length > 0 || record.hiddenReports)
    items.push(
      item('dmarc-reports', 'fine', {domain, addresses: record.aggregateReports, hidden: record.hiddenReports}),
    )
  else if (!record.malformed.includes('rua'))
    items.push(item('dmarc-no-reports', 'improve', {domain, suggested: `rua=mailto:dmarc-reports@${domain}`}))
  return items
}
