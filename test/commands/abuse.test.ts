/** `abuse`: from log lines through ingest to alerts, words, exit codes and the operator's word. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import AbuseAck from '../../src/commands/abuse/ack.js'
import Abuse from '../../src/commands/abuse.js'
import {ingestInto} from '../helpers/ingest-logs.js'
import {
  BURST,
  BURST_AT,
  burst,
  DAY,
  logOf,
  ordinary,
  readServer,
  runCommand,
  SERVER,
  SHELL,
  type Written,
} from './busy-server.js'
import {START} from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-abuse-'))
const isoOf = (at: number): string => new Date(at).toISOString()
let db = ''
let log: readonly Written[] = []

interface Alert {
  readonly subject: {readonly kind: string; readonly server: string; readonly name: string}
  readonly id: string
  readonly firstAlertAt: string
  readonly reasons: readonly {readonly code: string; readonly text: string}[]
  readonly evidence: readonly {readonly line: string}[]
  readonly commands: readonly {readonly command: string}[]
  readonly acknowledged: string | null
}

beforeAll(async () => {
  log = [...ordinary(22), ...burst()]
  db = await readServer(folder, log)
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const ask = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(Abuse, argv, {MAILWITNESS_DB: db, MAILWITNESS_NOW: isoOf(START + 22 * DAY), TZ: 'UTC', ...env})
const whole = ['--since', isoOf(START), '--until', isoOf(START + 22 * DAY)]
const alertsOf = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Alert[]> =>
  (await ask([...argv, '--json'], env)).json()['alerts'] as Alert[]

describe('alerts of a span', () => {
  it('names the script, nobody else, with the counts of the log', async () => {
    const answer = (await ask([...whole, '--json'])).json()
    expect(answer).toMatchObject({
      schema: 'mailwitness.abuse/1',
      window: {from: '2026-09-01T00:00:00Z', to: '2026-09-23T00:00:00Z'},
    })
    expect(answer['alerts']).toHaveLength(1)
    expect(answer['alerts']).toMatchObject([
      {
        subject: {kind: 'script', server: SERVER, name: `${SHELL}/`},
        from: isoOf(BURST_AT).replace('.000Z', 'Z'),
        to: isoOf(BURST_AT + (BURST - 1) * 5_000).replace('.000Z', 'Z'),
        messages: BURST,
        recipients: BURST,
        failed: BURST / 5,
        unknownUser: BURST / 5,
        state: 'opened',
        mta: 'exim',
      },
    ])
    const [alert] = answer['alerts'] as (Alert & {expected: number; ratio: number; score: number})[]
    for (const key of ['expected', 'ratio', 'score'] as const) expect(alert?.[key]).toBeGreaterThan(0)
    expect(alert?.reasons.map((reason) => reason.code)).toContain('risky-path')
    for (const {text} of alert?.reasons ?? []) expect(text).toMatch(/\w{3}/)
  })

  it('cites lines that stand in the log, of the newest messages', async () => {
    const [alert] = await alertsOf(whole)
    const text = readFileSync(join(folder, 'exim_mainlog'), 'utf8')
    expect(alert?.evidence.length).toBeGreaterThan(3)
    for (const {line} of alert?.evidence ?? []) expect(text).toContain(line)
    expect(alert?.evidence.some(({line}) => line.includes(`victim${BURST - 1}@dest.example`))).toBe(true)
  })

  it('judges only by what was logged before: an end at any later time changes nothing of when it was raised', async () => {
    const [alert] = await alertsOf(whole)
    const raised = Date.parse(alert?.firstAlertAt ?? '')
    expect(raised).toBeGreaterThan(BURST_AT)
    expect(raised).toBeLessThan(BURST_AT + 30 * 5_000)
    const [early] = await alertsOf(['--since', isoOf(START), '--until', isoOf(raised + 1_000)])
    expect(early).toMatchObject({id: alert?.id, firstAlertAt: alert?.firstAlertAt})
    expect(await alertsOf(['--since', isoOf(START), '--until', isoOf(raised)])).toEqual([])
    expect(await alertsOf(['--since', isoOf(raised + 1_000), '--until', isoOf(START + 22 * DAY)])).toEqual([])
  })

  it('shows in the window what was raised before it and still sent in it', async () => {
    const now = isoOf(BURST_AT + BURST * 5_000)
    expect(await alertsOf(['--window', '1m'], {MAILWITNESS_NOW: now})).toHaveLength(1)
    expect(await alertsOf(['--window', '24h'], {MAILWITNESS_NOW: isoOf(BURST_AT + 3 * DAY)})).toEqual([])
    expect(await alertsOf(['--window', '24h', '--server', 'other.example'], {MAILWITNESS_NOW: now})).toEqual([])
  })

  it('says the same whatever the order and number of the reads', async () => {
    const mixed = mkdtempSync(join(folder, 'mixed-'))
    const half = Math.floor(log.length / 2)
    const paths = ['late', 'early'].map((name, i) => {
      const path = join(mixed, `${name}.log`)
      const sorted = [...log].sort((a, b) => a.at - b.at)
      writeFileSync(path, logOf(i === 0 ? sorted.slice(half) : sorted.slice(0, half)))
      return path
    })
    const other = join(mixed, 'mail.db')
    for (const path of [...paths, ...paths]) await ingestInto(other, [path], {server: SERVER, defaultServer: SERVER})
    const strip = (list: readonly Alert[]): unknown =>
      list.map(({evidence, ...rest}) => ({...rest, lines: evidence.map((one) => one.line).sort()}))
    const [one] = await Promise.all([alertsOf(whole)])
    expect(strip(await alertsOf(whole, {MAILWITNESS_DB: other}))).toEqual(strip(one))
  })

  it('prints as text what it knows and what could be run', async () => {
    const {stdout} = await ask(whole)
    await expect(stdout.replaceAll(folder, '…')).toMatchFileSnapshot('../golden/abuse/script-in-uploads.en.txt')
    const {stdout: german} = await ask([...whole, '--language', 'de', '--no-lines'])
    await expect(german.replaceAll(folder, '…')).toMatchFileSnapshot('../golden/abuse/script-in-uploads.de.txt')
  })

  it('hides addresses with --redact', async () => {
    const {stdout} = await ask([...whole, '--redact'])
    expect(stdout).not.toMatch(/victim\d/)
  })
})

describe('--exit-code', () => {
  it('is 10 with alerts and 0 without', async () => {
    expect((await ask([...whole, '--exit-code'])).exit).toBe(10)
    expect((await ask(['--window', '1h', '--exit-code'])).exit).toBe(0)
    expect((await ask(whole)).exit).toBe(0)
  })
})

describe('the configuration', () => {
  const configured = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  it('excuses a sender for a reason, up to a day', async () => {
    const rule = (until: string): string =>
      `[[abuse.allow]]\nkind = "script"\nname = "/home/*/wp-content/*"\nreason = "a test of ours"\nuntil = ${until}\n`
    const allowed = (
      await ask([...whole, '--json'], {MAILWITNESS_CONFIG: configured('allow.toml', rule('2027-01-01'))})
    ).json()
    expect(allowed['alerts']).toEqual([])
    expect(allowed['excused']).toMatchObject([{reason: 'a test of ours', subject: {name: `${SHELL}/`}}])
    expect(await alertsOf(whole, {MAILWITNESS_CONFIG: configured('ended.toml', rule('2026-09-10'))})).toHaveLength(1)
  })

  it('counts fixed limits beside the detector', async () => {
    const text = '[abuse.limits]\nscript_per_hour = 40\nlogin_per_hour = 1000\ndomain_per_hour = 50\n'
    const alerts = await alertsOf(whole, {MAILWITNESS_CONFIG: configured('limits.toml', text)})
    const limits = alerts.flatMap((alert) =>
      alert.reasons.filter((reason) => reason.code === 'fixed-limit').map(() => alert.subject.kind),
    )
    expect(limits.sort()).toEqual(['domain', 'script'])
  })
})

describe('abuse ack', () => {
  const env = (): Record<string, string> => ({MAILWITNESS_DB: db, MAILWITNESS_NOW: isoOf(START + 22 * DAY), TZ: 'UTC'})

  it('keeps the last word on an alert, by the beginning of its ID', async () => {
    const [alert] = await alertsOf(whole)
    const id = alert?.id ?? ''
    for (const [word, said] of [
      ['--false', 'false'],
      ['--true', 'true'],
      ['--undo', null],
    ] as const) {
      const done = await runCommand(AbuseAck, [id.slice(0, 6), word, '--json'], env())
      expect(done.json()).toMatchObject({schema: 'mailwitness.abuse-ack/1', id, acknowledged: said})
      const [after] = await alertsOf(whole)
      expect(after?.acknowledged).toBe(said)
      expect((await ask([...whole, '--exit-code'])).exit).toBe(said === 'false' ? 0 : 10)
    }
  })

  it('finds an alert that no earlier run has shown', async () => {
    const [alert] = await alertsOf(whole)
    const fresh = await readServer(mkdtempSync(join(folder, 'fresh-')), log)
    const done = await runCommand(AbuseAck, [alert?.id ?? '', '--true', '--json'], {...env(), MAILWITNESS_DB: fresh})
    expect(done.json()).toMatchObject({id: alert?.id, acknowledged: 'true'})
  })

  it.each([
    [['zzzzzzzz', '--true'], 65],
    [['4', '--true'], 65],
    [['zzzzzzzz'], 64],
  ])('%j ends with %i', async (argv, exit) => {
    expect((await runCommand(AbuseAck, argv, env())).exit).toBe(exit)
  })
})

it('asks for a database that is there, and a budget that is a number', async () => {
  expect((await ask([], {MAILWITNESS_DB: join(folder, 'none.db')})).exit).toBe(66)
  expect((await ask(['--budget', 'much'])).exit).toBe(64)
  const [strict, usual] = [await alertsOf([...whole, '--budget', '0.02']), await alertsOf([...whole, '--budget', '1'])]
  expect(usual).toHaveLength(1)
  expect(strict.length).toBeLessThanOrEqual(usual.length)
})
