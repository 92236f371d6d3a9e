/** From an SPF tree and our own addresses to coded advice. */

import type {DomainAdviceItem} from './codes.js'
import {item} from './codes.js'
import {MOST_LOOKUPS, type SpfCheck} from './spf-check.js'
import {spfRecord} from './spf-record.js'
import type {SpfSurvey} from './spf-survey.js'

/** What the domain's SPF gives for one of our sending addresses. */
export interface SendingCheck {
  readonly ip: string
  readonly check: SpfCheck
}

/** Findings in the order in which they should be read. `domain` is for the suggested records. */
export function spfAdvice(domain: string, survey: SpfSurvey, sending: readonly SendingCheck[]): DomainAdviceItem[] {
  if (survey.failure !== null) return [item('spf-unchecked', 'unchecked', {domain, reason: survey.failure})]
  const [record] = survey.records
  if (record === undefined) return withoutRecord(domain, survey, sending)
  if (survey.records.length > 1) return [item('spf-several', 'problem', {domain, records: survey.records})]
  return [
    ...broken(domain, survey),
    ...lastWord(domain, record, survey),
    ...coverage(domain, record, sending),
    ...habits(domain, record, survey),
  ]
}

function withoutRecord(domain: string, survey: SpfSurvey, sending: readonly SendingCheck[]): DomainAdviceItem[] {
  const [misspelt] = survey.lookalikes
  if (misspelt !== undefined) return [item('spf-misspelt', 'problem', {domain, record: misspelt})]
  const suggested = ['v=spf1 mx', ...sending.map(({ip}) => addressTerm(ip)), '-all'].join(' ')
  return [item('spf-missing', 'problem', {domain, suggested})]
}

function broken(domain: string, survey: SpfSurvey): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  if (survey.faults.length > 0)
    items.push(item('spf-syntax', 'problem', {domain, terms: survey.faults.map((fault) => fault.term)}))
  if (survey.recordless.length > 0)
    items.push(item('spf-include-missing', 'problem', {domain, domains: survey.recordless}))
  if (survey.lookups > MOST_LOOKUPS)
    items.push(item('spf-too-many-lookups', 'problem', {domain, lookups: survey.lookups, most: MOST_LOOKUPS}))
  else if (survey.lookups >= MOST_LOOKUPS - 1)
    items.push(item('spf-near-lookup-limit', 'improve', {domain, lookups: survey.lookups, most: MOST_LOOKUPS}))
  if (survey.voids.length > 0)
    items.push(item('spf-void-lookups', survey.voids.length > 2 ? 'problem' : 'improve', {domain, names: survey.voids}))
  if (survey.unread.length > 0) {
    const domains = [...new Set(survey.unread.map((part) => part.domain))]
    items.push(item('spf-tree-unread', 'unchecked', {domain, domains, reason: survey.unread[0]?.reason ?? null}))
  }
  return items
}

function lastWord(domain: string, record: string, survey: SpfSurvey): DomainAdviceItem[] {
  const suggested = survey.allAt === domain ? hardened(record) : null
  const facts = {domain, record, suggested, decidedAt: survey.allAt}
  const items: DomainAdviceItem[] = []
  if (survey.openIncludes.length > 0)
    items.push(item('spf-include-open', 'problem', {domain, domains: survey.openIncludes}))
  if (survey.wideNetworks.length > 0)
    items.push(item('spf-wide-networks', 'problem', {domain, terms: survey.wideNetworks}))
  const unreadRedirect = survey.unread.some((part) => spfRecord(record).redirect === part.domain)
  if (survey.all === null && unreadRedirect) return items
  const words = {'+': 'spf-allows-all', '?': 'spf-neutral', '~': 'spf-softfail', '-': 'spf-fail'} as const
  const severities = {'+': 'problem', '?': 'problem', '~': 'improve', '-': 'fine'} as const
  if (survey.all === null) items.push(item('spf-no-all', 'problem', facts))
  else items.push(item(words[survey.all], severities[survey.all], facts))
  return items
}

function coverage(domain: string, record: string, sending: readonly SendingCheck[]): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  const covered = sending.filter(({check}) => check.result === 'pass')
  const unknown = sending.filter(({check}) => check.result === 'temperror')
  const missed = sending.filter(({check}) => check.result !== 'pass' && check.result !== 'temperror')
  if (missed.length > 0) {
    const results = missed.map(({ip, check}) => `${ip}: ${check.result}`)
    const broken = missed.every(({check}) => check.result === 'permerror')
    const suggested = broken
      ? null
      : withAddresses(
          record,
          missed.map(({ip}) => ip),
        )
    items.push(
      item('spf-misses-our-servers', 'problem', {domain, addresses: missed.map(({ip}) => ip), results, suggested}),
    )
  }
  if (unknown.length > 0)
    items.push(
      item('spf-coverage-unchecked', 'unchecked', {
        domain,
        addresses: unknown.map(({ip}) => ip),
        reason: unknown[0]?.check.detail ?? null,
      }),
    )
  if (covered.length > 0)
    items.push(item('spf-covers-our-servers', 'fine', {domain, addresses: covered.map(({ip}) => ip)}))
  return items
}

/** Above this many octets a record no longer fits into the smallest DNS answer together with its neighbours (RFC 7208 3.4). */
const LONG_RECORD = 450

function habits(domain: string, record: string, survey: SpfSurvey): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  if (survey.usesPtr) items.push(item('spf-ptr', 'improve', {domain, record}))
  if (survey.textBehindAll) items.push(item('spf-text-behind-all', 'improve', {domain, record}))
  if (survey.longest > LONG_RECORD) items.push(item('spf-long-record', 'improve', {domain, length: survey.longest}))
  return items
}

/** The record with `-all` as its last word. */
function hardened(record: string): string {
  const terms = record.split(' ').filter((term) => term !== '')
  const all = terms.findIndex((term) => /^[-+~?]?all$/i.test(term))
  return [...(all < 0 ? terms : terms.slice(0, all)), '-all'].join(' ')
}

const addressTerm = (ip: string): string => `${ip.includes(':') ? 'ip6' : 'ip4'}:${ip}`

function withAddresses(record: string, addresses: readonly string[]): string {
  const [version = 'v=spf1', ...terms] = record.split(' ').filter((term) => term !== '')
  return [version, ...addresses.map(addressTerm), ...terms].join(' ')
}
