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
      "submitted by SMTP from this machine, the sender's domain belongs to site1, client localhost [127.0.0.1]",
    )
  })

  const LINES = MAIL.trimEnd().split('\n')
  const JOURNAL = LINES.map((line) => {
    const [, stamp = '', daemon = '', text = ''] = /^(\S+) lab (\S+)\[9\]: (.*)$/.exec(line) ?? []
    return {
      __CURSOR: `s=1;i=${stamp}`,
      __REALTIME_TIMESTAMP: String(Date.parse(stamp) * 1000),
      _HOSTNAME: 'lab',
      SYSLOG_IDENTIFIER: daemon,
      _PID: '9',
      MESSAGE: text,
    }
  })
  const fed = {
    'journalctl -o json': `${JOURNAL.map((record) => JSON.stringify(record)).join('\n')}\n`,
    'journalctl -o export': JOURNAL.map((record) =>
      Object.entries(record)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
      .map((record) => `${record}\n`)
      .join(''),
  }
  test.for(Object.entries(fed))('reads %s from standard input as it reads the file', ([, input]) => {
    const at = folder()
    const [file] = logs({'mail.log': MAIL}, at) as [string]
    const answers = [
      run('ingest', '--db', join(at, 'file.db'), '--json', file),
      spawnSync(process.execPath, [RUN, 'ingest', '--db', join(at, 'stdin.db'), '--json', '-'], {
        encoding: 'utf8',
        input,
        env: {...process.env, TZ: 'UTC'},
      }),
    ].map(({stdout}) => JSON.parse(stdout) as Record<string, unknown>)
    for (const key of ['lines', 'events', 'ignored', 'unknown', 'messages', 'deliveries', 'rejections'])
      expect(answers[1]?.[key], key).toEqual(answers[0]?.[key])
    const [one, other] = ['file.db', 'stdin.db'].map((db) => {
      const {journeys} = JSON.parse(run('trace', '--db', join(at, db), '--json', '4E2E72A1B2C').stdout)
      return {...journeys[0].messages[0], evidence: journeys[0].messages[0].evidence.length}
    })
    expect(other).toEqual(one)
  })

  const QUIET = `2026-11-20T10:00:00.000000+00:00 mx postfix/master[1]: daemon started -- version 3.10.3, configuration /etc/postfix
${MAIL.replaceAll('T14:', 'T10:').replaceAll(' lab ', ' mx ')}2026-11-20T11:00:00.000000+00:00 mx postfix/smtpd[9]: connect from unknown[192.0.2.9]
2026-11-20T11:30:00.000000+00:00 mx postfix/smtpd[9]: connect from unknown[192.0.2.9]
2026-11-20T12:00:00.000000+00:00 mx postfix/smtpd[9]: connect from unknown[192.0.2.9]
`
  test.for([
    [null, 'never-here'],
    ['systemd-journald[1]: Suppressed 55 messages from postfix@-.service', 'inconclusive'],
    ['rsyslogd: imjournal: 55 messages lost due to rate-limiting (20000 allowed within 600 seconds)', 'inconclusive'],
    ['rsyslogd: imjournal: begin to drop messages due to rate-limiting', 'inconclusive'],
  ] as const)(
    'a Suppressed notice inside the asked window turns never-here into inconclusive: %s',
    ([notice, wanted]) => {
      const at = folder()
      const added = notice === null ? [] : [`2026-11-20T11:00:30.000000+00:00 mx ${notice}`]
      const [file] = logs({'mail.log': `${[...QUIET.trimEnd().split('\n'), ...added].sort().join('\n')}\n`}, at) as [
        string,
      ]
      const db = join(at, 'mail.db')
      run('ingest', '--db', db, file)
      const ask = (when: string) =>
        JSON.parse(run('verdict', '--db', db, '--json', '--message-id', 'nope@site1.example', '--at', when).stdout)
      const answer = ask('2026-11-20T11:00:10Z')
      expect(answer.verdict).toBe(wanted)
      expect(answer.coverage.complete).toBe(notice === null)
      if (notice !== null) {
        expect(answer.coverage.servers[0].gaps).toEqual([expect.objectContaining({reason: 'lines-lost'})])
        expect(ask('2026-11-20T11:40:00Z').verdict).toBe('never-here')
      }
    },
  )
})
