/** check_host() of RFC 7208 section 4: may this address send for this domain? With the trace, and the limits of section 4.6.4. */

import {type IpAddress, inNetwork, ipAddress, reverseName} from '../dns/ip-address.js'
import {askable, type Outcome, plainName, type Resolver, valuesOf} from '../dns/resolver.js'
import {expandDomain, type MacroContext, needsValidatedName} from './spf-macro.js'
import {type Directive, type SpfRecord, spfRecord, spfRecords, testedDirectives} from './spf-record.js'

export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'permerror' | 'temperror'

export const MOST_LOOKUPS = 10
export const MOST_VOID_LOOKUPS = 2

export type SpfErrorReason =
  | 'several-records'
  | 'syntax'
  | 'too-many-lookups'
  | 'too-many-void-lookups'
  | 'too-many-exchangers'
  | 'include-without-record'
  | 'redirect-without-record'
  | 'dns-failure'
  | 'no-address'

export interface SpfStep {
  /** 0 in the domain's own record, 1 in an included one … */
  readonly depth: number
  readonly domain: string
  readonly term: string
  readonly outcome: 'match' | 'no-match' | 'error'
}

export interface SpfCheck {
  readonly result: SpfResult
  /** Why it is a permerror or temperror; null otherwise. `detail` names the term, the domain or the DNS error. */
  readonly reason: SpfErrorReason | null
  readonly detail: string | null
  /** Terms that cost a DNS question, as far as this evaluation went. */
  readonly lookups: number
  readonly voidLookups: number
  readonly trace: readonly SpfStep[]
}

export interface SpfQuestion {
  readonly ip: string
  readonly domain: string
  readonly resolver: Resolver
  /** The envelope sender; `postmaster@domain` where missing. */
  readonly sender?: string
  /** What the client calls itself; the domain where missing. */
  readonly helo?: string
}

/** Evaluates the domain's record for one client address. Never throws. */
export async function checkSpf(question: SpfQuestion): Promise<SpfCheck> {
  const ip = ipAddress(question.ip)
  const domain = plainName(question.domain)
  const state: State = {
    resolver: question.resolver,
    sender: question.sender ?? `postmaster@${domain}`,
    helo: question.helo ?? domain,
    lookups: 0,
    voidLookups: 0,
    trace: [],
    validated: null,
  }
  const ended = (result: SpfResult, reason: SpfErrorReason | null, detail: string | null): SpfCheck => ({
    result,
    reason,
    detail,
    lookups: state.lookups,
    voidLookups: state.voidLookups,
    trace: state.trace,
  })
  if (ip === null) return ended('permerror', 'no-address', question.ip)
  const answer = await checkHost(state, ip, domain, 0)
  return typeof answer === 'string' ? ended(answer, null, null) : ended(answer.result, answer.reason, answer.detail)
}

interface State {
  readonly resolver: Resolver
  readonly sender: string
  readonly helo: string
  lookups: number
  voidLookups: number
  readonly trace: SpfStep[]
  validated: readonly string[] | null
}

interface Failed {
  readonly result: 'permerror' | 'temperror'
  readonly reason: SpfErrorReason
  readonly detail: string
}

type Answer = Exclude<SpfResult, 'permerror' | 'temperror'> | Failed

const permanent = (reason: SpfErrorReason, detail: string): Failed => ({result: 'permerror', reason, detail})
const temporary = (detail: string): Failed => ({result: 'temperror', reason: 'dns-failure', detail})

const RESULTS = {'+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral'} as const

async function checkHost(state: State, ip: IpAddress, domain: string, depth: number): Promise<Answer> {
  if (!askable(domain) || !domain.includes('.')) return 'none'
  const texts = await state.resolver.txt(domain)
  if (texts.kind === 'failure') return temporary(`${domain}: ${texts.reason}`)
  const [only, second] = spfRecords(valuesOf(texts))
  if (only === undefined) return 'none'
  if (second !== undefined) return permanent('several-records', domain)
  const record = spfRecord(only)
  const fault = record.faults[0]
  if (fault) return permanent('syntax', `${domain}: ${fault.term}`)
  for (const directive of testedDirectives(record)) {
    const matched = await matches(state, ip, domain, depth, directive)
    const outcome = matched === true ? 'match' : matched === false ? 'no-match' : 'error'
    state.trace.push({depth, domain, term: directive.text, outcome})
    if (matched === true) return RESULTS[directive.qualifier]
    if (matched !== false) return matched
  }
  return followRedirect(state, ip, domain, depth, record)
}

