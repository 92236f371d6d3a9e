/** Flags that several commands share, with their environment variables. */

import * as Flags from '@oclif/core/flags'

/** On every command (BaseCommand.baseFlags). */
export const commonFlags = {
  db: Flags.string({
    summary: 'Database file.',
    helpValue: 'FILE',
    env: 'MAILWITNESS_DB',
    helpGroup: 'GLOBAL',
    noCacheDefault: true,
  }),
  config: Flags.string({
    summary: 'Configuration file (default: /etc/mailwitness/config.toml, where it exists).',
    helpValue: 'FILE',
    env: 'MAILWITNESS_CONFIG',
    helpGroup: 'GLOBAL',
    noCacheDefault: true,
  }),
  redact: Flags.boolean({
    summary: 'Hide the local parts of addresses, the subjects and the visitors in what is printed.',
    allowNo: true,
    helpGroup: 'GLOBAL',
  }),
}

/** `--since` and `--until`: spread it into a command's flags, then `await this.span(flags)`. */
export const spanFlags = {
  since: Flags.string({
    summary: 'Only from this time on: ISO 8601, today, yesterday, or a time ago such as 24h or 7d.',
    helpValue: 'TIME',
  }),
  until: Flags.string({
    summary: 'Only before this time; a day is included whole.',
    helpValue: 'TIME',
  }),
}

/** `--server NAME`, several times for several: spread it into a command's flags. */
export const serverFlag = {
  server: Flags.string({
    summary: 'Only this server; may be given several times.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
}

/** `--wait SECONDS` of the commands that take the writer's place: spread it into a command's flags. */
export const waitFlag = {
  wait: Flags.integer({
    summary: 'Seconds to wait while an ingest is writing.',
    default: 60,
    min: 0,
    max: 86_400,
    helpValue: 'SECONDS',
  }),
}
