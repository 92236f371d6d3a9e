/** Which database a command speaks of when several could be meant. */

import {accessSync, constants, existsSync, statSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, join, resolve} from 'node:path'

export const SYSTEM_DATABASE = '/var/lib/mailwitness/mail.db'

export interface DatabaseChoice {
  /** --db, or MAILWITNESS_DB where the flag is absent. */
  readonly named: string | undefined
  /** The configuration's, absolute. */
  readonly configured: string | null
  readonly env: NodeJS.ProcessEnv
  /** Where the system's database would be; a test names another. */
  readonly system?: string
  /** Whether this user may write to, or make, that file; a test says so itself. */
  readonly mayWrite?: (path: string) => boolean
}

function canWrite(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK)
    if (!existsSync(path)) return statSync(dirname(path)).isDirectory()
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * --db or MAILWITNESS_DB, else the configuration's, else the system's where this user may write to it, else the user's own under
 * XDG_DATA_HOME. A system database that exists and is closed to this user is still the answer while the user has none of their own:
 * better "permission denied" than an answer from an empty file.
 */
export function databasePath({
  named,
  configured,
  env,
  system = SYSTEM_DATABASE,
  mayWrite = canWrite,
}: DatabaseChoice): string {
  if (named !== undefined && named !== '') return resolve(named)
  if (configured !== null) return configured
  if (mayWrite(system)) return system
  const data = env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share')
  const own = join(data, 'mailwitness', 'mail.db')
  return existsSync(own) || !existsSync(system) ? own : system
}
