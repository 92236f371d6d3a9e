/** What became of a found journey: one verdict over all its recipients (design.md section 5). */

import {domainOf} from '../../life/domain.js'
import type {LifeRecipient} from '../../life/life.js'
import type {Verdict} from '../../mail/verdict.js'
import type {Found} from '../../store/finder.js'
import type {Fleet} from '../fleet.js'
import type {Step} from '../journey.js'
import {outcomeIn} from '../message.js'

export interface Fate {
  readonly verdict: Verdict
  /** It was handed to us from inside: a script, a login, a local user, or our own bounce. */
  readonly inside: boolean
  readonly entry: Found
  /** Recipients whom a host outside the fleet accepted. */
  readonly accepted: readonly Placed[]
  /** Recipients whom a host outside refused, or that failed otherwise. */
  readonly failed: readonly Placed[]
  readonly pending: readonly Placed[]
  /** Handed to a next hop of ours whose logs we do not hold. */
  readonly lost: readonly Placed[]
  readonly local: readonly Placed[]
  readonly dropped: readonly Placed[]
}

export interface Placed {
  readonly found: Found
  readonly recipient: LifeRecipient
}

/** The verdict of a journey; steps oldest first, bounces about it left out. */
export function fateOf(fleet: Fleet, steps: readonly Step[]): Fate {
  const entry = entryOf(fleet, steps)
  const {kind} = entry.life.origin
  const inside =
    kind !== 'relay-in' && kind !== 'forward' && kind !== null
      ? true
      : kind === null
        ? entry.life.sender !== null && entry.life.origin.client === null
        : fleet.isOurs(entry.life.origin.client?.name ?? null, entry.life.origin.client?.ip ?? null)
  const accepted: Placed[] = []
  const failed: Placed[] = []
  const pending: Placed[] = []
  const lost: Placed[] = []
  const local: Placed[] = []
  const dropped: Placed[] = []
  const known = new Set(steps.map(({found}) => found.life.queueId))
  for (const {found} of steps) {
    for (const recipient of found.life.recipients) {
      const placed = {found, recipient}
      switch (outcomeIn(fleet, recipient)) {
        case 'delivered':
          accepted.push(placed)
          break
        case 'delivered-locally':
          if (!handedOnByPipe(steps, found)) local.push(placed)
          break
        case 'handed-on':
          // The next entry tells how it went on; where its logs are missing nobody knows.
          if (!nextIsKnown(steps, known, recipient)) lost.push(placed)
          break
        case 'failed':
          failed.push(placed)
          break
        case 'deferred':
          pending.push(placed)
          break
        case 'discarded':
        case 'removed':
          dropped.push(placed)
          break
        case 'unknown':
          if (found.life.state === 'queued' || found.life.state === 'frozen') pending.push(placed)
          break
      }
    }
  }
  return {
    verdict: verdictOf(entry, inside, steps, {accepted, failed, pending, lost, local, dropped}),
    inside,
    entry,
    accepted,
    failed,
    pending,
    lost,
    local,
    dropped,
  }
}

/** The entry by which the message came in: not one that our own filter or server handed on. */
function entryOf(_fleet: Fleet, steps: readonly Step[]): Found {
  const first = steps.find(({found}) => !found.life.reinjected && (found.life.arrived || found.life.rejection !== null))
  return (first ?? steps[0])?.found as Found
}

const handedOnByPipe = (steps: readonly Step[], found: Found): boolean =>
  steps.some(
    (step) => step.found === found && step.extra.some((link) => link.kind === 'handed-on' && link.direction === 'to'),
  )

function nextIsKnown(steps: readonly Step[], known: ReadonlySet<string | null>, recipient: LifeRecipient): boolean {
  const next = recipient.forwardedAs ?? recipient.receipt
  if (next === null) return false
  return next.split('/').some((id) => known.has(id)) || steps.length === 0
}

/** An alias or forwarder gave it an address of another domain. */
function wasSentOn(recipient: LifeRecipient): boolean {
  const to = domainOf(recipient.address)
  const original = recipient.original === null ? null : domainOf(recipient.original)
  return to !== null && original !== null && to !== original
}

function verdictOf(
  entry: Found,
  inside: boolean,
  steps: readonly Step[],
  lists: Omit<Fate, 'verdict' | 'inside' | 'entry'>,
): Verdict {
  const {accepted, failed, pending, lost, local, dropped} = lists
  if (entry.life.state === 'rejected') return 'rejected-here'
  if (accepted.length > 0) return inside ? 'left' : 'forwarded'
  if (lost.length > 0) return 'inconclusive'
  if (
    !inside &&
    failed.some(({recipient}) => (recipient.remoteHost !== null && !recipient.loopback) || wasSentOn(recipient))
  )
    return 'forwarded'
  if (pending.length > 0) return 'queued'
  const open = steps.some(({found}) => found.life.state === 'queued' || found.life.state === 'frozen')
  if (open && failed.length === 0 && local.length === 0 && dropped.length === 0) return 'queued'
  if (failed.length === 0 && dropped.length === 0 && local.length > 0) return 'delivered-here'
  if (!inside && local.length > 0) return 'delivered-here'
  return 'not-delivered'
}
