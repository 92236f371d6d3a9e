/** Where the configuration is found, and when its absence is fine. */

import {readFileSync} from 'node:fs'
import {hostname} from 'node:os'
import {resolve} from 'node:path'
import {type Config, DEFAULTS} from './config.js'
import {cannotRead} from './failures.js'

/** Where the configuration is looked for when nobody names one. */
export const DEFAULT_CONFIG = '/etc/mailwitness/config.toml'

/**
 * Loads the configuration: the named file, which must exist, else the default one where it exists, else the defaults.
 * A default file that exists and cannot be read is an error too: a verdict without the fleet's settings could be wrong.
 * @throws Failure CONFIGURATION_UNREADABLE (66) or CONFIG_INVALID (65).
 */
export async function loadConfig(named: string | undefined, fallback: string = DEFAULT_CONFIG): Promise<Config> {
  const path = resolve(named ?? fallback)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    if (named === undefined && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return DEFAULTS
    throw cannotRead('configuration', path, cause)
  }
  // Loaded only where there is a file to read: most of a command's start is the loading of modules.
  const {parseConfig} = await import('./config-parse.js')
  return parseConfig(text, path, hostname())
}
