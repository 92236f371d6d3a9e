/** Findings about the log streams: their clocks, unread lines, selectors, headers and scripts. */

import type {Selector} from '../../dialect/exim/selectors.js'
import type {StreamFacts} from '../../store/integrity-streams.js'
import {type Finding, finding} from './finding.js'
import type {Shown} from './shown.js'

/** Selectors that make an answer stronger, and what is weaker without each (a code; the words belong to render). */
export const WANTED_SELECTORS: readonly {readonly selector: Selector; readonly weakens: string}[] = [
  {selector: 'pid', weakens: 'script-certainty'},
  {selector: 'arguments', weakens: 'script-unknown'},
  {selector: 'received_recipients', weakens: 'undelivered-recipients'},
  {selector: 'subject', weakens: 'subject-search'},
  {selector: 'received_sender', weakens: 'forwarded-sender'},
  {selector: 'sender_on_delivery', weakens: 'forwarded-sender'},
  {selector: 'smtp_confirmation', weakens: 'remote-receipt'},
  {selector: 'msg_id_created', weakens: 'made-message-ids'},
  {selector: 'deliver_time', weakens: 'delivery-time'},
  {selector: 'queue_time', weakens: 'delivery-time'},
  {selector: 'log_timezone', weakens: 'zone-derived'},
]

export function streamFindings(facts: StreamFacts, shown: Shown): Finding[] {
  const {source} = facts
  const found: Finding[] = facts.errors.map(({path, error}) => finding('part-damaged', {path, error}))
  if (facts.clocks.includes('assumed')) found.push(finding('clock-assumed', {source, server: facts.servers.join(', ')}))
  if (shown.yearless > 0) found.push(finding('stamps-yearless', {source}))
  if (facts.unknown > 0) found.push(finding('lines-unknown', {source, count: facts.unknown, lines: facts.lines}))
  if (facts.truncated > 0) found.push(finding('lines-cut', {source, count: facts.truncated}))
  if (shown.selectors !== null && shown.eximLines >= 20 && !/reject|panic/.test(source))
    for (const {selector, weakens} of WANTED_SELECTORS)
      if (shown.selectors[selector] === 'off') found.push(finding('selector-missing', {source, selector, weakens}))
  if (shown.postfixLines >= 20) {
    if (shown.shortIds > 0) found.push(finding('postfix-short-ids', {source}))
    if (shown.subjectHeaders === 0) found.push(finding('postfix-no-subjects', {source}))
    if (shown.pickups > 0 && shown.phpHeaders === 0) found.push(finding('postfix-no-php-header', {source}))
  }
  return found
}

/** Servers on which scripts hand in mail and none of whose logs names a script by a call of mail(). */
export function scriptFindings(streams: readonly {readonly facts: StreamFacts; readonly shown: Shown}[]): Finding[] {
  const local = new Set<string>()
  const named = new Set<string>()
  for (const {facts, shown} of streams)
    for (const server of facts.servers) {
      if (shown.localArrivals > 0) local.add(server)
      if (shown.phpCalls > 0) named.add(server)
    }
  return [...local]
    .filter((server) => !named.has(server))
    .sort()
    .map((server) => finding('php-log-missing', {server}))
}
