/** Runs one program to its end and says what it cost: CPU and wall seconds and peak memory, as GNU time sees the whole process. */

import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const TIME = '/usr/bin/time'

/** Throws where GNU time is missing or the program fails. `stdout` is kept for the caller. */
export function measure(command, options = {}) {
  if (!existsSync(TIME)) throw new Error(`${TIME} is missing (Debian: apt-get install time)`)
  const note = join(tmpdir(), `mailwitness-bench-${process.pid}`)
  const done = spawnSync(TIME, ['-o', note, '-f', '%U %S %e %M %x', ...command], {maxBuffer: 1e9, ...options})
  const [user, system, wall, kilobytes, code] = (readFileSync(note, 'utf8').trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  rmSync(note, {force: true})
  if (code !== 0 && !options.anyCode) throw new Error(`${command.join(' ')} ended with ${code}: ${done.stderr}`)
  return {cpu: user + system, wall, megabytes: kilobytes / 1024, stdout: done.stdout}
}

export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]

/** Empties the page cache; false where that is not allowed. */
export function forgetPages() {
  try {
    spawnSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}
