/** Stamps to UTC: years, zones, New Year, leap days and the nights when clocks change. */

import {describe, expect, test} from 'vitest'
import {type Anchor, type ClockOptions, PartClock, wallInYear, yearNear} from '../../src/mail/clock.js'
import {type Stamp, YEARLESS} from '../../src/mail/stamp.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Dec 31 23:59:59` or `2025-12-31 23:59:59[+01:00]` as the stamp that a reader makes of it. */
function stamp(text: string): Stamp {
  const short = /^([A-Z][a-z]{2}) +(\d+) (\d\d):(\d\d):(\d\d)$/.exec(text)
  if (short) {
    const [, month = '', day, h, m, s] = short
    return {
      wall: Date.UTC(YEARLESS, MONTHS.indexOf(month), Number(day), Number(h), Number(m), Number(s)),
      offset: null,
      yearless: true,
    }
  }
  const [, date, time, zone] = /^(\S+) ([\d:.]+)(\S*)$/.exec(text) ?? []
  const sign = zone?.startsWith('-') ? -1 : 1
  const offset =
    zone === '' || zone === undefined
      ? null
      : zone === 'Z'
        ? 0
        : sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4)))
  return {wall: Date.parse(`${date}T${time}Z`), offset, yearless: false}
}

const options = (given: Partial<ClockOptions> = {}): ClockOptions => ({
  zone: null,
  assumedZone: 'UTC',
  year: null,
  notAfter: Date.UTC(2026, 10, 21),
  neighbour: null,
  ...given,
})

const utc = (text: string): number => Date.parse(text.replace(' ', 'T'))

/** Lines as `stamp` or `stamp @ UTC time of the ID in it`; each answer as ISO without milliseconds. */
function times(given: Partial<ClockOptions>, ...batches: readonly (readonly string[])[]): string[] {
  const clock = new PartClock(options(given))
  return batches.flatMap((lines) => {
    const anchors: Anchor[] = []
    const stamps = lines.map((line, index) => {
      const [text = '', id] = line.split(' @ ')
      if (id !== undefined) anchors.push({index, utc: utc(id)})
      return text === '' ? null : stamp(text)
    })
    return clock.resolve(stamps, anchors).map((ms) => new Date(ms).toISOString().slice(0, 19))
  })
}

interface Row {
  readonly name: string
  readonly given: Partial<ClockOptions>
  readonly batches: readonly (readonly string[])[]
  readonly wanted: readonly string[]
}

