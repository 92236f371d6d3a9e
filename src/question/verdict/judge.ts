/** Did this ever leave our servers? The question of the product, as data. */

import type {AnswerCoverage, VerdictAnswer} from '../../mail/verdict.js'
import type {EvidenceStore} from '../../store/finder.js'
import {type Hole, type WindowCoverage, windowCoverage} from '../coverage.js'
import type {Fleet} from '../fleet.js'
import {iso, toMessage} from '../message.js'
import {absent} from './absent.js'
import {withClock} from './clock-offset.js'
import {matchesOf} from './match.js'
import {present} from './present.js'
import {askedOf, type Query} from './query.js'

/** Judges one report or one set of flags, all of it on one state of the store. Texts stay empty: the renderer fills them. */
export function judge(store: EvidenceStore, fleet: Fleet, given: Query): VerdictAnswer {
  return store.inOneState(() => judged(store, fleet, given))
}

function judged(store: EvidenceStore, fleet: Fleet, given: Query): VerdictAnswer {
  const query = withClock(store, given)
  const matches = matchesOf(store, fleet, query)
  const best = matches.find((match) => match.accepted)
  const asked = askedOf(query)
  if (best) {
    const found = present(store, fleet, best, query.reportArrivedAt)
    const window =
      query.core === null
        ? {from: null, to: null}
        : {from: query.core.from - query.tolerance, to: query.core.to + query.tolerance}
    return {
      schema: 'mailwitness.verdict/1',
      verdict: found.verdict,
      cause: found.cause,
      certainty: found.certainty,
      summary: '',
      asked,
      messages: found.steps.map(({found: step, extra, refuted}) => toMessage(store, fleet, step, extra, refuted)),
      coverage: coverageAnswer(withHoles(windowCoverage(store, fleet, window), found.holes), fleet),
      reasons: found.reasons,
      advice: found.advice,
      scope: found.scope,
      reply: null,
    }
  }
  const answer = absent(store, fleet, query, matches)
  return {
    schema: 'mailwitness.verdict/1',
    verdict: answer.verdict,
    cause: answer.cause,
    certainty: answer.certainty,
    summary: '',
    asked,
    messages: [],
    coverage: coverageAnswer(answer.coverage, fleet),
    reasons: answer.reasons,
    advice: answer.advice,
    scope: null,
    reply: null,
  }
}

/** The asked window's coverage, and the gaps in the journey's own time. */
function withHoles(coverage: WindowCoverage, holes: readonly Hole[]): WindowCoverage {
  const added = holes.filter(
    (hole) => !coverage.holes.some((one) => one.server === hole.server && one.from === hole.from && one.to === hole.to),
  )
  return added.length === 0 ? coverage : {...coverage, complete: false, holes: [...coverage.holes, ...added]}
}

function coverageAnswer(coverage: WindowCoverage, fleet: Fleet): AnswerCoverage {
  return {
    complete: coverage.complete,
    servers: fleet.servers.map((server) => {
      const span = coverage.spans.find((one) => one.server === server)
      return {
        server,
        from: iso(span?.from ?? null),
        to: iso(span?.to ?? null),
        gaps: coverage.holes
          .filter((hole) => hole.server === server)
          .map((hole) => ({from: iso(hole.from), to: iso(hole.to), reason: hole.reason})),
      }
    }),
    directSmtp: fleet.directSmtp,
  }
}
