/** The sixteen rows of the decision table, each by a small log and a report. */

import {describe, expect, it} from 'vitest'
import type {VerdictAnswer} from '../../../src/mail/verdict.js'
import {inFolder} from '../../helpers/ingest-logs.js'
import {codes, eximIdAt, ingestLines, judgeFlags, judgeText} from './generated.js'
import {
  arrival,
  bounce,
  complaint,
  completed,
  FLEET,
  HOUR,
  type Line,
  lifeWith,
  type Mail,
  mail,
  NOW,
  OUR_IP,
  ourHop,
  refused,
  sentTo,
  strangersHop,
  US,
} from './world.js'

async function asked(lines: readonly Line[], report: string, days = 2): Promise<VerdictAnswer> {
  return await inFolder(
    async (folder) => await judgeText(await ingestLines(folder, 'row', {[US]: lifeWith(lines, days)}), report, FLEET),
  )
}

const LOGIN = 'info@shop.example'
const byLogin = (ip: string): string => `H=(pc) [${ip}] P=esmtpsa A=plain:${LOGIN}`
/** Ordinary use of the login: three mails a day, from home, for eleven days. */
const habit = (): Line[] =>
  Array.from({length: 33}, (_, i) =>
    mail({at: NOW - (i + 4) * 8 * HOUR, id: eximIdAt(NOW - (i + 4) * 8 * HOUR, 200 + i)}),
  ).flatMap((m) => [arrival(m, byLogin('192.0.2.9')), sentTo(m), completed(m)])
/** Many mails of the login within the hour, from the networks given in turn. */
const burst = (ips: readonly string[], count: number): Line[] =>
  Array.from({length: count}, (_, i) =>
    mail({
      at: NOW - 1800_000 + i * 20_000,
      id: eximIdAt(NOW - 1800_000 + i * 20_000, 900 + i),
      messageId: `b${i}@shop.example`,
    }),
  ).flatMap((m, i) => [arrival(m, byLogin(ips[i % ips.length] ?? '')), sentTo(m), completed(m)])
const left = (m: Mail): string => bounce({...m, hops: [strangersHop(m.at + 2000, US, OUR_IP), ourHop(m)]})
/** Nothing of it in our log; a stranger's server gave it to the reporter. */
const foreign = (m: Mail, more: readonly string[] = []) => ({
  ...m,
  hops: [strangersHop(m.at + 1000, 'vps.other.example', '198.51.100.99', 'B7F2C41A0B'), ...more],
})

describe('row 1: it left us, sent by a script', () => {
  it('names script folder and account', async () => {
    const m = mail({sender: 'shop@web1.shop.example'})
    const answer = await asked(
      [
        {at: m.at, text: 'cwd=/home/shop/public_html/wp-content/cache 3 args: /usr/sbin/sendmail -t -i'},
        arrival(m, 'U=shop P=local'),
        sentTo(m),
        completed(m),
      ],
      left(m),
    )
    expect([answer.verdict, answer.cause, answer.certainty]).toEqual(['left', 'web-script', 'proven'])
    expect(codes(answer)).toEqual(expect.arrayContaining(['message-found', 'remote-accepted', 'sent-by-script']))
    expect(answer.messages[0]?.origin.scriptDirectory).toBe('/home/shop/public_html/wp-content/cache')
  })

  it('a cron job or a shell is no web script', async () => {
    const m = mail({sender: 'root@web1.shop.example'})
    const answer = await asked(
      [
        {at: m.at, text: 'cwd=/root 4 args: /usr/sbin/sendmail -FCronDaemon -i -odi -oem -oi -t'},
        arrival(m, 'U=root P=local'),
        sentTo(m),
        completed(m),
      ],
      left(m),
    )
    expect([answer.verdict, answer.cause]).toEqual(['left', 'local-user'])
  })
})

