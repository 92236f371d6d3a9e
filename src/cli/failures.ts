/** The user errors: what, why, where, what next, and a code that programs can read. The exit codes of docs/exit-codes.md. */

/** sysexits.h where it has a word for it. The same with and without --json. */
export const EXIT = {done: 0, failure: 1, usage: 64, data: 65, noInput: 66, busy: 75} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** How `--exit-code` answers (contract): only with that flag. */
export const ANSWER = {found: 0, neverHere: 10, alerts: 10, inconclusive: 20} as const

export interface FailureDetails {
  /** UPPER_SNAKE; part of the JSON contract. */
  readonly code: string
  readonly exit: ExitCode
  /** What to do next, as fragments without a full stop. */
  readonly suggestions?: readonly string[]
  readonly cause?: unknown
}

/** An error that the user can act on. Its message says what, why and where; it is printed without a stack. */
export class Failure extends Error {
  readonly code: string
  readonly exit: ExitCode
  readonly suggestions: readonly string[]

  constructor(message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? {} : {cause: details.cause})
    this.name = 'Failure'
    this.code = details.code
    this.exit = details.exit
    this.suggestions = details.suggestions ?? []
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is no directory',
  EMFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  EIO: 'the disk could not read it',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
}

const NEXT: Readonly<Record<string, readonly string[]>> = {
  ENOENT: ['check the path', 'name the file as the shell sees it: ls -l PATH'],
  EACCES: ['run it as root', 'or add this user to the group that owns the file (Debian logs: adm)'],
  EPERM: ['run it as root'],
  EISDIR: ['name a file inside it'],
  EMFILE: ['raise the limit: ulimit -n 4096'],
  ENOSPC: ['free some space on that file system', 'then run the same command again: nothing is counted twice'],
}

/** Words for an errno: `permission denied`; the error's own message where we have none. */
export function whyErrno(error: NodeJS.ErrnoException): string {
  return WHY[error.code ?? ''] ?? error.message
}

/** A file that could not be opened or read: exit 66. `what` says which kind: `log`, `report`, `configuration`, `database`. */
export function cannotRead(what: string, path: string, cause: NodeJS.ErrnoException): Failure {
  return new Failure(`cannot read the ${what} ${path}: ${whyErrno(cause)}`, {
    code: `${what.toUpperCase().replaceAll(/[^A-Z]+/g, '_')}_UNREADABLE`,
    exit: EXIT.noInput,
    suggestions: NEXT[cause.code ?? ''] ?? [],
    cause,
  })
}

/** A command line that cannot be meant: exit 64. */
export function usage(message: string, suggestions: readonly string[] = []): Failure {
  return new Failure(message, {code: 'USAGE', exit: EXIT.usage, suggestions})
}

/** Input that was read and could not be understood: exit 65. */
export function cannotUnderstand(message: string, suggestions: readonly string[] = []): Failure {
  return new Failure(message, {code: 'INPUT_NOT_UNDERSTOOD', exit: EXIT.data, suggestions})
}

/** There is no database yet where one is needed: exit 66. */
export function noDatabase(path: string): Failure {
  return new Failure(`there is no database at ${path}: nothing has been ingested there`, {
    code: 'DATABASE_MISSING',
    exit: EXIT.noInput,
    suggestions: [
      `read the logs first: mailwitness ingest /var/log/exim_mainlog* --db ${path}`,
      'or name another database with --db or MAILWITNESS_DB',
    ],
  })
}

interface Coded extends Error {
  readonly code?: unknown
  readonly path?: unknown
  readonly oclif?: {readonly exit?: unknown}
  readonly parse?: unknown
  readonly suggestions?: unknown
}

function sqliteFailure(code: string, error: Error): Failure {
  const details = (name: string, exit: ExitCode, suggestions: readonly string[]): FailureDetails => ({
    code: name,
    exit,
    suggestions,
    cause: error,
  })
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new Failure(
      'the database is busy: another process is writing to it',
      details('DATABASE_BUSY', EXIT.busy, ['try again in a moment', 'see who has it open: fuser -v DATABASE']),
    )
  if (code.startsWith('SQLITE_NOTADB'))
    return new Failure(
      'the database file is no SQLite database',
      details('DATABASE_NOT_UNDERSTOOD', EXIT.data, ['check --db, MAILWITNESS_DB and the configuration']),
    )
  if (code.startsWith('SQLITE_CANTOPEN'))
    return new Failure(
      'cannot open the database file',
      details('DATABASE_UNREADABLE', EXIT.noInput, ['check that its folder exists and that this user may write there']),
    )
  if (code.startsWith('SQLITE_READONLY'))
    return new Failure(
      'cannot write to the database: it is read-only for this user',
      details('DATABASE_READ_ONLY', EXIT.failure, ['run it as the user that owns the database']),
    )
  if (code.startsWith('SQLITE_CORRUPT'))
    return new Failure(
      `the database is damaged: ${error.message}`,
      details('DATABASE_DAMAGED', EXIT.failure, [
        'check it: mailwitness verify',
        'or ingest the logs into a new one with --db',
      ]),
    )
  if (code.startsWith('SQLITE_FULL'))
    return new Failure('no space left for the database', details('DATABASE_FULL', EXIT.failure, NEXT['ENOSPC'] ?? []))
  return new Failure(`the database refused: ${error.message}`, details('DATABASE_FAILED', EXIT.failure, []))
}

const bindingMissing = (cause: Error): Failure =>
  new Failure('the SQLite binding (better-sqlite3) is missing or was built for another Node.js', {
    code: 'DATABASE_BINDING_MISSING',
    exit: EXIT.failure,
    suggestions: [
      'in a clone: npm rebuild better-sqlite3',
      'installed globally: npm install --global mailwitness --allow-scripts=better-sqlite3',
      'building it needs python3, make and g++ (Debian: apt install python3 make g++)',
    ],
    cause,
  })

/** Any thrown value as a Failure; a Failure stays itself. What nobody foresaw is ours to mend and says so. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return new Failure(String(error), {code: 'INTERNAL', exit: EXIT.failure})
  const {code, path, oclif, parse, suggestions}: Coded = error
  if (parse !== undefined || oclif?.exit !== undefined)
    return usage(
      error.message.replace(/\n+See more help with --help$/, '').replaceAll(/\u001b\[[0-9;]*m/g, ''),
      Array.isArray(suggestions) ? suggestions.map(String) : [],
    )
  const name = typeof code === 'string' ? code : ''
  if (name.startsWith('SQLITE_')) return sqliteFailure(name, error)
  if (name === 'ERR_DLOPEN_FAILED' || error.message.startsWith('Could not locate the bindings file'))
    return bindingMissing(error)
  if (name === 'ENOSPC')
    return new Failure(`cannot write: ${whyErrno(error)}`, {
      code: 'DISK_FULL',
      exit: EXIT.failure,
      suggestions: NEXT['ENOSPC'] ?? [],
      cause: error,
    })
  if (WHY[name] !== undefined) return cannotRead('file', typeof path === 'string' ? path : '(unnamed)', error)
  return new Failure(`this should not have happened: ${error.message}`, {
    code: 'INTERNAL',
    exit: EXIT.failure,
    suggestions: ['run it again with MAILWITNESS_DEBUG=1 and report what it prints'],
    cause: error,
  })
}

/** The error object of the JSON contract. */
export function failureJson(failure: Failure): {
  readonly error: {readonly code: string; readonly message: string; readonly suggestions: readonly string[]}
} {
  return {error: {code: failure.code, message: failure.message, suggestions: failure.suggestions}}
}
