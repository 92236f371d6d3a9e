import {generateKeyPairSync} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {adviseDomain, type DomainQuestion} from '../../../src/question/advice/advise-domain.js'
import {DOMAIN_ADVICE_CODES} from '../../../src/question/advice/codes.js'
import {dkimKey} from '../../../src/question/advice/dkim.js'
import {dmarcRecord, surveyDmarc} from '../../../src/question/advice/dmarc.js'
import {zoneResolver} from '../../../src/question/dns/zone-resolver.js'
import {domainAdviceTexts} from '../../../src/render/wording/fill-texts.js'
import {LANGUAGES} from '../../../src/render/wording/wording.js'
import {type Table, tableResolver} from './table-resolver.js'

const der = (bits: number, type: 'spki' | 'pkcs1'): string =>
  generateKeyPairSync('rsa', {modulusLength: bits}).publicKey.export({format: 'der', type}).toString('base64')
const KEY_2048 = der(2048, 'spki')
const KEY_1024 = der(1024, 'pkcs1')
const KEY_512 = der(512, 'spki')
const GOOD_KEY = {txt: [`v=DKIM1; k=rsa; p=${KEY_2048}`]}
const OURS = ['203.0.113.7']

/** A domain on which everything is right; `change` replaces names. */
const world = (change: Table): Table => ({
  'd.example': {txt: ['v=spf1 ip4:203.0.113.0/24 -all'], mx: ['10 mail.d.example']},
  'mail.d.example': {a: ['203.0.113.7']},
  '_domainkey.d.example': {},
  's1._domainkey.d.example': GOOD_KEY,
  '_dmarc.d.example': {txt: ['v=DMARC1; p=reject; rua=mailto:dmarc@d.example']},
  ...change,
})
const without = (...names: string[]): Table =>
  Object.fromEntries(Object.entries(world({})).filter(([name]) => !names.includes(name)))

async function codes(table: Table, question: Partial<DomainQuestion> = {}): Promise<string[]> {
  const {items} = await adviseDomain({
    domain: 'd.example',
    resolver: tableResolver(table),
    sendingIps: OURS,
    selectors: [],
    ...question,
  })
  return items.map((item) => `${item.severity}: ${item.code}`)
}

const spf = (record: string): Table => world({'d.example': {txt: [record], mx: ['10 mail.d.example']}})
const dmarc = (...records: string[]): Table => world({'_dmarc.d.example': {txt: records}})
const dkim = (record: string): Table => world({'s1._domainkey.d.example': {txt: [record]}})

describe('a domain on which everything is right', () => {
  it('is told so, and nothing else', async () => {
    expect(await codes(world({}))).toEqual([
      'fine: spf-fail',
      'fine: spf-covers-our-servers',
      'fine: dkim-found',
      'fine: dmarc-reject',
      'fine: dmarc-reports',
      'fine: mx-found',
    ])
  })
})

