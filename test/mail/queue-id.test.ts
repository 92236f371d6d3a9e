import {describe, expect, it} from 'vitest'
import {
  eximId,
  eximIdSecond,
  postfixLongId,
  postfixShortId,
  queueIdForm,
  timeInQueueId,
} from '../../src/mail/queue-id.js'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const encode = (n: number, base: number, width: number): string => {
  let text = ''
  for (let i = 0; i < width; i++) {
    text = digits.charAt(n % base) + text
    n = Math.floor(n / base)
  }
  return text
}

describe('the time inside a queue ID', () => {
  it.each([
    ['1nrvvQ-0002CA-NB', '2022-05-20T06:15:48Z', 8442, 1437],
    ['1rHwSQ-000000008fX-2mXZ', '2023-12-26T01:42:10Z', 33327, 663249],
    ['1PANS3-003FPJ-TW', '2010-10-25T13:51:03Z', 774213, 1830],
  ])('Exim in base 62: %s', (id, at, pid, fraction) => {
    expect(eximId(id)).toMatchObject({second: Date.parse(at) / 1000, pid, fraction})
    expect(eximIdSecond(id)).toBe(Date.parse(at) / 1000)
  })

  it.each(['1999-01-01T00:00:00Z', '2012-06-03T11:22:33Z', '2026-11-21T07:00:01Z', '2037-12-31T23:59:59Z'])(
    'Exim in base 36 (Darwin, Cygwin) at %s, old and new form',
    (at) => {
      const second = Date.parse(at) / 1000
      const old = `${encode(second, 36, 6)}-${encode(4711, 36, 6)}-${encode(7, 36, 2)}`
      const new_ = `${encode(second, 36, 6)}-${encode(4711, 36, 11)}-${encode(250_123, 36, 4)}`
      expect(eximId(old)).toEqual({form: 'old', second, pid: 4711, fraction: 7})
      expect(eximId(new_)).toEqual({form: 'new', second, pid: 4711, fraction: 250_123})
      expect(eximIdSecond(old)).toBe(second)
      expect(timeInQueueId(new_)).toBe(second * 1000)
    },
  )

  it('base 62 keeps every time from 1995 to 2037 whatever its digits', () => {
    for (let second = 800_000_000; second < 2_145_000_000; second += 1_234_567) {
      const id = `${encode(second, 62, 6)}-${encode(99, 62, 6)}-00`
      expect(eximIdSecond(id), id).toBe(second)
    }
  })

  it('Postfix: the long form holds its second, the short one only microseconds', () => {
    expect(postfixLongId('4jWbJ65pk1zNNYS')?.ms).toBe(Date.parse('2026-11-21T02:09:58.818Z'))
    expect(postfixLongId('3mPVKl0Mhjz7sXv')?.ms).toBe(Date.parse('2015-07-05T12:52:11.053Z'))
    expect(postfixShortId('4E2E72A1B2C')).toMatchObject({micros: 0x4e2e7, inode: '2A1B2C'})
    expect(postfixShortId('FFFFF2A1B2C')).toBeNull()
    expect(queueIdForm('NOQUEUE')).toBeNull()
    expect(queueIdForm('warning')).toBeNull()
  })
})
