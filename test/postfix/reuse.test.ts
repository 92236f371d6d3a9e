/** Short queue IDs are used again: a log whose IDs repeat after `removed` tells the same facts as one whose IDs do not. */

import {describe, expect, test} from 'vitest'
import {linesOf} from '../dialect/corpus.js'
import {factsOf, random, reused, shuffled} from './facts.js'
import {logs, read, shared} from './store.js'

const LIGHTMETER = 'corpus/postfix/lightmeter/complete/logs_sample'
const LAB = 'corpus/postfix/lab-postfix37/short-ids.log'
const lightmeter = shared(LIGHTMETER)
const lab = shared(LAB)

const stampOf = (line: string): number => Date.parse(`2020 ${line.slice(0, 15)} UTC`)
const text = (lines: readonly string[]): string => `${lines.join('\n')}\n`

const lightmeterLines = (): string[] =>
  lightmeter === null ? [] : [...linesOf(`${lightmeter}/mail.log.1`), ...linesOf(`${lightmeter}/mail.log`)]

describe('queue IDs that repeat after removed', () => {
  const cases = [
    ['lightmeter', LIGHTMETER, lightmeter === null ? null : lightmeterLines, 5, 0.05],
    ['the lab', LAB, lab === null ? null : () => [...linesOf(lab)], 3, 0.3],
  ] as const
  for (const [name, folder, lines, least, share] of cases) {
    test.skipIf(lines === null)(`${name}: the same facts (skips 3 seeds without ../shared/${folder})`, async () => {
      const original = lines?.() ?? []
      const plain = await read([logs({'mail.log': text(original)})], {year: 2020})
      const facts = factsOf(plain.all())
      expect(facts.length).toBeGreaterThan(20)
      for (const seed of [1, 2, 3]) {
        const changed = reused(original, share, random(seed))
        expect(changed.repeats).toBeGreaterThanOrEqual(least)
        const again = await read([logs({'mail.log': text(changed.lines)})], {year: 2020})
        expect(factsOf(again.all()), `seed ${seed}`).toEqual(facts)
        expect(again.result).toMatchObject({
          messages: plain.result.messages,
          deliveries: plain.result.deliveries,
          rejections: plain.result.rejections,
        })
      }
    })

    test.skipIf(lines === null)(
      `${name}: shuffled within 3 s, split, in any order, twice (skips 1 without ../shared/${folder})`,
      async () => {
        const original = lines?.() ?? []
        const plain = await read([logs({'mail.log': text(original)})], {year: 2020})
        const mixed = shuffled(original, stampOf, 3, random(7))
        const third = Math.ceil(mixed.length / 3)
        const paths = logs({
          'mail.log.2': text(mixed.slice(0, third)),
          'mail.log.1': text(mixed.slice(third, 2 * third)),
          'mail.log': text(mixed.slice(2 * third)),
        })
        const [older, middle, newer] = paths as [string, string, string]
        const again = await read([[newer], [older], [middle], [older, middle, newer]], {year: 2020})
        expect(factsOf(again.all(), false)).toEqual(factsOf(plain.all(), false))
        expect(again.results.at(-1)).toMatchObject({lines: 0, messages: 0, deliveries: 0})
      },
    )
  }
})
