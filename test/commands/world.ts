/** A folder of its own, real Exim logs in it, and the real program. */
import {type SpawnSyncReturns, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** 2026-09-01T00:00:00Z */
export const START = Date.UTC(2026, 8, 1)
const DAY = 86_400_000
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const base62 = (value: number, digits: number): string => {
  let out = ''
  for (let rest = value, i = 0; i < digits; i++, rest = Math.floor(rest / 62)) out = `${BASE62[rest % 62]}${out}`
  return out
}

/** An Exim ID (before 4.97) of a second. */
export const eximIdOf = (at: number, pid: number): string =>
  `${base62(Math.floor(at / 1000), 6)}-${base62(pid, 6)}-0${BASE62[pid % 62]}`

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

export interface Mail {
  readonly at: number
  readonly id: string
  readonly sender: string
  readonly recipient: string
  readonly subject: string
  readonly lines: readonly string[]
}

/** One message from a login to a remote server: arrival, delivery, end. */
export function mail(n: number, at: number, over: Partial<Pick<Mail, 'sender' | 'recipient' | 'subject'>> = {}): Mail {
  const id = eximIdOf(at, 1000 + n)
  const sender = over.sender ?? `sender${n % 7}@shop.example`
  const recipient = over.recipient ?? `person${n}@elsewhere.example`
  const subject = over.subject ?? `Order number ${n}`
  return {
    at,
    id,
    sender,
    recipient,
    subject,
    lines: [
      `${stamp(at)} ${id} <= ${sender} H=pc.dialup.example (pc) [198.51.100.77] P=esmtpsa A=dovecot_login:${sender} S=900 id=n${n}.x@shop.example T="${subject}" for ${recipient}`,
      `${stamp(at + 1000)} ${id} => ${recipient} R=dnslookup T=remote_smtp H=mx.elsewhere.example [203.0.113.9] C="250 2.0.0 Ok: queued as 4Q${n}"`,
      `${stamp(at + 1000)} ${id} Completed`,
    ],
  }
}

/** `count` messages a day for `days` days from START, in the order of their lines. */
export const mails = (days: number, count: number): Mail[] =>
  Array.from({length: days * count}, (_, n) => mail(n, START + Math.floor((n * DAY) / count)))

export const logOf = (list: readonly Mail[]): string =>
  `${list
    .flatMap(({lines}) => lines)
    .sort((a, b) => (a.slice(0, 19) < b.slice(0, 19) ? -1 : a.slice(0, 19) > b.slice(0, 19) ? 1 : 0))
    .join('\n')}\n`

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'mailwitness-world-'))
  readonly db = join(this.folder, 'mail.db')

  /** `now` is what the program takes for the present. */
  constructor(private readonly now: number = START + 100 * DAY) {}

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string | Uint8Array): string {
    writeFileSync(this.path(name), text)
    return this.path(name)
  }

  get env(): NodeJS.ProcessEnv {
    const {MAILWITNESS_CONFIG: _, MAILWITNESS_LOOKUPS: __, ...env} = process.env
    return {
      ...env,
      MAILWITNESS_DB: this.db,
      MAILWITNESS_NOW: new Date(this.now).toISOString(),
      NO_COLOR: '1',
      HOME: this.folder,
      TZ: 'UTC',
    }
  }

  run(...args: string[]): SpawnSyncReturns<string> {
    return this.runIn({}, ...args)
  }

  /** Runs a command with more in its environment. */
  runIn(more: Readonly<Record<string, string>>, ...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, ['bin/run.js', ...args], {
      encoding: 'utf8',
      env: {...this.env, ...more},
      maxBuffer: 256 * 1024 * 1024,
    })
  }

  /** Runs a command that must end with 0 under --json. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the program prints
  json(...args: string[]): any {
    const {status, stdout, stderr} = this.run(...args, '--json')
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
    return JSON.parse(stdout)
  }

  ingest(list: readonly Mail[], name = 'exim_mainlog'): void {
    this.json('ingest', this.write(name, logOf(list)), '--server', 'web1.example.net', '--tz', 'UTC')
  }

  remove(): void {
    rmSync(this.folder, {recursive: true, force: true})
  }
}
