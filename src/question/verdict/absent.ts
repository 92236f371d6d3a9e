/** The answer for a message that our logs do not hold: never here, or cannot know. Design.md rule 5 decides, and nothing else. */

import {timeInQueueId} from '../../mail/queue-id.js'
import {byteString} from '../../mail/text.js'
import type {Advice, Cause, Reason, Verdict, VerdictCertainty} from '../../mail/verdict.js'
import type {EvidenceStore} from '../../store/finder.js'
import {type Hole, type WindowCoverage, windowCoverage} from '../coverage.js'
import type {Fleet} from '../fleet.js'
import {citations, iso} from '../message.js'
import {birthplaceOf} from './birthplace.js'
import {chainNamesUs, type Match} from './match.js'
import type {Query} from './query.js'
import {unsignedAddress} from './signed.js'

export interface AbsentAnswer {
  readonly verdict: Verdict
  readonly cause: Cause
  readonly certainty: VerdictCertainty
  readonly reasons: readonly Reason[]
  readonly advice: readonly Advice[]
  readonly coverage: WindowCoverage
}

/** Gaps and unread hours named one by one at most. */
const TOLD = 12

class Finding {
  readonly reasons: Reason[] = []
  readonly advice: Advice[] = []
  say(code: Reason['code'], data: Reason['data'], evidence: Reason['evidence'] = []): void {
    this.reasons.push({code, data, text: '', evidence})
  }
  advise(code: Advice['code'], data: Advice['data']): void {
    this.advice.push({code, data, text: ''})
  }
}

const NOT_A_BOUNCE: Readonly<Record<string, Reason['code']>> = {
  vacation: 'vacation',
  challenge: 'challenge',
  mdn: 'read-receipt',
  list: 'list-mail',
  ordinary: 'ordinary-mail',
}

/** Judges absence. `near` are messages that share a key and are not the one reported. */
export function absent(store: EvidenceStore, fleet: Fleet, query: Query, near: readonly Match[]): AbsentAnswer {
  const finding = new Finding()
  const coverage = coverageFor(store, fleet, query)
  const known = NOT_A_BOUNCE[query.kind]
  if (known !== undefined) {
    finding.say(known, {})
    return {
      verdict: 'not-a-bounce',
      cause: 'unknown',
      certainty: 'strong',
      reasons: finding.reasons,
      advice: [],
      coverage,
    }
  }
  const strong = strongKeys(query)
  const seenFromUs = reporterSawUs(fleet, query)
  if (query.clockOffset !== null)
    finding.say('clock-offset', {host: query.reporter, seconds: Math.round(query.clockOffset / 1000)})
  tellCopies(store, finding, query, near)
  tellForeign(fleet, finding, query)
  if (!coverage.complete || !strong) {
    tellHoles(finding, fleet, query, coverage, strong)
    if (seenFromUs !== null)
      finding.say('reporter-saw-our-ip', {ip: seenFromUs, reporter: query.reporter, at: iso(query.core?.to ?? null)})
    if (!query.hasOriginal || query.hidden.length > 0) finding.advise('ask-full-headers', {})
    return {
      verdict: 'inconclusive',
      cause: 'unknown',
      certainty: 'weak',
      reasons: finding.reasons,
      advice: finding.advice,
      coverage,
    }
  }
  if (seenFromUs !== null) {
    finding.say('bypassed-mta', {
      ip: seenFromUs,
      reporter: query.reporter,
      at: iso(query.core?.to ?? null),
      directSmtp: fleet.directSmtp,
    })
    finding.advise('block-port-25', {})
    finding.advise('find-bypass', {ip: seenFromUs, at: iso(query.core?.to ?? null)})
    return {
      verdict: 'inconclusive',
      cause: 'unknown',
      certainty: 'weak',
      reasons: finding.reasons,
      advice: finding.advice,
      coverage,
    }
  }
  const unexplained = unexplainedMentions(store, query, near)
  if (unexplained.length > 0) {
    // The index knows nothing of it, the evidence does: a line that no rule understood. Never say "never here" over it.
    const span = windowOf(query)
    finding.say(
      'unknown-lines',
      {server: fleet.servers.join(', '), count: unexplained.length, from: iso(span.from), to: iso(span.to)},
      citations(store, unexplained.slice(0, 12)),
    )
    return {
      verdict: 'inconclusive',
      cause: 'unknown',
      certainty: 'weak',
      reasons: finding.reasons,
      advice: finding.advice,
      coverage,
    }
  }
  const neighbours = near.filter(({otherId}) => otherId)
  if (neighbours.length > 0) {
    // The queue ID of the report may be damaged: a mail of ours agrees in everything else. Never say "never here" over it.
    for (const {found, agree} of neighbours.slice(0, 3))
      finding.say(
        'message-nearby',
        {server: found.server, queueId: found.life.queueId, at: iso(found.life.arrivedAt), agree: [...agree]},
        citations(store, found.life.references.slice(0, 12)),
      )
    finding.advise('ask-full-headers', {})
    return {
      verdict: 'inconclusive',
      cause: 'unknown',
      certainty: 'weak',
      reasons: finding.reasons,
      advice: finding.advice,
      coverage,
    }
  }
  finding.say('no-trace', {
    messageIds: [...query.messageIds],
    queueIds: query.queueIds.map(({id}) => id),
    servers: fleet.servers.length,
    from: iso(windowOf(query).from),
    to: iso(windowOf(query).to),
  })
  for (const {hop, byUs} of query.hops) {
    if (byUs === null) continue
    if (hop.id !== null && near.some((match) => match.found.life.queueId === hop.id)) continue
    finding.say('forged-hop', {host: hop.by, queueId: hop.id, at: iso(hop.date?.ms ?? null)})
  }
  const unsigned = unsignedAddress(store, query)
  if (unsigned !== null) finding.say('unsigned-address', {address: unsigned.address, scheme: unsigned.scheme})
  if (fleet.directSmtp !== 'blocked') finding.say('direct-smtp-open', {directSmtp: fleet.directSmtp})
  adviseForged(finding, query)
  const certainty: VerdictCertainty = query.messageIds.length > 0 || query.queueIds.length > 0 ? 'proven' : 'strong'
  return {
    verdict: 'never-here',
    cause: 'forged-sender',
    certainty,
    reasons: finding.reasons,
    advice: finding.advice,
    coverage,
  }
}

