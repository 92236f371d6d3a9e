import fc from 'fast-check'
import {expect, it} from 'vitest'
import {headerDate} from '../../src/mail/received-date.js'

it.for([
  ['Thu, 19 May 2022 23:15:48 -0700', '2022-05-20T06:15:48Z', -420],
  ['Mon, 30 Dec 2024 22:50:11 +0100 (CET)', '2024-12-30T21:50:11Z', 60],
  ['27 Jul 2012 06:51:01 -0000', '2012-07-27T06:51:01Z', null],
  ['Fri, 27 Jul 2012 02:51:00 EDT', '2012-07-27T06:51:00Z', -240],
  ['Tue, 16 Jul 2013 05:16:35 JST', '2013-07-15T20:16:35Z', 540],
  ['Sat, 4 Aug 01 01:00:57 -0400', '2001-08-04T05:00:57Z', -240],
  ['Wed,\n23 May 2018 08:16:48 +0000 (GMT)', '2018-05-23T08:16:48Z', 0],
  ['Wed, 23-May-2018 8:16 GMT', '2018-05-23T08:16:00Z', 0],
  ['Mon Dec 30 22:50:11 2024', '2024-12-30T22:50:11Z', null],
  ['Mon, 30 Dec 2024 22:50:11.123 +05:30', '2024-12-30T17:20:11Z', 330],
] as const)('%s', ([text, iso, offset]) => {
  expect(headerDate(text)).toEqual({ms: Date.parse(iso), offset})
})

it.for([
  '',
  'yesterday',
  '12:00:00',
  'Mon, 30 Foo 2024 22:50:11 +0100',
  'Mon, 30 Dec 2024',
  'Mon, 40 Dec 2024 22:50:11',
])('%s is no date', (text) => {
  expect(headerDate(text)).toBeNull()
})

it('never throws', () => {
  fc.assert(
    fc.property(fc.string({maxLength: 200}), (text) => {
      const date = headerDate(text)
      expect(date === null || Number.isFinite(date.ms)).toBe(true)
    }),
  )
})
