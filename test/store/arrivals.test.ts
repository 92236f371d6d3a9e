/** The messages of a span are those that lie in a range of one of its hours: none is lost, however the ranges of several servers overlap. */

import {join} from 'node:path'
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {arrivedWithin} from '../../src/store/arrivals.js'
import {openForWriting} from '../../src/store/database.js'
import {inFolder} from '../helpers/ingest-logs.js'

const HOUR = 3_600_000

it('gives what lies in any range of the hours of a span, ascending', async () => {
  await inFolder((folder) => {
    const db = openForWriting(join(folder, 'mail.db'))
    const insert = db.prepare('INSERT OR REPLACE INTO arrival(hour, server, first, last) VALUES (?, ?, ?, ?)')
    const range = fc.record({
      hour: fc.nat({max: 20}),
      server: fc.nat({max: 3}),
      first: fc.nat({max: 200}),
      length: fc.nat({max: 30}),
    })
    const numbers = fc.uniqueArray(fc.nat({max: 240}), {maxLength: 120})
    const check = (
      ranges: readonly {hour: number; server: number; first: number; length: number}[],
      ids: readonly number[],
      from: number,
      to: number,
    ): void => {
      db.exec('DELETE FROM arrival')
      const kept = new Map<string, readonly [hour: number, first: number, last: number]>()
      for (const {hour, server, first, length} of ranges) {
        insert.run(hour, server, first, first + length)
        kept.set(`${hour} ${server}`, [hour, first, first + length])
      }
      const asked = [...kept.values()].filter(([hour]) => hour >= from && hour <= to)
      expect(arrivedWithin(db, ids, from * HOUR, to * HOUR + 5)).toEqual(
        ids.filter((id) => asked.some(([, first, last]) => id >= first && id <= last)),
      )
    }
    fc.assert(
      fc.property(
        fc.array(range, {maxLength: 30}),
        numbers,
        fc.nat({max: 20}),
        fc.nat({max: 20}),
        (made, ids, from, length) =>
          check(
            made,
            ids.sort((a, b) => a - b),
            from,
            from + length,
          ),
      ),
    )
    // More pieces than are joined at once.
    const apart = Array.from({length: 2_500}, (_, i) => ({hour: i, server: 1, first: 4 * i, length: 1}))
    db.transaction(() =>
      check(
        apart,
        Array.from({length: 10_000}, (_, i) => i),
        3,
        2_400,
      ),
    )()
    db.close()
  })
})
