/** Queue entries that one message passes, and entries that are none of its own: filters, kept sessions, instances, repeats, administrators. */

import {describe, expect, test} from 'vitest'
import type {Found} from '../../src/store/finder.js'
import {logs, read} from './store.js'

/** Lines with a second and the text after `lab `; every line is on the same day. */
const lines = (...rows: readonly (readonly [string, string])[]): string =>
  rows.map(([time, text]) => `2026-11-20T14:${time}+00:00 lab ${text}\n`).join('')

const arrival = (id: string, time: string, messageId: string, to = 'a@dest.example', instance = 'postfix'): string =>
  lines(
    [
      `${time}.100000`,
      `${instance}/smtpd[10]: ${id}: client=pc.example[198.51.100.4], sasl_method=PLAIN, sasl_username=${to.replace('@', '.')}`,
    ],
    [`${time}.110000`, `${instance}/cleanup[11]: ${id}: message-id=<${messageId}>`],
    [`${time}.120000`, `${instance}/qmgr[12]: ${id}: from=<me@here.example>, size=500, nrcpt=1 (queue active)`],
  )

const out = (
  id: string,
  time: string,
  to = 'a@dest.example',
  status = 'status=sent (250 ok)',
  instance = 'postfix',
  relay = 'mx.dest.example[192.0.2.7]:25',
): string =>
  lines([
    `${time}.500000`,
    `${instance}/smtp[13]: ${id}: to=<${to}>, relay=${relay}, delay=1, delays=0/0/0/1, dsn=2.0.0, ${status}`,
  ])
const removed = (id: string, time: string, instance = 'postfix'): string =>
  lines([`${time}.600000`, `${instance}/qmgr[12]: ${id}: removed`])

const back = (id: string, time: string, from: string, messageId: string): string =>
  lines(
    [
      `${time}.200000`,
      `postfix/smtpd[20]: ${id}: client=localhost[127.0.0.1], orig_queue_id=${from}, orig_client=pc.example[198.51.100.4]`,
    ],
    [`${time}.210000`, `postfix/cleanup[11]: ${id}: message-id=<${messageId}>`],
    [`${time}.220000`, `postfix/qmgr[12]: ${id}: from=<me@here.example>, size=700, nrcpt=1 (queue active)`],
  )
const handed = (id: string, time: string, next: string): string =>
  out(
    id,
    time,
    'a@dest.example',
    `status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as ${next})`,
    'postfix',
    '127.0.0.1[127.0.0.1]:10024',
  )

describe('content filters', () => {
  test("a filter's kept session names the first message's queue ID for the second: the receipt is believed", async () => {
    const text =
      arrival('1111A00AAAA', '00:01', 'one@pc.example') +
      arrival('2222A00BBBB', '00:02', 'two@pc.example') +
      back('3333A00CCCC', '00:03', '1111A00AAAA', 'one@pc.example') +
      handed('1111A00AAAA', '00:03', '3333A00CCCC') +
      // the filter kept its session with us: XFORWARD still says 1111A00AAAA
      back('4444A00DDDD', '00:04', '1111A00AAAA', 'two@pc.example') +
      handed('2222A00BBBB', '00:04', '4444A00DDDD') +
      out('3333A00CCCC', '00:05') +
      out('4444A00DDDD', '00:06')
    const {journey, result} = await read([logs({'mail.log': text})])
    expect(result).toMatchObject({messages: 2, deliveries: 2})
    expect(journey('two@pc.example').map(({queueId}) => queueId)).toEqual(['2222A00BBBB', '4444A00DDDD'])
    expect(journey('one@pc.example').map(({queueId}) => queueId)).toEqual(['1111A00AAAA', '3333A00CCCC'])
    expect(journey('two@pc.example')[1]?.links).toEqual([
      {kind: 'handed-on', direction: 'from', server: 'lab', queueId: '2222A00BBBB'},
    ])
    expect(journey('two@pc.example')[1]?.origin).toMatchObject({kind: 'authenticated', login: 'a.dest.example'})
  })

  test.for([
    ['Blocked SPAM {DiscardedInbound,Quarantined}', 'discarded'],
    ['Blocked INFECTED (Eicar) {DiscardedOutbound}', 'discarded'],
    ['Blocked BANNED {BouncedOutbound}', 'failed'],
  ] as const)('amavis %s, and the delivery line says no more: %s', async ([judged, outcome]) => {
    const text =
      arrival('1111A00AAAA', '00:01', 'one@pc.example') +
      lines([
        '00:02.000000',
        `amavis[30]: (00030-01) ${judged}, [198.51.100.4] <me@here.example> -> <a@dest.example>, Queue-ID: 1111A00AAAA, Message-ID: <one@pc.example>, mail_id: x, Hits: 20, size: 500, 100 ms`,
      ]) +
      out(
        '1111A00AAAA',
        '00:03',
        'a@dest.example',
        'status=sent (250 2.5.0 Ok, id=00030-01)',
        'postfix',
        '127.0.0.1[127.0.0.1]:10024',
      ) +
      removed('1111A00AAAA', '00:03')
    const {journey} = await read([logs({'mail.log': text})])
    expect(journey('1111A00AAAA')[0]?.recipients.map((r) => r.outcome)).toEqual([outcome])
  })
})

