import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Failure} from '../../src/cli/failures.js'
import {readDay, readLength, readMoment, readSpan, type When} from '../../src/cli/time-span.js'

const now = Date.parse('2026-11-21T10:30:00Z')
const utc: When = {now, zone: 'UTC'}
const kolkata: When = {now, zone: 'Asia/Kolkata'}
const berlin: When = {now, zone: 'Europe/Berlin'}
const iso = (ms: number): string => new Date(ms).toISOString()

describe('readMoment', () => {
  it.each([
    ['2026-11-20', utc, '2026-11-20T00:00:00.000Z'],
    ['2026-11-20', kolkata, '2026-11-19T18:30:00.000Z'],
    ['2026-11-20', berlin, '2026-11-19T23:00:00.000Z'],
    ['2026-07-20', berlin, '2026-07-19T22:00:00.000Z'],
    ['2026-11-20T14', berlin, '2026-11-20T13:00:00.000Z'],
    ['2026-11-20T14:05', berlin, '2026-11-20T13:05:00.000Z'],
    ['2026-11-20 14:05:06.789', utc, '2026-11-20T14:05:06.789Z'],
    ['2026-11-20T14:05:06Z', kolkata, '2026-11-20T14:05:06.000Z'],
    ['2026-11-20T14:05:06-08:00', kolkata, '2026-11-20T22:05:06.000Z'],
    ['2026-11-20 14:05:06 +0530', utc, '2026-11-20T08:35:06.000Z'],
    ['@1653027348', utc, '2022-05-20T06:15:48.000Z'],
    ['now', kolkata, '2026-11-21T10:30:00.000Z'],
    ['today', kolkata, '2026-11-20T18:30:00.000Z'],
    ['yesterday', utc, '2026-11-20T00:00:00.000Z'],
    ['7d', utc, '2026-11-14T10:30:00.000Z'],
    ['24h', kolkata, '2026-11-20T10:30:00.000Z'],
    ['90m', utc, '2026-11-21T09:00:00.000Z'],
    ['30 min', utc, '2026-11-21T10:00:00.000Z'],
    ['2 weeks ago', utc, '2026-11-07T10:30:00.000Z'],
  ])('%s in %j is %s', (text, when, expected) => expect(iso(readMoment(text, when))).toBe(expected))

  it.each([
    ['2026-11-20', '2026-11-21T00:00:00.000Z'],
    ['yesterday', '2026-11-21T00:00:00.000Z'],
    ['2026-11-20T14:00', '2026-11-20T14:00:00.000Z'],
    ['1d', '2026-11-20T10:30:00.000Z'],
  ])('as an end, %s is %s', (text, expected) => expect(iso(readMoment(text, utc, true))).toBe(expected))

  it.each([
    '',
    'soon',
    '2026-02-30',
    '2026-13-01',
    '2026-11-20T25:00',
    '2026-11-20T14:61',
    '7 moons',
    '20261120',
    '-7d',
  ])('refuses %j with the usage code and says what is allowed', (text) => {
    expect(() => readMoment(text, utc)).toThrow(Failure)
    try {
      readMoment(text, utc, false, 'until')
    } catch (error) {
      expect(error).toMatchObject({exit: 64, code: 'USAGE', message: expect.stringContaining('--until')})
      expect((error as Failure).suggestions.join()).toContain('yesterday')
    }
  })

  it('reads every instant back in any zone, or refuses text; it never throws anything else', () => {
    fc.assert(
      fc.property(
        fc.date({min: new Date('1990-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true}),
        (date) => {
          expect(readMoment(date.toISOString(), kolkata)).toBe(date.getTime())
        },
      ),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(Number.isFinite(readMoment(text, berlin))).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(Failure)
        }
      }),
    )
  })
})

describe('readSpan', () => {
  it('includes the last day whole, and is open where nothing is said', () => {
    expect(readSpan({}, utc)).toEqual({from: null, to: null})
    expect(readSpan({since: '2026-11-01', until: '2026-11-01'}, utc)).toEqual({
      from: Date.parse('2026-11-01T00:00:00Z'),
      to: Date.parse('2026-11-02T00:00:00Z'),
    })
  })

  it('refuses an empty span', () => {
    expect(() => readSpan({since: 'today', until: '2d'}, utc)).toThrow(/empty/)
  })
})

describe('readDay', () => {
  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-11-20', 24],
    ['yesterday', 24],
  ])('%s in Berlin has %i hours', (text, hours) => {
    const {from, to} = readDay(text, berlin)
    expect((to - from) / 3_600_000).toBe(hours)
  })

  it('refuses what is no day', () => expect(() => readDay('24h', utc)).toThrow(/--day/))
})

describe('readLength', () => {
  it.each([
    ['90d', 90 * 86_400_000],
    ['24h', 86_400_000],
    ['15m', 900_000],
    ['2w', 14 * 86_400_000],
  ])('%s is %i ms', (text, expected) => expect(readLength(text, 'keep')).toBe(expected))
  it.each(['0d', 'forever', '', '7'])('refuses %j', (text) => expect(() => readLength(text, 'keep')).toThrow(/--keep/))
})
