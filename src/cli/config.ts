/** The configuration as values, with its defaults. */

import type {Language} from '../render/wording/wording.js'

/** One `[[server]]`: an MTA host of the fleet. Paths are absolute; patterns are shell globs. */
export interface ServerConfig {
  /** As it calls itself in its Received lines; this machine's host name where the file has none. */
  readonly name: string
  readonly aliases: readonly string[]
  /** Its own and its outgoing IPs or CIDR networks. */
  readonly addresses: readonly string[]
  /** IANA zone of its log stamps; null: worked out from the IDs. */
  readonly timezone: string | null
  readonly logs: readonly string[]
  readonly phpMailLogs: readonly string[]
  readonly accessLogs: readonly string[]
  readonly passwd: string | null
  readonly userdomains: string | null
}

export const SUBJECT_KINDS = ['script', 'account', 'login', 'domain'] as const

/** One `[[abuse.allow]]`: a sender that may be loud, why, and until when (UTC milliseconds; null: no end). */
export interface AllowEntry {
  readonly kind: (typeof SUBJECT_KINDS)[number]
  /** Its name; `*` stands for any run of characters. */
  readonly name: string
  /** Only on this server; null: on all. */
  readonly server: string | null
  readonly reason: string
  readonly until: number | null
}

/** `[abuse.limits]`: fixed recipients an hour, as CSF and cPanel have them; null: no such limit. */
export interface AbuseLimits {
  readonly scriptPerHour: number | null
  readonly accountPerHour: number | null
  readonly loginPerHour: number | null
  readonly domainPerHour: number | null
}

export const REPORT_FORMATS = ['text', 'html', 'json', 'prom'] as const

export interface Config {
  /** Absolute path of the file; null where none was read. */
  readonly path: string | null
  readonly db: string | null
  /** Whether customers can speak SMTP past our servers (port 25); null, unknown, counts as open for the wording. */
  readonly directSmtp: 'blocked' | 'open' | null
  readonly servers: readonly ServerConfig[]
  /** budget: false alerts per server-week that the operator bears. */
  readonly abuse: {readonly budget: number; readonly allow: readonly AllowEntry[]; readonly limits: AbuseLimits}
  readonly report: {
    readonly to: readonly string[]
    readonly format: (typeof REPORT_FORMATS)[number]
    readonly language: Language
  }
  /** keep: days of messages and evidence that `prune` keeps (null: its default); subjects: whether subjects are stored; redact: hide addresses in output. */
  readonly privacy: {readonly keep: number | null; readonly subjects: boolean; readonly redact: boolean}
}

/** What holds without a configuration file. */
export const DEFAULTS: Config = {
  path: null,
  db: null,
  directSmtp: null,
  servers: [],
  abuse: {
    budget: 1,
    allow: [],
    limits: {scriptPerHour: null, accountPerHour: null, loginPerHour: null, domainPerHour: null},
  },
  report: {to: [], format: 'text', language: 'en'},
  privacy: {keep: null, subjects: true, redact: false},
}
