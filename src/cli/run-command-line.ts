/** Runs oclif, and gives errors outside a command (unknown command, broken installation) the same form as inside one. */

import type {Interfaces} from '@oclif/core'
import {run} from '@oclif/core/run'
import {closest} from './closest.js'
import {type Failure, failureJson, toFailure, usage} from './failures.js'
import {jsonLine} from './json-line.js'
import {type CommandLoaders, ownPlugin} from './own-plugin.js'
import {printFailure} from './print-failure.js'

function unknownCommand(plugin: Interfaces.Plugin, typed: string): Failure {
  const known = plugin.commands.filter((command) => !command.hidden).map((command) => command.id)
  const near = closest(typed, known)
  return usage(`there is no command "${typed}"`, [
    ...(near === null ? [] : [`mailwitness ${near}`]),
    'see all commands: mailwitness help',
  ])
}

/** Whether an error asks for JSON: --json anywhere before `--`. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
}

/** Never rejects; sets process.exitCode. `root` is the package's folder. */
export async function runCommandLine(argv: string[], root: string, commands: CommandLoaders): Promise<void> {
  try {
    const plugin = ownPlugin(root, commands)
    const typed = argv[0] ?? ''
    if (typed !== '' && !typed.startsWith('-') && !Object.hasOwn(commands, typed)) throw unknownCommand(plugin, typed)
    if (typed.startsWith('-') && !['--help', '-h', '--version', '-V'].includes(typed))
      throw usage('the command comes first, its flags after it', [
        'mailwitness verdict bounce.eml --json',
        'see all commands: mailwitness help',
      ])
    // Colour themes: opening a file that nobody has starts threads, and takes longer than SQLite's answer.
    process.env['MAILWITNESS_DISABLE_THEME'] ??= '1'
    await run(argv, {root, plugins: new Map([[plugin.name, plugin]])})
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIT') {
      const {oclif} = error as {oclif?: {exit?: number}}
      process.exitCode = oclif?.exit ?? 0
      return
    }
    const failure = toFailure(error)
    process.exitCode = failure.exit
    if (asksForJson(argv)) process.stdout.write(`${jsonLine(failureJson(failure))}\n`)
    else printFailure(failure)
  }
}
