/** The resolver that asks real name servers, through node:dns; its module is loaded only when the first question is asked. */

import type {Resolver as NodeResolver} from 'node:dns/promises'
import {askable, type MailExchanger, type Outcome, plainName, type Resolver} from './resolver.js'

/**
 * Asks the system's name servers, or `servers` ("192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53").
 * `timeout` is in milliseconds for each of two tries. Every error becomes a `failure` with the error's code as reason.
 */
export function systemResolver(timeout: number, servers?: readonly string[]): Resolver {
  let ready: Promise<NodeResolver> | undefined
  const start = async (): Promise<NodeResolver> => {
    const {Resolver: Implementation} = await import('node:dns/promises')
    const resolver = new Implementation({timeout, tries: 2})
    if (servers) resolver.setServers(servers)
    return resolver
  }
  async function ask<T>(name: string, question: (resolver: NodeResolver) => Promise<T[]>): Promise<Outcome<T>> {
    if (!askable(plainName(name))) return {kind: 'nx-domain'}
    try {
      ready ??= start()
      const values = await question(await ready)
      return values.length > 0 ? {kind: 'found', values} : {kind: 'no-data'}
    } catch (error) {
      return outcomeOf(error)
    }
  }
  return {
    txt: (name) => ask(name, async (dns) => (await dns.resolveTxt(plainName(name))).map((strings) => strings.join(''))),
    a: (name) => ask(name, (dns) => dns.resolve4(plainName(name))),
    aaaa: (name) => ask(name, (dns) => dns.resolve6(plainName(name))),
    mx: (name) => ask<MailExchanger>(name, async (dns) => (await dns.resolveMx(plainName(name))).map(exchanger)),
    ptr: (name) => ask(name, async (dns) => (await dns.resolvePtr(plainName(name))).map(plainName)),
  }
}

const exchanger = (record: {priority: number; exchange: string}): MailExchanger => ({
  preference: record.priority,
  exchange: plainName(record.exchange),
})

/** c-ares: ENOTFOUND is NXDOMAIN, ENODATA an empty answer; all else leaves us without knowledge. */
function outcomeOf(error: unknown): {kind: 'no-data'} | {kind: 'nx-domain'} | {kind: 'failure'; reason: string} {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'ENODATA') return {kind: 'no-data'}
  if (code === 'ENOTFOUND') return {kind: 'nx-domain'}
  return {kind: 'failure', reason: code}
}
