/** Blocks that a thread packs, in a process of its own: the thread belongs to the built program. */

import {spawnSync} from 'node:child_process'
import {describe, expect, it} from 'vitest'

const BUILT = new URL('../../dist/store/', import.meta.url).href

const SCRIPT = `
import {setTimeout} from 'node:timers/promises'
import {packPlain} from '${BUILT}block.js'
import {BlockPacker} from '${BUILT}block-packer.js'

const workers = () => process.report.getReport().workers.length
const block = (n, bytes) => ({lines: n, text: Buffer.alloc(bytes, 'block ' + n + '\\n'), meta: Buffer.from([n])})
const packer = new BlockPacker()
let chain = Buffer.alloc(0)
const seen = []
async function round(sizes) {
  const expected = []
  const first = chain
  for (const [n, bytes] of sizes.entries()) {
    packer.add(block(n, bytes), first)
    const packed = packPlain(block(n, bytes), chain)
    chain = packed.sha256
    expected.push(packed)
  }
  const got = packer.take()
  seen.push(got.length === expected.length && got.every((one, i) => one.lines === expected[i].lines
    && ['meta', 'data', 'sha256'].every((part) => Buffer.isBuffer(one[part]) && one[part].equals(expected[i][part]))))
}
const many = new Array(30).fill(1000)
await round(many)
const atFirst = workers()
// One that fits no slot, an empty one, and more than are kept.
await round([...new Array(12).fill(200_000), 5_000_000, 0, 300_000])
await round(many)
const during = workers()
packer.rest()
for (let i = 0; i < 200 && workers() > 0; i++) await setTimeout(10)
const after = workers()
await round([1, 2, 3])
const few = workers()
await round(many)
await round(many)
console.log(JSON.stringify({seen, atFirst, during, after, few, again: workers()}))
`

describe('the thread that packs blocks', () => {
  it('gives what packing at once gives, in order, and ends when it rests', () => {
    const {stdout, stderr, status} = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
      encoding: 'utf8',
    })
    expect({stderr, status}).toEqual({stderr: '', status: 0})
    expect(JSON.parse(stdout)).toEqual({
      seen: [true, true, true, true, true, true],
      // Some blocks of the first batch were packed at once, so that the rest of it was too.
      atFirst: 0,
      during: 1,
      after: 0,
      few: 0,
      again: 1,
    })
  })
})