describe('rows 2 to 4: it left us by a login', () => {
  const m = mail()
  const own = (ip: string): Line[] => [arrival(m, byLogin(ip)), sentTo(m), completed(m)]

  it('row 2: from the usual network in the usual number: the customer, or malware there', async () => {
    const answer = await asked([...habit(), ...own('192.0.2.9')], left(m), 12)
    expect([answer.verdict, answer.cause]).toEqual(['left', 'customer'])
    expect(codes(answer)).toEqual(expect.arrayContaining(['sent-by-login', 'volume-usual', 'customer-or-machine']))
  })

  it('row 3: from many networks, far above habit: broken into', async () => {
    const ips = ['198.51.100.1', '203.0.113.200', '192.0.2.77', '100.64.3.3', '198.18.0.5']
    const answer = await asked([...habit(), ...burst(ips, 60), ...own('100.64.9.9')], left(m), 12)
    expect([answer.verdict, answer.cause]).toEqual(['left', 'account-compromised'])
    expect(codes(answer)).toEqual(expect.arrayContaining(['login-many-networks', 'volume-abnormal']))
    expect(answer.advice.map(({code}) => code)).toContain('change-password')
  })

  it('row 4: from its own network, far above habit: its machine', async () => {
    const answer = await asked([...habit(), ...burst(['192.0.2.9'], 60), ...own('192.0.2.9')], left(m), 12)
    expect([answer.verdict, answer.cause]).toEqual(['left', 'customer-machine'])
    expect(codes(answer)).toContain('own-network')
  })
})

describe('rows 5 to 9: it was here', () => {
  const inbound = 'H=mx.elsewhere.example [198.51.100.40] P=esmtps'

  it('row 5: from outside, on to the outside: forwarded', async () => {
    const m = mail({sender: 'bea@elsewhere.example', recipient: 'sales@shop.example'})
    const answer = await asked(
      [arrival(m, inbound), sentTo(m, 'owner@far.example', '<sales@shop.example> '), completed(m)],
      bounce({...m, recipient: 'owner@far.example', hops: [strangersHop(m.at + 2000, US, OUR_IP), ourHop(m)]}),
    )
    expect([answer.verdict, answer.cause]).toEqual(['forwarded', 'forwarder'])
    expect(answer.reasons.find(({code}) => code === 'forwarded-by')?.data['forwarder']).toBe('sales@shop.example')
  })

  it('row 6: from outside into a mailbox here', async () => {
    const m = mail({sender: 'bea@elsewhere.example', recipient: 'sales@shop.example'})
    const answer = await asked(
      [
        arrival(m, inbound),
        {at: m.at + 500, text: `${m.id} => sales <sales@shop.example> R=localuser T=local_delivery`},
        completed(m),
      ],
      bounce({...m, hops: [ourHop(m)]}),
    )
    expect([answer.verdict, answer.cause]).toEqual(['delivered-here', 'inbound'])
  })

  it('row 7: refused before acceptance', async () => {
    const m = mail({sender: 'bea@elsewhere.example', recipient: 'nobody@shop.example'})
    const answer = await asked(
      [
        {
          at: m.at,
          text: `H=mx.elsewhere.example [198.51.100.40] F=<bea@elsewhere.example> rejected RCPT <nobody@shop.example>: No such user here`,
        },
      ],
      bounce({...m, hops: []}, 'mx.elsewhere.example'),
    )
    expect([answer.verdict, answer.cause]).toEqual(['rejected-here', 'inbound'])
  })

  it('row 8: still in the queue', async () => {
    const m = mail()
    const answer = await asked(
      [
        arrival(m, byLogin('192.0.2.9')),
        {
          at: m.at + 2000,
          text: `${m.id} == ${m.recipient} R=dnslookup T=remote_smtp defer (111): Connection refused H=mx.far.example [198.51.100.7]`,
        },
      ],
      bounce({...m, hops: [ourHop(m)]}, US, 'delayed'),
    )
    expect([answer.verdict, answer.advice.map(({code}) => code).includes('wait-for-queue')]).toEqual(['queued', true])
  })

  it('row 9: accepted, refused outside, bounced by us', async () => {
    const m = mail()
    const id = eximIdAt(m.at + 2100, 5000)
    const answer = await asked(
      [
        arrival(m, byLogin('192.0.2.9')),
        refused(m),
        {
          at: m.at + 2100,
          text: `${id} <= <> R=${m.id} U=mailnull P=local S=3000 T="Mail delivery failed: returning message to sender" for ${m.sender}`,
        },
        {at: m.at + 2200, text: `${id} => info <info@shop.example> R=localuser T=local_delivery`},
        {at: m.at + 2300, text: `${id} Completed`},
        completed(m),
      ],
      bounce({...m, hops: [ourHop(m)]}, US),
    )
    expect(answer.verdict).toBe('not-delivered')
    expect(codes(answer)).toContain('remote-refused')
  })
})