const findings: readonly [string, Table, Partial<DomainQuestion>?][] = [
  ['problem: domain-not-found', {}],
  ['problem: spf-missing', world({'d.example': {mx: ['10 mail.d.example']}})],
  ['problem: spf-several', world({'d.example': {txt: ['v=spf1 -all', 'v=spf1 mx -all']}})],
  ['problem: spf-misspelt', spf('v=spf1; include:x -all')],
  ['problem: spf-syntax', spf('v=spf1 ipv4:203.0.113.7 -all')],
  ['problem: spf-allows-all', spf('v=spf1 +all')],
  ['problem: spf-allows-all', spf('v=spf1 all')],
  ['problem: spf-neutral', spf('v=spf1 ip4:203.0.113.7 ?all')],
  ['problem: spf-no-all', spf('v=spf1 ip4:203.0.113.7')],
  ['improve: spf-softfail', spf('v=spf1 ip4:203.0.113.7 ~all')],
  ['problem: spf-misses-our-servers', spf('v=spf1 ip4:192.0.2.1 -all')],
  ['problem: spf-include-missing', spf('v=spf1 include:gone.example -all')],
  ['problem: spf-include-open', {...spf('v=spf1 include:open.example -all'), 'open.example': {txt: ['v=spf1 +all']}}],
  ['problem: spf-wide-networks', spf('v=spf1 ip4:0.0.0.0/1 -all')],
  ['problem: spf-too-many-lookups', spf(`v=spf1 ${'mx '.repeat(11)}-all`)],
  ['improve: spf-near-lookup-limit', spf(`v=spf1 ${'mx '.repeat(9)}-all`)],
  ['improve: spf-void-lookups', spf('v=spf1 ip4:203.0.113.7 a:gone.d.example -all')],
  ['improve: spf-ptr', spf('v=spf1 ip4:203.0.113.7 ptr -all')],
  ['improve: spf-text-behind-all', spf('v=spf1 ip4:203.0.113.7 -all mx')],
  ['improve: spf-long-record', spf(`v=spf1 ip4:203.0.113.7 ${'ip4:192.0.2.1 '.repeat(40)}-all`)],
  ['unchecked: spf-unchecked', world({'d.example': 'failure'})],
  ['unchecked: mx-unchecked', world({'d.example': 'failure'})],
  ['unchecked: spf-tree-unread', {...spf('v=spf1 include:down.example -all'), 'down.example': 'failure'}],
  ['unchecked: spf-coverage-unchecked', {...spf('v=spf1 include:down.example -all'), 'down.example': 'failure'}],
  ['problem: dkim-missing', without('_domainkey.d.example', 's1._domainkey.d.example')],
  ['improve: dkim-not-seen', without('s1._domainkey.d.example')],
  [
    'fine: dkim-found',
    world({'s1._domainkey.d.example': {}, '2026._domainkey.d.example': GOOD_KEY}),
    {selectors: ['2026']},
  ],
  ['problem: dkim-weak-key', dkim(`p=${KEY_512}`)],
  ['improve: dkim-short-key', dkim(`p=${KEY_1024}`)],
  ['improve: dkim-testing', dkim(`v=DKIM1; t=s:y; p=${KEY_2048}`)],
  ['problem: dkim-malformed', dkim('v=DKIM1; p=QUJD')],
  ['problem: dkim-all-revoked', dkim('v=DKIM1; p=')],
  ['problem: dmarc-missing', without('_dmarc.d.example')],
  ['problem: dmarc-several', dmarc('v=DMARC1; p=none', 'v=DMARC1; p=reject')],
  ['problem: dmarc-misspelt', dmarc('v=DMARC; p=reject')],
  ['problem: dmarc-malformed', dmarc('v=DMARC1; p=rejct; rua=mailto:a@d.example')],
  ['problem: dmarc-none', dmarc('v=DMARC1; p=none; rua=mailto:a@d.example')],
  ['improve: dmarc-quarantine', dmarc('v=DMARC1;p=quarantine')],
  ['improve: dmarc-no-reports', dmarc('v=DMARC1; p=reject')],
  ['improve: dmarc-partial', dmarc('v=DMARC1; p=reject; pct=20')],
  ['improve: dmarc-subdomains-weaker', dmarc('v=DMARC1; p=reject; sp=none')],
  ['problem: dmarc-reports-refused', dmarc('v=DMARC1; p=reject; rua=mailto:a@reports.example')],
  ['unchecked: dmarc-unchecked', world({'_dmarc.d.example': 'failure'})],
  ['improve: mx-missing', world({'d.example': {txt: ['v=spf1 -all']}})],
  ['fine: mx-null', world({'d.example': {txt: ['v=spf1 -all'], mx: ['0 ']}})],
  ['problem: mx-target-missing', without('mail.d.example')],
  ['problem: catch-all-on', world({}), {catchAll: {randomLocalParts: 40, since: '2026-11-01T00:00:00Z'}}],
  ['improve: backscatter-received', world({}), {backscatter: {messages: 90, since: '2026-11-01T00:00:00Z'}}],
]

it('asks for a domain beyond ASCII in its IDNA form', async () => {
  const resolver = tableResolver({})
  expect((await adviseDomain({domain: 'Müller.Example.', resolver, sendingIps: [], selectors: []})).domain).toBe(
    'xn--mller-kva.example',
  )
  expect(resolver.asked).toContain('txt _dmarc.xn--mller-kva.example')
})

describe('findings', () => {
  it.for(findings)('%s', async ([finding, table, question]) => {
    expect(await codes(table, question)).toContain(finding)
  })

  it('cover every code but the inherited policy', () => {
    const seen = new Set(findings.map(([finding]) => finding.split(': ')[1]))
    const always = [
      'spf-fail',
      'spf-covers-our-servers',
      'dmarc-reject',
      'dmarc-reports',
      'mx-found',
      'dmarc-inherited',
      'dkim-unchecked',
    ]
    expect(DOMAIN_ADVICE_CODES.filter((code) => !seen.has(code) && !always.includes(code))).toEqual([])
  })

  it('suggest the whole record', async () => {
    const {items} = await adviseDomain({
      domain: 'd.example',
      resolver: tableResolver({
        ...spf('v=spf1 include:_spf.d.example ~all'),
        '_spf.d.example': {txt: ['v=spf1 ip4:192.0.2.1 -all']},
      }),
      sendingIps: ['203.0.113.7', '2001:db8::7'],
      selectors: [],
    })
    const of = (code: string) => items.find((item) => item.code === code)?.data
    expect(of('spf-softfail')).toMatchObject({suggested: 'v=spf1 include:_spf.d.example -all'})
    expect(of('spf-misses-our-servers')).toMatchObject({
      suggested: 'v=spf1 ip4:203.0.113.7 ip6:2001:db8::7 include:_spf.d.example ~all',
    })
  })

  it.for(LANGUAGES)('have words (%s)', async (language) => {
    for (const [, table, question] of findings) {
      const {items} = await adviseDomain({
        domain: 'd.example',
        resolver: tableResolver(table),
        sendingIps: OURS,
        selectors: [],
        ...question,
      })
      for (const item of domainAdviceTexts(items, language)) {
        expect(item.text, item.code).toMatch(/^\S.{15,}/)
        expect(item.text, item.code).not.toMatch(/undefined|null\b(?! MX)| {2}|\(\)/)
      }
    }
  })
})

