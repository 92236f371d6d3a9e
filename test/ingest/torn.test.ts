/** A last line that was read while it was being written: nothing of it stays once the rest has come, and nothing is lost if it never comes. */

import {rmSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {describe, expect, it} from 'vitest'
import {coverageOf} from '../../src/store/coverage.js'
import {type Connection, openForWriting} from '../../src/store/database.js'
import {buildPostfix} from '../helpers/build-log.js'
import {contentOf, difference} from '../helpers/content.js'
import {inFolder, ingested} from '../helpers/ingest-logs.js'

const LOG = [
  '2026-11-21 08:00:00 cwd=/home/shop/public_html 3 args: /usr/sbin/sendmail -t -i',
  '2026-11-21 08:00:00 1vMNIO-000000001Aa-1abc <= shop@web.example U=shop P=local S=900 id=a@web.example T="Order" for buyer@mail.example',
  '2026-11-21 08:00:01 1vMNIO-000000001Aa-1abc => buyer@mail.example R=dnslookup T=remote_smtp H=mx.mail.example [192.0.2.9] C="250 OK id=r1"',
  '2026-11-21 08:00:01 1vMNIO-000000001Aa-1abc Completed',
  '2026-11-21 08:00:03 H=(evil) [192.0.2.8] F=<x@evil.example> rejected RCPT <bob@mail.example>: relay not permitted',
  '2026-11-21 08:00:05 1vMNIT-000000001Ab-2abc <= <> R=1vMNIO-000000001Aa-1abc U=Debian-exim P=local S=1899 for shop@web.example',
  '2026-11-21 08:00:05 1vMNIT-000000001Ab-2abc ** shop@web.example R=virtual: Unrouteable address',
]
const whole = `${LOG.join('\n')}\n`
/** Cuts in the stamp, the ID, the flag, an address, a quoted text, and right before a line's end. */
const cuts = LOG.flatMap((line, i) => {
  const start = LOG.slice(0, i).join('\n').length + (i > 0 ? 1 : 0)
  return [5, 25, 45, 47, 70, 90, line.length - 1, line.length].filter((at) => at <= line.length).map((at) => start + at)
})

/** After the log's last line, seconds since 1970-01-01. */
const ROTATED = Date.UTC(2026, 10, 21, 12) / 1000

const linesCounted = (file: string): number => {
  const db = openForWriting(file)
  const lines = db.prepare('SELECT sum(lines) FROM part').pluck().get() as number
  db.close()
  return lines
}

describe('a log read while its last line stood at byte', () => {
  it.each([...new Set(cuts)])('%i', async (cut) => {
    await inFolder(async (folder) => {
      const clean = join(folder, 'clean_mainlog')
      writeFileSync(clean, whole)
      const expected = await ingested(join(folder, 'clean.db'), [[clean]], contentOf)

      const log = join(folder, 'exim_mainlog')
      const db = join(folder, 'mail.db')
      writeFileSync(log, whole.slice(0, cut))
      await ingested(db, [[log], [log]], () => 0)
      writeFileSync(log, whole)
      expect(difference(expected, await ingested(db, [[log]], contentOf))).toEqual([])
      expect(linesCounted(db)).toBe(LOG.length)

      const zipped = join(folder, 'mail2.db')
      writeFileSync(log, whole.slice(0, cut))
      await ingested(zipped, [[log]], () => 0)
      writeFileSync(`${log}.1.gz`, gzipSync(whole))
      expect(difference(expected, await ingested(zipped, [[`${log}.1.gz`]], contentOf)), 'compressed').toEqual([])
    })
  })

  it('keeps a last line that never gets its end', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      writeFileSync(log, whole)
      const expected = await ingested(join(folder, 'a.db'), [[log]], contentOf)
      writeFileSync(log, whole.slice(0, -1))
      expect(difference(expected, await ingested(join(folder, 'b.db'), [[log], [log]], contentOf))).toEqual([])
    })
  })
})

describe('a log that was touched although nothing was written to it', () => {
  it.each([
    ['with a whole last line', `${LOG.slice(0, 4).join('\n')}\n`],
    ['with an unfinished last line', whole.slice(0, cuts[20])],
  ])('%s is the same log when it grows', async (_, begun) => {
    await inFolder(async (folder) => {
      const log = join(folder, 'exim_mainlog')
      const db = join(folder, 'mail.db')
      writeFileSync(log, begun)
      await ingested(db, [[log]], () => 0)
      utimesSync(log, new Date(), new Date(Date.UTC(2026, 10, 21, 9)))
      await ingested(db, [[log]], () => 0)
      writeFileSync(log, whole)
      await ingested(db, [[log]], () => 0)
      const store = openForWriting(db)
      expect(
        store.prepare('SELECT count(*) AS parts, sum(lines) AS lines, sum(repeated) AS repeated FROM part').get(),
      ).toEqual({
        parts: 1,
        lines: LOG.length,
        repeated: 0,
      })
      store.close()
    })
  })
})

const SYSLOG = buildPostfix(5, 12, 0)
  .map((line) => `${line}\n`)
  .join('')

describe('a syslog that was rotated in the middle of a line, at byte', () => {
  const start = SYSLOG.indexOf('\n', SYSLOG.length / 2) + 1
  it.each([3, 10, 18, 25, 60, 90].map((at) => start + at))(
    '%i: the order of its parts changes nothing',
    async (cut) => {
      await inFolder(async (folder) => {
        const newer = join(folder, 'mail.log')
        const older = join(folder, 'mail.log.1')
        writeFileSync(older, SYSLOG.slice(0, cut))
        writeFileSync(newer, SYSLOG.slice(cut))
        for (const file of [older, newer]) utimesSync(file, ROTATED, ROTATED)
        const servers = (db: Connection): string[] => coverageOf(db).map(({server}) => server)
        const expected = await ingested(join(folder, 'one.db'), [[older, newer]], contentOf)
        expect(await ingested(join(folder, 'one.db'), [], servers)).toEqual(['mx2'])
        for (const runs of [
          [[older], [newer]],
          [[newer], [older]],
          [[newer], [older, newer]],
        ]) {
          const db = join(folder, 'other.db')
          expect(difference(expected, await ingested(db, runs, contentOf))).toEqual([])
          rmSync(db)
        }
      })
    },
  )
})