describe('instances', () => {
  test('the same short ID in two instances at the same time: two messages, and each companion at its own', async () => {
    const ID = '5555A00EEEE'
    const text =
      arrival(ID, '00:01', 'in@pc.example', 'in@dest.example') +
      arrival(ID, '10:01', 'out@pc.example', 'out@dest.example', 'postfix-out') +
      lines(['00:01.150000', `opendkim[40]: ${ID}: DKIM-Signature field added (s=a, d=here.example)`]) +
      lines(['10:01.150000', `opendkim[40]: ${ID}: DKIM-Signature field added (s=b, d=here.example)`]) +
      out(ID, '20:05', 'in@dest.example') +
      out(ID, '20:05', 'out@dest.example', 'status=bounced (host said: 550 no)', 'postfix-out') +
      removed(ID, '20:06') +
      removed(ID, '20:06', 'postfix-out')
    const {all, trace} = await read([logs({'mail.log': text})])
    expect(
      all().map(({life}) => [life.instance, life.messageId, life.recipients.map((r) => `${r.address} ${r.outcome}`)]),
    ).toEqual([
      ['postfix', 'in@pc.example', ['in@dest.example delivered']],
      ['postfix-out', 'out@pc.example', ['out@dest.example failed']],
    ])
    for (const [key, selector] of [
      ['in@pc.example', '(s=a'],
      ['out@pc.example', '(s=b'],
    ] as const) {
      const signed = trace(key).journeys[0]?.messages[0]?.evidence.filter(({line}) => line.includes('opendkim'))
      expect(signed).toHaveLength(1)
      expect(signed?.[0]?.line).toContain(selector)
    }
  })
})

describe('folded lines', () => {
  const TRADITIONAL =
    'Nov 20 14:00:01 lab postfix/smtp[13]: 1111A00AAAA: to=<a@dest.example>, relay=mx[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (no)\n'
  const START =
    'Nov 20 14:00:00 lab postfix/qmgr[12]: 1111A00AAAA: from=<me@here.example>, size=500, nrcpt=1 (queue active)\n'

  test.for([
    ['Nov 20 14:00:02 lab last message repeated 3 times\n', 4],
    ['Nov 20 14:00:02 lab --- last message repeated 1 time ---\n', 2],
    [
      'Nov 20 14:00:01 lab postfix/smtp[13]: message repeated 3 times: [ 1111A00AAAA: to=<a@dest.example>, relay=mx[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (no)]\n',
      4,
    ],
    ['', 1],
  ] as const)('%j', async ([line, attempts]) => {
    const {all} = await read([logs({'mail.log': START + TRADITIONAL + line})], {year: 2026})
    expect(all()[0]?.life.recipients.map((r) => [r.outcome, r.attempts])).toEqual([['failed', attempts]])
  })

  test('a refusal said three times more is four refusals', async () => {
    const refusal =
      'NOQUEUE: reject: RCPT from x[198.51.100.9]: 554 5.7.1 <y@z.example>: Relay access denied; from=<a@b.example> to=<y@z.example> proto=SMTP helo=<x>'
    const {result} = await read(
      [
        logs({
          'mail.log': `Nov 20 14:00:01 lab postfix/smtpd[1]: ${refusal}\nNov 20 14:00:01 lab postfix/smtpd[1]: message repeated 3 times: [ ${refusal}]\n`,
        }),
      ],
      {year: 2026},
    )
    expect(result.rejections).toBe(4)
  })
})

