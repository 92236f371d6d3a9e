/** Three weeks of an Exim server: logins at work, an old contact form, then a script in an uploads folder; bounces from outside too. */
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Config} from '@oclif/core/config'
import {captureOutput} from '@oclif/test'
import {openForWriting} from '../../src/store/database.js'
import {refreshVolumes} from '../../src/store/volumes.js'
import {ingestInto} from '../helpers/ingest-logs.js'
import {eximIdOf, START} from './world.js'

export const DAY = 86_400_000
export const HOUR = 3_600_000
export const SERVER = 'web1.example.net'
/** The burst begins on the morning of the 21st day, when nobody else sends. */
export const BURST_AT = START + 20 * DAY + 9 * HOUR + 7 * 60_000
export const BURST = 60
export const SHELL = '/home/shop/public_html/wp-content/uploads/2026'

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export interface Written {
  readonly at: number
  readonly lines: readonly string[]
}

let pid = 0
const nextId = (at: number): string => eximIdOf(at, 5_000 + (pid++ % 50_000))

function login(at: number, who: string, to: string): Written {
  const id = nextId(at)
  return {
    at,
    lines: [
      `${stamp(at)} ${id} <= ${who} H=pc (pc) [198.51.100.7] P=esmtpsa A=dovecot_login:${who} S=900 id=${id}@shop.example for ${to}`,
      `${stamp(at + 1000)} ${id} => ${to} R=dnslookup T=remote_smtp H=mx.elsewhere.example [203.0.113.9] C="250 2.0.0 Ok"`,
      `${stamp(at + 1000)} ${id} Completed`,
    ],
  }
}

function script(at: number, folder: string, to: string, ends: 'delivered' | 'unknown'): Written {
  const id = nextId(at)
  const end =
    ends === 'delivered'
      ? `=> ${to} R=dnslookup T=remote_smtp H=mx.dest.example [203.0.113.77] C="250 2.0.0 Ok"`
      : `** ${to} R=dnslookup T=remote_smtp H=mx.dest.example [203.0.113.77]: SMTP error from remote mail server after RCPT TO:<${to}>: 550 5.1.1 <${to}>: User unknown`
  return {
    at,
    lines: [
      `${stamp(at)} cwd=${folder} 4 args: /usr/sbin/sendmail -t -i`,
      `${stamp(at)} ${id} <= shop@${SERVER} U=shop P=local S=500 for ${to}`,
      `${stamp(at + 1000)} ${id} ${end}`,
      `${stamp(at + 1000)} ${id} Completed`,
    ],
  }
}

/** A null-sender message from outside, delivered in a mailbox (or caught by a catch-all) of ours. */
export function bounceIn(at: number, to: string, ip = '198.51.100.200'): Written {
  const id = nextId(at)
  const [local = ''] = to.split('@')
  return {
    at,
    lines: [
      `${stamp(at)} ${id} <= <> H=mx.reporter.example [${ip}] P=esmtp S=3000 id=${id}@reporter.example for ${to}`,
      `${stamp(at + 1000)} ${id} => ${local} <${to}> R=virtual_user T=dovecot_virtual_delivery`,
      `${stamp(at + 1000)} ${id} Completed`,
    ],
  }
}

/** Mail from outside that we accepted, could not deliver, and bounced to a stranger. */
export function ownBounce(at: number): Written {
  const [id, back] = [nextId(at), nextId(at + 2000)]
  return {
    at,
    lines: [
      `${stamp(at)} ${id} <= stranger@innocent.example H=mx.spammer.example [198.51.100.66] P=esmtp S=700 id=s@spammer.example for gone@shop.example`,
      `${stamp(at + 1000)} ${id} ** gone@shop.example R=virtual_user: mailbox is full`,
      `${stamp(at + 2000)} ${back} <= <> R=${id} U=mailnull P=local S=1900 for stranger@innocent.example`,
      `${stamp(at + 2000)} ${id} Completed`,
      `${stamp(at + 3000)} ${back} => stranger@innocent.example R=dnslookup T=remote_smtp H=mx.innocent.example [203.0.113.50] C="250 Ok"`,
      `${stamp(at + 3000)} ${back} Completed`,
    ],
  }
}

/** The ordinary life of `days` days. */
export function ordinary(days: number): Written[] {
  pid = 0
  const all: Written[] = []
  for (let day = 0; day < days; day++) {
    for (let n = 0; n < 12; n++)
      all.push(
        login(
          START + day * DAY + 8 * HOUR + n * 40 * 60_000,
          `person${n % 4}@shop.example`,
          `friend${n}@elsewhere.example`,
        ),
      )
    for (let n = 0; n < 3; n++)
      all.push(
        script(
          START + day * DAY + (9 + n * 3) * HOUR,
          '/home/shop/public_html/contact',
          'info@shop-owner.example',
          'delivered',
        ),
      )
  }
  return all
}

/** Every fifth recipient does not exist. */
export const burst = (): Written[] =>
  Array.from({length: BURST}, (_, n) =>
    script(BURST_AT + n * 5_000, SHELL, `victim${n}@dest.example`, n % 5 === 4 ? 'unknown' : 'delivered'),
  )

export const logOf = (list: readonly Written[]): string =>
  `${list
    .flatMap(({lines}) => lines)
    .map((line, i) => ({line, i}))
    .sort((a, b) =>
      a.line.slice(0, 19) < b.line.slice(0, 19) ? -1 : a.line.slice(0, 19) > b.line.slice(0, 19) ? 1 : a.i - b.i,
    )
    .map(({line}) => line)
    .join('\n')}\n`

/** Writes the log into the folder and reads it; returns the database's path. */
export async function readServer(folder: string, list: readonly Written[], name = 'exim_mainlog'): Promise<string> {
  const db = join(folder, 'mail.db')
  writeFileSync(join(folder, name), logOf(list))
  await ingestInto(db, [join(folder, name)], {server: SERVER, defaultServer: SERVER, assumedZone: 'UTC'})
  const writing = openForWriting(db)
  refreshVolumes(writing)
  writing.close()
  return db
}

interface Runnable {
  run(argv: string[], config: Config): Promise<unknown>
}

/** Runs a command class in this process as the program would. `now` is what it takes for the present. */
export async function runCommand(
  command: Runnable,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{stdout: string; stderr: string; exit: number; json: () => Record<string, unknown>}> {
  const config = await Config.load({
    root: process.cwd(),
    ignoreManifest: true,
    pjson: {name: 'mailwitness', version: '0.1.0', oclif: {bin: 'mailwitness'}} as never,
  })
  const before = {...process.env}
  Object.assign(process.env, {NO_COLOR: '1', MAILWITNESS_CONFIG: '/dev/null'}, env)
  process.exitCode = undefined
  try {
    const {stdout, stderr, error} = await captureOutput(() => command.run([...argv], config))
    if (error) throw error
    return {
      stdout,
      stderr,
      exit: Number(process.exitCode ?? 0),
      json: () => JSON.parse(stdout) as Record<string, unknown>,
    }
  } finally {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key]
    Object.assign(process.env, before)
    process.exitCode = undefined
  }
}
