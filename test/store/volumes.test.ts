/** Hourly volumes and daily maxima: equal to a count by hand, whatever the order and number of the reads, and kept where lines are gone. */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import type {DailyMaximum} from '../../src/mail/send-fact.js'
import {acknowledgements, alertOf, putAcknowledgement, rememberAlerts} from '../../src/store/acknowledgements.js'
import {dailyMaxima, firstUnjudgedDay, putDailyMaxima} from '../../src/store/daily-maxima.js'
import {countSubject} from '../../src/store/daily-subject.js'
import {type Connection, openForWriting} from '../../src/store/database.js'
import {newSubjects, refreshVolumes, volumesOf} from '../../src/store/volumes.js'
import {BURST, BURST_AT, burst, DAY, HOUR, logOf, ordinary, SERVER, SHELL} from '../commands/busy-server.js'
import {START} from '../commands/world.js'
import {ingestInto} from '../helpers/ingest-logs.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-volumes-'))
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const log = [...ordinary(22), ...burst()].sort((a, b) => a.at - b.at)
const shell = {kind: 'script', server: SERVER, name: `${SHELL}/`} as const
const FAR = START + 400 * DAY

/** Reads the parts in the given order, refreshing what was touched after each. */
async function read(name: string, order: readonly number[]): Promise<Connection> {
  const place = join(folder, name)
  mkdirSync(place)
  const third = Math.ceil(log.length / 3)
  for (const i of order) {
    const path = join(place, `part${i}.log`)
    writeFileSync(path, logOf(log.slice(i * third, (i + 1) * third)))
    await ingestInto(join(place, 'mail.db'), [path], {server: SERVER, defaultServer: SERVER})
    const db = openForWriting(join(place, 'mail.db'))
    refreshVolumes(db, log[i * third]?.at ?? 0, log[Math.min(log.length, (i + 1) * third) - 1]?.at ?? FAR)
    db.close()
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
    refreshVolumes(other, 0, FAR)
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
    refreshVolumes(db, 0, FAR)
    expect(everything(db)).toEqual(before)
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
    expect(dailyMaxima(db, first + 10)).toEqual([row(first, 4), row(first + 1, 9)])
    expect(dailyMaxima(db, first + 1)).toEqual([row(first, 4)])
    putDailyMaxima(db, [row(first + 1, 7)], first + 1, first + 3)
    expect(dailyMaxima(db, first + 10)).toEqual([row(first, 4), row(first + 1, 7)])
    expect(firstUnjudgedDay(db, first + 3)).toBeNull()
    expect(firstUnjudgedDay(db, first + 5)).toBe(first + 3)
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