describe('postsuper', () => {
  const open = (id: string, time: string): string =>
    arrival(id, time, `${id}@pc.example`) + out(id, time, 'a@dest.example', 'status=deferred (try later)')
  const two = open('1111A00AAAA', '00:01') + open('2222A00BBBB', '00:02')
  const states = async (...parts: readonly string[]): Promise<Record<string, string>> => {
    const {all} = await read([
      logs(Object.fromEntries(parts.map((text, i) => [`mail.log${i === 0 ? '' : `.${i}`}`, text]))),
    ])
    return Object.fromEntries(all().map(({life}) => [life.queueId, life.state]))
  }

  test('-d ID ends that message and no other, though a summary follows', async () => {
    const text =
      two +
      lines(
        ['05:00.000000', 'postfix/postsuper[50]: 1111A00AAAA: removed'],
        ['05:00.000100', 'postfix/postsuper[50]: Deleted: 1 message'],
      )
    expect(await states(text)).toEqual({'1111A00AAAA': 'removed', '2222A00BBBB': 'queued'})
  })

  test('-d ID where the summary stands before its line, or in another part', async () => {
    const summary = lines(['05:00.000100', 'postfix/postsuper[50]: Deleted: 1 message'])
    const single = lines(['05:00.000000', 'postfix/postsuper[50]: 1111A00AAAA: removed'])
    expect(await states(two + summary + single)).toEqual({'1111A00AAAA': 'removed', '2222A00BBBB': 'queued'})
    expect(await states(single, two + summary)).toEqual({'1111A00AAAA': 'removed', '2222A00BBBB': 'queued'})
  })

  test('-d ALL ends both, with its line as evidence; what goes on afterwards was not deleted', async () => {
    const summary = lines(['05:00.000100', 'postfix/postsuper[50]: Deleted: 1 message'])
    const {all} = await read([
      logs({'mail.log': two + summary + out('2222A00BBBB', '06:00') + removed('2222A00BBBB', '06:01')}),
    ])
    expect(all().map(({life}) => [life.queueId, life.state])).toEqual([
      ['1111A00AAAA', 'removed'],
      ['2222A00BBBB', 'completed'],
    ])
    expect(all()[0]?.life.references).toHaveLength(5)
  })

  test('3.10: a transaction that was cancelled is no message; one that cleanup discarded never left', async () => {
    const begun = (id: string): string =>
      lines(
        ['00:01.100000', `postfix/smtpd[10]: ${id}: client=pc.example[198.51.100.4]`],
        ['00:01.110000', `postfix/cleanup[11]: ${id}: message-id=<${id}@pc.example>`],
      )
    const text =
      begun('1111A00AAAA') +
      lines(
        [
          '00:02.000000',
          'postfix/smtpd[10]: 1111A00AAAA: lost connection after DATA (21 bytes) from pc.example[198.51.100.4]',
        ],
        ['00:02.000100', 'postfix/cleanup[11]: 1111A00AAAA: removed (canceled)'],
      ) +
      begun('2222A00BBBB') +
      lines(
        [
          '00:02.000000',
          'postfix/cleanup[11]: 2222A00BBBB: discard: header Subject: x from pc.example[198.51.100.4]; from=<me@here.example> to=<a@dest.example> proto=ESMTP helo=<pc>: gone',
        ],
        ['00:02.000100', 'postfix/cleanup[11]: 2222A00BBBB: removed (discarded)'],
      )
    const {all, result} = await read([logs({'mail.log': text})])
    expect(result).toMatchObject({messages: 1, deliveries: 0, rejections: 0})
    expect(all().map(({life}) => [life.state, life.accepted, life.recipients.map((r) => r.outcome)])).toEqual([
      ['rejected', false, []],
      ['completed', true, ['discarded']],
    ])
  })
})

