import {describe, expect, it, test} from 'vitest'
import {parseAccessLog} from '../../src/dialect/access-log.js'
import {parseLog} from '../../src/dialect/log.js'

const at = '[21/Nov/2026:03:16:13 +0100]'
const stamp = {wall: Date.parse('2026-11-21T03:16:13Z'), offset: 60, yearless: false}

describe('requests', () => {
  test.for([
    [
      'combined',
      `203.0.113.9 - - ${at} "POST /contact.php HTTP/1.1" 200 512 "https://a.example/" "Mozilla/5.0"`,
      {vhost: null, clientIp: '203.0.113.9', method: 'POST', path: '/contact.php', httpStatus: 200},
    ],
    ['common', `203.0.113.9 - bob ${at} "GET / HTTP/1.0" 304 -`, {method: 'GET', path: '/', httpStatus: 304}],
    [
      'vhost_combined',
      `www.a.example:443 203.0.113.9 - - ${at} "POST /x?y=1 HTTP/2.0" 302 5 "-" "curl"`,
      {vhost: 'www.a.example', clientIp: '203.0.113.9', path: '/x?y=1'},
    ],
    [
      'vhost without port, IPv6',
      `a.example 2001:db8::9 - - ${at} "POST /x HTTP/1.1" 500 5 "-" "-"`,
      {vhost: 'a.example', clientIp: '2001:db8::9', httpStatus: 500},
    ],
    ['%D and UNIQUE_ID', `203.0.113.9 - - ${at} "POST /x HTTP/1.1" 200 5 "-" "-" 1234567 YhX@kn8AAQEAAB`, {path: '/x'}],
    ['a name for the client', `dsl.isp.example - - ${at} "POST /x HTTP/1.1" 200 5`, {clientIp: 'dsl.isp.example'}],
    [
      'quotes inside',
      `203.0.113.9 - - ${at} "GET /a\\"b HTTP/1.1" 404 5 "-" "x \\" [y]"`,
      {path: '/a\\"b', httpStatus: 404},
    ],
    ['no protocol', `203.0.113.9 - - ${at} "GET /old" 200 5`, {path: '/old'}],
    ['a user with blanks', `203.0.113.9 - bob smith ${at} "GET / HTTP/1.1" 200 5`, {clientIp: '203.0.113.9'}],
  ] as const)('%s', ([, line, wanted]) => {
    expect(parseAccessLog(line)).toMatchObject({kind: 'event', event: {type: 'page-requested', stamp, ...wanted}})
    expect(parseLog(line)).toEqual(parseAccessLog(line))
  })
  it('other methods and broken requests are ignored, but keep their time', () => {
    for (const request of ['"HEAD / HTTP/1.1" 200 5', '"\\x16\\x03" 400 5', '"-" 408 -', '"POST /cut'])
      expect(parseAccessLog(`203.0.113.9 - - ${at} ${request}`)).toEqual({kind: 'ignored', stamp, host: null})
  })
  test.for([
    '',
    'x',
    `203.0.113.9 ${at}`,
    '203.0.113.9 - - [99/Nov/2026:03:16:13 +0100] "GET / HTTP/1.1" 200 5',
    'Nov 21 03:16:13 lab a: b',
  ])('no access line: %j', (line) => {
    expect(parseAccessLog(line).kind).toBe(line === '' ? 'ignored' : 'unknown')
  })
})
