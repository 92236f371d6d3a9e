import {spawnSync} from 'node:child_process'
import {Readable} from 'node:stream'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {JournalExport} from '../../src/input/journal-export.js'
import {LineSplitter} from '../../src/input/line-splitter.js'
import {readStdin} from '../../src/input/read-stdin.js'
import type {LogLine} from '../../src/mail/log-line.js'

const CAP = 8
/** The law, written the slow way. */
function model(all: Buffer): LogLine[] {
  const lines: LogLine[] = []
  for (let at = 0; at < all.length; ) {
    const end = all.indexOf(10, at)
    const stop = end < 0 ? all.length : end
    const content = all.toString('latin1', at, stop > at && all[stop - 1] === 13 ? stop - 1 : stop)
    const bytes = (end < 0 ? stop : stop + 1) - at
    lines.push({text: content.slice(0, CAP), offset: at, bytes, truncated: content.length > CAP})
    at += bytes
  }
  return lines
}
const byte = fc.oneof({weight: 3, arbitrary: fc.constantFrom(10, 13, 0, 65)}, fc.integer({min: 0, max: 255}))
const chunks = fc.array(
  fc.array(byte, {maxLength: 30}).map((b) => Buffer.from(b)),
  {maxLength: 20},
)

describe('lines of a stream', () => {
  it('splitter: any chunking gives the same lines, offsets and lengths', () => {
    fc.assert(
      fc.property(chunks, (blocks) => {
        const splitter = new LineSplitter({cap: CAP})
        const lines = blocks.flatMap((b) => splitter.push(b))
        const last = splitter.end()
        const expected = model(Buffer.concat(blocks))
        expect(last ? [...lines, last] : lines).toEqual(expected)
        expect(splitter.cutLines).toBe(expected.filter((l) => l.truncated).length)
      }),
      {numRuns: 2000},
    )
  })
  it('stdin through split2: the same law', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (blocks) => {
        const lines: LogLine[] = []
        const source = Readable.from(blocks.filter((b) => b.length > 0))
        for await (const batch of readStdin(source, CAP)) lines.push(...batch)
        expect(lines).toEqual(model(Buffer.concat(blocks)))
      }),
      {numRuns: 1000},
    )
  })
  it('a line of 64 MiB is cut, counted and does not move the next line', () => {
    const splitter = new LineSplitter()
    const block = Buffer.alloc(1 << 20, 'x')
    for (let i = 0; i < 64; i++) expect(splitter.push(block)).toEqual([])
    const lines = splitter.push(Buffer.from('\nnext\n'))
    expect(lines[0]?.text.length).toBe(256 * 1024)
    expect(lines[1]).toEqual({text: 'next', offset: (64 << 20) + 1, bytes: 5, truncated: false})
    expect(splitter.cutLines).toBe(1)
  })
})

describe('journal export', () => {
  const field = fc.tuple(
    fc.stringMatching(/^[A-Z][A-Z0-9_]{0,9}$/),
    fc.string({unit: 'grapheme', maxLength: 20}).filter((t) => t.isWellFormed()),
  )
  it('gives each entry as a JSON line whatever the chunking, binary fields too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(field, {minLength: 1, maxLength: 5, selector: ([n]) => n}), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({min: 1, max: 40}),
        (entries, size) => {
          const stream = Buffer.concat(
            entries.map((e) => Buffer.concat([...e.map(([name, value]) => encode(name, value)), Buffer.from('\n')])),
          )
          const reader = new JournalExport('-')
          const lines: LogLine[] = []
          for (let at = 0; at < stream.length; at += size) lines.push(...reader.push(stream.subarray(at, at + size)))
          expect(reader.end()).toBeNull()
          const parsed = lines.map((l) => JSON.parse(Buffer.from(l.text, 'latin1').toString()))
          expect(parsed).toEqual(entries.map((e) => Object.fromEntries(e)))
          expect(reader.failures).toEqual([])
          expect(lines.at(-1)?.offset ?? 0).toBeLessThan(stream.length)
          expect(lines.reduce((sum, l) => sum + l.bytes, 0)).toBe(stream.length)
        },
      ),
    )
  })
  it('tells of a stream that ends inside a field', () => {
    const reader = new JournalExport('-')
    reader.push(Buffer.from('MESSAGE=a\nX'))
    expect(reader.end()?.text).toBe('{"MESSAGE":"a"}')
    expect(reader.failures.map((f) => f.code)).toEqual(['BAD_JOURNAL_EXPORT'])
  })
})

function encode(name: string, value: string): Buffer {
  const bytes = Buffer.from(value)
  if (!value.includes('\n') && value.length % 2 === 0) return Buffer.from(`${name}=${value}\n`)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')])
}

const BUILT = new URL('../../dist/input/', import.meta.url).href

/** Keeps one line in a thousand of 60 MB; prints how many MB that keeps alive. */
const kept = (lines: string): number => {
  const script = `
import {LineSplitter} from '${BUILT}line-splitter.js'
import {readStdin} from '${BUILT}read-stdin.js'
const line = '2026-11-21 03:16:13 1vMTaq-000000002Rk-0abc == someone@example.org R=dnslookup T=remote_smtp defer (-53): retry time not reached'
const block = Buffer.from((line + '\\n').repeat(Math.ceil(2 ** 16 / line.length)))
const kept = []
let seen = 0
const keep = (lines) => { for (const {text} of lines) if (seen++ % 1000 === 0) kept.push(text.slice(20, 43)) }
const blocks = function* (count) { for (let i = 0; i < count; i++) yield block }
const alive = () => { gc(); gc(); const {heapUsed, external} = process.memoryUsage(); return (heapUsed + external) / 2 ** 20 }
async function all(count) { ${lines} }
await all(10)
const before = alive()
await all(1000)
console.log(Math.round(alive() - before))
`
  const {stdout, stderr, status} = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', script],
    {encoding: 'utf8'},
  )
  expect({stderr, status}).toEqual({stderr: '', status: 0})
  return Number(stdout)
}

describe('a line that is kept', () => {
  it('keeps no other line of a file alive', () => {
    expect(
      kept(
        'const splitter = new LineSplitter(); for (const one of blocks(count / 10)) keep(splitter.push(Buffer.concat(new Array(10).fill(one))))',
      ),
    ).toBeLessThan(15)
  })
  it('keeps no other line of a pipe alive', () => {
    expect(kept('for await (const lines of readStdin(blocks(count))) keep(lines)')).toBeLessThan(15)
  })
})
