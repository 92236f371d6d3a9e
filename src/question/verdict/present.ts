/** The answer for a message that our logs hold. */

import {readable} from '../../mail/text.js'
import type {Advice, AnswerScope, Cause, Reason, Verdict, VerdictCertainty} from '../../mail/verdict.js'
import type {EvidenceStore} from '../../store/finder.js'
import type {Hole} from '../coverage.js'
import type {Fleet} from '../fleet.js'
import {journeyOf, type Step} from '../journey.js'
import {citations, iso} from '../message.js'
import {causeOf} from './cause.js'
import type {Match} from './match.js'
import {missingOf} from './missing.js'
import {type Fate, fateOf, type Placed} from './outcome.js'

export interface PresentAnswer {
  readonly verdict: Verdict
  readonly cause: Cause
  readonly certainty: VerdictCertainty
  readonly reasons: readonly Reason[]
  readonly advice: readonly Advice[]
  readonly scope: AnswerScope | null
  readonly steps: readonly Step[]
  /** Gaps in which lines of this very journey may lie. */
  readonly holes: readonly Hole[]
}

const text = (bytes: string | null): string | null => (bytes === null ? null : readable(bytes))
/** Recipients told one by one at most. */
const TOLD = 8

/** Judges the journey of the best match. */
export function present(
  store: EvidenceStore,
  fleet: Fleet,
  match: Match,
  reportArrivedAt: number | null,
): PresentAnswer {
  const steps = journeyOf(store, fleet, match.found, {bounces: false})
  const fate = fateOf(fleet, steps)
  const missing = missingOf(store, fleet, reportArrivedAt, steps, fate)
  const reasons: Reason[] = []
  const say = (code: Reason['code'], data: Reason['data'], references: readonly number[] = []): void => {
    reasons.push({code, data, text: '', evidence: citations(store, references)})
  }
  const {entry} = fate
  const at = iso(entry.life.arrivedAt)
  say(
    'message-found',
    {
      server: match.found.server,
      queueId: match.found.life.queueId,
      messageId: text(match.found.life.messageId),
      at,
      agree: [...match.agree],
    },
    match.found.life.references.slice(0, 20),
  )
  if (steps.length > 1)
    say('journey-joined', {
      queueIds: steps.flatMap(({found}) => (found.life.queueId === null ? [] : [found.life.queueId])),
      servers: [...new Set(steps.map(({found}) => found.server))],
    })
  outcomeReasons(fate, say)
  const advice: Advice[] = []
  const advise = (code: Advice['code'], data: Advice['data']): void => {
    advice.push({code, data, text: ''})
  }
  let cause: Cause = 'inbound'
  let scope: AnswerScope | null = null
  if (missing.originUnknown) {
    // Nobody knows who gave it to us: say neither the one nor the other.
  } else if (fate.inside) {
    const judged = causeOf(store, entry)
    cause = judged.cause
    scope = judged.scope
    reasons.push(
      ...judged.reasons.map((one) =>
        one.evidence.length > 0 ? one : {...one, evidence: citations(store, entry.joined)},
      ),
    )
  } else {
    const {client} = entry.life.origin
    say('received-from', {
      clientIp: client?.ip ?? null,
      clientName: text(client?.name ?? null),
      server: entry.server,
      at,
    })
    if (fate.verdict === 'forwarded') {
      cause = 'forwarder'
      const through = forwarderOf(fate, steps)
      say('forwarded-by', {
        forwarder: through.forwarder,
        original: through.forwarder,
        recipient: through.recipient,
        server: entry.server,
        queueId: entry.life.queueId,
      })
      advise('check-forwarder', {forwarder: through.forwarder})
    }
  }
  if (!bears(fate, missing.originUnknown, missing.holes.length)) {
    for (const hole of missing.holes.slice(0, TOLD)) {
      if (hole.reason === 'no-logs') say('server-without-logs', {server: hole.server})
      else say('gap', {server: hole.server, from: iso(hole.from), to: iso(hole.to), reason: hole.reason})
      advise('restore-logs', {server: hole.server, from: iso(hole.from), to: iso(hole.to)})
    }
    const {holes} = missing
    return {verdict: 'inconclusive', cause: 'unknown', certainty: 'weak', reasons, advice, scope, steps, holes}
  }
  adviseFor(fate, cause, advise)
  const certainty: VerdictCertainty =
    match.by === 'receipt' || (match.by === 'queue-id' && match.agree.length >= 3) || match.points >= 4
      ? 'proven'
      : match.by === 'envelope'
        ? 'weak'
        : 'strong'
  return {verdict: fate.verdict, cause, certainty, reasons, advice, scope, steps, holes: missing.holes}
}

