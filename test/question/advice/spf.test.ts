import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {checkSpf, type SpfErrorReason, type SpfResult} from '../../../src/question/advice/spf-check.js'
import {expandDomain} from '../../../src/question/advice/spf-macro.js'
import {spfRecord, spfRecords} from '../../../src/question/advice/spf-record.js'
import {surveySpf} from '../../../src/question/advice/spf-survey.js'
import {ipAddress} from '../../../src/question/dns/ip-address.js'
import {type Table, tableResolver} from './table-resolver.js'

const chain = (n: number): Table =>
  Object.fromEntries(
    Array.from({length: n}, (_, i) => [
      `c${i}.example`,
      {txt: [`v=spf1 ${i + 1 < n ? `include:c${i + 1}.example` : 'ip4:192.0.2.1'} -all`]},
    ]),
  )

const WORLD: Table = {
  'ok.example': {
    txt: ['v=spf1 include:_spf.host.example a mx -all', 'google-site-verification=x'],
    a: ['192.0.2.80'],
    mx: ['10 mx.ok.example'],
  },
  'mx.ok.example': {a: ['192.0.2.25'], aaaa: ['2001:db8::25']},
  '_spf.host.example': {txt: ['v=spf1 ip4:203.0.113.0/24 ip6:2001:db8:1::/48 ~all']},
  'two.example': {txt: ['v=spf1 -all', 'V=SPF1 +all']},
  'none.example': {txt: ['v=spf10 -all', 'spf2.0/pra -all']},
  'soft.example': {txt: ['v=spf1 ~all']},
  'neutral.example': {txt: ['v=spf1']},
  'redirect.example': {txt: ['v=spf1 redirect=_spf.host.example']},
  'redirectnone.example': {txt: ['v=spf1 redirect=missing.example']},
  'includenone.example': {txt: ['v=spf1 include:missing.example -all']},
  'typo.example': {txt: ['v=spf1 ipv4:192.0.2.1 -all']},
  'down.example': 'failure',
  'includedown.example': {txt: ['v=spf1 include:down.example -all']},
  'voids.example': {txt: ['v=spf1 a:v1.example a:v2.example a:v3.example -all']},
  'exists.example': {txt: ['v=spf1 exists:%{ir}.%{l1r-}.list.example -all']},
  '7.113.0.203.post.list.example': {a: ['127.0.0.2']},
  'ptr.example': {txt: ['v=spf1 ptr -all']},
  '7.113.0.203.in-addr.arpa': {ptr: ['host.ptr.example', 'liar.example']},
  'host.ptr.example': {a: ['203.0.113.7']},
  'liar.example': {a: ['192.0.2.99']},
  'manymx.example': {txt: ['v=spf1 mx -all'], mx: Array.from({length: 11}, (_, i) => `${i} m${i}.example`)},
  'lengths.example': {txt: ['v=spf1 a:mx.ok.example/24//64 -all']},
  'afterall.example': {txt: ['v=spf1 -all include:missing.example']},
  'loop.example': {txt: ['v=spf1 include:loop.example -all']},
  ...chain(11),
}

