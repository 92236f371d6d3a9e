/** Blocks of other parts that lie in a time: the same as by looking at each of them, without looking at each of them. */

import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {type Connection, openForWriting} from '../../src/store/database.js'
import {blocksAlongside} from '../../src/store/reach.js'
import {OVERLAPPING} from '../../src/store/wall-spans.js'
import {inFolder} from '../helpers/ingest-logs.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const BEGIN = Date.UTC(2026, 0, 1)
/** Parts by server and dialect. */
const PARTS = [
  {server: 1, dialect: 'exim'},
  {server: 1, dialect: 'exim-rejectlog'},
  {server: 2, dialect: 'exim'},
  {server: 1, dialect: 'postfix'},
]

const length = fc.oneof(
  fc.constantFrom(0, HOUR - 1, HOUR, DAY - 1, DAY, 7 * DAY - 1, 7 * DAY, 31 * DAY - 1, 31 * DAY, 366 * DAY, 1000 * DAY),
  fc.integer({min: 0, max: 3 * HOUR}),
  fc.integer({min: 0, max: 60 * DAY}),
)
const span = fc.record({part: fc.integer({min: 1, max: PARTS.length}), at: fc.integer({min: 0, max: 90 * DAY}), length})

async function withBlocks(
  blocks: readonly {readonly part: number; readonly at: number; readonly length: number}[],
  use: (db: Connection) => void,
): Promise<void> {
  await inFolder((folder) => {
    const db = openForWriting(join(folder, 'mail.db'))
    try {
      db.exec("INSERT INTO server VALUES (1, 'one'), (2, 'two'); INSERT INTO stream VALUES (1, 'log')")
      for (const [i, {server, dialect}] of PARTS.entries()) {
        db.prepare(
          "INSERT INTO part(id, stream, path, dialect, head, tail, position, rotation) VALUES (?, 1, 'log', ?, '', '', 0, '')",
        ).run(i + 1, dialect)
        db.prepare('INSERT INTO stretch VALUES (?, ?, 0, 0, 0, 0, 0, 0)').run(i + 1, server)
      }
      const insert = db.prepare(
        "INSERT INTO block(part, lines, wall_first, wall_last, first, last, sha256, meta, data) VALUES (?, 0, ?, ?, 0, 0, x'', x'', x'')",
      )
      for (const {part, at, length} of blocks) insert.run(part, BEGIN + at, BEGIN + at + length)
      use(db)
    } finally {
      db.close()
    }
  })
}

describe('blocks in a time', () => {
  it('are found whatever they span', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(span, {maxLength: 40}), fc.array(span, {minLength: 1, maxLength: 8}), (blocks, asked) =>
        withBlocks(blocks, (db) => {
          for (const {part, at, length} of asked) {
            const own = PARTS[part - 1]
            const rejectlog = own?.dialect === 'exim-rejectlog'
            const server = own?.server === 2 ? 'two' : 'one'
            const expected = blocks.flatMap((block, i) => {
              const other = PARTS[block.part - 1]
              return block.part !== part &&
                other?.server === own?.server &&
                (other?.dialect === 'exim-rejectlog') === rejectlog &&
                block.at <= at + length &&
                block.at + block.length >= at
                ? [i + 1]
                : []
            })
            const found = blocksAlongside(db, part, BEGIN + at, BEGIN + at + length, new Set([server]), rejectlog)
            expect(found.sort((a, b) => a - b)).toEqual(expected)
          }
        }),
      ),
      {numRuns: 40},
    )
  })

  it('are looked for in a piece of the index, for each length of spans', async () => {
    await withBlocks([], (db) => {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${OVERLAPPING}`).all({first: BEGIN, last: BEGIN}) as {
        detail: string
      }[]
      const searches = plan.map(({detail}) => detail).filter((detail) => detail.includes('block'))
      expect(searches).toHaveLength(6)
      for (const [i, search] of searches.entries())
        expect(search).toContain(
          `USING COVERING INDEX block_wall (<expr>=? AND wall_first${i < 5 ? '>? AND wall_first' : ''}<?)`,
        )
    })
  })
})
