/** The way in. The version is answered at once; all else goes to oclif, whose loading is most of a command's start. */

import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {CommandLoaders} from './own-plugin.js'

/** A reader that goes away (`| head`) ends the program without an error. */
function leaveQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
}

/** The words of oclif's own `--version`. */
function version(root: string): string {
  const {name, version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    version: string
  }
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
}

/** Runs one command line. Never rejects; sets process.exitCode. `root` is the package's folder. */
export async function main(argv: string[], root: string, commands: CommandLoaders): Promise<void> {
  leaveQuietlyOnBrokenPipe()
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${version(root)}\n`)
    return
  }
  const {runCommandLine} = await import('./run-command-line.js')
  await runCommandLine(argv, root, commands)
}
