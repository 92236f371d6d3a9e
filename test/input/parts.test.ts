import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {gzipSync} from 'node:zlib'
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {findLogs} from '../../src/input/find-logs.js'
import {ContentHash, positionAt, samePrefix} from '../../src/input/fingerprint.js'
import {matchesComponent} from '../../src/input/glob.js'
import {readBlocks} from '../../src/input/read-part.js'
import {rotationName} from '../../src/input/rotation-name.js'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'parts-'))
})
afterAll(() => rmSync(root, {recursive: true}))

const wall = (y: number, m: number, d: number, h = 0, mi = 0, s = 0): number => Date.UTC(y, m - 1, d, h, mi, s)

describe('rotation names', () => {
  it.each([
    ['mainlog', 'mainlog', 'active', null, null, 'plain'],
    ['mail.log', 'mail.log', 'active', null, null, 'plain'],
    ['mainlog.1', 'mainlog', 'number', 1, null, 'plain'],
    ['mainlog.01', 'mainlog', 'number', 1, null, 'plain'],
    ['mainlog.2.gz', 'mainlog', 'number', 2, null, 'gz'],
    ['mail.log.1.xz', 'mail.log', 'number', 1, null, 'xz'],
    ['exim_mainlog-20250101.gz', 'exim_mainlog', 'date', null, wall(2025, 1, 1), 'gz'],
    ['exim_mainlog-20250101', 'exim_mainlog', 'date', null, wall(2025, 1, 1), 'plain'],
    ['maillog.20261105-020917', 'maillog', 'date', null, wall(2026, 11, 5, 2, 9, 17), 'plain'],
    ['maillog.20261105-020917.gz', 'maillog', 'date', null, wall(2026, 11, 5, 2, 9, 17), 'gz'],
    ['mail.log-2026-11-05.bz2', 'mail.log', 'date', null, wall(2026, 11, 5), 'bz2'],
    ['mail.log-2026110514', 'mail.log', 'date', null, wall(2026, 11, 5, 14), 'plain'],
    ['mail-20261105.log', 'mail.log', 'date', null, wall(2026, 11, 5), 'plain'],
    ['maillog-20261105.1', 'maillog', 'date', 1, wall(2026, 11, 5), 'plain'],
    ['maillog-1762300800', 'maillog', 'date', null, 1_762_300_800_000, 'plain'],
    ['maillog-31122026', 'maillog', 'date', null, wall(2026, 12, 31), 'plain'],
    ['mainlog20261105', 'mainlog', 'date', null, wall(2026, 11, 5), 'plain'],
    ['mainlog-20261105T1430.zst', 'mainlog', 'date', null, wall(2026, 11, 5, 14, 30), 'zst'],
    ['maillog.old', 'maillog', 'other', null, null, 'plain'],
  ])('%s', (name, base, kind, number, date, codec) => {
    const found = rotationName(name)
    expect([found.base, found.rotation.kind, found.rotation.number, found.rotation.date, found.codec]).toEqual([
      base,
      kind,
      number,
      date,
      codec,
    ])
  })
  it('never fails', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const {base, rotation} = rotationName(name)
        expect(name.startsWith(base) || rotation.kind !== 'active').toBe(true)
      }),
    )
  })
})

describe('globs', () => {
  it.each([
    ['*', 'a', true],
    ['*', '.a', false],
    ['mainlog*', 'mainlog.1', true],
    ['m?in', 'main', true],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['a*b*c', 'aXbYbc', true],
    ['a*b*c', 'aXbY', false],
    ['*a'.repeat(30), 'a'.repeat(2000), true],
  ])('%s ~ %s', (pattern, name, expected) => expect(matchesComponent(pattern, name)).toBe(expected))
})

describe('finding', () => {
  it('orders a family oldest first, names its hole, reads no FIFO, keeps out of other folders and counts a file once', () => {
    const dir = join(root, 'find')
    mkdirSync(dir)
    for (const name of ['mainlog', 'mainlog.1', 'mainlog.10', 'mainlog.2', 'queue-at-end.txt', 'x.conf'])
      writeFileSync(join(dir, name), 'a line\n')
    writeFileSync(join(dir, 'mainlog.4.gz'), gzipSync('a line\n'))
    writeFileSync(join(root, 'outside'), 'secret\n')
    symlinkSync(join(root, 'outside'), join(dir, 'leak'))
    symlinkSync(join(dir, 'mainlog'), join(dir, 'current'))
    execFileSync('mkfifo', [join(dir, 'pipe')])
    const found = findLogs([dir, join(dir, 'mainlog*'), join(dir, 'none'), join(dir, 'no*match')])
    expect(found.failures.map((f) => [basename(f.path), f.code])).toEqual([
      ['leak', 'OUTSIDE_FOLDER'],
      ['pipe', 'NOT_A_FILE'],
      ['none', 'ENOENT'],
      ['no*match', 'NO_MATCH'],
    ])
    const all = found.families.flatMap((f) => f.parts.map((p) => basename(p.path)))
    expect(all.filter((n) => /^mainlog\./.test(n))).toEqual(['mainlog.10', 'mainlog.4.gz', 'mainlog.2', 'mainlog.1'])
    expect(all.filter((n) => n === 'mainlog' || n === 'current')).toHaveLength(1)
    expect(all).not.toContain('queue-at-end.txt')
    expect(found.families.flatMap((f) => f.holes.map((h) => h.reason))).toEqual([
      'numbers 5 to 9 are missing',
      'number 3 is missing',
    ])
    expect(findLogs([join(dir, 'leak')]).families[0]?.parts).toHaveLength(1)
  })
})

