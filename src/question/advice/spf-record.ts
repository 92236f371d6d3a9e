/** An SPF record's grammar (RFC 7208 sections 4.5, 4.6 and 12): which TXT records are SPF, and what their terms say. */

import {type IpAddress, ipAddress} from '../dns/ip-address.js'
import {macroFault} from './spf-macro.js'

export type Qualifier = '+' | '-' | '~' | '?'

export interface Directive {
  readonly kind: 'directive'
  readonly text: string
  readonly qualifier: Qualifier
  readonly mechanism: 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists'
  /** The domain-spec with its macros; null means the current domain. */
  readonly domain: string | null
  /** ip4, ip6: the network. */
  readonly network: IpAddress | null
  /** Prefix lengths; for ip4 and ip6 only the one of their version counts. */
  readonly length4: number
  readonly length6: number
}

export interface Modifier {
  readonly kind: 'modifier'
  readonly text: string
  /** Lower case. */
  readonly name: string
  readonly value: string
}

export interface SpfFault {
  readonly kind: 'fault'
  readonly term: string
  readonly reason:
    | 'unknown-mechanism'
    | 'bad-address'
    | 'bad-length'
    | 'bad-domain'
    | 'bad-macro'
    | 'repeated'
    | 'no-ascii'
}

export interface SpfRecord {
  readonly text: string
  /** In the record's order; what stands behind `all` is kept here too, and never tested (section 5.1). */
  readonly directives: readonly Directive[]
  readonly redirect: string | null
  readonly explanation: string | null
  readonly faults: readonly SpfFault[]
}

/** The TXT records that are SPF records: `v=spf1` followed by a blank or the end (section 4.5). */
export const spfRecords = (texts: readonly string[]): readonly string[] =>
  texts.filter((text) => /^v=spf1(?: |$)/i.test(text))

/** TXT records that look as if somebody meant them to be SPF. */
export const spfLookalikes = (texts: readonly string[]): readonly string[] =>
  texts.filter(
    (text) => !/^v=spf1(?: |$)/i.test(text) && /^\s*["']?\s*(?:v\s*=\s*spf|spf1?\s*=|spf1\b|spf2\.0\/)/i.test(text),
  )

/** Reads one record. Never throws: terms that break the grammar are in `faults`, each of them a permerror for receivers. */
export function spfRecord(text: string): SpfRecord {
  const directives: Directive[] = []
  const modifiers: Modifier[] = []
  const faults: SpfFault[] = []
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue
    const read = spfTerm(term)
    if (read.kind === 'directive') directives.push(read)
    else if (read.kind === 'modifier') modifiers.push(read)
    else faults.push(read)
  }
  const only = (name: string): string | null => {
    const all = modifiers.filter((modifier) => modifier.name === name)
    if (all.length > 1) faults.push({kind: 'fault', term: all[1]?.text ?? name, reason: 'repeated'})
    return all[0]?.value ?? null
  }
  return {text, directives, redirect: only('redirect'), explanation: only('exp'), faults}
}

/** The directives that a receiver tests: up to the first `all`. */
export function testedDirectives(record: SpfRecord): readonly Directive[] {
  const all = record.directives.findIndex((directive) => directive.mechanism === 'all')
  return all < 0 ? record.directives : record.directives.slice(0, all + 1)
}

/** No domain-spec that still works is longer; it keeps the scanners below linear on hostile zones. */
const LONGEST_TERM = 1000

