#!/usr/bin/env node
// Development: compile what changed, then run without the manifest, so that new flags and commands show at once.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
})
if (tsc.status !== 0) process.exit(1)
const {main} = await import('../dist/cli/main.js')
await main(process.argv.slice(2), import.meta.url, {ignoreManifest: true})
