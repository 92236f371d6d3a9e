/** What happened to this message? By queue ID, Message-ID, address, script, login, IP or remote receipt. */

import {keysFor} from '../life/keys.js'
import type {Message} from '../mail/message.js'
import {byteString} from '../mail/text.js'
import type {EvidenceStore} from '../store/finder.js'
import {type CoverageAnswer, coverageAnswer, type Window} from './coverage.js'
import type {Fleet} from './fleet.js'
import {journeyOf} from './journey.js'
import {toMessage} from './message.js'

/** `mailwitness.trace/1`. */
export interface TraceAnswer {
  readonly schema: 'mailwitness.trace/1'
  readonly journeys: readonly {readonly messages: readonly Message[]}[]
  readonly coverage: CoverageAnswer
  /** True where more journeys matched than were asked for. */
  readonly more: boolean
}

export interface TraceQuestion {
  readonly keys: readonly string[]
  readonly servers: readonly string[]
  readonly window: Window
  /** Journeys at most; the latest are given. */
  readonly limit: number
  /** Told the references of all lines that the answer cites, for an evidence bundle. */
  readonly onCited?: (references: readonly number[]) => void
}

/** Finds the journeys of messages, all of them in one state of the store. */
export function traceMessages(store: EvidenceStore, fleet: Fleet, question: TraceQuestion): TraceAnswer {
  return store.inOneState(() => traced(store, fleet, question))
}

function traced(store: EvidenceStore, fleet: Fleet, question: TraceQuestion): TraceAnswer {
  const keys = question.keys.flatMap((key) => keysFor(byteString(key)))
  const seen = new Set<number>()
  const journeys: {messages: Message[]}[] = []
  let more = false
  for (const hit of store.latestByKeys(keys, question.window)) {
    if (question.servers.length > 0 && !question.servers.includes(hit.server)) continue
    if (seen.has(hit.id)) continue
    if (journeys.length >= question.limit) {
      more = true
      break
    }
    const steps = journeyOf(store, fleet, hit, {bounces: true})
    for (const {found} of steps) {
      seen.add(found.id)
      question.onCited?.([...found.joined, ...found.life.references])
    }
    journeys.push({messages: steps.map(({found, extra, refuted}) => toMessage(store, fleet, found, extra, refuted))})
  }
  journeys.reverse()
  return {schema: 'mailwitness.trace/1', journeys, coverage: coverageAnswer(store, question.servers), more}
}
