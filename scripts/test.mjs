// npm test: sufficient alone on a fresh clone. The suite in UTC, then once more in a zone 5.5 hours away without the slow files.
import {spawnSync} from 'node:child_process'
import {mkdirSync, readFileSync, rmSync} from 'node:fs'
import {join, relative} from 'node:path'
import {build, install, root} from './install.mjs'

const SLOW_MS = 10_000
const chosen = process.argv.slice(2)
install()
build()

const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, {recursive: true})

/** One run of vitest; its report stays in node_modules/.cache for .ci/run to count. */
function suite(zone, args) {
  const report = join(cache, `vitest-${zone.replaceAll('/', '-')}.json`)
  rmSync(report, {force: true})
  console.log(`\nTests with TZ=${zone}`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const {status} = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {...process.env, TZ: zone},
  })
  return {status: status ?? 1, report}
}

const first = suite('UTC', chosen)
if (first.status !== 0) process.exit(first.status)

const files = JSON.parse(readFileSync(first.report, 'utf8')).testResults
const slow = files.filter((file) => file.endTime - file.startTime > SLOW_MS).map((file) => relative(root, file.name))
for (const file of slow) console.log(`not run again in the second zone, it takes over ${SLOW_MS / 1000} s: ${file}`)
process.exitCode = suite('Asia/Kolkata', [...chosen, ...slow.flatMap((file) => ['--exclude', file])]).status