const TABLE: readonly Row[] = [
  {
    name: 'a line that says all is believed, whatever is configured',
    given: {zone: 'Asia/Kolkata', year: 2001},
    batches: [['2026-03-01 10:00:00+01:00', '2026-03-01 10:00:00Z']],
    wanted: ['2026-03-01T09:00:00', '2026-03-01T10:00:00'],
  },
  {
    name: 'without an ID: the file time gives the year, --tz the zone',
    given: {zone: 'Europe/Berlin', notAfter: utc('2026-01-10 00:00:00Z')},
    batches: [['Dec 31 23:30:00', 'Jan  1 00:30:00']],
    wanted: ['2025-12-31T22:30:00', '2025-12-31T23:30:00'],
  },
  {
    name: 'without anything: the zone of this machine',
    given: {assumedZone: 'America/New_York', notAfter: utc('2026-07-02 00:00:00Z')},
    batches: [['Jul  1 12:00:00']],
    wanted: ['2026-07-01T16:00:00'],
  },
  {
    name: 'New Year inside a file, forwards, over two batches',
    given: {notAfter: utc('2026-01-02 00:00:00Z')},
    batches: [
      ['Dec 30 10:00:00', 'Dec 31 23:59:59'],
      ['Jan  1 00:00:00', 'Jan  1 10:00:00'],
    ],
    wanted: ['2025-12-30T10:00:00', '2025-12-31T23:59:59', '2026-01-01T00:00:00', '2026-01-01T10:00:00'],
  },
  {
    name: 'a line of the old year after one of the new (parallel daemons)',
    given: {notAfter: utc('2026-01-02 00:00:00Z')},
    batches: [['Dec 31 23:59:59', 'Jan  1 00:00:00', 'Dec 31 23:59:59', 'Jan  1 00:00:01']],
    wanted: ['2025-12-31T23:59:59', '2026-01-01T00:00:00', '2025-12-31T23:59:59', '2026-01-01T00:00:01'],
  },
  {
    name: '--year is the year of the first line',
    given: {year: 2019, notAfter: utc('2026-01-02 00:00:00Z')},
    batches: [['Dec 31 12:00:00', 'Jan  1 12:00:00']],
    wanted: ['2019-12-31T12:00:00', '2020-01-01T12:00:00'],
  },
  {
    name: 'a first line of a wrong date (a machine that boots) does not decide the year of the others',
    given: {notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Nov 25 10:00:00', 'Nov 20 10:00:00', 'Nov 20 10:00:01'], ['Nov 20 10:00:02']],
    wanted: ['2026-11-25T10:00:00', '2026-11-20T10:00:00', '2026-11-20T10:00:01', '2026-11-20T10:00:02'],
  },
  {
    name: 'nor where it is half a year off',
    given: {notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Jan  1 00:00:05', 'Nov 20 10:00:00', 'Nov 20 10:00:01']],
    wanted: ['2027-01-01T00:00:05', '2026-11-20T10:00:00', '2026-11-20T10:00:01'],
  },
  {
    name: 'nor where --year is given',
    given: {year: 2019, notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Jan  1 00:00:05', 'Nov 20 10:00:00', 'Nov 20 10:00:01']],
    wanted: ['2020-01-01T00:00:05', '2019-11-20T10:00:00', '2019-11-20T10:00:01'],
  },
  {
    name: 'nor where an ID tells it',
    given: {notAfter: utc('2030-01-01 00:00:00Z')},
    batches: [['Jan  1 00:00:05', 'Nov 20 10:00:00 @ 2026-11-20 10:00:00Z', 'Nov 20 10:00:01']],
    wanted: ['2027-01-01T00:00:05', '2026-11-20T10:00:00', '2026-11-20T10:00:01'],
  },
  {
    name: 'a last line of a wrong date neither',
    given: {notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Nov 20 10:00:00', 'Nov 20 10:00:01', 'Nov 25 10:00:00']],
    wanted: ['2026-11-20T10:00:00', '2026-11-20T10:00:01', '2026-11-25T10:00:00'],
  },
  {
    name: '29 February tells a leap year where the file time does not',
    given: {notAfter: utc('2026-03-05 00:00:00Z')},
    batches: [['Feb 28 12:00:00', 'Feb 29 12:00:00', 'Mar  1 12:00:00']],
    wanted: ['2024-02-28T12:00:00', '2024-02-29T12:00:00', '2024-03-01T12:00:00'],
  },
  {
    name: 'an ID gives year and zone, also to the lines before it',
    given: {notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Jul  5 06:52:10', 'Jul  5 06:52:11 @ 2015-07-05 12:52:11Z', 'Jul  5 06:52:12']],
    wanted: ['2015-07-05T12:52:10', '2015-07-05T12:52:11', '2015-07-05T12:52:12'],
  },
  {
    name: 'an ID after New Year gives the lines before it the old year',
    given: {notAfter: utc('2026-11-21 00:00:00Z')},
    batches: [['Dec 31 23:00:00', 'Jan  1 00:10:00 @ 2021-01-01 00:10:00Z']],
    wanted: ['2020-12-31T23:00:00', '2021-01-01T00:10:00'],
  },
  {
    name: 'a fraction in the ID that the stamp lacks moves no zone',
    given: {},
    batches: [['Nov 21 02:09:58 @ 2026-11-21 02:09:58.818Z']],
    wanted: ['2026-11-21T02:09:58'],
  },
  {
    name: 'an ID beats --tz and --year',
    given: {zone: 'Europe/Berlin', year: 1999},
    batches: [['Nov 21 02:09:58 @ 2026-11-21 02:09:57.9Z', 'Nov 21 02:10:00 @ 2026-11-21 02:10:00Z']],
    wanted: ['2026-11-21T02:09:58', '2026-11-21T02:10:00'],
  },
  {
    name: 'a zone of a quarter hour',
    given: {},
    batches: [['Nov 21 07:54:58 @ 2026-11-21 02:09:58Z']],
    wanted: ['2026-11-21T02:09:58'],
  },
  {
    name: 'a large message: its line stands minutes after its ID',
    given: {},
    batches: [['2026-11-21 12:05:00 @ 2026-11-21 11:00:00Z', '2026-11-21 12:05:01 @ 2026-11-21 11:05:01Z']],
    wanted: ['2026-11-21T11:05:00', '2026-11-21T11:05:01'],
  },
  {
    name: 'the double hour of autumn by IDs, right in both',
    given: {},
    batches: [
      [
        '2025-10-26 02:10:00 @ 2025-10-26 00:10:00Z',
        '2025-10-26 02:50:00 @ 2025-10-26 00:50:00Z',
        '2025-10-26 02:55:00',
        '2025-10-26 02:05:00',
        '2025-10-26 02:10:00 @ 2025-10-26 01:10:00Z',
        '2025-10-26 03:10:00 @ 2025-10-26 02:10:00Z',
      ],
    ],
    wanted: [
      '2025-10-26T00:10:00',
      '2025-10-26T00:50:00',
      '2025-10-26T00:55:00',
      '2025-10-26T01:05:00',
      '2025-10-26T01:10:00',
      '2025-10-26T02:10:00',
    ],
  },
  {
    name: 'the double hour of autumn by the zone alone: the jump back is the change',
    given: {zone: 'Europe/Berlin', notAfter: utc('2025-10-27 00:00:00Z')},
    batches: [
      [
        'Oct 26 01:59:00',
        'Oct 26 02:10:00',
        'Oct 26 02:50:00',
        'Oct 26 02:05:00',
        'Oct 26 02:50:00',
        'Oct 26 03:00:00',
      ],
    ],
    wanted: [
      '2025-10-25T23:59:00',
      '2025-10-26T00:10:00',
      '2025-10-26T00:50:00',
      '2025-10-26T01:05:00',
      '2025-10-26T01:50:00',
      '2025-10-26T02:00:00',
    ],
  },
  {
    name: 'the lost hour of spring',
    given: {zone: 'Europe/Berlin', notAfter: utc('2026-03-30 00:00:00Z')},
    batches: [['Mar 29 01:59:59', 'Mar 29 03:00:00']],
    wanted: ['2026-03-29T00:59:59', '2026-03-29T01:00:00'],
  },
  {
    name: 'a line without a stamp takes the time of the line before it; before the first, of the first',
    given: {notAfter: utc('2026-11-22 00:00:00Z')},
    batches: [
      ['', 'Nov 21 02:09:58', ''],
      ['', 'Nov 21 02:10:00'],
    ],
    wanted: [
      '2026-11-21T02:09:58',
      '2026-11-21T02:09:58',
      '2026-11-21T02:09:58',
      '2026-11-21T02:09:58',
      '2026-11-21T02:10:00',
    ],
  },
  {
    name: 'what the part before it knew',
    given: {neighbour: {offset: -360, year: 2015, source: 'id'}, notAfter: utc('2015-07-07 00:00:00Z')},
    batches: [['Jul  6 06:00:00']],
    wanted: ['2015-07-06T12:00:00'],
  },
]

describe('PartClock', () => {
  test.for(TABLE)('$name', ({given, batches, wanted}) => {
    expect(times(given, ...batches)).toEqual(wanted)
  })

  test('--year names the first part; the next one may begin after New Year', () => {
    const before = new PartClock(options({year: 2019}))
    before.resolve([stamp('Dec 31 12:00:00')], [])
    expect(times({year: 2019, neighbour: before.state()}, ['Jan  1 12:00:00'], ['Jan  2 12:00:00'])).toEqual([
      '2020-01-01T12:00:00',
      '2020-01-02T12:00:00',
    ])
    expect(times({year: 2019, neighbour: before.state()}, ['Dec 31 13:00:00'])).toEqual(['2019-12-31T13:00:00'])
  })

  test('a part without IDs lies near one with them, whatever its file time says', () => {
    const before = new PartClock(options())
    before.resolve([stamp('Dec 31 12:00:00')], [{index: 0, utc: utc('2014-12-31 12:00:00Z')}])
    expect(times({neighbour: before.state()}, ['Jan  3 12:00:00'])).toEqual(['2015-01-03T12:00:00'])
  })

  test('says where its zone came from', () => {
    const source = (given: Partial<ClockOptions>, line: string): string => {
      const clock = new PartClock(options(given))
      const [text = '', id] = line.split(' @ ')
      clock.resolve([stamp(text)], id === undefined ? [] : [{index: 0, utc: utc(id)}])
      return clock.state().source
    }
    expect(source({}, 'Nov 20 02:09:58')).toBe('assumed')
    expect(source({zone: 'Europe/Berlin'}, 'Nov 20 02:09:58')).toBe('configured')
    expect(source({}, '2026-11-20 02:09:58+01:00')).toBe('line')
    expect(source({zone: 'Europe/Berlin'}, 'Nov 20 02:09:58 @ 2026-11-20 02:09:58Z')).toBe('id')
    expect(source({neighbour: {offset: 60, year: 2026, source: 'id'}}, 'Nov 20 02:09:58')).toBe('neighbour')
  })

  test('goes on in the middle of a part as if it had read it in one run', () => {
    const lines = ['Dec 31 23:00:00 @ 2020-12-31 22:00:00Z', 'Dec 31 23:59:00', 'Jan  1 00:01:00', 'Jan  1 00:02:00']
    const whole = times({}, lines)
    const first = new PartClock(options())
    first.resolve([stamp('Dec 31 23:00:00'), stamp('Dec 31 23:59:00')], [{index: 0, utc: utc('2020-12-31 22:00:00Z')}])
    const second = new PartClock(options())
    second.resume(JSON.parse(JSON.stringify(first.state())))
    const rest = second.resolve([stamp('Jan  1 00:01:00'), stamp('Jan  1 00:02:00')], [])
    expect(rest.map((ms) => new Date(ms).toISOString().slice(0, 19))).toEqual(whole.slice(2))
  })
})

describe('years', () => {
  test('29 February moves to 1 March where the year has none', () => {
    expect(new Date(wallInYear(stamp('Feb 29 12:00:00').wall, 2025)).toISOString()).toBe('2025-03-01T12:00:00.000Z')
    expect(new Date(wallInYear(stamp('Feb 29 12:00:00').wall, 2024)).toISOString()).toBe('2024-02-29T12:00:00.000Z')
  })

  test.for([
    ['Dec 31 23:00:00', '2026-01-01 00:30:00Z', 2025],
    ['Jan  1 00:30:00', '2025-12-31 23:30:00Z', 2026],
    ['Jun  1 00:00:00', '2025-06-01 00:00:00Z', 2025],
  ] as const)('%s near %s lies in %d', ([text, near, year]) => {
    expect(yearNear(stamp(text).wall, utc(near))).toBe(year)
  })
})
