/** What a doctor can find, as data: a level, a code, and the facts that the words need. */

export type Level = 'problem' | 'warning' | 'hint'

/** `problem`: answers are wrong or missing until it is mended. `warning`: some answers are weaker. `hint`: could be better. */
export const FINDING_CODES = {
  'no-database': 'hint', // {path}
  'database-mode': 'problem', // {path, mode, wanted}
  'folder-mode': 'problem', // {path, mode, wanted}
  'database-foreign-owner': 'hint', // {path, uid}
  'log-unreadable': 'problem', // {path, error}
  'pattern-empty': 'warning', // {server, pattern}
  'no-logs-configured': 'hint', // {}
  'server-without-logs': 'problem', // {server}
  'part-damaged': 'warning', // {path, error}
  'clock-assumed': 'warning', // {source, server}
  'stamps-yearless': 'hint', // {source}
  'lines-unknown': 'warning', // {source, count, lines}
  'lines-cut': 'warning', // {source, count}
  'coverage-gap': 'warning', // {server, from, to, reason, count}
  'log-stale': 'warning', // {server, to, hours}
  'selector-missing': 'hint', // {source, selector, weakens}
  'postfix-short-ids': 'hint', // {source}
  'postfix-no-subjects': 'hint', // {source}
  'postfix-no-php-header': 'hint', // {source}
  'php-log-missing': 'hint', // {server}
  'retention-unset': 'hint', // {}
  'subjects-left-out': 'hint', // {}
  'space-free': 'hint', // {bytes}
  'evidence-fault': 'problem', // {code, place, detail}
} as const satisfies Readonly<Record<string, Level>>
export type FindingCode = keyof typeof FINDING_CODES

export type FindingData = Readonly<Record<string, string | number | boolean | null>>

export interface Finding {
  readonly level: Level
  readonly code: FindingCode
  readonly data: FindingData
}

export const finding = (code: FindingCode, data: FindingData = {}): Finding => ({
  level: FINDING_CODES[code],
  code,
  data,
})
