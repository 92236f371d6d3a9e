/** `backscatter`: bounces in and out, from log lines to the answer, with a name server of our own for the list. */
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Backscatter from '../../src/commands/backscatter.js'
import {nameServer} from '../question/dns/name-server.js'
import {bounceIn, DAY, HOUR, ordinary, ownBounce, readServer, runCommand} from './busy-server.js'
import {START} from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-backscatter-'))
const NOW = START + 10 * DAY
let db = ''

beforeAll(async () => {
  const made = Array.from({length: 12}, (_, n) =>
    bounceIn(START + 8 * DAY + n * HOUR, `x${n}qz@shop.example`, n % 3 === 0 ? '198.51.100.201' : '198.51.100.200'),
  )
  const few = Array.from({length: 3}, (_, n) => bounceIn(START + 9 * DAY + n * HOUR, `boss@calm.example`))
  // person0 sends every day: a bounce to it may be about that mail.
  db = await readServer(folder, [
    ...ordinary(10),
    ...made,
    ...few,
    bounceIn(START + 9 * DAY + 20 * HOUR, 'person0@shop.example'),
    ownBounce(START + 9 * DAY + 2 * HOUR),
  ])
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

interface Hit {
  readonly domain: string
  readonly bounces: number
  readonly reporters: readonly {readonly ip: string; readonly bounces: number; readonly listed?: string}[]
}

const ask = (argv: readonly string[]) =>
  runCommand(Backscatter, argv, {MAILWITNESS_DB: db, MAILWITNESS_NOW: new Date(NOW).toISOString(), TZ: 'UTC'})

describe('backscatter', () => {
  it('names the domains hit, since when, by whom, and the catch-all behind it', async () => {
    const answer = (await ask(['--json'])).json()
    expect(answer).toMatchObject({
      schema: 'mailwitness.backscatter/1',
      domains: [
        {
          domain: 'shop.example',
          servers: ['web1.example.net'],
          bounces: 12,
          explained: 1,
          addresses: 12,
          since: '2026-09-09T00:00:00Z',
          until: '2026-09-09T11:00:00Z',
          reporters: [
            {name: 'mx.reporter.example', ip: '198.51.100.200', bounces: 8},
            {name: 'mx.reporter.example', ip: '198.51.100.201', bounces: 4},
          ],
          catchAll: {localParts: 12},
        },
        {domain: 'calm.example', bounces: 3, addresses: 1, catchAll: null},
      ],
      own: [{server: 'web1.example.net', bounces: 1, domains: [{domain: 'innocent.example', bounces: 1}]}],
    })
    const [hit] = answer['domains'] as {catchAll: {examples: string[]}}[]
    expect(hit?.catchAll.examples).toContain('x3qz@shop.example')
  })

  it('keeps to its span, domain and server', async () => {
    const domains = async (argv: readonly string[]): Promise<string[]> =>
      ((await ask([...argv, '--json'])).json()['domains'] as Hit[]).map((one) => one.domain)
    expect(await domains(['--since', '2026-09-10'])).toEqual(['calm.example'])
    expect(await domains(['--domain', 'Calm.Example'])).toEqual(['calm.example'])
    expect(await domains(['--server', 'other.example'])).toEqual([])
    expect(await domains(['--until', '2026-09-05'])).toEqual([])
  })

  it('says it in words', async () => {
    await expect((await ask([])).stdout).toMatchFileSnapshot('../golden/backscatter/catch-all.txt')
    expect((await ask(['--until', '2026-09-05'])).stdout).toMatch(/no bounces for mail that never left/)
  })

  it('asks the list of backscatterers only on request', async () => {
    const dns = await nameServer({
      'A 200.100.51.198.ips.backscatterer.org': ['127.0.0.2'],
      'TXT 200.100.51.198.ips.backscatterer.org': ['Sorry'],
    })
    try {
      await ask(['--json', '--dns-server', dns.address])
      expect(dns.asked).toEqual([])
      const answer = (await ask(['--json', '--dnsbl', '--dns-server', dns.address])).json()
      const [hit] = answer['domains'] as Hit[]
      expect(hit?.reporters.map((one) => one.listed)).toEqual(['listed', 'not-listed'])
      expect((await ask(['--dnsbl', '--dns-server', dns.address])).stdout).toMatch(/listed at ips\.backscatterer\.org/)
    } finally {
      await dns.close()
    }
  })
})
