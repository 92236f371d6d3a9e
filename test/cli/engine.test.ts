/** What a load tells the JavaScript engine, in processes of their own: their flags are theirs. */

import {spawnSync} from 'node:child_process'
import {describe, expect, it} from 'vitest'

const ENGINE = new URL('../../dist/cli/engine.js', import.meta.url).href

/** Makes much that lives for a while, as a batch of lines does; prints the largest size of the young generation in MB. */
const script = (held: boolean): string => `
import {getHeapSpaceStatistics} from 'node:v8'
import {youngGenerationHold} from '${ENGINE}'
const hold = ${held} ? youngGenerationHold() : () => {}
let largest = 0
for (let batch = 0; batch < 60; batch++) {
  const lines = []
  for (let i = 0; i < 60_000; i++) lines.push({i, text: 'line ' + i})
  hold()
  const {space_size} = getHeapSpaceStatistics().find(({space_name}) => space_name === 'new_space')
  largest = Math.max(largest, space_size)
}
console.log(largest / 1024 / 1024)
`

const largest = (held: boolean, ...flags: string[]): number => {
  const {stdout, stderr, status} = spawnSync(
    process.execPath,
    [...flags, '--input-type=module', '--eval', script(held)],
    {encoding: 'utf8'},
  )
  expect({stderr, status}).toEqual({stderr: '', status: 0})
  return Number(stdout)
}

describe('the young generation of a load', () => {
  it('grows no further than 32 MB where the engine would let it', () => {
    const roomy = '--max-semi-space-size=64'
    expect(largest(false, roomy)).toBeGreaterThan(32)
    expect(largest(true, roomy)).toBeLessThanOrEqual(32)
  })
})
