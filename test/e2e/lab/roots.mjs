/** The Debian root trees that the hosts boot from: built once, kept in a cache folder between runs. */
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {run} from './shell.mjs'

export const CACHE = process.env.MAILWITNESS_E2E_CACHE ?? '/var/cache/mailwitness-e2e'
const SCRIPT = join(import.meta.dirname, 'build-roots.sh')

/**
 * Builds what is missing, two at a time.
 * @param {string[]} required roots without which there is no lab @param {string[]} optional from backports, where reachable
 * @returns {Promise<{ready: Set<string>, lacking: string[]}>} `lacking`: optional roots that could not be built, with the reason
 */
export async function prepareRoots(required, optional, say) {
  const ready = new Set()
  const lacking = []
  const queue = [...required, ...optional]
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const cached = existsSync(join(CACHE, name, '.complete'))
      const built = await run(SCRIPT, [CACHE, name], {check: required.includes(name), timeout: 600_000})
      if (built.code === 0) {
        ready.add(name)
        say(`root ${built.out.trim()}${cached ? ' (cached)' : ''}`)
      } else lacking.push(`${name}: ${built.err.trim().split('\n').at(-1)}`)
    }
  }
  await Promise.all([work(), work()])
  return {ready, lacking}
}
