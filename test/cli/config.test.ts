import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, describe, expect, it} from 'vitest'
import {DEFAULTS} from '../../src/cli/config.js'
import {parseConfig} from '../../src/cli/config-parse.js'
import {Failure} from '../../src/cli/failures.js'
import {loadConfig} from '../../src/cli/load-config.js'
import {tomlLines} from '../../src/cli/toml-lines.js'

const shipped = readFileSync(new URL('../../share/config.toml', import.meta.url), 'utf8')
const PATH = '/etc/mailwitness/config.toml'
const read = (text: string) => parseConfig(text, PATH, 'own.example.net')
const mistakes = (text: string): string[] => {
  try {
    read(text)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({code: 'CONFIG_INVALID', exit: 65})
    return (error as Failure).message.split('\n')
  }
  return []
}

describe('the shipped default', () => {
  it('says what holds without a file', () => expect(read(shipped)).toEqual({...DEFAULTS, path: PATH}))

  it('parses too with every example line active', () => {
    const active = shipped.replaceAll(/^#(?=[a-z_[])/gm, '')
    const config = read(active)
    expect(config.servers).toEqual([
      {
        name: 'web1.example.net',
        aliases: ['web1', 'mail.example.net'],
        addresses: ['203.0.113.25'],
        timezone: 'Europe/Berlin',
        logs: ['/var/log/exim4/mainlog*', '/var/log/exim4/rejectlog*'],
        phpMailLogs: ['/home/*/logs/php_mail.log*'],
        accessLogs: [],
        passwd: '/etc/passwd',
        userdomains: '/etc/userdomains',
      },
    ])
    expect(config.abuse.allow).toEqual([
      {
        kind: 'script',
        name: '/home/shop/public_html/newsletter/*',
        server: 'web1.example.net',
        reason: 'monthly newsletter, agreed with the customer',
        until: Date.parse('2027-04-01T00:00:00Z'),
      },
    ])
    expect(config.abuse.limits).toEqual({
      scriptPerHour: 100,
      accountPerHour: 500,
      loginPerHour: 100,
      domainPerHour: 500,
    })
    expect(config.privacy.keep).toBe(90)
    expect(config.directSmtp).toBe('blocked')
  })
})

describe('values', () => {
  it('resolves relative paths against the file', () => {
    const config = read('db = "data/mail.db"\n[[server]]\nlogs = ["../../var/log/exim*", "/abs*"]\npasswd = "passwd"')
    expect(config.db).toBe('/etc/mailwitness/data/mail.db')
    expect(config.servers[0]).toMatchObject({logs: ['/var/log/exim*', '/abs*'], passwd: '/etc/mailwitness/passwd'})
  })

  it('names a server without a name after this machine, and takes one text for a list of one', () => {
    const config = read('[[server]]\naddresses = "2001:db8::/32"\n[report]\nto = "root"')
    expect(config.servers[0]).toMatchObject({name: 'own.example.net', addresses: ['2001:db8::/32']})
    expect(config.report.to).toEqual(['root'])
  })
})

describe('mistakes', () => {
  it.each([
    ['db = 7', ':1: "db" must be a text that is not empty, not the number 7'],
    ['\n\ndirect_smtp = "closed"', ':3: "direct_smtp" must be one of "blocked", "open", not the text "closed"'],
    [
      '[[server]]\nname = "a"\n[[server]]\nlog = "x"',
      ':4: unknown key "log" in [[server]] (did you mean "logs"?); allowed: name, aliases',
    ],
    ['[[server]]\ntimezone = "Mars/Base"', ':2: "timezone" must be an IANA zone'],
    ['[[server]]\naddresses = ["203.0.113.300"]', ':2: "addresses" must be an IP address'],
    ['[[server]]\nname = "a"\n[[server]]\nname = "B"\naliases = ["A"]', ':3: the name "a" stands for two servers'],
    ['[abuse]\nbudget = 0', ':2: "budget" must be a number above 0 and up to 1000'],
    ['[abuse.limits]\nscript_per_hour = 1.5', ':2: "script_per_hour" must be a whole number above 0'],
    ['[[abuse.allow]]\nkind = "script"\nname = "x"', ':1: "reason" is missing in [[abuse.allow]]'],
    ['[[abuse.allow]]\nkind = "ip"\nname = "x"\nreason = "y"', ':2: "kind" must be one of "script"'],
    ['[privacy]\nkeep = "for ever"', ':2: "keep" must be a number of days'],
    ['[privacy]\nredact = "yes"', ':2: "redact" must be true or false'],
    ['[report]\nto = ["not an address"]', ':2: "to" must be a mail address'],
    ['server = "web1"', ':1: "server" must be a list of tables'],
    ['abuse = 3', ':1: "abuse" must be a table'],
    ['[colour]\nred = 1', ':1: unknown key "colour" in the top level'],
    ['# head\ndb = [', ':2:'],
  ])('%j is reported with its line', (text, expected) => {
    expect(
      mistakes(text).some((line) => line.startsWith(`${PATH}${expected}`)),
      mistakes(text).join('\n'),
    ).toBe(true)
  })

  it('are reported all at once', () =>
    expect(mistakes('dbb = 1\n[abuse]\nbudget = "x"\n[privacy]\nkep = 1')).toHaveLength(3))

  it('reads any text or refuses it as not understood', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '[[server]]',
      'name',
      ' = ',
      '"x"',
      '\n',
      '"""',
      "'",
      '#',
      '{',
      '}',
      ',',
      '1',
      'abuse.allow',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, {maxLength: 30}).map((list) => list.join('')),
        ),
        (text) => {
          tomlLines(text)
          mistakes(text)
        },
      ),
    )
  })
})

describe('tomlLines', () => {
  it('is not misled by strings, comments and lists of several lines', () => {
    const lines = tomlLines(
      'a = """\nb = 1\n"""\nc = [\n  "x = ]",\n] # d = 1\n[t."q r"]\ne.f = {g = 1}\n[[l]]\n[[l]]\n[l.m]\nh=1',
    )
    expect(Object.fromEntries(lines)).toEqual({
      a: 1,
      c: 4,
      't.q r': 7,
      't.q r.e.f': 8,
      'l[0]': 9,
      'l[1]': 10,
      'l[1].m': 11,
      'l[1].m.h': 12,
    })
  })
})

describe('loadConfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwitness-'))
  afterAll(() => rmSync(folder, {recursive: true}))

  it('is content without the default file, not without a named one', async () => {
    expect(await loadConfig(undefined, join(folder, 'none.toml'))).toEqual(DEFAULTS)
    await expect(loadConfig(join(folder, 'none.toml'))).rejects.toMatchObject({
      code: 'CONFIGURATION_UNREADABLE',
      exit: 66,
    })
  })

  it('reads the default file where it exists, and refuses one that cannot be read', async () => {
    const path = join(folder, 'config.toml')
    writeFileSync(path, 'direct_smtp = "open"')
    expect((await loadConfig(undefined, path)).directSmtp).toBe('open')
    await expect(loadConfig(undefined, folder)).rejects.toMatchObject({exit: 66})
  })
})
