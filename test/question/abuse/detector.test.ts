/** Each rule of the detector on a small hand-made stream: what must be reported, and above all what must not. */

import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {AbuseFact} from '../../../src/mail/send-fact.js'
import {ABUSE_WINDOWS} from '../../../src/mail/send-fact.js'
import type {AllowRule} from '../../../src/question/abuse/alert.js'
import {pastOf} from '../../../src/question/abuse/past.js'
import {
  alertsOf,
  codes,
  cron,
  DAY,
  detector,
  forwarder,
  HOUR,
  login,
  MINUTE,
  SERVER,
  START,
  Stream,
  script,
} from './stream.js'

const DAYS = 20
const NOW = START + DAYS * DAY
const ordinary = () => new Stream().ordinary(DAYS)

describe('no alert', () => {
  it('for an ordinary server, from its first day on', () => {
    expect(alertsOf(ordinary().facts())).toEqual([])
  })

  it('for a monthly newsletter to the same list', () => {
    const list = Array.from({length: 300}, (_, i) => `member${i}@lists.example`)
    const newsletter = script('/home/site1/public_html/newsletter/send.php')
    const stream = new Stream().ordinary(75)
    for (const day of [9, 39, 70])
      for (const [i, member] of list.entries())
        stream.send(START + day * DAY + 10 * HOUR + i * 500, newsletter, [member], {
          from: 'newsletter@site1.example',
          ends: i % 30 === 0 ? 'unknown-user' : 'delivered',
        })
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a shop whose document root moves', () => {
    const stream = ordinary()
    for (let d = 0; d < DAYS + 3; d++) {
      const root = d < DAYS ? 'public_html' : 'www_new'
      stream.burst(START + d * DAY + 8 * HOUR, script(`/home/site2/${root}/shop/index.php`), 60, 10 * MINUTE)
    }
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a cron job that fails every minute', () => {
    const stream = ordinary()
    for (let i = 0; i < 480; i++) stream.send(NOW + i * MINUTE, cron('site3'), ['owner@elsewhere.example'])
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a wave of comments, told to one owner', () => {
    const stream = ordinary()
    for (let i = 0; i < 300; i++)
      stream.send(NOW + i * 20_000, script('/home/site4/public_html/index.php'), ['owner@elsewhere.example'])
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for invoices by night', () => {
    const stream = ordinary()
    for (let d = 0; d < DAYS + 5; d++)
      stream.burst(
        START + d * DAY + 3 * HOUR,
        script('/home/site5/public_html/cron/invoices.php'),
        35 + (d % 5) * 4,
        1500,
      )
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a new account that opens a shop', () => {
    const stream = ordinary()
    for (let d = 0; d < 4; d++)
      stream.burst(NOW + d * DAY + 8 * HOUR, script('/home/newshop/public_html/index.php'), 40, 15 * MINUTE)
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it("for a server's first hour in which a big clean newsletter goes out", () => {
    const stream = new Stream().burst(START, script('/home/site6/public_html/newsletter/send.php'), 500, 800)
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a circular from the usual client', () => {
    const stream = ordinary().burst(NOW + 10 * HOUR, login('person@office1.example'), 80, 1500, {ip: '198.51.100.1'})
    expect(alertsOf(stream.facts())).toEqual([])
  })

  it('for a forwarder, whatever is refused', () => {
    const stream = ordinary().burst(NOW, forwarder('info@site1.example'), 400, 5000, {ends: 'policy'})
    const by = detector()
    expect(alertsOf(stream.facts(), by)).toEqual([])
    expect(by.rank(DAYS + START / DAY).some((r) => r.subject.kind === 'forwarder' && r.failed === 400)).toBe(true)
  })
})

describe('alert', () => {
  it('for a dirty list on the very first day', () => {
    const [alert] = alertsOf(
      new Stream().burst(START, script('/home/site6/public_html/newsletter/send.php'), 300, 800, {badEvery: 3}).facts(),
    )
    expect(alert?.subject).toEqual({
      kind: 'script',
      server: SERVER,
      name: '/home/site6/public_html/newsletter/send.php',
    })
    expect(codes(alert)).toContain('unknown-users')
  })

  it('for a web shell, within ten messages', () => {
    const shell = script('/home/site7/public_html/wp-content/uploads/2026/03/x.php')
    const [alert] = alertsOf(
      ordinary()
        .burst(NOW + 2 * HOUR, shell, 100, 1000, {badEvery: 4})
        .facts(),
    )
    expect(alert?.subject.name).toBe('/home/site7/public_html/wp-content/uploads/2026/03/x.php')
    expect(alert?.messages).toBeLessThanOrEqual(10)
    expect(codes(alert)).toEqual(expect.arrayContaining(['volume', 'risky-path', 'first-day']))
    expect(alert?.messageKeys.length).toBeGreaterThan(0)
  })

  it('for a slow shell with a plain name and a clean list', () => {
    const shell = script('/home/site8/public_html/includes/abcd.php')
    const alerts = alertsOf(
      ordinary()
        .burst(NOW, shell, 600, 3 * MINUTE)
        .facts(),
    )
    expect(alerts.map((a) => a.subject.name)).toEqual(['/home/site8/public_html/includes/abcd.php'])
    expect(codes(alerts[0])).toEqual(expect.arrayContaining(['first-day', 'round-the-clock']))
  })

  it('for a login that many unknown clients use, each below any limit', () => {
    const ips = Array.from({length: 40}, (_, i) => `203.0.113.${i}`)
    const [alert] = alertsOf(
      ordinary()
        .burst(NOW + 3 * HOUR, login('person@office2.example'), 200, 60_000, {ips, badEvery: 10})
        .facts(),
    )
    expect(alert?.subject).toEqual({kind: 'login', server: SERVER, name: 'person@office2.example'})
    expect(codes(alert)).toEqual(expect.arrayContaining(['new-clients', 'strangers-against-habit']))
    expect(alert?.messages).toBeLessThanOrEqual(20)
  })

  it('for a contact form that writes to strangers', () => {
    const [alert] = alertsOf(
      ordinary()
        .burst(NOW + HOUR, script('/home/site9/public_html/contact.php'), 150, 30_000, {ip: '203.0.113.9'})
        .facts(),
    )
    expect(alert?.subject.name).toBe('/home/site9/public_html/contact.php')
  })

  it('for list software that suddenly writes to nobody on its list', () => {
    const newsletter = script('/home/site1/public_html/newsletter/send.php')
    const stream = new Stream().ordinary(40)
    for (const day of [5, 12, 19, 26])
      for (let i = 0; i < 200; i++)
        stream.send(START + day * DAY + 10 * HOUR + i * 500, newsletter, [`member${i}@lists.example`])
    stream.burst(START + 33 * DAY + 2 * HOUR, newsletter, 600, 2000, {badEvery: 12})
    expect(alertsOf(stream.facts()).map((a) => Math.floor((a.firstAlertAt - START) / DAY))).toEqual([33])
  })

  it('once for an incident, again only after a quiet day, and as escalated when ten times larger', () => {
    const shell = script('/home/site7/public_html/tmp/x.php')
    const facts = ordinary()
      .burst(NOW, shell, 900, 1000, {badEvery: 4})
      .burst(NOW + 5 * HOUR, shell, 50, 1000, {badEvery: 4})
      .burst(NOW + 40 * HOUR, shell, 50, 1000, {badEvery: 4})
      .facts()
    const by = detector()
    const all = facts.flatMap((fact) => by.feed(fact))
    expect(all.map((a) => a.state)).toEqual(['opened', 'escalated', 'escalated', 'opened'])
    const [first, second] = by.incidents()
    expect(first?.recipients).toBeGreaterThanOrEqual(949)
    expect(first?.to).toBe(NOW + 5 * HOUR + 49_000)
    expect(second?.firstAlertAt).toBeGreaterThan(NOW + 40 * HOUR)
  })
})

describe('time', () => {
  it('never looks ahead: the alerts of a prefix are a prefix of the alerts', () => {
    const facts = ordinary()
      .burst(NOW, script('/home/site7/public_html/tmp/x.php'), 60, 1000, {badEvery: 4})
      .burst(NOW + 90_000, login('person@office2.example'), 60, 5000, {ip: '203.0.113.1', badEvery: 5})
      .facts()
    const all = alertsOf(facts)
    expect(all.length).toBeGreaterThanOrEqual(2)
    fc.assert(
      fc.property(fc.integer({min: 0, max: facts.length}), (cut) => {
        const some = alertsOf(facts.slice(0, cut))
        expect(some).toEqual(all.slice(0, some.length))
        for (const late of all.slice(some.length))
          expect(late.firstAlertAt).toBeGreaterThanOrEqual(facts[Math.max(0, cut - 1)]?.at ?? 0)
      }),
      {numRuns: 25},
    )
  })

  it('gives the same answer for equal origins that are not the same object', () => {
    const facts = ordinary().burst(NOW, script('/home/site7/public_html/tmp/x.php'), 40, 1000, {badEvery: 4}).facts()
    const copies = facts.map(
      (fact): AbuseFact => (fact.type === 'acknowledged' ? fact : {...fact, origin: {...fact.origin}}),
    )
    expect(alertsOf(copies)).toEqual(alertsOf(facts))
  })

  it('raises nothing before quietUntil but learns from it', () => {
    const facts = ordinary().burst(NOW, script('/home/site7/public_html/tmp/x.php'), 40, 1000, {badEvery: 4}).facts()
    const by = detector({quietUntil: NOW + DAY})
    expect(alertsOf(facts, by)).toEqual([])
    expect(by.incidents()).toEqual([])
  })
})

describe("the operator's word", () => {
  const shop = script('/home/site2/public_html/launch.php')
  const burst = (stream: Stream, day: number) =>
    stream.burst(START + day * DAY + 9 * HOUR, shop, 250, 5000, {badEvery: 3})

  it('false: the same again is no alert, other senders keep their threshold', () => {
    const stream = burst(burst(new Stream().ordinary(30), 20), 24)
    const facts = stream.facts()
    const before = alertsOf(facts)
    expect(before.map((a) => a.subject.name)).toEqual([shop.script, shop.script])
    const said: AbuseFact = {
      type: 'acknowledged',
      at: START + 22 * DAY,
      subject: {kind: 'script', server: SERVER, name: shop.script ?? ''},
      firstAlertAt: before[0]?.firstAlertAt ?? 0,
      abusive: false,
    }
    const told = [...facts, said].sort((a, b) => a.at - b.at)
    expect(alertsOf(told).length).toBe(1)
  })

  it('true: the second run is found no later', () => {
    const facts = burst(burst(new Stream().ordinary(30), 20), 24).facts()
    const said: AbuseFact = {
      type: 'acknowledged',
      at: START + 22 * DAY,
      subject: {kind: 'script', server: SERVER, name: shop.script ?? ''},
      firstAlertAt: START + 20 * DAY,
      abusive: true,
    }
    const [, without] = alertsOf(facts)
    const [, heard] = alertsOf([...facts, said].sort((a, b) => a.at - b.at))
    expect(heard?.threshold).toBeLessThan(without?.threshold ?? 0)
    expect(heard?.firstAlertAt).toBeLessThanOrEqual(without?.firstAlertAt ?? 0)
  })

  it('allow list: excused until the end date, by name or prefix', () => {
    const facts = burst(new Stream().ordinary(22), 20).facts()
    const rule = (until: number | null, name: string): AllowRule => ({
      kind: 'script',
      name,
      server: null,
      reason: 'known campaign',
      until,
    })
    expect(alertsOf(facts, detector({allow: [rule(null, shop.script ?? '')]}))).toEqual([])
    expect(alertsOf(facts, detector({allow: [rule(null, '/home/site2/*')]}))).toEqual([])
    expect(alertsOf(facts, detector({allow: [rule(START + 20 * DAY, shop.script ?? '')]})).length).toBe(1)
    expect(alertsOf(facts, detector({allow: [rule(null, '/home/other/*')]})).length).toBe(1)
  })

  it('a smaller budget never alerts more', () => {
    const facts = burst(ordinary(), 19)
      .burst(NOW, script('/home/site7/public_html/tmp/x.php'), 60, 1000, {badEvery: 4})
      .facts()
    const count = (budget: number) => alertsOf(facts, detector({budget})).length
    expect(count(10)).toBeGreaterThanOrEqual(count(1))
    expect(count(1)).toBeGreaterThanOrEqual(count(0.1))
  })
})

describe('stored past', () => {
  it('gives daily maxima without recipients, and a detector started from them knows the usual volume', () => {
    const shop = script('/home/site2/public_html/shop/index.php')
    const stream = ordinary()
    for (let d = 0; d < DAYS + 12; d++) stream.burst(START + d * DAY + 8 * HOUR, shop, 400, 60_000)
    const facts = stream.facts()
    const first = detector()
    for (const fact of facts) if (fact.at < NOW) first.feed(fact)
    const rows = first.takeDailyMaxima()
    const shopRows = rows.filter((r) => r.subject.name === shop.script)
    expect(shopRows.length).toBe(DAYS - 1)
    expect(
      shopRows.every((r) => r.strangers.length === ABUSE_WINDOWS.length && r.account === 'site2' && !r.incident),
    ).toBe(true)
    expect(shopRows[3]?.strangers[1]).toBeGreaterThanOrEqual(55)
    expect(first.takeDailyMaxima()).toEqual([])
    const later = facts.filter((f) => f.at >= NOW)
    const score = (by: ReturnType<typeof detector>) => {
      alertsOf(later, by)
      return by.rank(NOW / DAY + 1).find((r) => r.subject.name === shop.script)?.score ?? 0
    }
    expect(score(detector({baseline: pastOf(rows)}))).toBeLessThan(score(detector()))
  })
})

describe('rank', () => {
  it('lists a day without threshold, the culprit first, the running day too', () => {
    const shell = script('/home/site8/public_html/includes/abcd.php')
    const by = detector()
    alertsOf(ordinary().burst(NOW, shell, 30, 60_000).facts(), by)
    const today = by.rank(NOW / DAY)
    expect(today[0]?.subject.name).toBe(shell.script)
    expect(today[0]).toMatchObject({messages: 30, recipients: 30, strangers: 30, failed: 0})
    expect(by.rank(NOW / DAY - 1).length).toBeGreaterThan(10)
    expect(by.rank(0)).toEqual([])
  })
})

describe('fixed limits', () => {
  it('speak beside the score, once a day for each counter', () => {
    const form = script('/home/site4/public_html/index.php')
    const stream = ordinary()
    for (let i = 0; i < 300; i++) stream.send(NOW + i * 1000, form, ['owner@elsewhere.example'])
    const limits = [
      {per: 'directory', count: 'messages', window: HOUR, limit: 100},
      {per: 'account', count: 'recipients', window: HOUR, limit: 250},
      {per: 'login', count: 'messages', window: HOUR, limit: 100},
    ] as const
    const alerts = alertsOf(stream.facts(), detector({fixedLimits: limits}))
    expect(alerts.map((a) => [a.subject.kind, a.subject.name, a.reasons[0]?.values['count']])).toEqual([
      ['script', '/home/site4/public_html/', 101],
      ['account', 'site4', 251],
    ])
  })
})
