/** `advise DOMAIN`: what its owner can do so that forged mail is refused before it bounces. Data only; the words are render's. */

import {domainToASCII} from 'node:url'
import {type MailExchanger, type Outcome, plainName, type Resolver, rememberingResolver} from '../dns/resolver.js'
import {type DomainAdviceItem, item, type Severity} from './codes.js'
import {type DkimSurvey, surveyDkim} from './dkim.js'
import {dkimAdvice} from './dkim-advice.js'
import {type DmarcSurvey, surveyDmarc} from './dmarc.js'
import {dmarcAdvice} from './dmarc-advice.js'
import {type SendingCheck, spfAdvice} from './spf-advice.js'
import {checkSpf} from './spf-check.js'
import {type SpfSurvey, surveySpf} from './spf-survey.js'

/** A catch-all as the logs show it: many random local parts of the domain were accepted. Times are ISO 8601 UTC. */
export interface CatchAllSeen {
  readonly randomLocalParts: number
  readonly since: string | null
  readonly until?: string | null
  readonly examples?: readonly string[]
}

/** Bounces that came in for mail that never left. Times are ISO 8601 UTC. */
export interface BackscatterSeen {
  readonly messages: number
  readonly since: string | null
  readonly until?: string | null
  /** Hosts that sent the bounces. */
  readonly reporters?: readonly string[]
}

export interface DomainQuestion {
  /** With or without trailing dot; letters beyond ASCII are asked in their IDNA form. */
  readonly domain: string
  readonly resolver: Resolver
  /** Addresses from which our servers send. */
  readonly sendingIps: readonly string[]
  /** DKIM selectors seen in logs or given by hand; the usual ones are asked in any case. */
  readonly selectors: readonly string[]
  readonly catchAll?: CatchAllSeen
  readonly backscatter?: BackscatterSeen
}

export interface DomainAdvice {
  readonly schema: 'mailwitness.advise/1'
  readonly domain: string
  /** Worst first; within one severity in the order SPF, DKIM, DMARC, mail exchangers, logs. */
  readonly items: readonly DomainAdviceItem[]
  readonly spf: SpfSurvey
  readonly sending: readonly SendingCheck[]
  readonly dkim: DkimSurvey
  readonly dmarc: DmarcSurvey
}

/** Asks everything and judges it. Never throws; what could not be asked is an `unchecked` item. */
export async function adviseDomain(question: DomainQuestion): Promise<DomainAdvice> {
  const domain = domainToASCII(plainName(question.domain)) || plainName(question.domain)
  const resolver = rememberingResolver(question.resolver)
  const [spf, dkim, dmarc, exchangers] = await Promise.all([
    surveySpf(domain, resolver),
    surveyDkim(domain, question.selectors, resolver),
    surveyDmarc(domain, resolver),
    resolver.mx(domain),
  ])
  const sending: SendingCheck[] = []
  if (spf.records.length === 1)
    for (const ip of question.sendingIps) sending.push({ip, check: await checkSpf({ip, domain, resolver})})
  const findings = [
    ...spfAdvice(domain, spf, spf.records.length === 1 ? sending : unchecked(question.sendingIps)),
    ...dkimAdvice(domain, dkim),
    ...dmarcAdvice(domain, dmarc),
    ...(await exchangerAdvice(domain, exchangers, resolver)),
    ...logAdvice(domain, question),
  ]
  const items =
    exchangers.kind === 'nx-domain' ? [item('domain-not-found', 'problem', {domain})] : [...findings].sort(graver)
  return {schema: 'mailwitness.advise/1', domain, items, spf, sending, dkim, dmarc}
}

const ORDER: readonly Severity[] = ['problem', 'improve', 'unchecked', 'fine']
const graver = (one: DomainAdviceItem, other: DomainAdviceItem): number =>
  ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity)

/** Without a record there is nothing to evaluate; the addresses still go into the suggested one. */
const unchecked = (addresses: readonly string[]): SendingCheck[] =>
  addresses.map((ip) => ({
    ip,
    check: {result: 'none', reason: null, detail: null, lookups: 0, voidLookups: 0, trace: []},
  }))

async function exchangerAdvice(
  domain: string,
  outcome: Outcome<MailExchanger>,
  resolver: Resolver,
): Promise<DomainAdviceItem[]> {
  if (outcome.kind === 'failure') return [item('mx-unchecked', 'unchecked', {domain, reason: outcome.reason})]
  if (outcome.kind !== 'found') return [item('mx-missing', 'improve', {domain})]
  const exchangers = outcome.values.map((value) => value.exchange)
  if (exchangers.every((exchange) => exchange === '')) return [item('mx-null', 'fine', {domain})]
  const missing: string[] = []
  for (const exchange of exchangers.slice(0, 20)) {
    const four = await resolver.a(exchange)
    if (four.kind === 'found' || four.kind === 'failure') continue
    const six = await resolver.aaaa(exchange)
    if (six.kind === 'no-data' || six.kind === 'nx-domain') missing.push(exchange)
  }
  if (missing.length > 0) return [item('mx-target-missing', 'problem', {domain, exchangers: missing})]
  return [item('mx-found', 'fine', {domain, exchangers})]
}

function logAdvice(domain: string, {catchAll, backscatter}: DomainQuestion): DomainAdviceItem[] {
  const items: DomainAdviceItem[] = []
  if (catchAll && catchAll.randomLocalParts > 0)
    items.push(
      item('catch-all-on', 'problem', {
        domain,
        localParts: catchAll.randomLocalParts,
        since: catchAll.since,
        examples: catchAll.examples ?? [],
        bounces: backscatter?.messages ?? null,
      }),
    )
  if (backscatter && backscatter.messages > 0)
    items.push(
      item('backscatter-received', 'improve', {
        domain,
        messages: backscatter.messages,
        since: backscatter.since,
        until: backscatter.until ?? null,
        reporters: backscatter.reporters ?? [],
      }),
    )
  return items
}