describe('rows 10 to 16: it was not here, or nobody can know', () => {
  it('row 10: no key leads anywhere, and the log is whole: never here', async () => {
    const answer = await asked([], bounce(foreign(mail())))
    expect([answer.verdict, answer.cause, answer.certainty]).toEqual(['never-here', 'forged-sender', 'proven'])
  })

  it('row 11: a hop names us with an ID that our whole log does not have: forged', async () => {
    const m = mail()
    const answer = await asked([], bounce(foreign(m, [ourHop(m)])))
    expect(answer.verdict).toBe('never-here')
    expect(codes(answer)).toContain('forged-hop')
  })

  it('row 12: the ID is real, the rest is not: copied', async () => {
    const real = mail()
    const fake = mail({
      messageId: 'x1@spam.example',
      sender: 'ceo@shop.example',
      recipient: 'victim@far.example',
      subject: 'Pay now',
    })
    const answer = await asked(
      [arrival(real, byLogin('192.0.2.9')), sentTo(real), completed(real)],
      bounce(foreign(fake, [ourHop(fake)])),
    )
    expect(answer.verdict).toBe('never-here')
    expect(codes(answer)).toContain('copied-header')
  })

  it('row 13: all keys hidden: inconclusive, and the full headers are asked for', async () => {
    const text = `Date: ${new Date(NOW).toUTCString()}\r\nFrom: MAILER-DAEMON@far.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nYour message to [email protected] could not be delivered: 550 blocked.\r\n`
    const answer = await asked([], text)
    expect(answer.verdict).toBe('inconclusive')
    expect(answer.advice.map(({code}) => code)).toContain('ask-full-headers')
  })

  it('row 14: no hit, and a gap: inconclusive', async () => {
    const m = mail({at: NOW - 10 * 24 * HOUR})
    const answer = await asked([], bounce(foreign(m)))
    expect([answer.verdict, codes(answer).includes('gap')]).toEqual(['inconclusive', true])
  })

  it('row 15: the reporter saw our address in its newest hop, and no line: alarm', async () => {
    const m = mail()
    const answer = await asked([], bounce({...m, hops: [strangersHop(m.at, 'unknown', OUR_IP)]}))
    expect(answer.verdict).toBe('inconclusive')
    expect(codes(answer)).toContain('bypassed-mta')
    expect(answer.advice.map(({code}) => code)).toEqual(expect.arrayContaining(['block-port-25', 'find-bypass']))
  })

  it('row 15: a complaint names our address as Source-IP, and no line: alarm', async () => {
    const m = mail()
    const answer = await asked([], complaint({...m, hops: []}, OUR_IP))
    expect(answer.verdict).toBe('inconclusive')
    expect(codes(answer)).toContain('bypassed-mta')
  })

  it('row 16: a vacation reply is no bounce', async () => {
    const text = `Date: ${new Date(NOW).toUTCString()}\r\nFrom: anna@far.example\r\nTo: info@shop.example\r\nSubject: Out of office: Your order\r\nAuto-Submitted: auto-replied (vacation)\r\nPrecedence: bulk\r\nMessage-ID: <v1@far.example>\r\n\r\nI am away until Monday.\r\n`
    expect((await asked([], text)).verdict).toBe('not-a-bounce')
  })
})

describe('by flags', () => {
  it('asks the same judge', async () => {
    const m = mail()
    await inFolder(async (folder) => {
      const database = await ingestLines(folder, 'flags', {
        [US]: lifeWith([arrival(m, byLogin('192.0.2.9')), sentTo(m), completed(m)]),
      })
      expect(judgeFlags(database, {queueIds: [m.id]}, FLEET).verdict).toBe('left')
      expect(judgeFlags(database, {messageIds: [m.messageId]}, FLEET).verdict).toBe('left')
      expect(judgeFlags(database, {senders: [m.sender], recipients: [m.recipient], at: m.at}, FLEET).verdict).toBe(
        'left',
      )
      expect(judgeFlags(database, {queueIds: [eximIdAt(NOW - HOUR, 31)]}, FLEET).verdict).toBe('never-here')
      expect(judgeFlags(database, {senders: [m.sender]}, FLEET).verdict).toBe('inconclusive')
    })
  })
})