describe('a before-queue filter (smtpd_proxy_filter)', () => {
  const at = (second: number): string => `2026-11-20T14:30:${String(second).padStart(2, '0')}.000000+00:00 lab postfix`
  const session = (second: number, pid: number, client: string): string[] => [
    `${at(second)}/smtpd[${pid}]: connect from ${client.replace(/,.*/, '')}`,
    `${at(second)}/smtpd[${pid}]: NOQUEUE: client=${client}`,
  ]
  const behind = (second: number, pid: number, id: string, sender: string, login = ''): string[] => [
    `${at(second)}/behind/smtpd[900]: ${id}: client=localhost[127.0.0.1]`,
    `${at(second)}/cleanup[9]: ${id}: message-id=<${id}@far.example>`,
    `${at(second)}/qmgr[9]: ${id}: from=<${sender}>, size=400, nrcpt=1 (queue active)`,
    `${at(second)}/smtpd[${pid}]: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as ${id}; from=<${sender}> to=<a@dest.example> proto=ESMTP helo=<pc>${login}`,
    `${at(second + 1)}/smtp[9]: ${id}: to=<a@dest.example>, relay=mx.dest.example[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)`,
    `${at(second + 1)}/qmgr[9]: ${id}: removed`,
  ]
  const LOG = [
    ...session(1, 11, 'far.example[198.51.100.4]'),
    ...session(1, 12, 'pc.example[203.0.113.9], sasl_method=PLAIN, sasl_username=carol@site1.example'),
    ...behind(3, 11, '1111A00AAAA', 's@far.example'),
    ...behind(4, 12, '2222A00AAAB', 'carol@site1.example'),
    ...behind(9, 13, '3333A00AAAC', 'x@site1.example', ' sasl_username=<dave@site1.example>'),
    ...session(20, 14, 'one.example[198.51.100.5]'),
    ...session(20, 14, 'two.example[198.51.100.6]'),
    ...behind(21, 14, '4444A00AAAD', 's@far.example'),
  ]
  const told = (all: readonly Found[]): unknown[] =>
    all
      .map(({life}) => [life.queueId, life.origin.kind, life.origin.client?.ip ?? null, life.origin.login])
      .sort((a, b) => String(a[0]).localeCompare(String(b[0])))
  const WANTED = [
    ['1111A00AAAA', 'relay-in', '198.51.100.4', null],
    ['2222A00AAAB', 'authenticated', '203.0.113.9', 'carol@site1.example'],
    ['3333A00AAAC', 'authenticated', '127.0.0.1', 'dave@site1.example'],
    // Two sessions of one process in one second: whose message it was stays open.
    ['4444A00AAAD', 'local', '127.0.0.1', null],
  ]

  test('the client is the one that the proxying process accepted', async () => {
    const one = await read([logs({'mail.log': `${LOG.join('\n')}\n`})])
    expect(told(one.all())).toEqual(WANTED)
    expect(one.result).toMatchObject({messages: 4, deliveries: 4, unknown: 0})
    const [message] = one.journey('1111A00AAAA')
    expect(message?.evidence.map(({line}) => line).filter((line) => /NOQUEUE|proxy-accept/.test(line))).toHaveLength(2)
  })

  test('in whatever parts and order the lines come', async () => {
    const half = (from: number, to?: number): string => `${LOG.slice(from, to).join('\n')}\n`
    for (const cut of [1, 2, 3, 5, 8, 14, 21]) {
      const parts = logs({'mail.log.1': half(0, cut), 'mail.log': half(cut)}) as [string, string]
      expect(told((await read([[parts[1]], [parts[0]]])).all()), `cut at ${cut}`).toEqual(WANTED)
      expect(told((await read([[parts[0]], [parts[1]]])).all()), `cut at ${cut}`).toEqual(WANTED)
    }
  })

  test('what the filter threw away is a discard that a search finds', async () => {
    const {result, trace} = await read([
      logs({
        'mail.log': `${session(1, 11, 'far.example[198.51.100.4]').join('\n')}\n${at(2)}/smtpd[11]: proxy-accept: END-OF-MESSAGE: 250 2.7.0 Ok, discarded, id=00099-01; from=<s@far.example> to=<a@here.example> proto=ESMTP helo=<pc>\n`,
      }),
    ])
    expect(result).toMatchObject({messages: 0, rejections: 0, unknown: 0})
    expect(trace('a@here.example').journeys).toHaveLength(1)
  })
})

