/** A domain's DMARC policy: RFC 7489 records, found by the DNS tree walk of RFC 9989 (no list of public suffixes is needed). */

import {plainName, type Resolver, valuesOf} from '../dns/resolver.js'
import {tagList} from './dkim.js'

export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

export interface DmarcRecord {
  readonly text: string
  readonly policy: DmarcPolicy | null
  readonly subdomainPolicy: DmarcPolicy | null
  /** 0 to 100; 100 where the record says nothing. */
  readonly percent: number
  /** Aggregate report addresses without `mailto:` and size limits. */
  readonly aggregateReports: readonly string[]
  /** A report address that the paste has masked (`[email protected]`), so it is there and cannot be read. */
  readonly hiddenReports: boolean
  readonly strictDkim: boolean
  readonly strictSpf: boolean
  /** Tags whose values no receiver understands. */
  readonly malformed: readonly string[]
  /** RFC 9989 `psd=`: y, n or null. */
  readonly publicSuffix: string | null
}

export interface DmarcSurvey {
  /** The name whose record governs the domain; null where there is none. */
  readonly foundAt: string | null
  readonly record: DmarcRecord | null
  /** How many DMARC records stand at `_dmarc.<domain>` itself; more than one counts as none. */
  readonly count: number
  /** True where the record is a parent's, so that its `sp=` governs. */
  readonly inherited: boolean
  /** What receivers apply to the asked domain; null without a record. */
  readonly effective: DmarcPolicy | null
  /** Report addresses in foreign domains that have not agreed to take the reports (RFC 7489 section 7.1). */
  readonly unauthorised: readonly string[]
  /** TXT records at _dmarc that look like a misspelt record. */
  readonly lookalikes: readonly string[]
  readonly failure: string | null
}

/** Finds the policy that governs `domain`. Never throws. */
export async function surveyDmarc(domain: string, resolver: Resolver): Promise<DmarcSurvey> {
  const name = plainName(domain)
  const own = await resolver.txt(`_dmarc.${name}`)
  const texts = valuesOf(own)
  const records = texts.filter(isDmarc)
  const found: Located = records.length === 1 ? {at: name, text: records[0] ?? ''} : null
  const failure = own.kind === 'failure' ? own.reason : null
  const located = found ?? (failure === null && records.length === 0 ? await walkUp(name, resolver) : null)
  const record = located ? dmarcRecord(located.text) : null
  const inherited = located !== null && located.at !== name
  const effective = record && inherited ? (record.subdomainPolicy ?? record.policy) : (record?.policy ?? null)
  return {
    foundAt: located?.at ?? null,
    record,
    count: records.length,
    inherited,
    effective,
    unauthorised: record && located ? await unauthorisedReports(located.at, record.aggregateReports, resolver) : [],
    lookalikes: texts.filter(
      (text) => !isDmarc(text) && /v\s*=\s*dmarc|\bp\s*=\s*(?:none|quarantine|reject)/i.test(text),
    ),
    failure,
  }
}

type Located = {readonly at: string; readonly text: string} | null

const isDmarc = (text: string): boolean => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text)

/**
 * RFC 9989 section 4.10: ask each parent, at most seven of them; `psd=n` ends the walk there, `psd=y` ends it without being the
 * organisation's own record; otherwise the record with the fewest labels governs.
 */
async function walkUp(name: string, resolver: Resolver): Promise<Located> {
  let labels = name.split('.')
  let best: Located = null
  while (labels.length > 1) {
    labels = labels.length > 8 ? labels.slice(-7) : labels.slice(1)
    const at = labels.join('.')
    const [text, second] = valuesOf(await resolver.txt(`_dmarc.${at}`)).filter(isDmarc)
    if (text === undefined || second !== undefined) continue
    const suffix = dmarcRecord(text).publicSuffix
    if (suffix === 'y') return best ?? {at, text}
    best = {at, text}
    if (suffix === 'n') return best
  }
  return best
}

const POLICIES: readonly string[] = ['none', 'quarantine', 'reject']

/** Reads one record. Unknown tags are ignored, unknown values of known tags are named in `malformed`. */
export function dmarcRecord(text: string): DmarcRecord {
  const tags = tagList(text)
  const malformed: string[] = []
  const policy = (tag: string): DmarcPolicy | null => {
    const value = tags.get(tag)?.toLowerCase()
    if (value === undefined) return null
    if (POLICIES.includes(value)) return value as DmarcPolicy
    malformed.push(tag)
    return null
  }
  const mode = (tag: string): boolean => {
    const value = tags.get(tag)?.toLowerCase()
    if (value !== undefined && value !== 'r' && value !== 's') malformed.push(tag)
    return value === 's'
  }
  const stated = policy('p')
  if (stated === null && !malformed.includes('p')) malformed.push('p')
  const subdomainPolicy = policy('sp')
  const percent = tags.get('pct')
  const percentFine = percent === undefined || (/^\d{1,3}$/.test(percent) && Number(percent) <= 100)
  if (!percentFine) malformed.push('pct')
  const uris = (tags.get('rua') ?? '')
    .split(',')
    .map((uri) => uri.trim())
    .filter((uri) => uri !== '')
  const hidden = uris.filter((uri) => /\[email|protected\]|\*{2,}|\[at\]|<hidden>/i.test(uri))
  const mail = uris.filter((uri) => !hidden.includes(uri) && /^mailto:[^@\s]+@[^@\s]+$/i.test(uri))
  if (uris.length > hidden.length + mail.length) malformed.push('rua')
  // RFC 7489 section 6.6.3: a record with a readable rua and no readable p counts as p=none.
  return {
    text,
    policy: stated ?? (uris.length > 0 ? 'none' : null),
    subdomainPolicy,
    percent: percentFine ? Number(percent ?? 100) : 100,
    aggregateReports: mail.map((uri) => uri.slice('mailto:'.length).replace(/!\d+[kmgt]?$/i, '')),
    hiddenReports: hidden.length > 0,
    strictDkim: mode('adkim'),
    strictSpf: mode('aspf'),
    malformed,
    publicSuffix: tags.get('psd')?.toLowerCase() ?? null,
  }
}

async function unauthorisedReports(
  domain: string,
  addresses: readonly string[],
  resolver: Resolver,
): Promise<readonly string[]> {
  const refused: string[] = []
  for (const address of addresses.slice(0, 10)) {
    const host = plainName(address.slice(address.lastIndexOf('@') + 1))
    const related = host === domain || host.endsWith(`.${domain}`) || domain.endsWith(`.${host}`)
    if (related) continue
    const answer = await resolver.txt(`${domain}._report._dmarc.${host}`)
    if (answer.kind !== 'failure' && !valuesOf(answer).some((text) => /^v\s*=\s*DMARC1/.test(text)))
      refused.push(address)
  }
  return refused
}