async function read(
  path: string,
  codec: 'plain' | 'gz' | 'bz2' | 'xz' | 'zst',
  from = 0,
): Promise<{text: string; code: string | null; offset: number}> {
  const reading = readBlocks({path, codec}, {from})
  const blocks: Buffer[] = []
  for await (const block of reading) blocks.push(block)
  return {text: Buffer.concat(blocks).toString('latin1'), code: reading.failure?.code ?? null, offset: reading.offset}
}

const content = Array.from(
  {length: 20_000},
  (_, i) => `2026-11-21 01:02:04 line ${i} ${(i * 2_654_435_761) % 4_294_967_296}\n`,
).join('')
const compressors = {gz: ['gzip', '-c'], bz2: ['bzip2', '-c'], xz: ['xz', '-c'], zst: ['zstd', '-qc']} as const

describe.each(Object.entries(compressors) as [keyof typeof compressors, readonly [string, string]][])(
  '%s',
  (codec, [tool, flags]) => {
    const missing = spawnSync(tool, ['--version']).error !== undefined
    const pack = (text: string): Buffer => execFileSync(tool, [flags], {input: text, maxBuffer: 1 << 28})
    it.skipIf(missing)('equals plain, from any offset, over several members', async () => {
      const path = join(root, `whole.${codec}`)
      writeFileSync(path, Buffer.concat([pack(content.slice(0, 300_000)), pack(content.slice(300_000))]))
      expect(await read(path, codec)).toEqual({text: content, code: null, offset: content.length})
      expect((await read(path, codec, 400_001)).text).toBe(content.slice(400_001))
    })
    it.skipIf(missing)('cut anywhere it gives a beginning and a failure', async () => {
      const packed = pack(content)
      for (const share of [0.01, 0.3, 0.77, 0.999]) {
        const path = join(root, `cut.${codec}`)
        writeFileSync(path, packed.subarray(0, Math.floor(packed.length * share)))
        const {text, code, offset} = await read(path, codec)
        expect(content.startsWith(text)).toBe(true)
        expect(['COMPRESSED_TRUNCATED', 'CORRUPT']).toContain(code)
        expect(offset).toBe(text.length)
      }
    })
  },
)

describe('gz damage', () => {
  it('every byte before the damage is delivered, garbage and padding are told apart', async () => {
    const packed = gzipSync(content)
    const damaged = Buffer.from(packed)
    damaged.fill(0xff, Math.floor(packed.length / 2), Math.floor(packed.length / 2) + 40)
    const path = join(root, 'damaged.gz')
    writeFileSync(path, damaged)
    const broken = await read(path, 'gz')
    expect(broken.code).toBe('CORRUPT')
    expect(broken.text.length).toBeGreaterThan(content.length * 0.45)
    expect(broken.text.slice(0, content.length * 0.45)).toBe(content.slice(0, content.length * 0.45))
    writeFileSync(path, Buffer.concat([packed, Buffer.from('garbage here')]))
    expect(await read(path, 'gz')).toEqual({text: content, code: 'TRAILING_GARBAGE', offset: content.length})
    writeFileSync(path, Buffer.concat([packed, Buffer.alloc(700)]))
    expect(await read(path, 'gz')).toEqual({text: content, code: null, offset: content.length})
    writeFileSync(path, Buffer.concat([packed, Buffer.alloc(7), gzipSync('more\n')]))
    expect(await read(path, 'gz')).toEqual({text: `${content}more\n`, code: null, offset: content.length + 5})
  })
  it('a bomb is stopped', async () => {
    const path = join(root, 'bomb.gz')
    writeFileSync(path, gzipSync(Buffer.alloc(50 << 20)))
    const reading = readBlocks({path, codec: 'gz'}, {limit: {bytes: 1 << 20}})
    let length = 0
    for await (const block of reading) length += block.length
    expect(length).toBeLessThanOrEqual(1 << 20)
    expect(reading.failure?.code).toBe('DECOMPRESSION_LIMIT')
  })
})

describe('fingerprint', () => {
  it('knows a renamed, compressed or grown file again, and not another', async () => {
    const plain = {path: join(root, 'fp'), codec: 'plain' as const}
    writeFileSync(plain.path, content)
    const known = await positionAt(plain, 100_000)
    const packed = {path: join(root, 'fp.gz'), codec: 'gz' as const}
    writeFileSync(packed.path, gzipSync(`${content}grown\n`))
    expect(await samePrefix(packed, known)).toBe('same')
    writeFileSync(plain.path, content.slice(0, 50_000))
    expect(await samePrefix(plain, known)).toBe('shorter')
    writeFileSync(plain.path, `other\n${content}`)
    expect(await samePrefix(plain, known)).toBe('different')
  })
  it('content hash goes on from a kept state', () => {
    const bytes = Buffer.alloc(3_500_000, 'abcdefg')
    const whole = new ContentHash().update(bytes)
    const resumed = new ContentHash(new ContentHash().update(bytes.subarray(0, 2_900_000)).state)
    resumed.update(bytes.subarray(resumed.state.offset))
    expect(resumed.digest()).toBe(whole.digest())
  })
})
