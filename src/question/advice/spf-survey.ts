/** A domain's whole SPF tree, read without any client address: what a receiver would have to ask in the worst case, and what is wrong. */

import {plainName, type Resolver, valuesOf} from '../dns/resolver.js'
import {
  type Directive,
  type Qualifier,
  type SpfFault,
  type SpfRecord,
  spfLookalikes,
  spfRecord,
  spfRecords,
  testedDirectives,
} from './spf-record.js'

/** A part of the tree that could not be read: outside the pasted zone, a DNS failure, or a macro that needs a client. */
export interface UnreadPart {
  readonly domain: string
  readonly reason: string
}

export interface SpfSurvey {
  /** The domain's own SPF records; more than one is a permerror. */
  readonly records: readonly string[]
  /** TXT records that look like a misspelt SPF record. */
  readonly lookalikes: readonly string[]
  /** The DNS failure that kept us from reading the domain's own record; null where it could be read. */
  readonly failure: string | null
  /** Terms that cost a question, over the whole tree: more than 10 is a permerror (section 4.6.4). A lower bound where `unread` is not empty. */
  readonly lookups: number
  /** Names in the tree that answer nothing. */
  readonly voids: readonly string[]
  readonly faults: readonly (SpfFault & {readonly domain: string})[]
  /** Included or redirected domains that have no SPF record: a permerror. */
  readonly recordless: readonly string[]
  readonly unread: readonly UnreadPart[]
  /** The qualifier of the last word, through redirects; null where there is no `all` (neutral). */
  readonly all: Qualifier | null
  /** The domain whose record has the last word (another one after redirect=). */
  readonly allAt: string | null
  /** Domains below include: whose own record lets everybody pass. */
  readonly openIncludes: readonly string[]
  /** Networks so wide that they let strangers pass: IPv4 /0 to /11, IPv6 /0 to /23 (no large provider publishes such). */
  readonly wideNetworks: readonly string[]
  readonly usesPtr: boolean
  readonly textBehindAll: boolean
  /** Length of the longest single record in octets. */
  readonly longest: number
}

const MOST_RECORDS_READ = 60
/** Far beyond the limit of 10, so that a hostile record cannot make us ask thousands of names. */
const MOST_NAMES_ASKED = 40

/** Reads the tree. Never throws; loops and endless trees are cut off. */
export async function surveySpf(domain: string, resolver: Resolver): Promise<SpfSurvey> {
  const name = plainName(domain)
  const own = await resolver.txt(name)
  const texts = valuesOf(own)
  const records = spfRecords(texts)
  const tree: Tree = {
    resolver,
    lookups: 0,
    voids: [],
    faults: [],
    recordless: [],
    unread: [],
    open: [],
    wide: [],
    ptr: false,
    read: 0,
    all: null,
    allAt: null,
  }
  const [text] = records
  if (text !== undefined && records.length === 1) await walk(tree, name, spfRecord(text), true, [name])
  const record = text === undefined ? null : spfRecord(text)
  return {
    records,
    lookalikes: spfLookalikes(texts),
    failure: own.kind === 'failure' ? own.reason : null,
    lookups: tree.lookups,
    voids: [...new Set(tree.voids)],
    faults: tree.faults,
    recordless: [...new Set(tree.recordless)],
    unread: tree.unread,
    all: tree.all,
    allAt: tree.allAt,
    openIncludes: [...new Set(tree.open)],
    wideNetworks: [...new Set(tree.wide)],
    usesPtr: tree.ptr,
    textBehindAll: record !== null && testedDirectives(record).length < record.directives.length,
    longest: Math.max(0, ...records.map((one) => one.length)),
  }
}

interface Tree {
  readonly resolver: Resolver
  lookups: number
  readonly voids: string[]
  readonly faults: (SpfFault & {domain: string})[]
  readonly recordless: string[]
  readonly unread: UnreadPart[]
  readonly open: string[]
  readonly wide: string[]
  ptr: boolean
  read: number
  all: Qualifier | null
  allAt: string | null
}

/** `main` is true for the domain's own record and for what it redirects to: only there `all` has the last word. */
async function walk(
  tree: Tree,
  domain: string,
  record: SpfRecord,
  main: boolean,
  path: readonly string[],
): Promise<void> {
  for (const fault of record.faults) tree.faults.push({...fault, domain})
  const tested = testedDirectives(record)
  for (const directive of tested) await weigh(tree, domain, directive, main, path)
  const all = tested.find((directive) => directive.mechanism === 'all')
  if (main) tree.allAt = domain
  if (main && all) tree.all = all.qualifier
  if (all || record.redirect === null) return
  tree.lookups++
  await follow(tree, record.redirect, main, path)
}

async function weigh(
  tree: Tree,
  domain: string,
  directive: Directive,
  main: boolean,
  path: readonly string[],
): Promise<void> {
  const {mechanism, network, length4, qualifier} = directive
  if (mechanism === 'all') {
    if (!main && qualifier === '+') tree.open.push(domain)
    return
  }
  if (network) {
    if (qualifier === '+' && length4 < (network.version === 4 ? 12 : 24)) tree.wide.push(directive.text)
    return
  }
  tree.lookups++
  if (mechanism === 'ptr') tree.ptr = true
  if (mechanism === 'include') await follow(tree, directive.domain ?? domain, false, path)
  if (mechanism === 'a' || mechanism === 'mx') await lookUp(tree, mechanism, directive.domain ?? domain)
}

async function follow(tree: Tree, spec: string, main: boolean, path: readonly string[]): Promise<void> {
  const target = plainName(spec)
  if (spec.includes('%')) {
    tree.unread.push({domain: spec, reason: 'macro'})
    return
  }
  if (path.includes(target) || ++tree.read > MOST_RECORDS_READ) {
    tree.unread.push({domain: target, reason: 'loop'})
    return
  }
  const outcome = await tree.resolver.txt(target)
  if (outcome.kind === 'failure') {
    tree.unread.push({domain: target, reason: outcome.reason})
    return
  }
  const records = spfRecords(valuesOf(outcome))
  const [text] = records
  if (outcome.kind !== 'found') tree.voids.push(target)
  if (text === undefined || records.length > 1) tree.recordless.push(target)
  else await walk(tree, target, spfRecord(text), main, [...path, target])
}

async function lookUp(tree: Tree, mechanism: 'a' | 'mx', spec: string): Promise<void> {
  if (spec.includes('%') || tree.lookups > MOST_NAMES_ASKED) return
  const target = plainName(spec)
  if (mechanism === 'mx') {
    const exchangers = await tree.resolver.mx(target)
    if (exchangers.kind === 'no-data' || exchangers.kind === 'nx-domain') tree.voids.push(target)
    return
  }
  const four = await tree.resolver.a(target)
  if (four.kind === 'found' || four.kind === 'failure') return
  const six = await tree.resolver.aaaa(target)
  if (six.kind === 'no-data' || six.kind === 'nx-domain') tree.voids.push(target)
}