/** Lines of the window that hold a searched ID and belong to none of the messages that were weighed. */
function unexplainedMentions(store: EvidenceStore, query: Query, near: readonly Match[]): number[] {
  if (query.core === null) return []
  const texts = [...query.messageIds, ...query.queueIds.map(({id}) => id)].map(byteString)
  const known = new Set(near.flatMap(({found}) => [...found.life.references, ...found.joined]))
  return store
    .mentions(texts, query.core.from - query.tolerance, query.core.to + query.tolerance)
    .filter((reference) => !known.has(reference))
}

/** At least one key that names the message: an ID, or a visible recipient with a time. */
function strongKeys(query: Query): boolean {
  if (query.messageIds.length > 0 || query.queueIds.length > 0) return true
  return query.recipients.length > 0 && query.core !== null
}

function windowOf(query: Query): {from: number | null; to: number | null} {
  return query.core === null
    ? {from: null, to: null}
    : {from: query.core.from - query.tolerance, to: query.core.to + query.tolerance}
}

/**
 * The window with its tolerance must be free of gaps; the tolerance alone may reach beyond the first and last line, because the
 * stranger's clock, not our log, is what it allows for.
 */
function coverageFor(store: EvidenceStore, fleet: Fleet, query: Query): WindowCoverage {
  const wide = windowCoverage(store, fleet, windowOf(query))
  if (query.core === null) return wide
  const core = windowCoverage(store, fleet, query.core)
  const wider = (hole: Hole): Hole =>
    wide.holes.find((other) => other.server === hole.server && other.reason === hole.reason && isEdge(other)) ?? hole
  const holes = [
    ...core.holes.map((hole) => (isEdge(hole) ? wider(hole) : hole)),
    ...wide.holes.filter(
      (hole) =>
        !isEdge(hole) &&
        !core.holes.some((other) => other.server === hole.server && other.from === hole.from && other.to === hole.to),
    ),
  ]
  const unread = wide.unread.filter(
    (hour) =>
      hour.to > (query.core?.from ?? 0) - query.tolerance && hour.from < (query.core?.to ?? 0) + query.tolerance,
  )
  return {...wide, holes, unread, complete: fleet.servers.length > 0 && holes.length === 0 && unread.length === 0}
}

const isEdge = (hole: Hole): boolean => hole.reason === 'before-first' || hole.reason === 'after-last'

