/** What bin/run.js requires, in a file of its own: it loads the program with the compiled code of earlier runs. */

import {statSync} from 'node:fs'
import {join} from 'node:path'
import {chunkLoader} from './cli/chunks.js'
import {CompiledCode} from './cli/compiled-code.js'
import type {start as Start} from './program.js'

/** Runs one command line. `root` is the package's folder. Throws and rejects only where the program cannot be loaded. */
export async function start(argv: string[], root: string): Promise<void> {
  const folder = join(root, 'dist/bundle')
  // Flags and misspelt commands are quick without; Node.js itself knows this variable from 22 on.
  const wanted = process.env['NODE_DISABLE_COMPILE_CACHE'] ? null : /^[a-z]{1,20}$/.exec(argv[0] ?? '')
  const {uid} = statSync(join(folder, 'program.js'))
  const compiled = new CompiledCode(join(root, '.cache'), wanted?.[0] ?? null, uid)
  process.once('exit', (code) => compiled.keep(code))
  const program = chunkLoader(folder, compiled)('./program.js') as {start: typeof Start}
  await program.start(argv, root)
}