function spfTerm(term: string): Directive | Modifier | SpfFault {
  const fault = (reason: SpfFault['reason']): SpfFault => ({kind: 'fault', term, reason})
  if (/[^\x21-\x7e]/.test(term)) return fault('no-ascii')
  if (term.length > LONGEST_TERM) return fault('bad-domain')
  const modifier = /^([A-Za-z][A-Za-z0-9_.-]*)=(.*)$/.exec(term)
  if (modifier) {
    const [, name = '', value = ''] = modifier
    const known = /^(?:redirect|exp)$/i.test(name)
    if (macroFault(value, /^exp$/i.test(name))) return fault('bad-macro')
    if (known && !domainSpec(value)) return fault('bad-domain')
    return {kind: 'modifier', text: term, name: name.toLowerCase(), value}
  }
  const parts = /^([-+~?]?)([A-Za-z0-9]+)(?:(:)(.*)|(\/.*))?$/.exec(term)
  if (!parts) return fault('unknown-mechanism')
  const [, sign = '', name = '', colon, afterColon = '', slash = ''] = parts
  const mechanism = name.toLowerCase()
  const base = {kind: 'directive' as const, text: term, qualifier: (sign || '+') as Qualifier, network: null}
  const whole = {length4: 32, length6: 128}
  const argument = colon === undefined ? slash : afterColon
  switch (mechanism) {
    case 'all':
      return colon || slash ? fault('unknown-mechanism') : {...base, mechanism, domain: null, ...whole}
    case 'include':
    case 'exists':
    case 'ptr': {
      if (slash || (colon === undefined && mechanism !== 'ptr')) return fault('bad-domain')
      if (colon !== undefined && macroFault(argument, false)) return fault('bad-macro')
      if (colon !== undefined && !domainSpec(argument)) return fault('bad-domain')
      return {...base, mechanism, domain: colon === undefined ? null : argument, ...whole}
    }
    case 'a':
    case 'mx': {
      const lengths = dualLengths(argument)
      if (lengths === null) return fault('bad-length')
      if (macroFault(lengths.rest, false)) return fault('bad-macro')
      if (colon === undefined ? lengths.rest !== '' : !domainSpec(lengths.rest)) return fault('bad-domain')
      return {...base, mechanism, domain: colon === undefined ? null : lengths.rest, ...lengths.found}
    }
    case 'ip4':
    case 'ip6':
      return colon === undefined ? fault('bad-address') : networkTerm(base, mechanism, argument, fault)
    default:
      return fault('unknown-mechanism')
  }
}

function networkTerm(
  base: {kind: 'directive'; text: string; qualifier: Qualifier},
  mechanism: 'ip4' | 'ip6',
  argument: string,
  fault: (reason: SpfFault['reason']) => SpfFault,
): Directive | SpfFault {
  const [, literal = '', length] = /^([^/]*)(?:\/(.*))?$/.exec(argument) ?? []
  const most = mechanism === 'ip4' ? 32 : 128
  const dotted = /^\d+(?:\.\d+){3}$/.test(literal)
  const network = (mechanism === 'ip4') === dotted ? ipAddress(literal) : null
  if (network === null) return fault('bad-address')
  if (length !== undefined && (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > most))
    return fault('bad-length')
  const bits = length === undefined ? most : Number(length)
  // An IPv4-mapped network (ip6:::ffff:192.0.2.0/120) stands for IPv4, its prefix counted from bit 96.
  const mapped = mechanism === 'ip6' && network.version === 4
  const effective = mapped ? Math.max(0, bits - 96) : bits
  return {...base, mechanism, domain: null, network, length4: effective, length6: effective}
}

/** Splits `domain/24//64` at its end; null where a length is malformed or too long. */
function dualLengths(argument: string): {rest: string; found: {length4: number; length6: number}} | null {
  const [, rest = '', four, six] = /^(.*?)(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(argument) ?? []
  const bad = (length: string | undefined, most: number): boolean =>
    length !== undefined && (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > most)
  if (bad(four, 32) || bad(six, 128)) return null
  return {
    rest,
    found: {length4: four === undefined ? 32 : Number(four), length6: six === undefined ? 128 : Number(six)},
  }
}

/** domain-spec ends with a top label or a macro (section 7.1). */
function domainSpec(text: string): boolean {
  if (/%(?:\{[^}]*\}|%|_|-)$/.test(text)) return true
  const label = /\.([A-Za-z0-9-]+)\.?$/.exec(text)?.[1]
  return label !== undefined && /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label) && /[A-Za-z-]/.test(label)
}