async function followRedirect(
  state: State,
  ip: IpAddress,
  domain: string,
  depth: number,
  record: SpfRecord,
): Promise<Answer> {
  if (record.redirect === null) return 'neutral'
  if (++state.lookups > MOST_LOOKUPS) return permanent('too-many-lookups', domain)
  const target = expandDomain(record.redirect, await contextOf(state, ip, domain, record.redirect))
  const answer = await checkHost(state, ip, plainName(target), depth)
  return answer === 'none' ? permanent('redirect-without-record', target) : answer
}

async function matches(
  state: State,
  ip: IpAddress,
  domain: string,
  depth: number,
  directive: Directive,
): Promise<boolean | Failed> {
  const {mechanism} = directive
  if (mechanism === 'all') return true
  if (mechanism === 'ip4' || mechanism === 'ip6')
    return directive.network !== null && inNetwork(ip, directive.network, directive.length4)
  if (++state.lookups > MOST_LOOKUPS) return permanent('too-many-lookups', `${domain}: ${directive.text}`)
  const spec = directive.domain
  const target = spec === null ? domain : plainName(expandDomain(spec, await contextOf(state, ip, domain, spec)))
  const length = ip.version === 4 ? directive.length4 : directive.length6
  switch (mechanism) {
    case 'include':
      return included(await checkHost(state, ip, target, depth + 1), target)
    case 'exists': {
      const answer = await counted(state, target, state.resolver.a(target))
      return Array.isArray(answer) ? answer.length > 0 : answer
    }
    case 'a': {
      const answer = await counted(state, target, addressesOf(state, ip, target))
      return Array.isArray(answer) ? anyIn(ip, answer, length) : answer
    }
    case 'mx': {
      const exchangers = await counted(state, target, state.resolver.mx(target))
      if (!Array.isArray(exchangers)) return exchangers
      if (exchangers.length > 10) return permanent('too-many-exchangers', target)
      for (const {exchange} of exchangers) {
        const addresses = await addressesOf(state, ip, exchange)
        if (addresses.kind === 'failure') return temporary(`${exchange}: ${addresses.reason}`)
        if (anyIn(ip, valuesOf(addresses), length)) return true
      }
      return false
    }
    default: {
      const names = await validatedNames(state, ip)
      return names.some((name) => name === target || name.endsWith(`.${target}`))
    }
  }
}

/** The table of section 5.2. */
function included(answer: Answer, target: string): boolean | Failed {
  if (typeof answer !== 'string') return answer
  return answer === 'none' ? permanent('include-without-record', target) : answer === 'pass'
}

/** The values, none where the question was void (counted), or the failure. */
async function counted<T>(state: State, name: string, asked: Promise<Outcome<T>>): Promise<T[] | Failed> {
  const outcome = askable(name) ? await asked : ({kind: 'nx-domain'} as const)
  if (outcome.kind === 'failure') return temporary(`${name}: ${outcome.reason}`)
  if (outcome.kind === 'found') return [...outcome.values]
  return ++state.voidLookups > MOST_VOID_LOOKUPS ? permanent('too-many-void-lookups', name) : []
}

const addressesOf = (state: State, ip: IpAddress, name: string): Promise<Outcome<string>> =>
  !askable(name)
    ? Promise.resolve({kind: 'nx-domain'})
    : ip.version === 4
      ? state.resolver.a(name)
      : state.resolver.aaaa(name)

const anyIn = (ip: IpAddress, texts: readonly string[], length: number): boolean =>
  texts.some((text) => {
    const network = ipAddress(text)
    return network !== null && inNetwork(ip, network, length)
  })

/** Names of the client whose own addresses confirm it (section 5.5); at most ten are tried, DNS errors mean no name. */
async function validatedNames(state: State, ip: IpAddress): Promise<readonly string[]> {
  if (state.validated) return state.validated
  const names: string[] = []
  for (const name of valuesOf(await state.resolver.ptr(reverseName(ip))).slice(0, 10)) {
    const addresses = await addressesOf(state, ip, plainName(name))
    if (anyIn(ip, valuesOf(addresses), ip.version === 4 ? 32 : 128)) names.push(plainName(name))
  }
  state.validated = names
  return names
}

async function contextOf(state: State, ip: IpAddress, domain: string, spec: string): Promise<MacroContext> {
  const names = needsValidatedName(spec) ? await validatedNames(state, ip) : []
  const own = names.find((name) => name === domain) ?? names.find((name) => name.endsWith(`.${domain}`))
  return {ip, domain, sender: state.sender, helo: state.helo, validated: own ?? names[0] ?? 'unknown'}
}