const cases: readonly [string, string, SpfResult, SpfErrorReason | null][] = [
  ['ok.example', '203.0.113.7', 'pass', null],
  ['ok.example', '2001:db8:1::7', 'pass', null],
  ['ok.example', '::ffff:203.0.113.7', 'pass', null],
  ['ok.example', '192.0.2.80', 'pass', null],
  ['ok.example', '192.0.2.25', 'pass', null],
  ['ok.example', '2001:db8::25', 'pass', null],
  ['ok.example', '198.51.100.1', 'fail', null],
  ['two.example', '192.0.2.1', 'permerror', 'several-records'],
  ['none.example', '192.0.2.1', 'none', null],
  ['missing.example', '192.0.2.1', 'none', null],
  ['soft.example', '192.0.2.1', 'softfail', null],
  ['neutral.example', '192.0.2.1', 'neutral', null],
  ['redirect.example', '203.0.113.7', 'pass', null],
  ['redirect.example', '192.0.2.1', 'softfail', null],
  ['redirectnone.example', '192.0.2.1', 'permerror', 'redirect-without-record'],
  ['includenone.example', '192.0.2.1', 'permerror', 'include-without-record'],
  ['typo.example', '192.0.2.1', 'permerror', 'syntax'],
  ['down.example', '192.0.2.1', 'temperror', 'dns-failure'],
  ['includedown.example', '192.0.2.1', 'temperror', 'dns-failure'],
  ['voids.example', '192.0.2.1', 'permerror', 'too-many-void-lookups'],
  ['exists.example', '203.0.113.7', 'fail', null],
  ['ptr.example', '203.0.113.7', 'pass', null],
  ['ptr.example', '192.0.2.99', 'fail', null],
  ['manymx.example', '192.0.2.1', 'permerror', 'too-many-exchangers'],
  ['lengths.example', '192.0.2.200', 'pass', null],
  ['lengths.example', '2001:db8::ffff', 'pass', null],
  ['lengths.example', '2001:db8:0:1::1', 'fail', null],
  ['afterall.example', '192.0.2.1', 'fail', null],
  ['loop.example', '192.0.2.1', 'permerror', 'too-many-lookups'],
  ['c1.example', '192.0.2.1', 'pass', null],
  ['c0.example', '192.0.2.1', 'pass', null],
  ['ok.example', 'not an address', 'permerror', 'no-address'],
  ['localhost', '192.0.2.1', 'none', null],
]

describe('check_host (RFC 7208)', () => {
  it.for(cases)('%s for %s is %s', async ([domain, ip, result, reason]) => {
    const check = await checkSpf({domain, ip, resolver: tableResolver(WORLD)})
    expect([check.result, check.reason]).toEqual([result, reason])
  })

  it('gives the trace and counts look-ups', async () => {
    const check = await checkSpf({domain: 'ok.example', ip: '192.0.2.25', resolver: tableResolver(WORLD)})
    expect(check.lookups).toBe(3)
    expect(check.trace.map((step) => `${step.depth} ${step.domain} ${step.term} ${step.outcome}`)).toEqual([
      '1 _spf.host.example ip4:203.0.113.0/24 no-match',
      '1 _spf.host.example ip6:2001:db8:1::/48 no-match',
      '1 _spf.host.example ~all match',
      '0 ok.example include:_spf.host.example no-match',
      '0 ok.example a no-match',
      '0 ok.example mx match',
    ])
  })

  it('counts the eleventh look-up as an error', async () => {
    const table = {...chain(12), 'c11.example': {txt: ['v=spf1 ip4:192.0.2.1 -all']}}
    expect((await checkSpf({domain: 'c0.example', ip: '192.0.2.1', resolver: tableResolver(table)})).reason).toBe(
      'too-many-lookups',
    )
  })

  it('uses the sender in macros', async () => {
    const check = await checkSpf({
      domain: 'exists.example',
      ip: '203.0.113.7',
      sender: 'x-post@exists.example',
      resolver: tableResolver(WORLD),
    })
    expect(check.result).toBe('fail')
    const other = await checkSpf({
      domain: 'exists.example',
      ip: '203.0.113.7',
      sender: 'post-x@exists.example',
      resolver: tableResolver(WORLD),
    })
    expect(other.result).toBe('pass')
  })
})

