/** How is this installation? What is held, what the logs show, what is missing, and which answers are weaker for it. */

import type {SelectorState} from '../../dialect/exim/selectors.js'
import {readable} from '../../mail/text.js'
import type {SqliteStore} from '../../store/finder.js'
import {type FileFacts, fileFacts, latestLines, streamsOf, unreadReferences} from '../../store/integrity-streams.js'
import {noteOf, SUBJECTS_LEFT_OUT} from '../../store/notes.js'
import {type CoverageAnswer, coverageAnswer} from '../coverage.js'
import {iso} from '../message.js'
import {type Finding, finding} from './finding.js'
import {type Shown, shapeOf, shownBy} from './shown.js'
import {scriptFindings, streamFindings} from './streams.js'

export type Platform = 'cpanel' | 'directadmin' | 'debian' | 'postfix' | 'php'

export interface DoctorStream {
  readonly source: string
  readonly dialects: readonly string[]
  readonly servers: readonly string[]
  readonly parts: number
  readonly lines: number
  readonly unknown: number
  readonly clocks: readonly string[]
  readonly from: string | null
  readonly to: string | null
  /** Exim only: what a sample of its latest lines shows. */
  readonly selectors: Readonly<Record<string, SelectorState>> | null
}

export interface UnknownExample {
  readonly source: string
  readonly offset: number
  readonly reason: string
  /** Lines of this shape in the sample. */
  readonly count: number
  readonly line: string
}

export interface StoreHealth {
  readonly file: FileFacts
  readonly streams: readonly DoctorStream[]
  readonly unknown: readonly UnknownExample[]
  readonly coverage: CoverageAnswer
  /** Platforms whose configuration lines are worth showing. */
  readonly platforms: readonly Platform[]
  readonly findings: readonly Finding[]
}

/** Lines of each stream that are looked at. */
const SAMPLE = 20_000
/** Gaps of one server named one by one at most. */
const TOLD = 5
/** A log without lines for this long is stale, milliseconds. */
const STALE = 26 * 3_600_000

const GUESSES: readonly (readonly [RegExp, Platform])[] = [
  [/exim_(?:main|reject|panic)log/, 'cpanel'],
  [/\/exim\/(?:main|reject|panic)log/, 'directadmin'],
  [/\/exim4\//, 'debian'],
]

/** Looks at everything that the store holds. */
export function storeHealth(store: SqliteStore, now: number): StoreHealth {
  const file = fileFacts(store.db)
  const looked = streamsOf(store.db).map((facts) => ({
    facts,
    shown: shownBy(latestLines(store.db, facts.stream, SAMPLE), facts.source),
  }))
  const findings: Finding[] = looked.flatMap(({facts, shown}) => streamFindings(facts, shown))
  findings.push(...scriptFindings(looked))
  const coverage = coverageAnswer(store, [])
  for (const {server, to, gaps} of coverage.servers) {
    for (const gap of gaps.slice(0, TOLD))
      findings.push(
        finding('coverage-gap', {server, from: gap.from, to: gap.to, reason: gap.reason, count: gaps.length}),
      )
    const last = to === null ? Number.NaN : Date.parse(to)
    if (now - last > STALE)
      findings.push(finding('log-stale', {server, to, hours: Math.floor((now - last) / 3_600_000)}))
  }
  if (noteOf(store.db, SUBJECTS_LEFT_OUT) !== null) findings.push(finding('subjects-left-out'))
  const free = file.freePages * file.pageSize
  if (free > 64 * 1024 * 1024 && file.freePages > file.pages / 4) findings.push(finding('space-free', {bytes: free}))
  return {
    file,
    streams: looked.map(({facts, shown}) => ({
      source: facts.source,
      dialects: facts.dialects,
      servers: facts.servers,
      parts: facts.parts,
      lines: facts.lines,
      unknown: facts.unknown,
      clocks: facts.clocks,
      from: iso(facts.from),
      to: iso(facts.to),
      selectors: /reject|panic/.test(facts.source) ? null : shown.selectors,
    })),
    unknown: unknownExamples(
      store,
      looked.flatMap(({shown}) => shown.unknown),
    ),
    coverage,
    platforms: platformsOf(looked, findings),
    findings,
  }
}

/** Examples of the sample, then older ones that the store remembers by the hour; one of each shape. */
function unknownExamples(store: SqliteStore, sampled: Shown['unknown']): UnknownExample[] {
  const out = new Map<string, UnknownExample>()
  for (const {reason, count, source, offset, line} of sampled)
    out.set(shapeOf(line), {source, offset, reason, count, line: readable(line)})
  for (const {count, reference} of unreadReferences(store.db, 200)) {
    const [cited] = store.cite([reference])
    if (!cited || out.has(shapeOf(cited.text))) continue
    out.set(shapeOf(cited.text), {
      source: cited.source,
      offset: cited.offset,
      reason: 'earlier',
      count,
      line: readable(cited.text),
    })
  }
  return [...out.values()].slice(0, 20)
}

function platformsOf(
  looked: readonly {readonly facts: {readonly source: string}; readonly shown: Shown}[],
  findings: readonly Finding[],
): Platform[] {
  const found = new Set<Platform>()
  const codes = new Set(findings.map(({code}) => code))
  if (codes.has('selector-missing'))
    for (const {facts, shown} of looked) {
      if (shown.selectors === null) continue
      const guess = shown.cpanel ? 'cpanel' : GUESSES.find(([pattern]) => pattern.test(facts.source))?.[1]
      for (const platform of guess ? [guess] : (['cpanel', 'directadmin', 'debian'] as const)) found.add(platform)
    }
  if (codes.has('postfix-short-ids') || codes.has('postfix-no-subjects') || codes.has('postfix-no-php-header'))
    found.add('postfix')
  if (codes.has('php-log-missing') || codes.has('postfix-no-php-header')) found.add('php')
  return [...found]
}
