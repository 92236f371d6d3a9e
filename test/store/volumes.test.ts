/** Hourly volumes and daily maxima: equal to a count by hand, whatever the order and number of the reads, and kept where lines are gone. */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import type {DailyMaximum} from '../../src/mail/send-fact.js'
import {acknowledgements, alertOf, putAcknowledgement, rememberAlerts} from '../../src/store/acknowledgements.js'
import {DailyPast, firstUnjudgedDay, putDailyMaxima} from '../../src/store/daily-maxima.js'
import {countSubject} from '../../src/store/daily-subject.js'
import {type Connection, openForReading, openForWriting} from '../../src/store/database.js'
import {factsChanged} from '../../src/store/judgement-validity.js'
import {sendFacts} from '../../src/store/send-facts.js'
import {newSubjects, refreshVolumes, volumesOf} from '../../src/store/volumes.js'
import {BURST, BURST_AT, burst, DAY, HOUR, logOf, ordinary, SERVER, SHELL} from '../commands/busy-server.js'
import {START} from '../commands/world.js'
import {ingestInto} from '../helpers/ingest-logs.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-volumes-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const log = [...ordinary(22), ...burst()].sort((a, b) => a.at - b.at)
const shell = {kind: 'script', server: SERVER, name: `${SHELL}/`} as const
const FAR = START + 400 * DAY

const everyHourIsDue = (db: Connection): void => {
  db.exec('INSERT OR IGNORE INTO volume_due SELECT DISTINCT hour FROM volume')
}

/** Reads the parts in the given order. */
async function read(name: string, order: readonly number[]): Promise<Connection> {
  const place = join(folder, name)
  mkdirSync(place)
  const third = Math.ceil(log.length / 3)
  for (const i of order) {
    const path = join(place, `part${i}.log`)
    writeFileSync(path, logOf(log.slice(i * third, (i + 1) * third)))
    await ingestInto(join(place, 'mail.db'), [path], {server: SERVER, defaultServer: SERVER})
  }
  return openForWriting(join(place, 'mail.db'))
}

const everything = (db: Connection): unknown =>
  db
    .prepare(
      'SELECT hour, kind, name, account, messages, recipients, addresses, domains, clients, delivered, unknown_user, policy, other, deferred FROM volume JOIN subject ON subject.id = subject ORDER BY hour, kind, name',
    )
    .all()

describe('volumes', () => {
  it('are what a count by hand gives', async () => {
    const db = await read('straight', [0, 1, 2])
    expect(volumesOf(db, shell, START, FAR)).toEqual([
      {
        hour: Math.floor(BURST_AT / HOUR),
        messages: BURST,
        recipients: BURST,
        addresses: BURST,
        domains: 1,
        clients: 0,
        delivered: BURST * 0.8,
        unknownUser: BURST / 5,
        policy: 0,
        other: 0,
        deferred: 0,
      },
    ])
    const person = volumesOf(db, {kind: 'login', server: SERVER, name: 'person0@shop.example'}, START, START + DAY)
    expect(person.map((row) => row.messages)).toEqual([1, 1, 1])
    expect(person.every((row) => row.clients === 1)).toBe(true)
    expect(newSubjects(db, BURST_AT - HOUR, BURST_AT + HOUR)).toEqual([{...shell, account: 'shop'}])
    expect(countSubject(db, shell, BURST_AT, BURST_AT + HOUR)).toMatchObject({
      messages: BURST,
      recipients: BURST,
      failed: BURST / 5,
      unknownUser: BURST / 5,
      exim: true,
    })
    db.close()
  })

  it('are the same in any order, and when read twice', async () => {
    const [one, other] = [await read('forth', [0, 1, 2]), await read('back', [2, 0, 1, 2])]
    expect(everything(other)).toEqual(everything(one))
    everyHourIsDue(other)
    expect(refreshVolumes(other)).toBe(22 * 8)
    expect(everything(other)).toEqual(everything(one))
    one.close()
    other.close()
  })

  it('of pruned hours stay, although their messages are gone', async () => {
    const db = await read('pruned', [0, 1, 2])
    const before = everything(db)
    const cut = BURST_AT + 2 * HOUR
    db.prepare('DELETE FROM message WHERE at < ?').run(cut)
    db.prepare("INSERT INTO gap(server, stream, first, last, reason) VALUES (1, 0, ?, ?, 'pruned')").run(START, cut)
    everyHourIsDue(db)
    refreshVolumes(db)
    expect(everything(db)).toEqual(before)
    db.close()
  })

  it('that a broken-off run left out are counted by the next one', async () => {
    const db = await read('broken', [0, 1, 2])
    const before = everything(db)
    // As it stands after a kill between the last batch and the count.
    everyHourIsDue(db)
    db.exec('DELETE FROM volume')
    db.close()
    await ingestInto(join(folder, 'broken', 'mail.db'), [join(folder, 'broken', 'part0.log')], {server: SERVER})
    const after = openForWriting(join(folder, 'broken', 'mail.db'))
    expect(everything(after)).toEqual(before)
    expect(after.prepare('SELECT count(*) FROM volume_due').pluck().get()).toBe(0)
    after.close()
  })
})

