/** `report`: a day from log lines to text, HTML, JSON, metrics and mail. */
import {spawnSync} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import PostalMime from 'postal-mime'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Report from '../../src/commands/report.js'
import {ingestInto} from '../helpers/ingest-logs.js'
import {
  BURST,
  BURST_AT,
  bounceIn,
  burst,
  DAY,
  HOUR,
  ordinary,
  ownBounce,
  readServer,
  runCommand,
} from './busy-server.js'
import {START} from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-report-'))
const isoOf = (at: number): string => new Date(at).toISOString()
let db = ''

beforeAll(async () => {
  const stray = Array.from({length: 8}, (_, n) => bounceIn(BURST_AT + 5 * HOUR + n * 60_000, `q${n}zx@shop.example`))
  db = await readServer(folder, [...ordinary(22), ...burst(), ...stray, ownBounce(BURST_AT + 6 * HOUR)])
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const ask = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(Report, argv, {MAILWITNESS_DB: db, MAILWITNESS_NOW: isoOf(START + 21 * DAY + 6 * HOUR), TZ: 'UTC', ...env})

describe('a day', () => {
  it('has its totals, senders, alerts, backscatter and coverage in JSON', async () => {
    const answer = (await ask(['--json'])).json()
    expect(answer).toMatchObject({
      schema: 'mailwitness.report/1',
      span: {from: '2026-09-21T00:00:00Z', to: '2026-09-22T00:00:00Z', zone: 'UTC'},
      servers: ['web1.example.net'],
      refused: {recipients: BURST / 5 + 1, unknownUser: BURST / 5},
      alerts: [{subject: {name: '/home/shop/public_html/wp-content/uploads/2026/'}, messages: BURST}],
      newScripts: [{kind: 'script', name: '/home/shop/public_html/wp-content/uploads/2026/'}],
      coverage: {complete: true, gaps: [], unread: []},
      fine: false,
    })
    const ways = Object.fromEntries(
      (answer['ways'] as {way: string; messages: number; delivered: number; failed: number}[]).map((way) => [
        way.way,
        way,
      ]),
    )
    expect(ways['script']).toMatchObject({
      messages: BURST + 3,
      recipients: BURST + 3,
      delivered: BURST * 0.8 + 3,
      failed: BURST / 5,
    })
    expect(ways['authenticated']).toMatchObject({messages: 12, delivered: 12, failed: 0})
    expect(ways['incoming']).toMatchObject({messages: 9, deliveredLocally: 8, failed: 1})
    expect(ways['bounce']).toMatchObject({messages: 1, delivered: 1})
    const hours = answer['hours'] as {outgoing: number}[]
    expect(hours).toHaveLength(24)
    expect(hours.reduce((sum, hour) => sum + hour.outgoing, 0)).toBe(BURST + 15)
    expect(answer['byVolume']).toMatchObject([{recipients: BURST, failed: BURST / 5}, {}, {}, {}, {}, {}])
    const [first] = answer['byScore'] as {subject: {name: string}; hours: number[]}[]
    expect(first?.subject.name).toMatch(/uploads/)
    expect(first?.hours[9]).toBe(BURST)
    expect(answer['backscatter']).toMatchObject({
      domains: [{domain: 'shop.example', bounces: 8, explained: 0, catchAll: {localParts: 8}}],
      own: [{server: 'web1.example.net', bounces: 1, domains: [{domain: 'innocent.example', bounces: 1}]}],
    })
  })

  it('is text of at most 80 columns', async () => {
    const {stdout} = await ask([])
    for (const line of stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80)
    await expect(stdout).toMatchFileSnapshot('../golden/report/burst-day.en.txt')
    const german = (await ask(['--language', 'de'])).stdout
    for (const line of german.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80)
  })

  it('is taken in the zone of TZ', async () => {
    const span = (await ask(['--json', '--day', '2026-09-21'], {TZ: 'Asia/Kolkata'})).json()['span']
    expect(span).toMatchObject({
      from: '2026-09-20T18:30:00Z',
      to: '2026-09-21T18:30:00Z',
      zone: expect.stringMatching(/^Asia\/(?:Kolkata|Calcutta)$/),
    })
    const answer = (await ask(['--json', '--day', '2026-09-21'], {TZ: 'Asia/Kolkata'})).json()
    expect(answer['byVolume']).toMatchObject([{recipients: BURST}, {}, {}, {}, {}, {}])
  })

  it('without anything unusual is fine, and quiet where that is asked', async () => {
    const calm = await ask(['--day', '2026-09-10', '--exit-code'])
    expect(calm.stdout).toMatch(/Nothing needs you/)
    expect(calm.exit).toBe(0)
    expect((await ask(['--day', '2026-09-10', '--quiet-if-fine'])).stdout).toBe('')
    expect((await ask(['--quiet-if-fine', '--exit-code'])).exit).toBe(10)
  })

  it('outside the logs says that they do not cover it', async () => {
    const away = await ask(['--day', '2026-08-01', '--exit-code', '--json'])
    expect(away.exit).toBe(20)
    expect(away.json()).toMatchObject({fine: false, coverage: {complete: false, gaps: [{reason: 'before-first'}]}})
  })
})

describe('--format html', () => {
  it('is one file without script or anything from outside', async () => {
    const path = join(folder, 'report.html')
    expect((await ask(['--format', 'html', '--output', path])).stdout).toBe('')
    const html = readFileSync(path, 'utf8')
    expect(html).toMatch(/^<!DOCTYPE html>/)
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|<link|<img|@import|url\(|src=/i)
    expect(html.match(/https?:\/\/[^"]*/g)?.every((url) => url === 'http://www.w3.org/2000/svg')).toBe(true)
    expect(html).toContain('prefers-color-scheme:dark')
    expect((html.match(/<svg/g) ?? []).length).toBeGreaterThan(5)
    expect((html.match(/<svg/g) ?? []).length).toBe((html.match(/<\/svg>/g) ?? []).length)
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('lets nothing that strangers wrote become markup', async () => {
    const hostile = mkdtempSync(join(folder, 'hostile-'))
    const evil = '"><img src=x onerror=alert(1) '
    const own = await readServer(hostile, [
      ...ordinary(3),
      {
        at: START + 2 * DAY + HOUR,
        lines: [
          `2026-09-03 01:00:00 H=(${evil}) [198.51.100.9] F=<a@b.example> rejected RCPT <x@shop.example>: no ${evil} here`,
        ],
      },
    ])
    const {stdout} = await ask(['--day', '2026-09-03', '--format', 'html'], {MAILWITNESS_DB: own})
    expect(stdout.includes('&quot;&gt;&lt;img src=x')).toBe(true)
    expect(/<(?:script|img)/.test(stdout)).toBe(false)
  })
})

it('gives Prometheus what its text format wants', async () => {
  const {stdout} = await ask(['--format', 'prom'])
  for (const line of stdout.trimEnd().split('\n'))
    expect(line).toMatch(
      /^(?:# (?:HELP|TYPE) mailwitness_[a-z_]+ .+|mailwitness_[a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? -?\d+(?:\.\d+)?)$/,
    )
  expect(stdout).toContain(`mailwitness_recipients{origin="script",outcome="refused"} ${BURST / 5}`)
  expect(stdout).toContain('mailwitness_alerts{server="web1.example.net"} 1')
})

describe('mail', () => {
  const program = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`, {mode: 0o755})
    return path
  }

  it('hands text and HTML to the local sendmail', async () => {
    const sendmail = program('sendmail', `printf '%s\\n' "$@" > ${folder}/arguments\ncat > ${folder}/message`)
    const done = await ask([
      '--mail-to',
      'abuse@hoster.example',
      '--mail-to',
      'root',
      '--sendmail',
      sendmail,
      '--language',
      'de',
    ])
    expect(done).toMatchObject({stdout: '', exit: 0})
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('-i\n--\nabuse@hoster.example\nroot\n')
    const message = readFileSync(join(folder, 'message'))
    expect(
      Math.max(
        ...message
          .toString('latin1')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998)
    const mail = await PostalMime.parse(message)
    expect(mail.subject).toMatch(/^Mail-Bericht 2026-09-21, /)
    expect(mail.to?.map((one) => one.address)).toContain('abuse@hoster.example')
    expect(mail.headers.find((header) => header.key === 'auto-submitted')?.value).toBe('auto-generated')
    expect(mail.text).toMatch(/Die fleißigsten Absender/)
    expect(mail.html).toMatch(/<svg/)
  })

  it('sends nothing where all is fine and quiet was asked', async () => {
    const sendmail = program('loud', `touch ${folder}/sent`)
    await ask(['--day', '2026-09-10', '--quiet-if-fine', '--mail-to', 'root', '--sendmail', sendmail])
    expect(existsSync(join(folder, 'sent'))).toBe(false)
  })

  it.each([
    ['one that refuses', () => program('refuses', 'echo "no way" >&2; exit 75'), 'root', 1],
    ['one that is not there', () => join(folder, 'nothing'), 'root', 66],
    ['an address that is an option', () => program('unused', 'exit 0'), '-oQ/tmp', 64],
    ['an address with a line feed', () => program('unused', 'exit 0'), 'a@b.example\nBcc: c@d.example', 64],
  ])('%s ends with its exit code', async (_, sendmail, to, exit) => {
    expect((await ask([`--mail-to=${to}`, '--sendmail', sendmail()])).exit).toBe(exit)
  })

  it('asks for somebody to send to', async () => {
    expect((await ask(['--mail'])).exit).toBe(64)
  })
})

describe('--compat', () => {
  const corpus = resolve(import.meta.dirname, '../../../shared/corpus/postfix/lightmeter/complete/logs_sample')
  const pflogsumm = spawnSync('sh', ['-c', 'command -v pflogsumm']).stdout.toString().trim()
  const eximstats = spawnSync('sh', ['-c', 'command -v eximstats']).stdout.toString().trim()
  const logs = ['mail.log.1', 'mail.log'].map((name) => join(corpus, name))

  it.skipIf(!existsSync(corpus) || pflogsumm === '')(
    'pflogsumm equals pflogsumm (needs the corpus and the program)',
    async () => {
      const own = join(folder, 'postfix.db')
      await ingestInto(own, logs)
      const text = spawnSync(pflogsumm, ['--detail', '0', ...logs], {encoding: 'utf8'}).stdout
      const theirs = (name: string): number =>
        Number(new RegExp(`^\\s+(\\d+)k?\\s+${name}`, 'm').exec(text)?.[1] ?? Number.NaN)
      const {totals} = (
        await ask(['--compat', 'pflogsumm', '--since', '2000-01-01', '--json'], {MAILWITNESS_DB: own})
      ).json() as {totals: Record<string, number>}
      for (const name of [
        'received',
        'delivered',
        'forwarded',
        'deferred',
        'bounced',
        'rejected',
        'reject warnings',
        'held',
        'discarded',
      ])
        expect([name, totals[name]]).toEqual([name, theirs(name)])
      for (const name of ['bytes received', 'bytes delivered'])
        expect([name, Math.floor((totals[name] ?? 0) / 1024)]).toEqual([name, theirs(name)])
    },
  )

  it.skipIf(eximstats === '')('eximstats equals eximstats (needs the program)', async () => {
    const text = spawnSync(eximstats, ['-nr', '-nt', '-h0', '-t0', join(folder, 'exim_mainlog')], {
      encoding: 'utf8',
    }).stdout
    const received = /Received\s+\S+\s+(\d+)\s+\d+\s+(\d+)\s+\S+\s+(\d+)/.exec(text)
    const delivered = /Delivered\s+\S+\s+(\d+)\s+(\d+)/.exec(text)
    const {totals} = (
      await ask(['--compat', 'eximstats', '--since', '2000-01-01', '--until', '2027-01-01', '--json'])
    ).json() as {
      totals: Record<string, number>
    }
    expect(totals['received messages']).toBe(Number(received?.[1]))
    expect(totals['messages with failures']).toBe(Number(received?.[3]))
    expect([totals['delivered messages'], totals['delivered addresses']]).toEqual([
      Number(delivered?.[1]),
      Number(delivered?.[2]),
    ])
  })

  it('prints the totals under their names', async () => {
    expect((await ask(['--compat', 'eximstats', '--since', '2026-09-01'])).stdout).toMatch(
      /^\s*\d+ {2}received messages$/m,
    )
  })
})

const chromium = spawnSync('sh', ['-c', 'command -v chromium']).stdout.toString().trim()
it.skipIf(chromium === '')('chromium draws the HTML, light and dark (needs chromium)', async () => {
  const path = join(folder, 'drawn.html')
  await ask(['--format', 'html', '--output', path])
  const sizes = ['0', '1'].map((scheme) => {
    const picture = join(folder, `${scheme}.png`)
    const profile = mkdtempSync(join(folder, 'profile-'))
    const options = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--hide-scrollbars',
    ]
    const done = spawnSync(
      chromium,
      [
        ...options,
        `--user-data-dir=${profile}`,
        `--blink-settings=preferredColorScheme=${scheme}`,
        '--window-size=900,1600',
        `--screenshot=${picture}`,
        `file://${path}`,
      ],
      {timeout: 50_000},
    )
    expect(done.status).toBe(0)
    return readFileSync(picture)
  })
  for (const picture of sizes) expect(picture.length).toBeGreaterThan(40_000)
  expect(sizes[0]?.equals(sizes[1] ?? Buffer.alloc(0))).toBe(false)
})
