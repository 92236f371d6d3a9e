/** The way in: run oclif, and give errors outside a command (unknown command, broken installation) the same form as inside one. */

import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {run} from '@oclif/core/run'
import {closest} from './closest.js'
import {Failure, failureJson, toFailure, usage} from './failures.js'
import {printFailure} from './print-failure.js'

/** A reader that goes away (`| head`) ends the program without an error. */
function leaveQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
}

function unknownCommand(config: Config, typed: string): Failure {
  const known = config.commands.filter((command) => !command.hidden).map((command) => command.id)
  const near = closest(typed, known)
  return usage(`there is no command "${typed}"`, [
    ...(near === null ? [] : [`mailwitness ${near}`]),
    `see all commands: mailwitness help`,
  ])
}

/**
 * Runs one command line. Never rejects; sets process.exitCode. `moduleUrl` is the caller's import.meta.url (the package is found from there).
 */
export async function main(argv: string[], moduleUrl: string, options: {ignoreManifest?: boolean} = {}): Promise<void> {
  leaveQuietlyOnBrokenPipe()
  try {
    const config = await Config.load({root: fileURLToPath(moduleUrl), ignoreManifest: options.ignoreManifest ?? false})
    const typed = argv[0] ?? ''
    if (typed !== '' && !typed.startsWith('-') && !config.findCommand(typed)) throw unknownCommand(config, typed)
    await run(argv, config)
  } catch (error) {
    report(error, argv)
  }
}

function report(error: unknown, argv: readonly string[]): void {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIT') {
    const {oclif} = error as {oclif?: {exit?: number}}
    process.exitCode = oclif?.exit ?? 0
    return
  }
  const failure = error instanceof Failure ? error : toFailure(error)
  process.exitCode = failure.exit
  const end = argv.indexOf('--')
  if (argv.slice(0, end < 0 ? undefined : end).includes('--json'))
    process.stdout.write(`${JSON.stringify(failureJson(failure))}\n`)
  else printFailure(failure)
}
