/** Lives of one short queue ID: every line in exactly one life, the same lives from any order, a new life only where one begins. */

import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseLog} from '../../src/dialect/log.js'
import {splitIncarnations} from '../../src/life/incarnations.js'
import type {Entry} from '../../src/life/life.js'

const ID = '3ABCD294C59'
const START = Date.UTC(2026, 10, 20)

function entry(at: number, reference: number, text: string, program = 'postfix/smtpd'): Entry {
  const parsed = parseLog(`${new Date(at).toISOString()} lab ${program}[9]: ${ID}: ${text}`)
  if (parsed.kind !== 'event') throw new Error(text)
  return {at, reference, event: parsed.event}
}

/** One whole life beginning at `at`; its lines take under two seconds. */
const life = (at: number, reference: number, ends: boolean): Entry[] => [
  entry(at, reference, `client=pc${reference}.example[198.51.100.4]`),
  entry(at + 100, reference + 1, `message-id=<${reference}@pc.example>`, 'postfix/cleanup'),
  entry(at + 200, reference + 2, `from=<a@b.example>, size=${reference}, nrcpt=1 (queue active)`, 'postfix/qmgr'),
  entry(
    at + 900,
    reference + 3,
    'to=<x@y.example>, relay=mx[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (ok)',
    'postfix/smtp',
  ),
  ...(ends ? [entry(at + 1_000, reference + 4, 'removed', 'postfix/qmgr')] : []),
]

const gaps = fc.array(fc.integer({min: 5_000, max: 900_000}), {minLength: 1, maxLength: 6})

describe('splitIncarnations', () => {
  test('lives that end apart from each other are told apart, whatever the order of the lines', () => {
    fc.assert(
      fc.property(gaps, fc.infiniteStream(fc.nat()), (distances, keys) => {
        let at = START
        const lives = distances.map((distance, i) => {
          at += distance
          return life(at, 1 + i * 10, true)
        })
        const order = keys[Symbol.iterator]()
        const mixed = lives
          .flat()
          .map((one) => ({one, key: Number(order.next().value)}))
          .sort((a, b) => a.key - b.key)
          .map(({one}) => one)
        const split = splitIncarnations(ID, mixed)
        expect(split.map((list) => list.map(({reference}) => reference).sort((a, b) => a - b))).toEqual(
          lives.map((list) => list.map(({reference}) => reference)),
        )
      }),
      {numRuns: 200},
    )
  })

  test('a life whose end was lost is ended by the next client', () => {
    const split = splitIncarnations(ID, [...life(START, 1, false), ...life(START + 61_000, 11, true)])
    expect(split.map((list) => list.length)).toEqual([4, 5])
  })

  test('a message that is deferred for days and active again is one life', () => {
    const again = entry(START + 2 * 86_400_000, 9, 'from=<a@b.example>, size=1, nrcpt=1 (queue active)', 'postfix/qmgr')
    expect(splitIncarnations(ID, [...life(START, 1, false), again])).toHaveLength(1)
  })

  test('a requeued message frees its ID', () => {
    const moved = entry(START + 5_000, 8, 'requeued', 'postfix/postsuper')
    const next = life(START + 9_000, 11, true)
    expect(splitIncarnations(ID, [...life(START, 1, false), moved, ...next]).map((list) => list.length)).toEqual([5, 5])
  })
})
