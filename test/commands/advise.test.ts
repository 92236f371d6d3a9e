/** `advise`: a pasted zone file, what the logs add, and exit codes; no network. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import Advise from '../../src/commands/advise.js'
import {bounceIn, DAY, HOUR, ordinary, readServer, runCommand} from './busy-server.js'
import {START} from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'mailwitness-advise-'))
const zone = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const weak = zone(
  'weak.zone',
  '$ORIGIN shop.example.\n@ IN MX 10 mail\nmail IN A 203.0.113.25\n@ IN TXT "v=spf1 ip4:203.0.113.25 ~all"\n_dmarc IN TXT "v=DMARC1; p=none; rua=mailto:d@shop.example"\n',
)
const open = zone(
  'open.zone',
  '$ORIGIN shop.example.\n@ IN MX 10 mail\nmail IN A 203.0.113.25\n@ IN TXT "v=spf1 +all"\n',
)
const config = zone('config.toml', '[[server]]\nname = "web1.example.net"\naddresses = ["203.0.113.25"]\n')
let db = ''

beforeAll(async () => {
  const made = Array.from({length: 9}, (_, n) => bounceIn(START + 2 * DAY + n * HOUR, `z${n}k@shop.example`))
  db = await readServer(folder, [...ordinary(4), ...made])
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

const ask = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(Advise, [...argv, '--no-network'], {
    MAILWITNESS_DB: join(folder, 'none.db'),
    MAILWITNESS_CONFIG: config,
    MAILWITNESS_NOW: new Date(START + 4 * DAY).toISOString(),
    ...env,
  })
const codes = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string[]> =>
  ((await ask([...argv, '--json'], env)).json()['items'] as {code: string}[]).map((item) => item.code)

describe('advise', () => {
  it('judges a pasted zone file with our own addresses', async () => {
    expect(await codes(['shop.example', '--zone', weak])).toEqual(
      expect.arrayContaining(['spf-softfail', 'dmarc-none', 'spf-covers-our-servers', 'mx-found', 'dkim-missing']),
    )
  })

  it('adds what the logs show, where there are any', async () => {
    const found = await codes(['shop.example', '--zone', weak], {MAILWITNESS_DB: db})
    expect(found).toEqual(expect.arrayContaining(['catch-all-on', 'backscatter-received']))
    expect(await codes(['shop.example', '--zone', weak])).not.toContain('catch-all-on')
  })

  it('says it in words, worst first', async () => {
    const {stdout} = await ask(['shop.example', '--zone', open], {MAILWITNESS_DB: db})
    await expect(stdout).toMatchFileSnapshot('../golden/advise/open-domain.en.txt')
    expect((await ask(['shop.example', '--zone', open, '--language', 'de'])).stdout).toMatch(/^shop\.example\n\n\S/)
  })

  it.each([
    ['something to repair', ['shop.example', '--zone', open, '--exit-code'], 10],
    ['something that could not be found out', ['other.example', '--exit-code'], 20],
    ['without --exit-code', ['shop.example', '--zone', open], 0],
    ['no such zone file', ['shop.example', '--zone', join(folder, 'none')], 66],
    ['a zone file without records', ['shop.example', '--zone', zone('prose.txt', 'please help me\n')], 65],
    ['no domain', ['not a domain'], 64],
  ])('%s', async (_, argv, exit) => {
    expect((await ask(argv)).exit).toBe(exit)
  })
})