describe('a message that passed a content filter', () => {
  const at = (second: number): string => `Nov 20 09:59:${String(second).padStart(2, '0')} mx1`
  const late = 'Nov 20 10:00:01 mx1'
  const first = [
    `${at(50)} postfix/smtpd[100]: 7D1F22A0C1: client=desk.shop.example[198.51.100.7], sasl_method=PLAIN, sasl_username=clerk@shop.example`,
    `${at(50)} postfix/cleanup[101]: 7D1F22A0C1: message-id=<a1@shop.example>`,
    `${at(50)} postfix/qmgr[102]: 7D1F22A0C1: from=<clerk@shop.example>, size=900, nrcpt=2 (queue active)`,
    `${at(58)} postfix/smtp[103]: 7D1F22A0C1: to=<kim@far.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=8, delays=0.1/0/0/7.9, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9E4433B0D2)`,
    `${at(58)} postfix/smtp[103]: 7D1F22A0C1: to=<lee@far.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=8, delays=0.1/0/0/7.9, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9E4433B0D2)`,
    `${at(58)} postfix/qmgr[102]: 7D1F22A0C1: removed`,
  ]
  const second = [
    `${at(58)} postfix/smtpd[104]: 9E4433B0D2: client=localhost[127.0.0.1]`,
    `${at(58)} postfix/cleanup[101]: 9E4433B0D2: message-id=<a1@shop.example>`,
    `${at(58)} postfix/qmgr[102]: 9E4433B0D2: from=<clerk@shop.example>, size=1300, nrcpt=2 (queue active)`,
    `${late} postfix/smtp[105]: 9E4433B0D2: to=<kim@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=3, delays=0.1/0/1/1.9, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77F)`,
    `${late} postfix/smtp[105]: 9E4433B0D2: to=<lee@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=3, delays=0.1/0/1/1.9, dsn=5.1.1, status=bounced (host mx.far.example[203.0.113.9] said: 550 5.1.1 <lee@far.example>: User unknown (in reply to RCPT TO command))`,
    `${late} postfix/qmgr[102]: 9E4433B0D2: removed`,
  ]

  it.each([
    ['in one file', [[...first, ...second]]],
    ['first half first', [first, second]],
    ['second half first', [second, first]],
  ] as const)('counts once, for its login, with what became of it behind the filter (%s)', async (name, parts) => {
    const place = join(folder, `filter ${name}`)
    mkdirSync(place)
    for (const [i, lines] of parts.entries()) {
      const path = join(place, `part${i}.log`)
      writeFileSync(path, `${lines.join('\n')}\n`)
      await ingestInto(join(place, 'mail.db'), [path], {server: 'mx1', year: 2026, zoneOf: () => 'UTC'})
    }
    const db = openForReading(join(place, 'mail.db'))
    const hour = Math.floor(Date.UTC(2026, 10, 20, 9) / HOUR)
    expect(db.prepare('SELECT count(*) FROM volume').pluck().get()).toBe(1)
    const login = {kind: 'login', server: 'mx1', name: 'clerk@shop.example'} as const
    const counted = {messages: 1, recipients: 2, delivered: 1, unknownUser: 1, policy: 0, deferred: 0}
    expect(volumesOf(db, login, 0, FAR)).toEqual([{hour, ...counted, addresses: 2, domains: 1, clients: 1, other: 0}])
    expect(countSubject(db, login, 0, FAR)).toMatchObject({...counted, failed: 1, waiting: 0})
    const facts = [...sendFacts(db, 0, FAR)]
    expect(facts.map((fact) => fact.type)).toEqual(['send', 'outcome', 'outcome'])
    expect(new Set(facts.map((fact) => (fact.type === 'acknowledged' ? null : fact.origin.login)))).toEqual(
      new Set(['clerk@shop.example']),
    )
    db.close()
  })
})

