/** Streams without a file: the same lines through a pipe, as text, JSON or journald's export, add nothing the second time. */

import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {Readable} from 'node:stream'
import {gzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import type {IngestResult} from '../../src/ingest/options.js'
import type {DecompressionLimit} from '../../src/input/read-part.js'
import {readStream} from '../../src/input/read-stream.js'
import {openForWriting} from '../../src/store/database.js'
import {contentOf, contentOfFile, difference} from '../helpers/content.js'
import {DEFAULTS, inFolder, ingested} from '../helpers/ingest-logs.js'

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared')
const SHAPES = join(SHARED, 'corpus/postfix/lab-shapes')
const NOW = Date.UTC(2026, 10, 21)

async function piped(file: string, bytes: Buffer, chunk = 700, limit?: DecompressionLimit): Promise<IngestResult> {
  const chunks = Array.from({length: Math.ceil(bytes.length / chunk)}, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  )
  const db = openForWriting(file)
  try {
    const ingest = new Ingest(db, {...DEFAULTS, paths: []})
    return await ingest.stream(
      'stdin',
      await readStream('stdin', Readable.from(chunks), {folder: dirname(file), ...(limit ? {limit} : {})}),
      NOW,
    )
  } finally {
    db.close()
  }
}

const POSTFIX = [
  'Nov 21 08:00:00 mx1 postfix/smtpd[11]: 4B1C2D3E4F: client=mail.partner.example[192.0.2.7]',
  'Nov 21 08:00:00 mx1 postfix/cleanup[12]: 4B1C2D3E4F: message-id=<a@partner.example>',
  'Nov 21 08:00:00 mx1 postfix/qmgr[13]: 4B1C2D3E4F: from=<x@partner.example>, size=900, nrcpt=1 (queue active)',
  'Nov 21 08:00:01 mx1 postfix/smtp[14]: 4B1C2D3E4F: to=<y@mail.example>, relay=mx.mail.example[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK)',
  'Nov 21 08:00:01 mx1 postfix/qmgr[13]: 4B1C2D3E4F: removed',
].join('\n')

/** The same lines as `journalctl -o export` writes them. */
const EXPORT = POSTFIX.split('\n')
  .map((line, i) => {
    const [, second = '0', daemon = '', pid = '', message = ''] =
      /^Nov 21 08:00:0(\d) mx1 (\S+?)\[(\d+)\]: (.*)$/.exec(line) ?? []
    const at = (Date.UTC(2026, 10, 21, 8, 0, Number(second)) + i) * 1000
    return `__CURSOR=s=1;i=${i}\n__REALTIME_TIMESTAMP=${at}\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=${daemon}\nSYSLOG_PID=${pid}\n_PID=${pid}\nMESSAGE=${message}\n`
  })
  .join('\n')

describe('a pipe', () => {
  it('read twice adds nothing, although its host is not the default server', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'mail.db')
      const first = await piped(file, Buffer.from(`${POSTFIX}\n`))
      expect([first.lines, first.messages, first.deliveries]).toEqual([5, 1, 1])
      const content = contentOfFile(file)
      const second = await piped(file, Buffer.from(`${POSTFIX}\n`))
      expect([second.lines, second.repeated, second.messages]).toEqual([0, 5, 0])
      expect(difference(content, contentOfFile(file))).toEqual([])
    })
  })

  it("understands journald's export format, and so does a file of it", async () => {
    await inFolder(async (folder) => {
      const result = await piped(join(folder, 'pipe.db'), Buffer.from(`${EXPORT}\n`))
      expect(result.failures).toEqual([])
      expect([result.lines, result.messages, result.deliveries]).toEqual([5, 1, 1])
      const path = join(folder, 'journal')
      writeFileSync(path, `${EXPORT}\n`)
      const fromFile = await ingested(join(folder, 'file.db'), [[path], [path]], contentOf)
      expect(difference(contentOfFile(join(folder, 'pipe.db')), fromFile)).toEqual([])
    })
  })

  it('a journal export read while it was being written goes on where it stood', async () => {
    await inFolder(async (folder) => {
      const whole = `${EXPORT}\n`
      const path = join(folder, 'journal')
      writeFileSync(path, whole)
      const expected = await ingested(join(folder, 'clean.db'), [[path]], contentOf)
      for (const share of [0.3, 0.55, 0.8, 0.97]) {
        const db = join(folder, `${share}.db`)
        writeFileSync(path, whole.slice(0, Math.floor(whole.length * share)))
        await ingested(db, [[path]], () => 0)
        writeFileSync(path, whole)
        expect(difference(expected, await ingested(db, [[path]], contentOf)), String(share)).toEqual([])
      }
    })
  })

  it.skipIf(!existsSync(SHAPES))('the shapes of one real journal tell the same messages (2 files)', async () => {
    await inFolder(async (folder) => {
      const messages = async (name: string): Promise<string[]> => {
        await piped(join(folder, `${name}.db`), readFileSync(join(SHAPES, name)), 4096)
        return contentOfFile(join(folder, `${name}.db`), {messagesOnly: true})
      }
      const json = await messages('j.json')
      expect(json.length).toBeGreaterThan(0)
      expect(difference(json, await messages('j.export'))).toEqual([])
    })
  })
})

