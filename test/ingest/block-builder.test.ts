/** The bytes that become evidence are those of the lines that were parsed, whatever the reader says that it has read. */

import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {BlockBuilder} from '../../src/ingest/block-builder.js'
import type {LogLine} from '../../src/mail/log-line.js'
import {openForWriting} from '../../src/store/database.js'
import {EvidenceFinder} from '../../src/store/evidence.js'
import {Parts} from '../../src/store/parts.js'
import {StoreWriter} from '../../src/store/writer.js'
import {inFolder} from '../helpers/ingest-logs.js'

const BEGIN = 700
const TEXTS = ['2026-11-21 03:00:01 first', '2026-11-21 03:00:02 second', '', '2026-11-21 03:00:04 last']
const LOG = Buffer.from(TEXTS.map((text) => `${text}\n`).join(''))

function linesOf(texts: readonly string[]): LogLine[] {
  let offset = BEGIN
  return texts.map((text) => {
    const line = {text, offset, bytes: text.length + 1, truncated: false}
    offset += line.bytes
    return line
  })
}

/** What is stored of the lines where the reader gives these bytes for theirs. */
async function stored(raw: (from: number, to: number) => Uint8Array | null): Promise<string[]> {
  return await inFolder((folder) => {
    const db = openForWriting(join(folder, 'mail.db'))
    try {
      const writer = new StoreWriter(db)
      const parts = new Parts(db)
      const part = parts.add(parts.stream('mainlog'), 'mainlog', 'exim', 'hash', '')
      const blocks = new BlockBuilder(writer, part, raw, false)
      const references = linesOf(TEXTS).map((line) => {
        const reference = blocks.next()
        blocks.keep(line, 0, null)
        return reference
      })
      db.transaction(() => {
        blocks.close()
        writer.finish()
      })()
      const found = new EvidenceFinder(db).lines(references)
      expect(found.map(({offset}) => offset)).toEqual(linesOf(TEXTS).map(({offset}) => offset))
      return found.map(({text}) => text)
    } finally {
      db.close()
    }
  })
}

const piece = (bytes: Buffer, shift: number) => (from: number, to: number) =>
  bytes.subarray(from - BEGIN + shift, to - BEGIN + shift)

describe('a block of evidence', () => {
  it('is the bytes as they were read, where they are the lines', async () => {
    let asked = 0
    const raw = (from: number, to: number): Buffer => {
      asked++
      return piece(LOG, 0)(from, to)
    }
    expect(await stored(raw)).toEqual(TEXTS)
    expect(asked).toBe(1)
  })

  it.each([
    ['begin a byte later', piece(Buffer.concat([LOG, LOG]), 1)],
    ['begin a byte earlier', piece(Buffer.concat([Buffer.from('x'), LOG]), 0)],
    ['are of another line at the end', piece(Buffer.from(LOG.toString().replace('04 last', '04 lost')), 0)],
    ['are of another line at the beginning', piece(Buffer.from(LOG.toString().replace('01 first', '01 farst')), 0)],
    ['end a line elsewhere', piece(Buffer.from(LOG.toString().replace('second\n', 'secon\nd')), 0)],
    ['end too early', (from: number, to: number) => piece(LOG, 0)(from, to - 1)],
    ['are none', () => Buffer.alloc(0)],
    ['are gone', () => null],
  ])('is made of the lines where the bytes %s', async (_, raw) => {
    expect(await stored(raw)).toEqual(TEXTS)
  })
})
