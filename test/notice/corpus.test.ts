import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {cluesOf} from '../../src/notice/notice.js'
import {bounceFiles, corpusRoot, hasCorpus, noticesOf, samples} from './corpus.js'
import * as damage from './damage.js'

/** name, damage, least share of files whose Message-ID is found, least share of hop queue IDs. */
const DAMAGES: [string, (text: string) => string, number, number][] = [
  ['as it is', (text) => text, 0.98, 0.97],
  ['body pasted', damage.pasted, 0.95, 0.95],
  ['quoted', damage.quoted, 0.95, 0.97],
  ['quoted thrice', damage.quotedThrice, 0.95, 0.97],
  ['forwarded inline', damage.forwardedInline, 0.95, 0.97],
  ['forwarded as attachment', damage.attached, 0.95, 0.97],
  ['leading blanks lost', damage.leadingBlanksLost, 0.95, 0.97],
  ['re-wrapped at 72', damage.rewrapped, 0.95, 0.97],
  ['re-wrapped at 72 through hyphens', (text) => damage.rewrapped(text, 72, true), 0.95, 0.97],
  ['re-wrapped, then quoted', (text) => damage.quoted(damage.rewrapped(text)), 0.95, 0.97],
  ['HTML-escaped', damage.htmlEscaped, 0.95, 0.9],
  ['a web page', damage.htmlPage, 0.95, 0.9],
  ['hard-wrapped at 60', (text) => damage.hardWrapped(text), 0.95, 0.9],
  ['hard-wrapped, then quoted', (text) => damage.quoted(damage.hardWrapped(text)), 0.95, 0.9],
  ['every line doubled', damage.spacedOut, 0.9, 0.9],
  ['joined to one line', damage.oneLine, 0.85, 0.85],
  ['with bare CR', (text) => text.replaceAll('\r\n', '\n').replaceAll('\n', '\r'), 0.98, 0.97],
]

describe.skipIf(!hasCorpus)(
  'the bounce corpus (286 rows of truth; skipped as a whole where ../shared/corpus/bounces is missing)',
  () => {
    const all = hasCorpus ? samples() : []

    it.for(DAMAGES)('%s', async ([name, harm, leastMessageIds, leastQueueIds]) => {
      let holding = 0
      let found = 0
      let ids = 0
      let foundIds = 0
      let wrong = 0
      for (const sample of all) {
        const notices = await noticesOf(Buffer.from(harm(sample.bytes.toString('latin1')), 'latin1'))
        const messageIds = notices.flatMap((notice) => cluesOf(notice, 'message-id').map((clue) => clue.value))
        const queueIds = new Set(notices.flatMap((notice) => cluesOf(notice, 'queue-id').map((clue) => clue.value)))
        if (sample.messageIds.size > 0) holding++
        if (messageIds.some((id) => id !== null && sample.messageIds.has(id))) found++
        ids += sample.queueIds.size
        const text = sample.bytes.toString('latin1')
        for (const id of sample.queueIds) if (queueIds.has(id)) foundIds++
        for (const id of queueIds)
          if (!sample.queueIds.has(id) && !text.slice(text.search(/\r?\n\r?\n/)).includes(id)) wrong++
      }
      console.log(
        `${name}: Message-IDs ${found}/${holding}, hop IDs ${foundIds}/${ids}, wrong ${(wrong / all.length).toFixed(3)} a file`,
      )
      expect(found / holding).toBeGreaterThanOrEqual(leastMessageIds)
      expect(foundIds / ids).toBeGreaterThanOrEqual(leastQueueIds)
      expect(wrong / all.length).toBeLessThanOrEqual(0.2)
    })

    it('never calls a bounce ordinary or a list mail', async () => {
      const called: string[] = []
      for (const sample of all) {
        for (const notice of await noticesOf(sample.bytes)) {
          if (notice.kind === 'ordinary' || notice.kind === 'list') called.push(sample.name)
        }
      }
      expect(called).toEqual([])
    })

    it('never calls what is no bounce a failure with certain clues', async () => {
      const files = bounceFiles().filter((file) => file.includes('not-bounces'))
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) {
        for (const notice of await noticesOf(readFileSync(file))) {
          const certain = notice.clues.filter((clue) => clue.sure === 'certain')
          expect(notice.kind === 'failure' && certain.length > 0, file).toBe(false)
        }
      }
    })

    it('reads mutations without an exception, quickly (bench/notice.ts does 10,000)', async () => {
      const texts = bounceFiles().map((file) => readFileSync(file))
      await fc.assert(
        fc.asyncProperty(
          fc.nat(texts.length - 1),
          fc.array(fc.tuple(fc.double({min: 0, max: 0.999, noNaN: true}), fc.nat(40), fc.uint8Array({maxLength: 12})), {
            maxLength: 20,
          }),
          async (n, edits) => {
            let bytes = texts[n] ?? Buffer.alloc(0)
            for (const [place, cut, insert] of edits) {
              const at = Math.floor(place * bytes.length)
              bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + cut)])
            }
            expect((await noticesOf(bytes)).length).toBeGreaterThan(0)
          },
        ),
        {numRuns: 300},
      )
    })

    it('has its files where the truth says', () => {
      for (const sample of all) expect(readFileSync(join(corpusRoot, sample.name)).length).toBeGreaterThan(0)
    })
  },
)
