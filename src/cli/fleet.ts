/** The configuration's servers as the questions and ingest want them. */

import {hostname} from 'node:os'
import {Fleet} from '../question/fleet.js'
import type {EvidenceStore} from '../store/finder.js'
import type {Config} from './config.js'

export function fleetOf(config: Config, store: EvidenceStore): Fleet {
  return new Fleet({
    configured: config.servers.map(({name, aliases, addresses}) => ({name, aliases, addresses})),
    stored: store.servers,
    directSmtp: config.directSmtp ?? 'unknown',
  })
}

/** A host as log lines or hops name it -> the configured server's name; itself where none fits. */
export function configuredName(config: Config, host: string): string {
  const wanted = host.toLowerCase()
  for (const server of config.servers) {
    if (server.name.toLowerCase() === wanted || server.aliases.some((alias) => alias.toLowerCase() === wanted))
      return server.name
  }
  // syslog often writes the first label alone.
  const short = config.servers.filter((server) => server.name.toLowerCase().split('.')[0] === wanted)
  return short.length === 1 && short[0] ? short[0].name : host
}

/** This machine, or the only server of the configuration. */
export function defaultServer(config: Config): string {
  const only = config.servers.length === 1 ? config.servers[0] : undefined
  return only?.name ?? hostname()
}
