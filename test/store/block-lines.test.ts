/** Lines that are cut out of a block one by one are the lines of the whole block, in whatever order they are asked for. */

import fc from 'fast-check'
import {expect, it} from 'vitest'
import {BlockLines, packBlock, packTimes, unpackBlock} from '../../src/store/block.js'
import {messagesIn} from '../../src/store/key-chunk.js'

const line = fc.record({
  text: fc.string({maxLength: 300}).map((text) => Buffer.from(text).toString('latin1').replaceAll('\n', ' ')),
  skipped: fc.oneof(fc.constant(0), fc.integer({min: 0, max: 2 ** 40})),
  at: fc.integer({min: 0, max: 2 ** 45}),
})

it('one by one they are what they are together', () => {
  const asked = fc.array(fc.nat({max: 60}), {maxLength: 30})
  fc.assert(
    fc.property(fc.array(line, {minLength: 1, maxLength: 50}), asked, fc.boolean(), (made, order, moved) => {
      let offset = 0
      const lines = made.map(({text, skipped, at}) => {
        const one = {text, offset: offset + skipped, at}
        offset = one.offset + text.length + 1
        return one
      })
      const {meta, data} = packBlock(lines, new Uint8Array(0))
      const times = moved ? packTimes(lines.map(({at}) => at + 7_200_000)) : null
      const expected = moved ? lines.map((one) => ({...one, at: one.at + 7_200_000})) : lines
      expect(unpackBlock(meta, data, times)).toEqual(expected)
      const block = new BlockLines(meta, data, times)
      for (const index of order) expect(block.at(index)).toEqual(expected[index])
      expect(block.all()).toEqual(expected)
      for (const index of order) expect(block.at(index)).toEqual(expected[index])
    }),
  )
})

it('a chunk that ends in the middle of a number reads zeros and ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 60}), fc.nat({max: 1000}), fc.nat({max: 2 ** 30}), (data, first, wanted) => {
      expect(messagesIn(first, data, wanted).length).toBeLessThanOrEqual(data.length)
    }),
  )
})
