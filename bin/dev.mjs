#!/usr/bin/env node
// Development: compiles what changed and runs it as it is, without the bundle; new flags and commands show at once.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {writeManifest} from '../scripts/manifest.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.json`], {
  stdio: ['ignore', 2, 2],
})
if (tsc.status !== 0) process.exit(1)
await writeManifest(root)
const {start} = await import('../dist/program.js')
await start(process.argv.slice(2), root)