describe('macros (RFC 7208 section 7.4)', () => {
  const ip = ipAddress('192.0.2.3')
  const six = ipAddress('2001:db8::cb01')
  const context = {
    ip,
    domain: 'email.example.com',
    sender: 'strong-bad@email.example.com',
    helo: 'h',
    validated: 'unknown',
  }
  it.for([
    ['%{s}', 'strong-bad@email.example.com'],
    ['%{d4}.%{d1}', 'email.example.com.com'],
    ['%{dr}', 'com.example.email'],
    ['%{d2r}', 'example.email'],
    ['%{l-}', 'strong.bad'],
    ['%{lr-}', 'bad.strong'],
    ['%{l1r-}', 'strong'],
    ['%{ir}.%{v}._spf.%{d2}', '3.2.0.192.in-addr._spf.example.com'],
    ['%{lr-}.lp.%{ir}.%{v}._spf.%{d2}', 'bad.strong.lp.3.2.0.192.in-addr._spf.example.com'],
    ['%{S}%%%_%-', 'strong-bad%40email.example.com% %20'],
  ] as const)('%s is %s', ([text, expected]) => {
    expect(ip && expandDomain(text, {...context, ip})).toBe(expected)
  })
  it('reverses nibbles', () => {
    expect(six && expandDomain('%{ir}.%{v}', {...context, ip: six})).toBe(
      '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6',
    )
  })
})

describe('syntax', () => {
  it.for([
    'ip4:1.2.3',
    'ip4:1.2.3.4/33',
    'ip4:1.2.3.4/032',
    'ip6:::1/129',
    'ip4',
    'all:x.example',
    'include',
    'include:',
    'include:nodots',
    'a:x.example/33',
    'a:x.example//129',
    'mx:',
    'exists:%{x}.example',
    'exists:%{c}.example',
    'exists:%{d0}.example',
    'foo',
    '-',
    'redirect=',
    'a:x.123',
    'ä:x',
    'exists:%',
  ])('%s is a fault', (term) => {
    expect(spfRecord(`v=spf1 ${term} -all`).faults).toHaveLength(1)
  })
  it.for([
    'A',
    '+mx',
    '?all',
    'a/24',
    'mx//64',
    'ptr:x.example',
    'unknown=value',
    'exp=why.%{d}',
    'IP4:1.2.3.4/0',
    'include:%{d}',
    'a:x.example.',
  ])('%s is fine', (term) => {
    expect(spfRecord(`v=spf1 ${term}`).faults).toEqual([])
  })
  it('takes two redirects for a fault', () => {
    expect(spfRecord('v=spf1 redirect=a.example redirect=b.example').faults).toMatchObject([{reason: 'repeated'}])
  })
  it('knows an SPF record from others', () => {
    expect(spfRecords(['v=spf1', 'V=SPF1 -all', 'v=spf1-all', ' v=spf1', 'v=spf10'])).toEqual(['v=spf1', 'V=SPF1 -all'])
  })
  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', '1', '.', '/', ':', '%', '{', '}', '-', ' ', '=', 'ip4', 'include', 'é'),
        }),
        (text) => {
          expect(spfRecord(`v=spf1 ${text}`).text).toContain(text)
        },
      ),
    )
  })
})

describe('the whole tree', () => {
  it('counts every look-up, not only those before the match', async () => {
    const survey = await surveySpf(
      'c0.example',
      tableResolver({...chain(12), 'c0.example': {txt: ['v=spf1 ip4:192.0.2.1 include:c1.example a -all']}}),
    )
    expect(survey.lookups).toBe(12)
    expect(survey.voids).toEqual(['c0.example'])
  })
  it('asks no thousand names for a hostile record', async () => {
    const terms = Array.from({length: 3000}, (_, i) => `a:x${i}.example`).join(' ')
    const resolver = tableResolver({'h.example': {txt: [`v=spf1 ${terms} -all`]}})
    expect((await surveySpf('h.example', resolver)).lookups).toBe(3000)
    expect(resolver.asked.length).toBeLessThan(100)
  })
  it('follows redirects to the last word and survives loops', async () => {
    expect(await surveySpf('redirect.example', tableResolver(WORLD))).toMatchObject({
      all: '~',
      allAt: '_spf.host.example',
      lookups: 1,
    })
    expect((await surveySpf('loop.example', tableResolver(WORLD))).unread).toEqual([
      {domain: 'loop.example', reason: 'loop'},
    ])
  })
})
