import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  addressesIn,
  allForms,
  bareAddress,
  isMasked,
  normalAddress,
  sameMailbox,
  unwrap,
} from '../../src/mail/address.js'
import {cpuTime} from '../helpers/cpu-time.js'

describe('bareAddress', () => {
  it.for([
    ['<Bob@Example.COM>', 'Bob@example.com'],
    ['"Doe, J. <x>" <j@a.example>', 'j@a.example'],
    ['j@a.example (J. Doe)', 'j@a.example'],
    ['rfc822; j@a.example', 'j@a.example'],
    ['<@relay.example,@b.example:j@a.example>', 'j@a.example'],
    ['<"odd local"@a.example>', '"odd local"@a.example'],
    ['<joe@shop.exa\n mple>', 'joe@shop.example'],
    ['<>', ''],
    [' <> ', ''],
    ['user@[192.0.2.1]', 'user@[192.0.2.1]'],
    ['[email protected]', null],
    ['<[email protected]>', null],
    ['***@***', null],
    ['nobody', null],
    ['', null],
  ] as const)('%s', ([text, address]) => {
    expect(bareAddress(text)).toBe(address)
  })
})

it('masks are masks and addresses are not', () => {
  for (const mask of [
    '[email protected]',
    '[email\u00a0protected]',
    '[redacted]',
    'redacted@redacted',
    '****@a.example',
    'b***@a.example',
  ])
    expect(isMasked(mask), mask).toBe(true)
  for (const address of ['a@b.example', 'xxxx@xxxx.net', 'email@protected.example', 'hidden.valley@a.example'])
    expect(isMasked(address), address).toBe(false)
})

describe('unwrap', () => {
  it.for([
    [
      'SRS0=HHH=TT=shop.example=joe@fwd.example',
      [{kind: 'srs0', original: 'joe@shop.example', forwarder: 'fwd.example'}],
    ],
    [
      'srs0+hhh=tt=Shop.Example=joe@fwd.example',
      [{kind: 'srs0', original: 'joe@shop.example', forwarder: 'fwd.example'}],
    ],
    [
      'SRS1=XX=one.example==HHH=TT=shop.example=joe@two.example',
      [{kind: 'srs1', original: 'joe@shop.example', forwarder: 'two.example'}],
    ],
    [
      'box+SRS=HHH=TT=shop.example=joe@fwd.example',
      [{kind: 'bounces-srs', original: 'joe@shop.example', forwarder: 'fwd.example'}],
    ],
    ['bounces+SRS=44ldt=IX@fwd.example', [{kind: 'bounces-srs', original: null, forwarder: 'fwd.example'}]],
    ['prvs=0123abcdef=joe@shop.example', [{kind: 'batv', original: 'joe@shop.example', day: 123}]],
    ['prvs=joe/0123abcdef@shop.example', [{kind: 'batv', original: 'joe@shop.example'}]],
    ['btv1==123==joe@shop.example', [{kind: 'batv', original: 'joe@shop.example'}]],
    [
      'list-bounces+joe=shop.example@lists.example',
      [{kind: 'verp', original: 'joe@shop.example', forwarder: 'list-bounces@lists.example'}, {kind: 'plus-tag'}],
    ],
    [
      'list-return-12-joe=shop.example@lists.example',
      [
        {kind: 'verp', original: 'joe@shop.example', forwarder: 'list-return-12@lists.example'},
        {kind: 'verp'},
        {kind: 'verp'},
      ],
    ],
    ['joe+news@shop.example', [{kind: 'plus-tag', original: 'joe@shop.example'}]],
    ['joe@shop.example', []],
    ['', []],
    ['@', []],
  ] as const)('%s', ([address, layers]) => {
    expect(unwrap(address)).toMatchObject(layers)
    expect(unwrap(address)).toHaveLength(layers.length)
  })

  it('takes every layer off', () => {
    expect(allForms('SRS0=HHH=TT=shop.example=prvs=0123abcdef=joe@fwd.example')).toContain('joe@shop.example')
  })

  it('never throws and ends', () => {
    const part = fc.constantFrom(
      'SRS0=',
      'SRS1=',
      '==',
      '=',
      '+SRS=',
      'prvs=',
      '+',
      '-',
      '@',
      'a',
      'b.example',
      '"',
      '<',
      '>',
    )
    fc.assert(
      fc.property(fc.array(part, {maxLength: 60}), (parts) => {
        const address = parts.join('')
        expect(allForms(address).length).toBeLessThanOrEqual(40)
        expect(sameMailbox(address, address)).toBe(true)
        bareAddress(address)
      }),
    )
  })
})

describe('sameMailbox', () => {
  it('compares raw and unwrapped forms', () => {
    expect(sameMailbox('Joe@SHOP.example', 'joe@shop.example')).toBe(true)
    expect(sameMailbox('SRS0=HHH=TT=shop.example=joe@fwd.example', 'joe@shop.example')).toBe(true)
    expect(sameMailbox('prvs=0123abcdef=joe@shop.example', 'joe+x@shop.example')).toBe(true)
    expect(sameMailbox('joe@shop.example', 'joe@other.example')).toBe(false)
    expect(sameMailbox('', '')).toBe(true)
    expect(sameMailbox('', 'joe@shop.example')).toBe(false)
  })
})

it('finds addresses in prose, once each, in linear time', () => {
  expect(addressesIn('to <a@b.example>, A <a@B.example>; c@d.example. [email protected]')).toEqual([
    'a@b.example',
    'c@d.example',
  ])
  expect(normalAddress('A@B.Example.')).toBe('A@b.example')
  const started = cpuTime()
  addressesIn('a'.repeat(1_000_000))
  addressesIn('@'.repeat(1_000_000))
  expect(cpuTime() - started).toBeLessThan(1000)
})
