// Compiles src to a clean dist, writes the oclif manifest, which spares every start the loading of all commands, and bundles the program.

import {spawnSync} from 'node:child_process'
import {rmSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {bundle} from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (path) => `${root}${path}`
for (const old of ['dist', 'oclif.manifest.json']) rmSync(at(old), {recursive: true, force: true})

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
const {Plugin} = await import('@oclif/core')
const plugin = new Plugin({root, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true})
await plugin.load()
writeFileSync(at('oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`)
console.log(`built ${Object.keys(plugin.manifest.commands).length} commands in ${files.length} files`)
