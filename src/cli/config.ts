/** The configuration file: every key optional, every mistake reported with its line and what is allowed. */

import {readFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {dirname, resolve} from 'node:path'
import {parse, TomlError, type TomlTable} from 'smol-toml'
import {ConfigReader} from './config-reader.js'
import {cannotRead, EXIT, Failure} from './failures.js'
import {isZone} from './time-span.js'
import {tomlLines} from './toml-lines.js'

/** Where the configuration is looked for when nobody names one. */
export const DEFAULT_CONFIG = '/etc/mailwitness/config.toml'

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
export const LANGUAGES = ['en'] as const

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
    readonly language: (typeof LANGUAGES)[number]
  }
  /** keep: days of messages and evidence that `prune` keeps (null: all); subjects: whether subjects are stored; redact: hide addresses in output. */
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

function readServers(root: ConfigReader, ownName: string): ServerConfig[] {
  const servers = root.tables('server').map((table): ServerConfig => {
    const server: ServerConfig = {
      name: table.text('name') ?? ownName,
      aliases: table.texts('aliases'),
      addresses: table.networks('addresses'),
      timezone: table.text('timezone', isZone, 'an IANA zone such as Europe/Berlin, or UTC'),
      logs: table.paths('logs'),
      phpMailLogs: table.paths('php_mail_logs'),
      accessLogs: table.paths('access_logs'),
      passwd: table.path('passwd'),
      userdomains: table.path('userdomains'),
    }
    table.end()
    return server
  })
  const seen = new Set<string>()
  for (const [index, {name, aliases}] of servers.entries())
    for (const each of new Set([name, ...aliases].map((host) => host.toLowerCase()))) {
      if (seen.has(each)) root.wrong(`server[${index}]`, `the name "${each}" stands for two servers`)
      seen.add(each)
    }
  return servers
}

function readAbuse(root: ConfigReader): Config['abuse'] {
  const table = root.table('abuse')
  const limits = table.table('limits')
  const abuse = {
    budget: table.number('budget', {above: 0, upTo: 1000}) ?? DEFAULTS.abuse.budget,
    allow: table.tables('allow').map((entry): AllowEntry => {
      const allowed: AllowEntry = {
        kind: entry.required('kind', entry.choice('kind', SUBJECT_KINDS), SUBJECT_KINDS[0]),
        name: entry.required('name', entry.text('name'), ''),
        server: entry.text('server'),
        reason: entry.required('reason', entry.text('reason'), ''),
        until: entry.dayEnd('until'),
      }
      entry.end()
      return allowed
    }),
    limits: {
      scriptPerHour: limits.number('script_per_hour', {above: 0, whole: true}),
      accountPerHour: limits.number('account_per_hour', {above: 0, whole: true}),
      loginPerHour: limits.number('login_per_hour', {above: 0, whole: true}),
      domainPerHour: limits.number('domain_per_hour', {above: 0, whole: true}),
    },
  }
  limits.end()
  table.end()
  return abuse
}

/**
 * Reads the text of a configuration file. `path` is where it stood (for messages and relative paths), `ownName` this machine's host name.
 * @throws Failure CONFIG_INVALID (65) that names every mistake, each with its line.
 */
export function parseConfig(text: string, path: string, ownName: string): Config {
  let values: TomlTable
  try {
    values = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const what = error.message.split('\n')[0] ?? ''
    throw new Failure(`${path}:${error.line}:${error.column}: ${what}`, {
      code: 'CONFIG_INVALID',
      exit: EXIT.data,
      suggestions: ['mend that line; the format is TOML (https://toml.io)'],
      cause: error,
    })
  }
  const root = ConfigReader.root(values, {path, folder: dirname(path), lines: tomlLines(text)})
  const report = root.table('report')
  const privacy = root.table('privacy')
  const config: Config = {
    path,
    db: root.path('db'),
    directSmtp: root.choice('direct_smtp', ['blocked', 'open'] as const),
    servers: readServers(root, ownName),
    abuse: readAbuse(root),
    report: {
      to: report.texts('to', (address) => /^[^\s@]+(@[^\s@]+)?$/.test(address), 'a mail address or a local user'),
      format: report.choice('format', REPORT_FORMATS) ?? DEFAULTS.report.format,
      language: report.choice('language', LANGUAGES) ?? DEFAULTS.report.language,
    },
    privacy: {
      keep: privacy.days('keep'),
      subjects: privacy.flag('subjects') ?? DEFAULTS.privacy.subjects,
      redact: privacy.flag('redact') ?? DEFAULTS.privacy.redact,
    },
  }
  report.end()
  privacy.end()
  root.end()
  root.throwIfWrong()
  return config
}

/**
 * Loads the configuration: the named file, which must exist, else the default one where it exists, else the defaults.
 * A default file that exists and cannot be read is an error too: a verdict without the fleet's settings could be wrong.
 * @throws Failure CONFIGURATION_UNREADABLE (66) or CONFIG_INVALID (65).
 */
export function loadConfig(named: string | undefined, fallback: string = DEFAULT_CONFIG): Config {
  const path = resolve(named ?? fallback)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    if (named === undefined && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return DEFAULTS
    throw cannotRead('configuration', path, cause)
  }
  return parseConfig(text, path, hostname())
}
