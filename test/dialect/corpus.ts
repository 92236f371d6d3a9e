/** Real logs that lie beside the repository and are no part of it: tests that need them are skipped by name where they are missing. */

import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {gunzipSync} from 'node:zlib'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared')

export interface CorpusFile {
  readonly name: string
  readonly lines: readonly string[]
}

/** The lines of a file as byte strings. */
export function linesOf(path: string): readonly string[] {
  const bytes = readFileSync(path)
  const lines = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** All files below a folder of the shared data whose name matches; none where the folder is missing. */
export function corpus(folder: string, wanted: RegExp): readonly CorpusFile[] {
  const root = join(SHARED, folder)
  if (!existsSync(root)) return []
  return (readdirSync(root, {recursive: true}) as string[])
    .filter((name) => wanted.test(name) && statSync(join(root, name)).isFile())
    .sort()
    .map((name) => ({name: `${folder}/${name}`, lines: linesOf(join(root, name))}))
}
