#!/usr/bin/env node
// Everything real is in dist/bundle; this file only says what to do when that cannot be loaded. CommonJS (bin/package.json), which starts sooner.
const {join} = require('node:path')

async function run() {
  const {start} = require('../dist/bundle/start.js')
  await start(process.argv.slice(2), join(__dirname, '..'))
}

run().catch((error) => {
  const lost = error?.code === 'MODULE_NOT_FOUND'
  process.stderr.write(
    lost
      ? `mailwitness: this installation is not complete: ${String(error.message).split('\n')[0]}\n` +
          '  in a clone: npm ci && npm run build\n  installed:  npm install --global mailwitness --allow-scripts=better-sqlite3\n'
      : `${error?.stack ?? error}\n`,
  )
  process.exitCode = 1
})
