import {describe, expect, it, test} from 'vitest'
import {zoneOffset} from '../../src/mail/zones.js'

const wall = (iso: string): number => Date.parse(`${iso}Z`)

describe('offset at a wall time', () => {
  test.for([
    ['UTC', '2026-07-01T00:00:00', 0],
    ['Europe/Berlin', '2026-01-01T00:00:00', 60],
    ['Europe/Berlin', '2026-07-01T00:00:00', 120],
    ['America/St_Johns', '2026-01-01T00:00:00', -210],
    ['Asia/Kolkata', '2026-01-01T00:00:00', 330],
    ['Pacific/Kiritimati', '2026-01-01T00:00:00', 840],
    ['+02:00', '2026-01-01T00:00:00', 120],
    ['-0330', '2026-01-01T00:00:00', -210],
    ['GMT+2', '2026-01-01T00:00:00', 120],
    ['+00:00', '2026-01-01T00:00:00', 0],
    ['CEST', '2026-07-01T00:00:00', 120],
    ['PST', '2026-01-01T00:00:00', -480],
  ] as const)('%s %s', ([zone, at, offset]) => {
    expect(zoneOffset(zone, wall(at))).toBe(offset)
  })
  test.for(['IST', 'CST', 'XYZ', 'Mars/Base', '', '[x]', 'constructor', '__proto__', '+99'])(
    '%s is not known or not sure',
    (zone) => {
      expect(zoneOffset(zone, wall('2026-01-01T00:00:00'))).toBeNull()
    },
  )
  it('around the changes of Berlin', () => {
    expect(zoneOffset('Europe/Berlin', wall('2026-03-29T01:59:59'))).toBe(60)
    expect(zoneOffset('Europe/Berlin', wall('2026-03-29T03:00:00'))).toBe(120)
    expect(zoneOffset('Europe/Berlin', wall('2026-10-25T01:59:59'))).toBe(120)
    expect(zoneOffset('Europe/Berlin', wall('2026-10-25T02:30:00'))).toBe(120)
    expect(zoneOffset('Europe/Berlin', wall('2026-10-25T03:00:00'))).toBe(60)
  })
  it('times that are no numbers', () => {
    expect(zoneOffset('Europe/Berlin', Number.NaN)).toBeNull()
    expect(zoneOffset('Europe/Berlin', 1e20)).toBeNull()
  })
})
