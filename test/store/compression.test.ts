import {deflateRawSync} from 'node:zlib'
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {hashOfPacked, packBlock, unpackBlock} from '../../src/store/block.js'
import {packNumbers, packText, unpackBytes} from '../../src/store/compression.js'

const bytes = fc.uint8Array({maxLength: 5_000})

it('gives every block back, whichever way it was packed', () => {
  fc.assert(
    fc.property(bytes, (content) => {
      for (const packed of [
        packText(content),
        packNumbers(content),
        deflateRawSync(content),
        deflateRawSync(content, {level: 0}),
      ])
        expect(unpackBytes(packed).equals(Buffer.from(content))).toBe(true)
    }),
  )
})

it('keeps lines, offsets, times and the chain', () => {
  const lines = [
    {text: '2026-11-21 01:02:03 1wXyZa-000000012AB-3CdE Completed', offset: 100, at: 1_795_222_923_000},
    {text: '', offset: 400, at: 1_795_222_922_000},
    {text: 'caf\xe9 \xff', offset: 401, at: 1_795_222_999_000},
  ]
  const before = Buffer.alloc(32, 7)
  const packed = packBlock(lines, before)
  expect(unpackBlock(packed.meta, packed.data)).toEqual(lines)
  expect(hashOfPacked(before, packed.meta, packed.data).equals(packed.sha256)).toBe(true)
})