/** The newest hop (written by the reporter) or the complaint's Source-IP names one of our addresses; null where not. */
function reporterSawUs(fleet: Fleet, query: Query): string | null {
  return query.sourceIps.find((ip) => fleet.serverOfIp(ip) !== null) ?? null
}

function tellCopies(store: EvidenceStore, finding: Finding, query: Query, near: readonly Match[]): void {
  for (const match of near.slice(0, 3)) {
    if (match.by !== 'queue-id' && match.by !== 'message-id') continue
    const disagree = match.disagree.length > 0 ? [...match.disagree] : chainNamesUs(query) === false ? ['path'] : []
    // A short queue ID of a stranger that equals one of ours by chance says nothing.
    if (
      match.by === 'queue-id' &&
      match.named !== null &&
      match.named.host !== null &&
      !query.hops.some(({hop, byUs}) => byUs !== null && hop.id === match.named?.id)
    )
      continue
    finding.say(
      'copied-header',
      {host: match.found.server, queueId: match.found.life.queueId, at: iso(match.found.life.arrivedAt), disagree},
      citations(store, match.found.life.references.slice(0, 12)),
    )
  }
}

function tellForeign(fleet: Fleet, finding: Finding, query: Query): void {
  const place = birthplaceOf(query)
  if (place !== null) {
    const {hop} = place
    finding.say('foreign-host', {
      host: place.host,
      queueId: place.queueId,
      at: iso(hop.date?.ms ?? null),
      with: hop.protocol,
      user: hop.user,
    })
    const script = query.scripts.find(({url}) => url !== null)
    const file = query.scripts.find(({file: name}) => name !== null)
    if (script ?? file) {
      finding.say('foreign-script', {
        host: place.host,
        url: script?.url ?? null,
        site: script?.url?.split('/')[0] ?? null,
        page: script?.url == null ? null : script.url.slice(script.url.indexOf('/') + 1),
        script: file?.file ?? null,
        uid: file?.uid ?? null,
        visitorIp: script?.visitor ?? null,
        at: iso(hop.date?.ms ?? null),
      })
    }
    if (query.kind === 'rejected-locally') finding.say('rejected-there', {host: place.host, reply: null})
  }
  for (const {hop} of query.hops) {
    const inId = hop.id === null ? null : timeInQueueId(hop.id)
    if (hop.id === null || inId === null || hop.date === null || fleet.serverOfHost(hop.by) !== null) continue
    const seconds = Math.round((inId - hop.date.ms) / 1000)
    finding.say(Math.abs(seconds) <= 5 ? 'id-time-agrees' : 'id-time-differs', {
      queueId: hop.id,
      host: hop.by,
      idTime: iso(inId),
      hopTime: iso(hop.date.ms),
      seconds,
    })
  }
}

function tellHoles(finding: Finding, fleet: Fleet, query: Query, coverage: WindowCoverage, strong: boolean): void {
  if (fleet.servers.length === 0) finding.say('no-logs', {})
  for (const hole of coverage.holes.slice(0, TOLD)) {
    if (hole.reason === 'no-logs') finding.say('server-without-logs', {server: hole.server})
    else finding.say('gap', {server: hole.server, from: iso(hole.from), to: iso(hole.to), reason: hole.reason})
    finding.advise('restore-logs', {server: hole.server, from: iso(hole.from), to: iso(hole.to)})
  }
  for (const hour of coverage.unread.slice(0, TOLD))
    finding.say('unknown-lines', {server: hour.server, count: hour.count, from: iso(hour.from), to: iso(hour.to)})
  if (strong) return
  if (query.hidden.length > 0) finding.say('keys-hidden', {hidden: [...query.hidden]})
  if (!query.hasOriginal) finding.say('no-original', {})
  if (query.core === null) finding.say('no-time', {})
  finding.say('no-strong-key', {searched: [...query.recipients, ...query.senders]})
}

function adviseForged(finding: Finding, query: Query): void {
  const place = birthplaceOf(query)
  finding.advise('delete-it', {})
  if (place !== null)
    finding.advise('complain-to-host', {
      host: place.host,
      queueId: place.queueId,
      at: iso(place.hop.date?.ms ?? null),
    })
  const domain = query.senders[0]?.split('@')[1] ?? null
  if (domain !== null) finding.advise('advise-domain', {domain})
  if (query.reporter !== null && query.reporter !== place?.host)
    finding.advise('report-backscatter', {host: query.reporter})
}