const tool =
  (command: string) =>
  (bytes: Buffer): Buffer =>
    spawnSync(command, ['-c', '-q'], {input: bytes, maxBuffer: 1e8}).stdout
const PACKERS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gz', gzipSync],
  ['xz', tool('xz')],
  ['zst', tool('zstd')],
  ['bz2', tool('bzip2')],
]
/** Many messages, so that half of the compressed bytes tells some. */
const LOG = Array.from({length: 300}, (_, n) =>
  POSTFIX.replaceAll('4B1C2D3E4F', (0x4b1c2d3000 + n * 7919).toString(16).toUpperCase()),
).join('\n')

describe.each(PACKERS)('a compressed pipe (%s)', (_, pack) => {
  it('says what the same lines say without compression, whatever the chunks are', async () => {
    await inFolder(async (folder) => {
      await piped(join(folder, 'plain.db'), Buffer.from(`${LOG}\n`), 60_000)
      const packed = pack(Buffer.from(`${LOG}\n`))
      expect(packed.length).toBeGreaterThan(100)
      for (const chunk of [1, 60_000]) {
        const result = await piped(join(folder, `${chunk}.db`), packed, chunk)
        expect([result.failures, result.lines]).toEqual([[], 1_500])
        expect(difference(contentOfFile(join(folder, 'plain.db')), contentOfFile(join(folder, `${chunk}.db`)))).toEqual(
          [],
        )
      }
      const exported = await piped(join(folder, 'journal.db'), pack(Buffer.from(`${EXPORT}\n`)))
      expect([exported.failures, exported.lines, exported.messages]).toEqual([[], 5, 1])
      expect(readdirSync(folder).filter((name) => !/^(?:plain|journal|1|60000)\.db/.test(name))).toEqual([])
    })
  })

  it('cut off: what could be read is kept, the rest is named and is a gap', async () => {
    await inFolder(async (folder) => {
      const packed = pack(Buffer.from(`${LOG}\n`))
      const db = join(folder, 'cut.db')
      const result = await piped(db, packed.subarray(0, Math.floor(packed.length * 0.6)))
      expect(result.failures).toMatchObject([{path: 'stdin', code: 'COMPRESSED_TRUNCATED'}])
      if (result.lines > 0) expect(contentOfFile(db, {gaps: true}).join('\n')).toContain('unreadable')
    })
  })

  it('that grows beyond the limit is stopped, named and a gap', async () => {
    await inFolder(async (folder) => {
      const db = join(folder, 'bomb.db')
      const result = await piped(db, pack(Buffer.from(`${LOG}\n`)), 60_000, {bytes: 100_000})
      expect(result.failures).toMatchObject([{path: 'stdin', code: 'DECOMPRESSION_LIMIT'}])
    })
  })
})
