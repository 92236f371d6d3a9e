import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {BACKSCATTERER_ZONE, listed} from '../../../src/question/dns/dnsbl.js'
import {ipAddress, reverseName} from '../../../src/question/dns/ip-address.js'
import {type Resolver, rememberingResolver} from '../../../src/question/dns/resolver.js'
import {systemResolver} from '../../../src/question/dns/system-resolver.js'
import {type NameServer, nameServer} from './name-server.js'

const SIX = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'
let server: NameServer
let resolver: Resolver

beforeAll(async () => {
  server = await nameServer({
    'TXT shop.example': ['v=spf1 |-all', 'other'],
    'A shop.example': ['192.0.2.1', '192.0.2.2'],
    'AAAA shop.example': ['2001:0db8:0000:0000:0000:0000:0000:0001'],
    'MX shop.example': ['10 mail.shop.example', '20 mx2.host.example'],
    'MX null.example': ['0 '],
    'PTR 1.2.0.192.in-addr.arpa': ['mail.shop.example'],
    'TXT broken.example': 'SERVFAIL',
    'TXT refused.example': 'REFUSED',
    'TXT silent.example': 'SILENT',
    [`A 1.2.0.192.${BACKSCATTERER_ZONE}`]: ['127.0.0.2'],
    [`TXT 1.2.0.192.${BACKSCATTERER_ZONE}`]: ['Sorry 192.0.2.1 is blacklisted'],
    [`A ${SIX}.${BACKSCATTERER_ZONE}`]: ['127.0.0.2'],
    [`A 9.2.0.192.${BACKSCATTERER_ZONE}`]: ['127.255.255.254'],
    [`A 8.2.0.192.${BACKSCATTERER_ZONE}`]: 'SERVFAIL',
  })
  resolver = systemResolver(200, [server.address])
})
afterAll(() => server.close())

describe('the system resolver', () => {
  it.for([
    ['txt', 'Shop.Example.', {kind: 'found', values: ['v=spf1 -all', 'other']}],
    ['a', 'shop.example', {kind: 'found', values: ['192.0.2.1', '192.0.2.2']}],
    ['aaaa', 'shop.example', {kind: 'found', values: ['2001:db8::1']}],
    ['mx', 'null.example', {kind: 'found', values: [{preference: 0, exchange: ''}]}],
    ['ptr', '1.2.0.192.in-addr.arpa', {kind: 'found', values: ['mail.shop.example']}],
    ['txt', 'null.example', {kind: 'no-data'}],
    ['txt', 'missing.example', {kind: 'nx-domain'}],
    ['txt', `${'a'.repeat(64)}.example`, {kind: 'nx-domain'}],
    ['txt', 'broken.example', {kind: 'failure', reason: 'ESERVFAIL'}],
    ['txt', 'refused.example', {kind: 'failure', reason: 'EREFUSED'}],
    ['txt', 'silent.example', {kind: 'failure', reason: 'ETIMEOUT'}],
  ] as const)('%s %s', async ([type, name, outcome]) => {
    expect(await resolver[type](name)).toEqual(outcome)
  })

  it('gives the exchangers', async () => {
    const outcome = await resolver.mx('shop.example')
    expect(outcome.kind === 'found' && [...outcome.values].sort((a, b) => a.preference - b.preference)).toEqual([
      {preference: 10, exchange: 'mail.shop.example'},
      {preference: 20, exchange: 'mx2.host.example'},
    ])
  })
})

describe('a block list', () => {
  it.for([
    ['192.0.2.1', {kind: 'listed', codes: ['127.0.0.2'], text: 'Sorry 192.0.2.1 is blacklisted'}],
    ['2001:db8::1', {kind: 'listed', codes: ['127.0.0.2'], text: null}],
    ['192.0.2.7', {kind: 'not-listed'}],
    ['192.0.2.8', {kind: 'unknown', reason: 'ESERVFAIL'}],
    ['192.0.2.9', {kind: 'unknown', reason: 'unusable answer 127.255.255.254'}],
    ['mail.example', {kind: 'unknown', reason: 'no IP address'}],
  ] as const)('%s', async ([ip, listing]) => {
    expect(await listed(ip, BACKSCATTERER_ZONE, resolver)).toEqual(listing)
  })
})

it('asks each question once when it remembers', async () => {
  const once = rememberingResolver(resolver)
  server.asked.length = 0
  await Promise.all([once.txt('shop.example'), once.txt('SHOP.example'), once.a('shop.example')])
  expect(server.asked.sort()).toEqual(['A shop.example', 'TXT shop.example'])
})

it.for([
  ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
  ['::ffff:192.0.2.1', '1.2.0.192.in-addr.arpa'],
  ['2001:db8::1', `${SIX}.ip6.arpa`],
] as const)('%s is reversed to %s', ([ip, name]) => {
  const address = ipAddress(ip)
  expect(address && reverseName(address)).toBe(name)
})

it.for(['', '1.2.3', '1.2.3.256', '::1%eth0', 'x'])('%j is no address', (text) => {
  expect(ipAddress(text)).toBeNull()
})
