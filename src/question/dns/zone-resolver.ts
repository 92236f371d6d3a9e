/** A pasted zone file as a resolver: wildcards and aliases as RFC 4592 and RFC 1034 have them; what lies outside the zone is not known. */

import {type MailExchanger, type Outcome, plainName, type Resolver} from './resolver.js'
import {type Zone, type ZoneRecord, zoneFile} from './zone-file.js'

export interface ZoneResolver extends Resolver {
  readonly zone: Zone
}

/** The reason given for names that the zone cannot answer. */
export const OUTSIDE = 'outside the zone file'

export interface ZoneOptions {
  /** The zone's name where the text does not say it. */
  readonly origin?: string
  /** Who answers for names outside the zone; without it they are a `failure`. */
  readonly outside?: Resolver
}

/** Answers from zone file text. Never throws; lines that were no records are in `zone.unread`. */
export function zoneResolver(text: string, options: ZoneOptions = {}): ZoneResolver {
  const zone = zoneFile(text, options.origin)
  const inside = (name: string): boolean =>
    zone.origin !== null && (name === zone.origin || name.endsWith(`.${zone.origin}`))
  const names = new Map<string, ZoneRecord[]>()
  for (const record of zone.records) names.set(record.name, [...(names.get(record.name) ?? []), record])
  const existing = new Set<string>()
  for (const name of names.keys()) {
    for (let at = name; inside(at) || names.has(at); at = at.slice(at.indexOf('.') + 1)) {
      existing.add(at)
      if (at === zone.origin || !at.includes('.')) break
    }
  }
  const delegated = (name: string): boolean => {
    for (let at = name; at !== zone.origin && inside(at); at = at.slice(at.indexOf('.') + 1))
      if (names.get(at)?.some((record) => record.type === 'NS')) return true
    return false
  }

  /** The records that stand for a name: its own, or those of the wildcard below its closest encloser (RFC 4592 3.3). */
  const at = (name: string): readonly ZoneRecord[] | null => {
    if (existing.has(name)) return names.get(name) ?? []
    for (let parent = name; parent.includes('.'); ) {
      parent = parent.slice(parent.indexOf('.') + 1)
      if (existing.has(parent)) return names.get(`*.${parent}`) ?? null
      if (!inside(parent)) return null
    }
    return null
  }

  async function ask<T>(
    question: string,
    type: string,
    read: (record: ZoneRecord) => T,
    elsewhere: (resolver: Resolver, name: string) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    let name = plainName(question)
    for (let hops = 0; hops < 10; hops++) {
      if ((!inside(name) && !existing.has(name)) || delegated(name))
        return options.outside ? elsewhere(options.outside, name) : {kind: 'failure', reason: OUTSIDE}
      const records = at(name)
      if (records === null) return {kind: 'nx-domain'}
      const values = records.filter((record) => record.type === type).map(read)
      if (values.length > 0) return {kind: 'found', values}
      const alias = records.find((record) => record.type === 'CNAME')?.data[0]
      if (alias === undefined) return {kind: 'no-data'}
      name = alias
    }
    return {kind: 'failure', reason: 'alias loop'}
  }

  const first = (record: ZoneRecord): string => record.data[0] ?? ''
  const exchanger = (record: ZoneRecord): MailExchanger => ({
    preference: Number(record.data[0]),
    exchange: record.data[1] ?? '',
  })
  return {
    zone,
    txt: (name) => ask(name, 'TXT', first, (resolver, target) => resolver.txt(target)),
    a: (name) => ask(name, 'A', first, (resolver, target) => resolver.a(target)),
    aaaa: (name) => ask(name, 'AAAA', first, (resolver, target) => resolver.aaaa(target)),
    mx: (name) => ask(name, 'MX', exchanger, (resolver, target) => resolver.mx(target)),
    ptr: (name) => ask(name, 'PTR', first, (resolver, target) => resolver.ptr(target)),
  }
}
