/** A minute of a shared host: calls of mail() from many sites to the same recipients, as PHP's log and the MTA's log tell of them. */

import {random} from './facts.js'

export interface TrafficOptions {
  readonly mta: 'postfix' | 'exim'
  /** Calls in the minute. */
  readonly calls: number
  readonly sites: number
  readonly seed: number
  /** Every site has a uid of its own; else all run as www-data. */
  readonly ownUids: boolean
  /** The site's name is the envelope sender that pickup logs (no -f in sendmail_path). */
  readonly bareSender: boolean
  readonly messageIds: boolean
  /** PHP writes to journald, which knows its uid; else to a file. */
  readonly journal: boolean
  readonly root: string
  /** header_checks log the subject (Postfix), +subject (Exim); scripts give every message its own. */
  readonly subjects: boolean
}

export interface Traffic {
  readonly mail: string
  readonly php: string
  /** Queue ID -> the script that called. */
  readonly truth: ReadonlyMap<string, string>
  readonly passwd: string
}

const START = Date.UTC(2026, 10, 20, 14, 30, 0)
const two = (n: number): string => String(n).padStart(2, '0')

function traditional(ms: number): string {
  const d = new Date(ms)
  return `Nov ${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
}

function base62(n: number, width: number): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let out = ''
  for (let left = n; out.length < width; left = Math.floor(left / 62)) out = (digits[left % 62] ?? '0') + out
  return out
}

const exim = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

/** Made of nothing but its options: the same options give the same traffic. */
export function phpTraffic(options: TrafficOptions): Traffic {
  const next = random(options.seed)
  const truth = new Map<string, string>()
  const mail: {at: number; line: string}[] = []
  const php: {at: number; line: string}[] = []
  for (let i = 0; i < options.calls; i++) {
    const site = 1 + Math.floor(next() * options.sites)
    const user = `site${site}`
    const uid = options.ownUids ? 1000 + site : 33
    const script = `${options.root.replace('%', user)}/${next() < 0.5 ? 'contact.php' : 'lib/mailer.php'}`
    const called = START + Math.floor(next() * 60_000)
    const taken = called + 15 + Math.floor(next() * 400)
    const messageId = options.messageIds ? `${i}.${site}@${user}.example` : null
    const subject = options.subjects ? `Request ${i}` : 'Request'
    const headers = `From: info@${user}.example${messageId === null ? '' : `  Message-ID: <${messageId}>`}`
    const call = `mail() on [${script}:12]: To: office@dest.example -- Headers: ${headers} -- Subject: ${subject}`
    php.push({
      at: called,
      line: options.journal
        ? JSON.stringify({
            __REALTIME_TIMESTAMP: String(called * 1000),
            _HOSTNAME: 'lab',
            SYSLOG_IDENTIFIER: 'php',
            _PID: String(2000 + i),
            _UID: String(uid),
            MESSAGE: call,
          })
        : `[${two(new Date(called).getUTCDate())}-Nov-2026 ${new Date(called).toISOString().slice(11, 19)} UTC] ${call}`,
    })
    const put = (at: number, line: string): void => {
      mail.push({at, line})
    }
    if (options.mta === 'postfix') {
      const id = `${(Math.floor((taken % 1000) * 1000) + (i % 997)).toString(16).toUpperCase().padStart(5, '0')}2${(4096 + i).toString(16).toUpperCase()}`
      const log = (at: number, daemon: string, text: string): void =>
        put(at, `${traditional(at)} lab postfix/${daemon}[${300 + (i % 7)}]: ${id}: ${text}`)
      const sender = options.bareSender ? (options.ownUids ? user : 'www-data') : `info@${user}.example`
      const full = sender.includes('@') ? sender : `${sender}@lab`
      truth.set(id, script)
      log(taken, 'pickup', `uid=${uid} from=<${sender}>`)
      if (options.subjects) log(taken + 1, 'cleanup', `info: header Subject: ${subject} from local; from=<${full}>`)
      log(taken + 2, 'cleanup', `message-id=<${messageId ?? `20261120143000.${id}@lab`}>`)
      log(taken + 3, 'qmgr', `from=<${full}>, size=${400 + (i % 50)}, nrcpt=1 (queue active)`)
      log(
        taken + 700,
        'smtp',
        'to=<office@dest.example>, relay=mx.dest.example[192.0.2.7]:25, delay=0.7, delays=0.1/0/0.3/0.3, dsn=2.0.0, status=sent (250 2.0.0 Ok)',
      )
      log(taken + 701, 'qmgr', 'removed')
    } else {
      const id = `${base62(Math.floor(taken / 1000), 6)}-${base62(3000 + i, 6)}-${base62(i % 3844, 2)}`
      truth.set(id, script)
      const owner = options.ownUids ? user : 'www-data'
      put(
        taken,
        `${exim(taken)} ${id} <= ${options.bareSender ? `${owner}@lab` : `info@${user}.example`} U=${owner} P=local S=480${messageId === null ? '' : ` id=${messageId}`}${options.subjects ? ` T="${subject}"` : ''} for office@dest.example`,
      )
      put(
        taken + 700,
        `${exim(taken + 700)} ${id} => office@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.7] C="250 OK"`,
      )
      put(taken + 701, `${exim(taken + 701)} ${id} Completed`)
    }
  }
  const text = (lines: {at: number; line: string}[]): string =>
    `${lines
      .sort((a, b) => a.at - b.at)
      .map(({line}) => line)
      .join('\n')}\n`
  return {
    mail: text(mail),
    php: text(php),
    truth,
    passwd: Array.from(
      {length: options.sites},
      (_, i) =>
        `site${i + 1}:x:${1001 + i}:1001::${options.root
          .replace('%', `site${i + 1}`)
          .split('/')
          .slice(0, -1)
          .join('/')}:/bin/false`,
    ).join('\n'),
  }
}
