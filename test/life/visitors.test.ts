/** Candidates for the visitor behind a script's message: scored, listed, never picked in silence. */

import {describe, expect, test} from 'vitest'
import {logs, read} from '../postfix/store.js'

const MAIL = `2026-11-20T14:30:05.200000+00:00 lab postfix/pickup[9]: 4E2E72A1B2C: uid=1001 from=<site1>
2026-11-20T14:30:05.210000+00:00 lab postfix/cleanup[9]: 4E2E72A1B2C: message-id=<20261120143005.4E2E72A1B2C@lab>
2026-11-20T14:30:05.220000+00:00 lab postfix/qmgr[9]: 4E2E72A1B2C: from=<site1@lab>, size=400, nrcpt=1 (queue active)
2026-11-20T14:30:06.000000+00:00 lab postfix/smtp[9]: 4E2E72A1B2C: to=<a@dest.example>, relay=mx.dest.example[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
2026-11-20T14:30:06.010000+00:00 lab postfix/qmgr[9]: 4E2E72A1B2C: removed
`
const php = (script: string): string =>
  `[20-Nov-2026 14:30:05 UTC] mail() on [${script}:12]: To: a@dest.example -- Headers: From: x@site1.example\n`

const request = (ip: string, time: string, text: string, status = 200, vhost = ''): string =>
  `${vhost}${ip} - - [20/Nov/2026:${time} +0000] "${text} HTTP/1.1" ${status} 512 "-" "agent"\n`

async function visitors(access: string, script = '/home/site1/public_html/contact.php') {
  const {journey} = await read([logs({'mail.log': MAIL, 'php_mail.log': php(script), 'access.log': access})])
  return (journey('4E2E72A1B2C')[0]?.origin.visitors ?? []).map(({ip, method, path}) => `${ip} ${method} ${path}`)
}

describe('visitors', () => {
  test('one POST is one candidate; GETs beside it, later, earlier and refused ones are none', async () => {
    const access =
      request('198.51.100.1', '14:29:58', 'POST /contact.php') +
      request('198.51.100.2', '14:30:03', 'GET /contact.php') +
      request('203.0.113.9', '14:30:04', 'POST /contact.php') +
      request('198.51.100.3', '14:30:04', 'POST /contact.php', 403) +
      request('198.51.100.4', '14:30:09', 'POST /contact.php')
    expect(await visitors(access)).toEqual(['203.0.113.9 POST /contact.php'])
  })

  test('two POSTs are two candidates, the one that names the script first', async () => {
    const access =
      request('198.51.100.2', '14:30:05', 'POST /login.php') +
      request('203.0.113.9', '14:30:02', 'POST /contact.php?x=1')
    expect(await visitors(access)).toEqual(['203.0.113.9 POST /contact.php?x=1', '198.51.100.2 POST /login.php'])
  })

  test('GETs only where nobody posted; none without an access log', async () => {
    expect(await visitors(request('203.0.113.9', '14:30:04', 'GET /contact.php?to=a'))).toEqual([
      '203.0.113.9 GET /contact.php?to=a',
    ])
    expect(await visitors('')).toEqual([])
  })

  test('another virtual host than the one in the path is none', async () => {
    const access =
      request('198.51.100.2', '14:30:04', 'POST /contact.php', 200, 'other.example:443 ') +
      request('203.0.113.9', '14:30:04', 'POST /contact.php', 200, 'www.site1.example:443 ')
    expect(await visitors(access, '/var/www/vhosts/site1.example/httpdocs/contact.php')).toEqual([
      '203.0.113.9 POST /contact.php',
    ])
  })
})
