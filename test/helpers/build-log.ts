/** Generated logs with the grammar of real ones: Exim (cwd lines, PHP calls, deferrals over days, bounces, refusals) and Postfix (short IDs used again, filter pairs). */

/** Numbers from a seed: the same seed gives the same log. */
export class Dice {
  private state: number
  constructor(seed: number) {
    this.state = seed >>> 0 || 1
  }
  next(): number {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    this.state >>>= 0
    return this.state / 4294967296
  }
  below(n: number): number {
    return Math.floor(this.next() * n)
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
  chance(share: number): boolean {
    return this.next() < share
  }
}

interface Timed {
  readonly at: number
  readonly order: number
  readonly line: string
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export function base62(value: number, digits: number): string {
  let text = ''
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 62)) text = `${BASE62[rest % 62]}${text}`
  return text
}

const two = (n: number): string => String(n).padStart(2, '0')
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `YYYY-MM-DD hh:mm:ss` at `offset` minutes east of UTC. */
export const eximStamp = (at: number, offset: number): string =>
  new Date(at + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ')

/** `Mon DD hh:mm:ss` at `offset` minutes east of UTC. */
export function syslogStamp(at: number, offset: number): string {
  const d = new Date(at + offset * 60_000)
  return `${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`
}

/** Exim's ID of 4.97 and later for a message received at `at` by a process. */
export const eximId = (at: number, pid: number, fraction: number): string =>
  `${base62(Math.floor(at / 1000), 6)}-${base62(pid, 11)}-${base62(fraction, 4)}`

export interface BuiltLog {
  /** Main log. */
  readonly main: readonly string[]
  /** PHP's mail.log of the same server. */
  readonly php: readonly string[]
}

const SITES = ['anna', 'boris', 'clara', 'dora']
const START = Date.UTC(2026, 9, 12, 6, 0, 0)

/** A main log of Exim with `messages` messages, and the PHP calls beside it. `offset`: minutes east of UTC of the log's stamps. */
export function buildExim(seed: number, messages: number, offset: number): BuiltLog {
  const dice = new Dice(seed)
  const main: Timed[] = []
  const php: Timed[] = []
  let order = 0
  const log = (at: number, text: string): number =>
    main.push({at, order: order++, line: `${eximStamp(at, offset)} ${text}`})
  let now = START + dice.below(40) * 86_400_000
  for (let n = 0; n < messages; n++) {
    now += dice.chance(0.06) ? dice.below(9_000_000) : dice.below(4_000)
    const pid = 1000 + n * 3 + dice.below(3)
    const site = dice.pick(SITES)
    const sender = `${site}@${site}.example`
    const to = `user${dice.below(50)}@mail${dice.below(6)}.example`
    const id = eximId(now, pid, dice.below(200_000))
    const kind = dice.next()
    if (kind < 0.12) {
      log(
        now,
        `H=(stranger) [192.0.2.${dice.below(250)}] F=<x${dice.below(9)}@evil.example> rejected RCPT <${to}>: relay not permitted`,
      )
      continue
    }
    if (kind < 0.55) {
      const directory = `/home/${site}/public_html${dice.pick(['', '/shop', '/blog/wp'])}`
      if (dice.chance(0.8))
        php.push({
          at: now - dice.below(1500),
          order: order++,
          line: `[${new Date(now)
            .toUTCString()
            .slice(5, 25)
            .replaceAll(' ', '-')
            .replace(
              /-(\d\d:)/,
              ' $1',
            )} UTC] mail() on [${directory}/form${dice.below(3)}.php:${7 + dice.below(90)}]: To: ${to} -- Headers: From: ${sender} -- Subject: Order ${n}`,
        })
      log(now - dice.below(900), `cwd=${directory} 4 args: /usr/sbin/sendmail -t -i -f${sender}`)
      log(
        now,
        `${id} <= ${sender} U=${site} P=local S=${700 + dice.below(900)} id=m${n}.${seed}@${site}.example T="Order ${n}" for ${to}`,
      )
    } else if (kind < 0.8)
      log(
        now,
        `${id} <= ${sender} H=client${n % 7}.isp.example [198.51.100.${dice.below(200)}] P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 A=dovecot_plain:${sender} S=1200 id=a${n}.${seed}@${site}.example for ${to}`,
      )
    else
      log(
        now,
        `${id} <= visitor${n}@outside.example H=mx.outside.example [203.0.113.9] P=esmtps S=2400 id=i${n}.${seed}@outside.example for ${sender}`,
      )
    let at = now + 300 + dice.below(2_000)
    if (kind >= 0.8)
      log(at, `${id} => ${site} <${sender}> R=virtual_user T=dovecot_lmtp C="250 2.0.0 <${sender}> Saved"`)
    else {
      for (let tries = dice.chance(0.15) ? 1 + dice.below(5) : 0; tries > 0; tries--) {
        log(
          at,
          `${id} == ${to} R=dnslookup T=remote_smtp defer (111): Connection refused H=mx.mail.example [203.0.113.20]`,
        )
        at += dice.below(20 * 3_600_000)
      }
      if (dice.chance(0.1)) {
        log(
          at,
          `${id} ** ${to} R=dnslookup T=remote_smtp H=mx.mail.example [203.0.113.20]: SMTP error from remote mail server after RCPT TO:<${to}>: 550 5.1.1 User unknown`,
        )
        const bounce = eximId(at, pid + 1, 3)
        log(at, `cwd=/var/spool/exim 8 args: /usr/sbin/exim -t -oem -oi -f <> -E${id}`)
        log(at, `${bounce} <= <> R=${id} U=mailnull P=local S=1900 for ${sender}`)
        log(at + 100, `${bounce} => ${site} <${sender}> R=virtual_user T=dovecot_lmtp C="250 2.0.0 <${sender}> Saved"`)
        log(at + 100, `${bounce} Completed`)
      } else
        log(
          at,
          `${id} => ${to} R=dnslookup T=remote_smtp H=mx.mail.example [203.0.113.20] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C="250 2.0.0 Ok: queued as R${n}X${seed}"`,
        )
    }
    log(at + 50, `${id} Completed`)
  }
  return {main: inTime(main), php: inTime(php)}
}

/** A mail log of Postfix in the traditional form; queue IDs are short and used again, a content filter gives some messages back. */
export function buildPostfix(seed: number, messages: number, offset: number): readonly string[] {
  const dice = new Dice(seed)
  const lines: Timed[] = []
  let order = 0
  const log = (at: number, daemon: string, text: string): number =>
    lines.push({
      at,
      order: order++,
      line: `${syslogStamp(at, offset)} mx2 postfix/${daemon}[${300 + daemon.length}]: ${text}`,
    })
  let now = START
  const pool = Array.from(
    {length: Math.max(3, Math.floor(messages / 4))},
    (_, i) => `4${(0xa1b2c3 + i * 7919).toString(16).toUpperCase()}F${i % 10}`,
  )
  for (let n = 0; n < messages; n++) {
    now += 5_000 + (dice.chance(0.05) ? dice.below(20_000_000) : dice.below(9_000))
    const id = pool[n % pool.length] as string
    const sender = `user${dice.below(9)}@site.example`
    const to = `peer${dice.below(40)}@far.example`
    const kind = dice.next()
    if (kind < 0.12) {
      log(
        now,
        'smtpd',
        `NOQUEUE: reject: RCPT from unknown[192.0.2.${dice.below(250)}]: 554 5.7.1 <${to}>: Relay access denied; from=<x@evil.example> to=<${to}> proto=ESMTP helo=<evil${n}>`,
      )
      continue
    }
    if (kind < 0.2)
      log(
        now,
        'smtpd',
        `NOQUEUE: ${dice.pick(['warn', 'filter', 'permit'])}: RCPT from unknown[192.0.2.7]: <${to}>: Recipient address triggers FILTER x; from=<${sender}> to=<${to}> proto=ESMTP helo=<h${n}>`,
      )
    if (kind < 0.6)
      log(
        now,
        'smtpd',
        `${id}: client=client.isp.example[198.51.100.${dice.below(90)}], sasl_method=PLAIN, sasl_username=${sender}`,
      )
    else log(now, 'pickup', `${id}: uid=${1000 + dice.below(4)} from=<${sender}>`)
    const stamp = new Date(now)
      .toISOString()
      .replace(/[-:TZ]/g, '')
      .slice(0, 14)
    log(
      now,
      'cleanup',
      `${id}: message-id=<${dice.chance(0.5) ? `${stamp}.${id}@mx2.site.example` : `c${n}.${seed}@client.example`}>`,
    )
    log(now + 10, 'qmgr', `${id}: from=<${sender}>, size=${900 + dice.below(999)}, nrcpt=1 (queue active)`)
    let at = now + 400 + dice.below(1_500)
    if (kind > 0.85) {
      const second = `4${(0xf00000 + n).toString(16).toUpperCase()}9E`
      log(at, 'smtpd', `${second}: client=localhost[127.0.0.1]`)
      log(at, 'cleanup', `${second}: message-id=<f${n}.${seed}@client.example>`)
      log(at, 'qmgr', `${second}: from=<${sender}>, size=1500, nrcpt=1 (queue active)`)
      log(
        at,
        'smtp',
        `${id}: to=<${to}>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as ${second})`,
      )
      log(at, 'qmgr', `${id}: removed`)
      log(
        at + 700,
        'smtp',
        `${second}: to=<${to}>, relay=mx.far.example[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK ${n})`,
      )
      log(at + 700, 'qmgr', `${second}: removed`)
      now = at
      continue
    }
    for (let tries = dice.chance(0.15) ? 1 + dice.below(3) : 0; tries > 0; tries--) {
      log(
        at,
        'smtp',
        `${id}: to=<${to}>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.far.example[203.0.113.5]:25: Connection timed out)`,
      )
      at += 600_000 + dice.below(3_000_000)
      log(at - 400, 'qmgr', `${id}: from=<${sender}>, size=1000, nrcpt=1 (queue active)`)
    }
    const failed = dice.chance(0.12)
    log(
      at,
      'smtp',
      `${id}: to=<${to}>, relay=mx.far.example[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=${failed ? '5.1.1' : '2.0.0'}, status=${failed ? 'bounced (host mx.far.example[203.0.113.5] said: 550 5.1.1 User unknown (in reply to RCPT TO command))' : `sent (250 OK ${n})`}`,
    )
    log(at, 'qmgr', `${id}: removed`)
    now = Math.max(now, at)
  }
  return inTime(lines)
}

const inTime = (lines: readonly Timed[]): string[] =>
  [...lines].sort((a, b) => a.at - b.at || a.order - b.order).map(({line}) => line)
