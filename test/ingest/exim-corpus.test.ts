/** Exim's own logs: every line of every file is counted once, and a trace by queue ID shows each line that bears the ID. */

import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {EXIM_ID_IN_TEXT} from '../../src/mail/queue-id.js'
import {Fleet} from '../../src/question/fleet.js'
import {traceMessages} from '../../src/question/trace.js'
import {openStore} from '../../src/store/finder.js'
import {corpus} from '../dialect/corpus.js'
import {inFolder, ingestInto} from '../helpers/ingest-logs.js'

const SHARE = Number(process.env['CORPUS_SHARE'] ?? 6)
const all = corpus('corpus/exim', /./)
/** Every sixth file, and all with CORPUS_SHARE=1. */
const files = all.filter((_, i) => i % SHARE === 0)
const FLEET = new Fleet({configured: [], stored: ['mx.example.net'], directSmtp: 'unknown'})

describe.skipIf(all.length === 0)(`Exim's logs (${files.length} of ${all.length} files)`, () => {
  it('every line is an event, ignored, unknown or a continuation; every ID shows all lines that bear it', async () => {
    await inFolder(async (folder) => {
      const wrong: string[] = []
      let ids = 0
      for (const {name, lines} of files) {
        if (lines.length === 0) continue
        const db = join(folder, 'mail.db')
        for (const suffix of ['', '-wal', '-shm']) rmSync(db + suffix, {force: true})
        const result = await ingestInto(db, [join(import.meta.dirname, '../../../shared', name)])
        const {events, ignored, unknown, continuation} = result
        if (result.lines !== lines.length || events + ignored + unknown + continuation !== lines.length)
          wrong.push(
            `${name}: ${lines.length} lines, ${result.lines} = ${events} + ${ignored} + ${unknown} + ${continuation}`,
          )
        const store = openStore(db)
        for (const id of new Set(lines.flatMap((line) => line.match(EXIM_ID_IN_TEXT) ?? []))) {
          ids++
          const answer = traceMessages(store, FLEET, {
            keys: [id],
            servers: [],
            window: {from: null, to: null},
            limit: 10_000,
          })
          const shown = new Set(
            answer.journeys.flatMap(({messages}) => messages.flatMap(({evidence}) => evidence.map(({line}) => line))),
          )
          // The ID in its own field, or where another message or a command names it; not in a header's or a reply's free text.
          const bears = (line: string): boolean =>
            line.includes(id) && /^\d{4}-/.test(line) && !/\(R=|rejected|refused/.test(line)
          const missing = lines.filter(
            (line) => bears(line) && !shown.has(Buffer.from(line, 'latin1').toString('utf8')) && !shown.has(line),
          )
          if (missing.length > 0)
            wrong.push(`${name} ${id}: ${missing.length} of its lines are not shown: ${missing[0]}`)
        }
        store.close()
      }
      expect(wrong.length === 0 ? [] : [...wrong.slice(0, 25), `${wrong.length} of ${ids} IDs`]).toEqual([])
    })
  }, 600_000)
})
