#!/usr/bin/env node
// Everything real is in dist/bundle/program.js; this file only says what to do when that cannot be loaded.
try {
  const {start} = await import('../dist/bundle/program.js')
  await start(process.argv.slice(2), import.meta.url)
} catch (error) {
  const lost = error?.code === 'ERR_MODULE_NOT_FOUND'
  process.stderr.write(
    lost
      ? `mailwitness: this installation is not complete: ${String(error.message).split('\n')[0]}\n` +
          '  in a clone: npm ci && npm run build\n  installed:  npm install --global mailwitness --allow-scripts=better-sqlite3\n'
      : `${error?.stack ?? error}\n`,
  )
  process.exitCode = 1
}
