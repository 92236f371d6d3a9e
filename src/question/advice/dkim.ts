/** DKIM keys of a domain (RFC 6376, RFC 8301, RFC 8463): which selectors answer, and whether their keys are any good. */

import {createPublicKey} from 'node:crypto'
import {plainName, type Resolver, valuesOf} from '../dns/resolver.js'

/** Selectors that mail systems and providers use by default; asked beside those seen in logs or given by hand. */
export const USUAL_SELECTORS = [
  'default',
  'dkim',
  'mail',
  'email',
  'google',
  'selector1',
  'selector2',
  's1',
  's2',
  'k1',
  'k2',
  'k3',
  'x',
  'key1',
  'key2',
  'dkim1',
  'dkim2',
  'smtp',
  'mta',
  'mx',
  'mandrill',
  'fm1',
  'fm2',
  'fm3',
  'protonmail',
  'zoho',
  'pm',
] as const

export interface DkimKey {
  readonly selector: string
  readonly record: string
  /** `k=`, lower case: rsa, ed25519, or what the record says. */
  readonly algorithm: string
  /** RSA modulus or 256 for Ed25519; null where the key cannot be read. */
  readonly bits: number | null
  /** Empty `p=`: the key is withdrawn. */
  readonly revoked: boolean
  /** `t=y`: receivers may treat signed mail as unsigned. */
  readonly testing: boolean
  /** The record breaks the grammar: no `p=`, a foreign `v=`, or a key that is no key. */
  readonly malformed: boolean
}

export interface DkimSurvey {
  readonly keys: readonly DkimKey[]
  /** Selectors that were asked and gave no key record. */
  readonly missing: readonly string[]
  /** Selectors that could not be asked. */
  readonly failed: readonly string[]
  /**
   * Does anything exist below `_domainkey`? `no` (NXDOMAIN, RFC 8020) proves that there is no key at all under any selector;
   * `maybe` means that a selector we did not ask may exist.
   */
  readonly anySelector: 'no' | 'maybe' | 'unknown'
}

/** Asks for the given and the usual selectors. Never throws. */
export async function surveyDkim(
  domain: string,
  selectors: readonly string[],
  resolver: Resolver,
): Promise<DkimSurvey> {
  const base = `_domainkey.${plainName(domain)}`
  const wanted = [...new Set([...selectors.map(plainName), ...USUAL_SELECTORS])].filter((name) => name !== '')
  const parent = await resolver.txt(base)
  const anySelector = parent.kind === 'nx-domain' ? 'no' : parent.kind === 'failure' ? 'unknown' : 'maybe'
  const keys: DkimKey[] = []
  const missing: string[] = []
  const failed: string[] = []
  const answers = await Promise.all(wanted.map((selector) => resolver.txt(`${selector}.${base}`)))
  for (const [index, answer] of answers.entries()) {
    const selector = wanted[index] ?? ''
    const record = valuesOf(answer).find(looksLikeKey)
    if (record !== undefined) keys.push(dkimKey(selector, record))
    else if (answer.kind === 'failure') failed.push(selector)
    else missing.push(selector)
  }
  return {keys, missing, failed, anySelector: keys.length > 0 ? 'maybe' : anySelector}
}

const looksLikeKey = (text: string): boolean => /^\s*v\s*=\s*DKIM1/i.test(text) || /(?:^|;)\s*p\s*=/i.test(text)

/** Reads one key record (RFC 6376 section 3.6.1). */
export function dkimKey(selector: string, record: string): DkimKey {
  const tags = tagList(record)
  const key = tags.get('p')?.replace(/\s+/g, '') ?? null
  const algorithm = (tags.get('k') ?? 'rsa').toLowerCase()
  const bits = key ? keyBits(algorithm, key) : null
  const version = tags.get('v')
  return {
    selector,
    record,
    algorithm,
    bits,
    revoked: key === '',
    testing: (tags.get('t') ?? '').split(':').some((flag) => flag.trim() === 'y'),
    malformed: key === null || (version !== undefined && version !== 'DKIM1') || (key !== '' && bits === null),
  }
}

/** `name=value; name=value`, first one wins; names in lower case (RFC 6376 section 3.2). */
export function tagList(record: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const part of record.split(';')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(0, equals)).trim().toLowerCase()
    if (name !== '' && !tags.has(name)) tags.set(name, part.slice(equals + 1).trim())
  }
  return tags
}

function keyBits(algorithm: string, base64: string): number | null {
  if (/[^A-Za-z0-9+/=]/.test(base64)) return null
  const bytes = Buffer.from(base64, 'base64')
  if (algorithm === 'ed25519') return bytes.length === 32 ? 256 : null
  return rsaBits(bytes, 'spki') ?? rsaBits(bytes, 'pkcs1')
}

function rsaBits(der: Buffer, type: 'spki' | 'pkcs1'): number | null {
  try {
    return createPublicKey({key: der, format: 'der', type}).asymmetricKeyDetails?.modulusLength ?? null
  } catch {
    return null
  }
}