/** Do the lines bear the verdict? What a remote host took, or we refused, is so whatever is missing; an end or a whole is not. */
function bears(fate: Fate, originUnknown: boolean, holes: number): boolean {
  if (fate.verdict === 'inconclusive') return false
  if (fate.verdict === 'rejected-here') return true
  if (fate.accepted.length > 0) return !originUnknown
  return holes === 0
}

type Say = (code: Reason['code'], data: Reason['data'], references?: readonly number[]) => void

function outcomeReasons(fate: Fate, say: Say): void {
  const {entry} = fate
  if (fate.verdict === 'rejected-here') {
    const {rejection} = entry.life
    say('rejected-here', {
      server: entry.server,
      at: iso(entry.life.firstAt),
      stage: rejection?.stage ?? null,
      reply: text(rejection?.text ?? null),
      clientIp: entry.life.origin.client?.ip ?? null,
      clientName: text(entry.life.origin.client?.name ?? null),
    })
    return
  }
  const each = (list: readonly Placed[], tell: (placed: Placed) => void): void => list.slice(0, TOLD).forEach(tell)
  each(fate.accepted, ({recipient}) =>
    say('remote-accepted', {
      recipient: readable(recipient.address),
      remoteHost: text(recipient.remoteHost),
      remoteIp: recipient.remoteIp,
      at: iso(recipient.at),
      reply: text(recipient.reply),
      receipt: text(recipient.receipt),
      count: fate.accepted.length,
    }),
  )
  each(fate.failed, ({recipient}) =>
    say('remote-refused', {
      recipient: readable(recipient.address),
      remoteHost: text(recipient.remoteHost),
      remoteIp: recipient.remoteIp,
      at: iso(recipient.at),
      reply: text(recipient.reply),
      status: recipient.status,
      count: fate.failed.length,
    }),
  )
  each(fate.dropped, ({found, recipient}) => {
    if (recipient.outcome === 'removed')
      say('removed-by-admin', {
        server: found.server,
        queueId: found.life.queueId,
        at: iso(recipient.at ?? found.life.lastAt),
        who: null,
      })
    else
      say('discarded', {
        server: found.server,
        queueId: found.life.queueId,
        at: iso(recipient.at),
        recipient: readable(recipient.address),
        by: text(recipient.transport),
      })
  })
  each(fate.lost, ({recipient}) =>
    say('server-without-logs', {server: text(recipient.remoteHost) ?? recipient.remoteIp}),
  )
  if (fate.verdict === 'queued')
    each(fate.pending, ({found, recipient}) =>
      say('queued', {
        server: found.server,
        queueId: found.life.queueId,
        at: iso(recipient.at),
        state: found.life.state,
        reply: text(recipient.reply),
      }),
    )
  if (fate.local.length > 0)
    say('local-only', {
      recipients: fate.local.slice(0, TOLD).map(({recipient}) => readable(recipient.address)),
      count: fate.local.length,
    })
}

function forwarderOf(fate: Fate, steps: readonly Step[]): {forwarder: string | null; recipient: string | null} {
  const gone =
    [...fate.accepted, ...fate.failed].find(({recipient}) => recipient.original !== null) ??
    fate.accepted[0] ??
    fate.failed[0]
  const before = steps.flatMap(({found}) => found.life.recipients).find((recipient) => recipient.forwardedAs !== null)
  return {
    forwarder: text(gone?.recipient.original ?? before?.original ?? before?.address ?? null),
    recipient: text(gone?.recipient.address ?? null),
  }
}

function adviseFor(fate: Fate, cause: Cause, advise: (code: Advice['code'], data: Advice['data']) => void): void {
  const {origin} = fate.entry.life
  const gone = fate.verdict === 'left' || fate.verdict === 'not-delivered' || fate.verdict === 'queued'
  if (gone) {
    switch (cause) {
      case 'web-script':
        advise('repair-script', {
          script: text(origin.script ?? origin.scriptDirectory),
          account: text(origin.account),
          url: text(origin.url),
        })
        advise('stop-sending', {})
        break
      case 'account-compromised':
        advise('change-password', {login: text(origin.login)})
        advise('stop-sending', {})
        break
      case 'customer-machine':
        advise('clean-computer', {login: text(origin.login), clientIp: origin.client?.ip ?? null})
        advise('change-password', {login: text(origin.login)})
        break
      case 'customer':
        advise('check-with-customer', {login: text(origin.login)})
        break
      default:
        break
    }
  }
  const refused = fate.failed[0]
  if (refused?.recipient.reply != null)
    advise('read-remote-reply', {recipient: readable(refused.recipient.address), reply: text(refused.recipient.reply)})
  if (fate.verdict === 'queued') advise('wait-for-queue', {server: fate.entry.server, queueId: fate.entry.life.queueId})
  if (!fate.inside && fate.verdict === 'not-delivered') advise('stop-own-backscatter', {server: fate.entry.server})
}
