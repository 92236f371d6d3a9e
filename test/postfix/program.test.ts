/** The same through the real program: what `ingest` counts and what `trace` prints. */

import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {folder, logs} from './store.js'

const RUN = join(import.meta.dirname, '..', '..', 'bin', 'run.js')

const run = (...args: string[]): {status: number | null; stdout: string} =>
  spawnSync(process.execPath, [RUN, ...args], {encoding: 'utf8', env: {...process.env, TZ: 'UTC', NO_COLOR: '1'}})

const MAIL = `2026-11-20T14:30:05.200000+00:00 lab postfix/pickup[9]: 4E2E72A1B2C: uid=1001 from=<info@site1.example>
2026-11-20T14:30:05.210000+00:00 lab postfix/cleanup[9]: 4E2E72A1B2C: message-id=<20261120143005.4E2E72A1B2C@lab>
2026-11-20T14:30:05.220000+00:00 lab postfix/qmgr[9]: 4E2E72A1B2C: from=<info@site1.example>, size=400, nrcpt=1 (queue active)
2026-11-20T14:30:06.000000+00:00 lab postfix/smtp[9]: 4E2E72A1B2C: to=<a@dest.example>, relay=mx.dest.example[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
2026-11-20T14:30:06.010000+00:00 lab postfix/qmgr[9]: 4E2E72A1B2C: removed
2026-11-20T14:31:00.000000+00:00 lab postfix/smtpd[9]: 5E2E72A1B2C: client=localhost[127.0.0.1]
2026-11-20T14:31:00.010000+00:00 lab postfix/cleanup[9]: 5E2E72A1B2C: message-id=<x@site1.example>
2026-11-20T14:31:00.020000+00:00 lab postfix/qmgr[9]: 5E2E72A1B2C: from=<info@site1.example>, size=400, nrcpt=1 (queue active)
`

describe('the program', () => {
  test('names account, script and visitor of a message, and local SMTP as such', () => {
    const db = join(folder(), 'mail.db')
    const [passwd, ...paths] = logs({
      passwd: 'site1:x:1001:1001::/var/www/vhosts/site1.example:/bin/false\n',
      'mail.log': MAIL,
      'php_mail.log':
        '[20-Nov-2026 14:30:05 UTC] mail() on [/var/www/vhosts/site1.example/httpdocs/contact.php:12]: To: a@dest.example -- Headers: From: info@site1.example\n',
      'access.log': '203.0.113.9 - - [20/Nov/2026:14:30:04 +0000] "POST /contact.php HTTP/1.1" 200 512 "-" "agent"\n',
    }) as [string, ...string[]]
    const read = run('ingest', '--db', db, '--server', 'lab', '--passwd', passwd, '--json', ...paths)
    expect(read.status).toBe(0)
    expect(JSON.parse(read.stdout)).toMatchObject({messages: 2, deliveries: 1, unknown: 0})
    const text = run('trace', '--db', db, '4E2E72A1B2C').stdout
    expect(text).toContain(
      'sent by the script /var/www/vhosts/site1.example/httpdocs/contact.php, likely, account site1',
    )
    expect(text).toContain('1 candidate')
    expect(text).toContain('203.0.113.9 POST /contact.php 200')
    expect(JSON.parse(run('trace', '--db', db, '--json', 'site1').stdout).journeys).toHaveLength(1)
    expect(run('trace', '--db', db, '5E2E72A1B2C').stdout).toContain(
      'submitted by SMTP from this machine, client localhost [127.0.0.1]',
    )
  })
})
