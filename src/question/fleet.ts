/** Which hosts and addresses are ours: from the configuration and from the names under which logs were read. */

import {canonicalIp, isLoopback} from '../mail/ip.js'

export interface FleetServer {
  readonly name: string
  readonly aliases: readonly string[]
  readonly addresses: readonly string[]
}

export interface FleetOptions {
  /** Servers of the configuration. */
  readonly configured: readonly FleetServer[]
  /** Names of servers with logs in the store. */
  readonly stored: readonly string[]
  /** May customers speak SMTP past our mail servers? */
  readonly directSmtp: 'blocked' | 'open' | 'unknown'
}

const clean = (host: string): string => host.toLowerCase().replace(/\.$/, '')

export class Fleet {
  private readonly byHost = new Map<string, string>()
  private readonly byIp = new Map<string, string>()
  readonly directSmtp: FleetOptions['directSmtp']
  /** Every server that must have logs before anything can be called absent. */
  readonly servers: readonly string[]

  constructor(options: FleetOptions) {
    for (const name of options.stored) this.byHost.set(clean(name), name)
    for (const server of options.configured) {
      for (const host of [server.name, ...server.aliases]) this.byHost.set(clean(host), server.name)
      for (const ip of server.addresses) this.byIp.set(canonicalIp(ip), server.name)
    }
    this.directSmtp = options.directSmtp
    this.servers = [...new Set([...options.configured.map((server) => server.name), ...options.stored])].sort()
  }

  /** The server of ours that a host name means; null for strangers. A bare first label counts where it is the whole stored name. */
  serverOfHost(host: string | null): string | null {
    if (host === null) return null
    const wanted = clean(host)
    const exact = this.byHost.get(wanted)
    if (exact !== undefined) return exact
    const label = wanted.split('.')[0] ?? ''
    return label !== '' && wanted.includes('.') ? (this.byHost.get(label) ?? null) : null
  }

  serverOfIp(ip: string | null): string | null {
    return ip === null ? null : (this.byIp.get(canonicalIp(ip)) ?? null)
  }

  /** True where a next hop is one of our own servers or this machine. */
  isOurs(host: string | null, ip: string | null): boolean {
    return isLoopback(ip) || this.serverOfIp(ip) !== null || this.serverOfHost(host) !== null
  }
}
