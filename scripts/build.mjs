// Compiles src to a clean dist, bundles the program and writes the oclif manifest.

import {spawnSync} from 'node:child_process'
import {rmSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {bundle} from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => `${root}${path}`
for (const old of ['dist', 'oclif.manifest.json', '.cache']) rmSync(at(old), {recursive: true, force: true})

const tsc = spawnSync(
  process.execPath,
  [
    at('node_modules/typescript/bin/tsc'),
    '-p',
    at('tsconfig.json'),
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ],
  {
    stdio: 'inherit',
  },
)
if (tsc.status !== 0) process.exit(tsc.status ?? 1)

const files = await bundle(root)

// Last, for it says to scripts/install.mjs that all is built.
const {writeManifest} = await import('./manifest.mjs')
const commands = await writeManifest(root)
console.log(`built ${commands} commands in ${files.length} files`)
