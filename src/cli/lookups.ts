/** The journal of look-ups: who asked what, for which ticket. A file of its own, so that reading needs no right to write the database. */

import {appendFileSync, existsSync, mkdirSync} from 'node:fs'
import {homedir, userInfo} from 'node:os'
import {dirname, join} from 'node:path'

export interface Lookup {
  /** ISO 8601 UTC. */
  readonly at: string | null
  readonly command: string
  readonly ticket: string
  readonly asked: readonly string[]
  /** How many messages, or the verdict. */
  readonly answer: string
}

/** Beside the database; in the user's state folder where that cannot be written. */
export const lookupsPath = (db: string, env: NodeJS.ProcessEnv): string =>
  env['MAILWITNESS_LOOKUPS'] || `${db}-lookups.ndjson`

const ownPath = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'mailwitness', 'lookups.ndjson')

function who(env: NodeJS.ProcessEnv): string {
  let name: string
  try {
    name = userInfo().username
  } catch {
    name = `uid ${process.getuid?.() ?? '?'}`
  }
  return env['SUDO_USER'] ? `${env['SUDO_USER']} as ${name}` : name
}

/** Appends one line (mode 0600). Returns the file that holds it. @throws the file system's error where no place can be written. */
export function recordLookup(db: string, lookup: Lookup, env: NodeJS.ProcessEnv): string {
  const line = `${JSON.stringify({...lookup, who: who(env)})}\n`
  const first = lookupsPath(db, env)
  try {
    if (existsSync(dirname(first))) {
      appendFileSync(first, line, {mode: 0o600})
      return first
    }
  } catch {
    // a reader without the right to write there has a journal of their own
  }
  const own = ownPath(env)
  mkdirSync(dirname(own), {recursive: true, mode: 0o700})
  appendFileSync(own, line, {mode: 0o600})
  return own
}
