import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneFile} from '../../../src/question/dns/zone-file.js'
import {OUTSIDE, zoneResolver} from '../../../src/question/dns/zone-resolver.js'
import {cpuTime} from '../../helpers/cpu-time.js'

const PASTED = `Hello, here is my zone file (I hope it helps :( ):

; shop.example [9548]
$TTL 86400
@   IN  SOA ns1.host.example. admin.shop.example. (
        2012072633 ; serial
        7200 7200 1209600 86400 )
@       NS  ns1.host.example.
@           MX  10   mail
            MX  20 mx2.host.example.
@           TXT "v=spf1 include:_spf.host.example " "~all"
mail        300 IN A 192.0.2.10
mail        IN 300 AAAA 2001:DB8::10
big._domainkey TXT ( "v=DKIM1; k=rsa; "
   "p=QUJD" )
_dmarc      TXT "v=DMARC1; p=quarantine; rua=mailto:[email protected]"
www         CNAME mail
*.wild      A   192.0.2.11
sub         NS  ns1.elsewhere.example.
loop        CNAME loop
quoted      TXT "semi;colon \\"and\\" \\065"

Because SPF is so widely deployed, this will make a difference.
TXT "v=spf1 include:_spf.host.example -all"
Thank you!
`

describe('a zone pasted into a ticket', () => {
  const zone = zoneResolver(PASTED)

  it('is named by its comment and its SOA', () => {
    expect(zone.zone.origin).toBe('shop.example')
  })

  it('keeps prose out of the records', () => {
    expect(zone.zone.records.map((record) => record.name)).not.toContain('because.shop.example')
    expect(zone.zone.unread.map((line) => line.text)).toContain('Thank you!')
    expect(zone.zone.records.filter((record) => record.data[0]?.includes('-all'))).toEqual([])
  })

  it.for([
    ['txt', 'shop.example', ['v=spf1 include:_spf.host.example ~all']],
    ['txt', 'BIG._domainkey.shop.example.', ['v=DKIM1; k=rsa; p=QUJD']],
    ['txt', '_dmarc.shop.example', ['v=DMARC1; p=quarantine; rua=mailto:[email protected]']],
    ['txt', 'quoted.shop.example', ['semi;colon "and" A']],
    ['a', 'www.shop.example', ['192.0.2.10']],
    ['aaaa', 'mail.shop.example', ['2001:db8::10']],
    ['a', 'x.y.wild.shop.example', ['192.0.2.11']],
  ] as const)('answers %s %s', async ([type, name, values]) => {
    expect(await zone[type](name)).toEqual({kind: 'found', values})
  })

  it('inherits the owner of the record before', async () => {
    expect(await zone.mx('shop.example')).toEqual({
      kind: 'found',
      values: [
        {preference: 10, exchange: 'mail.shop.example'},
        {preference: 20, exchange: 'mx2.host.example'},
      ],
    })
  })

  it.for([
    ['aaaa', 'x.wild.shop.example', {kind: 'no-data'}],
    ['txt', '_domainkey.shop.example', {kind: 'no-data'}],
    ['txt', 'other._domainkey.shop.example', {kind: 'nx-domain'}],
    ['a', 'missing.shop.example', {kind: 'nx-domain'}],
    ['a', 'loop.shop.example', {kind: 'failure', reason: 'alias loop'}],
    ['a', 'host.sub.shop.example', {kind: 'failure', reason: OUTSIDE}],
    ['txt', '_spf.host.example', {kind: 'failure', reason: OUTSIDE}],
  ] as const)('says what it cannot answer: %s %s', async ([type, name, outcome]) => {
    expect(await zone[type](name)).toEqual(outcome)
  })
})

describe('the origin', () => {
  it.for([
    ['$ORIGIN a.example.\n@ A 192.0.2.1', undefined, 'a.example'],
    ['b.example. IN SOA ns. admin.c.example. 1 2 3 4 5', 'x.b.example', 'b.example'],
    ['@ IN SOA ns. admin.c.example. 1 2 3 4 5', undefined, 'c.example'],
    ['; d.example\n@ A 192.0.2.1', 'www.d.example', 'd.example'],
    ['; see ns1.host.example\n@ A 192.0.2.1', 'e.example', 'e.example'],
    ['@ A 192.0.2.1', 'F.Example.', 'f.example'],
  ] as const)('of %j with argument %s is %s', ([text, origin, expected]) => {
    expect(zoneFile(text, origin).origin).toBe(expected)
  })

  it('that nobody says leaves relative names unread, not invented', () => {
    expect(zoneFile('www A 192.0.2.1').unread).toEqual([{line: 1, text: 'www A 192.0.2.1', reason: 'no-origin'}])
  })
})

it('reads a record whose leading blanks the ticket lost, and a string that a mail program wrapped', async () => {
  const zone = zoneResolver(
    '$ORIGIN g.example.\n@ IN MX 10 a\nMX 20 b\nx._domainkey TXT "v=DKIM1;\np=QUJD\nREVG"\nlast A 192.0.2.1',
  )
  expect(await zone.mx('g.example')).toMatchObject({values: [{preference: 10}, {preference: 20}]})
  expect(await zone.txt('x._domainkey.g.example')).toEqual({kind: 'found', values: ['v=DKIM1; p=QUJD REVG']})
  expect((await zone.a('last.g.example')).kind).toBe('found')
})

it('never throws and stays linear on anything', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('@', ' ', '"', '(', ')', ';', '\\', '\n', 'TXT', 'SOA', 'a.', '1', 'IN', '$ORIGIN')),
      (parts) => {
        const zone = zoneFile(parts.join(''), 'h.example')
        expect(zone.records.every((record) => record.line >= 1)).toBe(true)
      },
    ),
  )
  const before = cpuTime()
  zoneFile(
    `${`@ TXT "${'\\'.repeat(200_000)}\n`.repeat(3) + '1'.repeat(200_000)} A\n; ${'a.'.repeat(200_000)}\n`,
    'h.example',
  )
  expect(cpuTime() - before).toBeLessThan(1500)
})
