/** Exim's own logs: every line of every file is counted once, and a trace by queue ID shows each line that bears the ID. */

import {spawnSync} from 'node:child_process'
import {existsSync, rmSync} from 'node:fs'
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

/** Each form of IDs has the eximstats that can read it: Debian's of that version, where its end-to-end root is there, else the machine's. */
const EXIMSTATS = {
  old: ['/var/cache/mailwitness-e2e/exim496/usr/sbin/eximstats', '/usr/sbin/eximstats'].find((path) =>
    existsSync(path),
  ),
  new: ['/var/cache/mailwitness-e2e/exim498/usr/sbin/eximstats'].find((path) => existsSync(path)),
}
const statsOf = (name: string): string | undefined => (name.includes('/HEAD/') ? EXIMSTATS.new : EXIMSTATS.old)

/** Received messages and delivered addresses (`=>` and `->`) as eximstats counts them. */
function eximstats(program: string, file: string): {messages: number; addresses: number} {
  const {stdout} = spawnSync('perl', [program, '-nr', '-nt', '-ne', '-nvr', '-h0', '-t0', '-emptyok', file], {
    encoding: 'latin1',
  })
  const received = /^ {2}Received +\S+ +(\d+)/m.exec(stdout)
  const delivered = /^ {2}Delivered +\S+ +\d+ +(\d+)/m.exec(stdout)
  return {messages: Number(received?.[1] ?? 0), addresses: Number(delivered?.[1] ?? 0)}
}

/** What eximstats leaves out or counts though nothing was delivered: it knows no `(=`, no `>>`, and takes blackholes and /dev/null for deliveries. */
function corrections(lines: readonly string[]): {messages: number; addresses: number} {
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length
  return {
    messages: count(/^\S+ \S+ \S+ \(= /),
    addresses:
      count(/^\S+ \S+ \S+ >> /) -
      count(/^\S+ \S+ \S+ (?:=>|->) (?::?blackhole:?|discarded)(?: |$)/) -
      count(/ T=\*\*bypassed\*\*$/),
  }
}

/** Where the two differ for another reason. */
const KNOWN: Readonly<Record<string, string>> = {
  'HEAD/4040': 'eximstats takes ` -> ` inside free text for delivered addresses',
}

const compared = files.filter(({name}) => name.includes('/log/') && statsOf(name) !== undefined)

describe.skipIf(compared.length === 0)(
  `eximstats beside ingest, on ${compared.length} main logs (skipped without eximstats or the logs)`,
  () => {
    it('the same messages and deliveries in each file', async () => {
      await inFolder(async (folder) => {
        const differ: string[] = []
        for (const {name, lines} of compared) {
          const db = join(folder, 'mail.db')
          for (const suffix of ['', '-wal', '-shm', '-writer']) rmSync(db + suffix, {force: true})
          const path = join(import.meta.dirname, '../../../shared', name)
          const {messages, deliveries} = await ingestInto(db, [path], {format: 'exim'})
          const theirs = eximstats(statsOf(name) ?? '', path)
          const more = corrections(lines)
          const short = name.replace(/^corpus\/exim\/(\S+?)\/log\//, '$1/')
          if (messages === theirs.messages + more.messages && deliveries === theirs.addresses + more.addresses) continue
          if (KNOWN[short] === undefined)
            differ.push(
              `${short}: ${messages} messages, ${deliveries} deliveries; eximstats ${theirs.messages} + ${more.messages}, ${theirs.addresses} + ${more.addresses}`,
            )
        }
        expect(differ).toEqual([])
      })
    }, 600_000)
  },
)

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
          // As grep finds it: in its own field or in another entry's line; not where a refused message's own header quotes it.
          const missing = lines.filter(
            (line) =>
              line.includes(id) &&
              !/^[ \t]/.test(line) &&
              !shown.has(Buffer.from(line, 'latin1').toString('utf8')) &&
              !shown.has(line),
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
