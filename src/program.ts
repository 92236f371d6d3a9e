/** The program that src/start.ts starts: the command line with a loader for each command, so that a start loads only the one that it runs. */

import {main} from './cli/main.js'
import type {CommandLoaders} from './cli/own-plugin.js'

/** Every file of src/commands by its command's ID. */
export const commands: CommandLoaders = {
  abuse: () => import('./commands/abuse.js'),
  'abuse:ack': () => import('./commands/abuse/ack.js'),
  advise: () => import('./commands/advise.js'),
  backscatter: () => import('./commands/backscatter.js'),
  coverage: () => import('./commands/coverage.js'),
  doctor: () => import('./commands/doctor.js'),
  export: () => import('./commands/export.js'),
  forget: () => import('./commands/forget.js'),
  help: () => import('./commands/help.js'),
  ingest: () => import('./commands/ingest.js'),
  prune: () => import('./commands/prune.js'),
  report: () => import('./commands/report.js'),
  trace: () => import('./commands/trace.js'),
  verdict: () => import('./commands/verdict.js'),
  verify: () => import('./commands/verify.js'),
}

/** Runs one command line of the package in the folder `root`. Never rejects; sets process.exitCode. */
export const start = (argv: string[], root: string): Promise<void> => main(argv, root, commands)
