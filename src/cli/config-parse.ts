/** The configuration's text to its values: every key optional, every mistake reported with its line and what is allowed. */

import {dirname} from 'node:path'
import {parse, TomlError, type TomlTable} from 'smol-toml'
import {LANGUAGES} from '../render/wording/wording.js'
import {type AllowEntry, type Config, DEFAULTS, REPORT_FORMATS, type ServerConfig, SUBJECT_KINDS} from './config.js'
import {ConfigReader} from './config-reader.js'
import {EXIT, Failure} from './failures.js'
import {tomlLines} from './toml-lines.js'
import {isZone} from './zone.js'

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
