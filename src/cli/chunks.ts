/** Loads the files of the bundle, which require each other and what is in node_modules, with their compiled code where an earlier run has left it. */

import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {CompiledCode} from './compiled-code.js'

type Run = (
  exports: object,
  require: (wanted: string) => unknown,
  module: {exports: object},
  filename: string,
  dirname: string,
) => void

/** A `require` for the chunks in a folder. Throws as Node.js does where a file is missing. */
export function chunkLoader(folder: string, compiled: CompiledCode): (wanted: string) => unknown {
  const loaded = new Map<string, {exports: object}>()
  const elsewhere = createRequire(join(folder, 'chunk.js'))
  const load = (wanted: string): unknown => {
    if (!wanted.startsWith('./')) return elsewhere(wanted)
    const known = loaded.get(wanted)
    if (known) return known.exports
    const path = join(folder, wanted)
    let source: Buffer
    try {
      source = readFileSync(path)
    } catch {
      return elsewhere(wanted)
    }
    const module = {exports: {}}
    loaded.set(wanted, module)
    const run = compiled.script(wanted, path, source).runInThisContext() as Run
    run(module.exports, load, module, path, folder)
    return module.exports
  }
  return load
}