describe("whose site it was, where no line says it: the sender's domain gives candidates", () => {
  const at = '2026-11-20T14:30:05.000000+00:00 lab postfix'
  const entry = (first: string, sender: string): string =>
    `${at}/${first}
${at}/cleanup[9]: 4E2E72A1B2C: message-id=<m@x>
${at}/qmgr[9]: 4E2E72A1B2C: from=<${sender}>, size=400, nrcpt=1 (queue active)
`
  const SMTP = 'smtpd[9]: 4E2E72A1B2C: client=localhost[127.0.0.1]'
  const passwd = `www-data:x:33:33::/var/www:/bin/false
plesk1:x:10001:1003::/var/www/vhosts/site1.example:/bin/false
site2:x:10002:1003::/home/site2:/bin/false
`
  const userdomains = 'shop.site2.example: site2\nsite2.example: site2\n*: nobody\n'
  test.for([
    ['cPanel, SMTP from this machine', SMTP, 'wp@shop.site2.example', null, ['site2']],
    ['Plesk, SMTP from this machine', SMTP, 'wp@site1.example', null, ['plesk1']],
    ['a domain of nobody', SMTP, 'wp@else.example', null, []],
    [
      'a user of many sites',
      'pickup[9]: 4E2E72A1B2C: uid=33 from=<www-data>',
      'info@site2.example',
      'www-data',
      ['site2'],
    ],
    ["a site's own user", 'pickup[9]: 4E2E72A1B2C: uid=10002 from=<site2>', 'info@site1.example', 'site2', []],
    ['a login says it', `${SMTP}, sasl_method=PLAIN, sasl_username=bob@site2.example`, 'info@site2.example', null, []],
  ] as const)('%s', async ([, first, sender, account, candidates]) => {
    const {all} = await read([logs({'mail.log': entry(first, sender)})], {passwd, userdomains})
    expect(all()[0]?.life.origin).toMatchObject({account, candidates})
  })

  test("Plesk's and ISPConfig's paths name the account, Hestia's sender its site", async () => {
    const php = (path: string): string =>
      `[20-Nov-2026 14:30:05 UTC] mail() on [${path}:12]: To: a@dest.example -- Headers: From: x@y.example  Message-ID: <m@x>\n`
    for (const [path, account] of [
      ['/var/www/vhosts/site1.example/httpdocs/contact.php', 'site1.example'],
      ['/var/www/clients/client3/web7/web/contact.php', 'web7'],
      ['/home/alice/web/site3.example/public_html/contact.php', 'alice'],
    ] as const) {
      const paths = logs({
        'mail.log': entry('pickup[9]: 4E2E72A1B2C: uid=4711 from=<admin@site3.example>', 'admin@site3.example'),
        'php_mail.log': php(path),
      })
      const {all} = await read([paths])
      expect(all()[0]?.life.origin, path).toMatchObject({kind: 'script', script: path, account, certainty: 'proven'})
    }
    const hestia = entry('pickup[9]: 4E2E72A1B2C: uid=4711 from=<admin@site2.example>', 'admin@site2.example')
    const {all} = await read([logs({'mail.log': hestia})], {userdomains})
    expect(all()[0]?.life.origin).toMatchObject({kind: 'local', uid: 4711, candidates: ['site2']})
  })
})