describe('daily maxima', () => {
  const row = (day: number, recipients: number): DailyMaximum => ({
    subject: shell,
    account: 'shop',
    day,
    recipients: [recipients, recipients, recipients, recipients, recipients],
    strangers: [1, 1, 2, 3, 5],
    incident: false,
  })

  it('come back as they were kept, replace their days, and remember which days were judged', async () => {
    const db = await read('maxima', [0])
    const first = Math.floor(START / DAY)
    expect(firstUnjudgedDay(db, first + 400)).toBe(first)
    putDailyMaxima(db, [row(first, 4), row(first + 1, 9)], first, first + 3)
    const past = (day: number): DailyPast => new DailyPast(db, day)
    expect(past(first + 10).rowsOf(shell)).toEqual([row(first, 4), row(first + 1, 9)])
    expect(past(first + 1).rowsOf(shell)).toEqual([row(first, 4)])
    expect(past(first + 10).firstDayOfServer(shell.server)).toBe(first)
    expect(past(first + 10).firstDayOfAccount(shell.server, 'shop')).toBe(first)
    expect(past(first).firstDayOfServer(shell.server)).toBeNull()
    expect(past(first + 10).firstDayOfAccount(shell.server, 'other')).toBeNull()
    putDailyMaxima(db, [row(first + 1, 7)], first + 1, first + 3)
    expect(past(first + 10).rowsOf(shell)).toEqual([row(first, 4), row(first + 1, 7)])
    expect(firstUnjudgedDay(db, first + 3)).toBeNull()
    expect(firstUnjudgedDay(db, first + 5)).toBe(first + 3)
    factsChanged(db, (first + 1) * DAY + 1)
    expect(firstUnjudgedDay(db, first + 3)).toBe(first + 1)
    db.close()
  })
})

describe('acknowledgements', () => {
  it('are found by the beginning of an ID that fits one alert only', async () => {
    const db = await read('words', [0])
    const alert = (id: string) => ({id, subject: shell, firstAlertAt: BURST_AT})
    rememberAlerts(db, [alert('abcd1111'), alert('abcd2222'), alert('zzzz0000')])
    expect(alertOf(db, 'abcd')).toBeNull()
    expect(alertOf(db, 'abcd1')).toEqual(alert('abcd1111'))
    expect(alertOf(db, 'zzzz')).toEqual(alert('zzzz0000'))
    expect(alertOf(db, "zz%' OR 1")).toBeNull()
    putAcknowledgement(db, alert('zzzz0000'), {at: 5, abusive: true, note: null})
    putAcknowledgement(db, alert('zzzz0000'), {at: 9, abusive: false, note: 'newsletter'})
    expect(acknowledgements(db)).toEqual([{...alert('zzzz0000'), at: 9, abusive: false, note: 'newsletter'}])
    putAcknowledgement(db, alert('zzzz0000'), null)
    expect(acknowledgements(db)).toEqual([])
    db.close()
  })
})