describe('DMARC', () => {
  it.for([
    ['a parent with sp', {'_dmarc.d.example': {txt: ['v=DMARC1; p=reject; sp=quarantine']}}, 'quarantine', 'd.example'],
    ['a parent without sp', {'_dmarc.d.example': {txt: ['v=DMARC1; p=reject']}}, 'reject', 'd.example'],
    [
      'a public suffix above',
      {'_dmarc.example': {txt: ['v=DMARC1; p=none; psd=y']}, '_dmarc.d.example': {txt: ['v=DMARC1; p=reject']}},
      'reject',
      'd.example',
    ],
    [
      'its own record',
      {'_dmarc.www.d.example': {txt: ['v=DMARC1; p=none']}, '_dmarc.d.example': {txt: ['v=DMARC1; p=reject']}},
      'none',
      'www.d.example',
    ],
  ] as const)('finds %s', async ([, table, effective, foundAt]) => {
    expect(await surveyDmarc('www.d.example', tableResolver(table))).toMatchObject({effective, foundAt})
  })

  it('takes reports in a foreign domain that agreed', async () => {
    const table = {
      ...dmarc('v=DMARC1; p=reject; rua=mailto:a@reports.example!10m'),
      'd.example._report._dmarc.reports.example': {txt: ['v=DMARC1']},
    }
    expect((await surveyDmarc('d.example', tableResolver(table))).unauthorised).toEqual([])
  })

  it('reads tags as the RFC does', () => {
    expect(
      dmarcRecord(
        'v=DMARC1 ; P = Reject; pct=30; adkim=s; aspf=r; rua=mailto:a@x.example , mailto:[email protected]; x=1',
      ),
    ).toMatchObject({
      policy: 'reject',
      percent: 30,
      strictDkim: true,
      strictSpf: false,
      aggregateReports: ['a@x.example'],
      hiddenReports: true,
      malformed: [],
    })
    expect(dmarcRecord('v=DMARC1; rua=mailto:a@x.example').policy).toBe('none')
  })
})

describe('DKIM', () => {
  it.for([
    [`v=DKIM1; p=${KEY_2048}`, {bits: 2048, algorithm: 'rsa', malformed: false}],
    [`v=DKIM1; p=${KEY_1024}`, {bits: 1024, malformed: false}],
    [`k=ed25519; p=${Buffer.alloc(32, 7).toString('base64')}`, {bits: 256, algorithm: 'ed25519', malformed: false}],
    ['k=ed25519; p=QUJD', {bits: null, malformed: true}],
    ['v=DKIM1; p=', {revoked: true, malformed: false}],
    ['v=DKIM1; p=not base64!', {malformed: true}],
    ['v=DKIM2; p=QUJD', {malformed: true}],
  ] as const)('%s', ([record, expected]) => {
    expect(dkimKey('s', record)).toMatchObject(expected)
  })
})

const PAGE = new URL('../../../../shared/background/002_6d4178824b6fa316.txt', import.meta.url)
describe.skipIf(!existsSync(PAGE))('the help page with a zone file (1 page; skipped where it is not there)', () => {
  it('gives softfail to fail, DKIM present, quarantine to reject', async () => {
    const resolver = zoneResolver(readFileSync(PAGE, 'utf8'))
    expect(resolver.zone.origin).toBe('stackednotion.com')
    expect(resolver.zone.records).toHaveLength(20)
    const {items} = await adviseDomain({domain: 'stackednotion.com', resolver, sendingIps: [], selectors: []})
    expect(items.map((item) => `${item.severity}: ${item.code}`)).toEqual([
      'improve: spf-softfail',
      'improve: dkim-short-key',
      'improve: dmarc-quarantine',
      'unchecked: spf-tree-unread',
      'fine: dkim-found',
      'fine: dmarc-reports',
      'fine: mx-found',
    ])
    expect(items[0]?.data['suggested']).toBe('v=spf1 include:_spf.google.com -all')
    expect(items[2]?.data['suggested']).toBe('v=DMARC1; p=reject; rua=mailto:YOUR-REPORT-ADDRESS')
  })
})
