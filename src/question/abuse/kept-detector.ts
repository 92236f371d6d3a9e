/** A detector's memory as plain values: what is told later is judged as if the detector had never stopped. */

import type {AbuseSubject} from '../../mail/send-fact.js'
import type {Rank} from './alert.js'
import type {Prior} from './baseline.js'
import type {KeptLimits} from './fixed-limits.js'
import {Holder, type KeptHolder} from './holder.js'
import type {Past} from './past.js'
import {RecipientMemory} from './recipient-memory.js'
import {type Incident, type KeptSender, Sender} from './sender.js'
import type {Site} from './site.js'

export interface OfSubject {
  readonly subject: AbuseSubject
  readonly incident: Incident
}

interface KeptSite {
  readonly name: string
  readonly bornAt: number
  readonly day: number
  readonly until: number | null
  readonly priors: Record<'script' | 'login' | 'account', Prior>
  readonly leniency: readonly (readonly [string, number])[]
  readonly calledFalse: readonly number[]
  readonly holders: readonly KeptHolder[]
  /** `holder` and `incident` are places in their lists; an open incident that is in no list stands here itself. */
  readonly senders: readonly {
    readonly key: string
    readonly holder: number
    readonly incident: number | Incident | null
    /** The sender itself while it is being written down. */
    readonly sender: KeptSender | Sender
  }[]
  /** Places of senders, by the name of their holder. */
  readonly scriptsOf: readonly (readonly [string, readonly number[]])[]
}

export interface KeptDetector {
  readonly sites: readonly KeptSite[]
  readonly incidents: readonly OfSubject[]
  readonly limits: KeptLimits
  readonly ranks: readonly (readonly [number, readonly Rank[]])[]
  /** Recipients' fingerprints of every holder, in the order of the holders: two lengths (the second one more than it is, 0 for none), then both runs. */
  readonly memory: Uint32Array
}

export function keptSites(
  sites: ReadonlyMap<string, Site>,
  past: Past,
  known: readonly OfSubject[],
): Pick<KeptDetector, 'sites' | 'incidents' | 'memory'> {
  const places = new Map(known.map(({incident}, i) => [incident, i]))
  const runs: Uint32Array[] = []
  const kept = [...sites.values()].map((site): KeptSite => {
    const holders = [...site.holders.values()]
    const holderPlaces = new Map(holders.map((holder, i) => [holder, i]))
    const senders = [...site.senders]
    const senderPlaces = new Map(senders.map(([, sender], i) => [sender, i]))
    for (const {recipients} of holders) {
      const {newer, older} = recipients.keep()
      runs.push(Uint32Array.of(newer.length, older === null ? 0 : older.length + 1), newer)
      if (older !== null) runs.push(older)
    }
    return {
      name: site.name,
      bornAt: site.bornAt,
      day: site.day,
      until: past.untilOf(site.name),
      priors: site.priors,
      leniency: [...site.leniency],
      calledFalse: site.calledFalse,
      holders: holders.map((holder) => holder.keep()),
      senders: senders.map(([key, sender]) => ({
        key,
        holder: holderPlaces.get(sender.holder) ?? 0,
        incident: sender.incident === null ? null : (places.get(sender.incident) ?? sender.incident),
        sender,
      })),
      scriptsOf: [...site.scriptsOf].map(([name, scripts]) => [
        name,
        scripts.flatMap((one) => senderPlaces.get(one) ?? []),
      ]),
    }
  })
  return {sites: kept, incidents: known, memory: joined(runs)}
}

function joined(runs: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(runs.reduce((sum, run) => sum + run.length, 0))
  let at = 0
  for (const run of runs) {
    all.set(run, at)
    at += run.length
  }
  return all
}

export function sitesFrom({sites, incidents, memory}: KeptDetector, past: Past): Site[] {
  let at = 0
  const run = (length: number): Uint32Array => {
    at += length
    return memory.subarray(at - length, at)
  }
  return sites.map((site) => {
    past.reopen(site.name, site.until)
    const holders = site.holders.map((kept) => {
      const [newer = 0, older = 0] = run(2)
      return Holder.from(kept, RecipientMemory.from(run(newer), older === 0 ? null : run(older - 1)))
    })
    const senders = site.senders.map(({key, holder, incident, sender}): [string, Sender] => {
      const held = holders[holder]
      if (held === undefined) throw new Error(`a sender of ${site.name} has no holder`)
      const open = typeof incident === 'number' ? (incidents[incident]?.incident ?? null) : incident
      return [key, sender instanceof Sender ? sender : Sender.from(sender, held, open)]
    })
    return {
      name: site.name,
      bornAt: site.bornAt,
      day: site.day,
      priors: site.priors,
      leniency: new Map(site.leniency),
      calledFalse: [...site.calledFalse],
      holders: new Map(holders.map((holder) => [holder.name, holder])),
      senders: new Map(senders),
      scriptsOf: new Map(
        site.scriptsOf.map(([name, places]) => [name, places.flatMap((one) => senders[one]?.[1] ?? [])]),
      ),
    }
  })
}
