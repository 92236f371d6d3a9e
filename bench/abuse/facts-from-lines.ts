/** Bench only: turns the generator's Exim and Postfix lines into facts by simple joining. The product uses its own parsers. */

import {closeSync, openSync, readSync} from 'node:fs'
import {hash53} from '../../src/mail/hash.js'
import {refusalKind} from '../../src/mail/refusal-kind.js'
import type {OutcomeFact, OutcomeKind, SendFact, SendOrigin, SentTo} from '../../src/mail/send-fact.js'

export type Take = (fact: SendFact | OutcomeFact) => void

const SERVER = 'web1.host.example'

/** Calls `each` with every line of a file, as latin1. */
export function eachLine(path: string, each: (line: string) => void): void {
  const file = openSync(path, 'r')
  const block = Buffer.allocUnsafe(1 << 20)
  let rest = ''
  for (;;) {
    const n = readSync(file, block, 0, block.length, null)
    if (n === 0) break
    const text = rest + block.toString('latin1', 0, n)
    let from = 0
    for (;;) {
      const end = text.indexOf('\n', from)
      if (end < 0) break
      each(text.slice(from, end))
      from = end + 1
    }
    rest = text.slice(from)
  }
  if (rest) each(rest)
  closeSync(file)
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

class Origins {
  readonly #all = new Map<string, SendOrigin>()
  of(parts: Partial<Omit<SendOrigin, 'ownDomains'>>, domain: string | null): SendOrigin {
    const key = `${parts.script}|${parts.scriptDirectory}|${parts.login}|${parts.account}|${parts.cron}|${domain}`
    let origin = this.#all.get(key)
    if (origin === undefined) {
      origin = {
        server: SERVER,
        script: parts.script ?? null,
        scriptDirectory: parts.scriptDirectory ?? null,
        login: parts.login ?? null,
        account: parts.account ?? null,
        forwarder: null,
        cron: parts.cron ?? false,
        ownDomains: domain === null ? [] : [domain],
      }
      this.#all.set(key, origin)
    }
    return origin
  }
}

const addresses = new Map<string, SentTo>()
function sentTo(address: string): SentTo {
  const known = addresses.get(address)
  if (known) return known
  const lower = address.toLowerCase()
  const made = {hash: hash53(lower), domain: domainOf(lower)}
  if (addresses.size > 500_000) addresses.clear()
  addresses.set(address, made)
  return made
}

interface Open {
  readonly key: number
  readonly origin: SendOrigin
}

/** The second of `YYYY-MM-DD HH:MM:SS` as UTC milliseconds, days cached. */
function stampReader(): (line: string) => number {
  let day = ''
  let base = 0
  const two = (line: string, i: number): number => (line.charCodeAt(i) - 48) * 10 + line.charCodeAt(i + 1) - 48
  return (line) => {
    if (!line.startsWith(day) || day === '') {
      day = line.slice(0, 10)
      base = Date.parse(`${day}T00:00:00Z`)
    }
    return base + two(line, 11) * 3_600_000 + two(line, 14) * 60_000 + two(line, 17) * 1000
  }
}

export function eximFacts(path: string, take: Take): void {
  const origins = new Origins()
  const stamp = stampReader()
  const open = new Map<string, Open>()
  const cwds = new Map<string, {cwd: string; cron: boolean}>()
  const php = new Map<string, {url: string; visitor: string; evaluated: boolean}>()
  let nextKey = 1
  eachLine(path, (line) => {
    const bracket = line.indexOf('] ', 20)
    if (bracket < 0) return
    const at = stamp(line)
    const pid = line.slice(21, bracket)
    let i = bracket + 2
    if (line.startsWith('cwd=', i)) {
      const args = line.indexOf(' args: ', i)
      if (line.includes(' -Mc ', args) || !line.includes('sendmail', args)) return
      cwds.set(pid, {
        cwd: line.slice(i + 4, line.lastIndexOf(' ', args - 1)),
        cron: line.includes(' -FCronDaemon', args),
      })
      return
    }
    const space = line.indexOf(' ', i)
    const id = line.slice(i, space)
    i = space + 1
    const marker = line.slice(i, i + 3)
    if (marker === 'PHP') {
      const url = /url="([^ "]*) for ([^ "]*)"/.exec(line)
      php.set(id, {url: url?.[1] ?? '', visitor: url?.[2] ?? '', evaluated: line.includes("eval()'d code")})
    } else if (marker === '<= ') {
      const sender = line.slice(i + 3, line.indexOf(' ', i + 3))
      const tail = line.lastIndexOf(' for ')
      if (sender === '<>' || tail < 0) return
      const recipients = line
        .slice(tail + 5)
        .split(' ')
        .map(sentTo)
      const login = / A=[a-z_]+:(\S+)/.exec(line)?.[1] ?? null
      let origin: SendOrigin
      let clientIp: string | null = null
      let evaluated = false
      if (login !== null) {
        clientIp = / \[([0-9.]+)\]:\d+ P=/.exec(line)?.[1] ?? null
        origin = origins.of({login}, domainOf(login))
      } else {
        const account = / U=(\S+)/.exec(line)?.[1] ?? null
        const call = php.get(id)
        const run = cwds.get(pid)
        php.delete(id)
        cwds.delete(pid)
        if (call?.url) {
          const script = `${run?.cwd ?? ''}/${call.url.slice(call.url.lastIndexOf('/') + 1)}`
          origin = origins.of({script, account}, call.url.slice(0, call.url.indexOf('/')))
          clientIp = call.visitor
          evaluated = call.evaluated
        } else if (run?.cron) origin = origins.of({account, cron: true}, null)
        else origin = origins.of({scriptDirectory: run?.cwd ?? null, account}, null)
      }
      const key = nextKey++
      open.set(id, {key, origin})
      const lower = sender.toLowerCase()
      take({
        type: 'send',
        at,
        origin,
        messageKey: key,
        sender: lower === '' ? 0 : hash53(lower),
        senderDomain: domainOf(lower),
        client: clientIp === null ? null : hash53(clientIp),
        evaluated,
        recipients,
        continued: false,
      })
    } else if (marker === '=> ' || marker === '** ' || marker === '== ') {
      const message = open.get(id)
      if (message === undefined) return
      const end = line.indexOf(' ', i + 3)
      let address = line.slice(i + 3, end)
      let local = false
      if (!address.includes('@')) {
        address = line.slice(end + 2, line.indexOf('>', end))
        local = true
      }
      let kind: OutcomeKind = 'delivered'
      if (marker === '== ') kind = 'deferred'
      else if (marker === '** ') kind = kindOf(line.slice(line.indexOf(': ', end) + 2))
      take({
        type: 'outcome',
        at,
        origin: message.origin,
        messageKey: message.key,
        recipient: sentTo(address).hash,
        kind,
        local,
        ownLimit: false,
      })
    } else if (line.startsWith('Completed', i)) open.delete(id)
  })
}

function kindOf(reply: string): OutcomeKind {
  return refusalKind(reply, /\b5\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? null)
}

const MONTH: Readonly<Record<string, number>> = {
  Jan: 0,
  Feb: 1,
  Mar: 2,
  Apr: 3,
  May: 4,
  Jun: 5,
  Jul: 6,
  Aug: 7,
  Sep: 8,
  Oct: 9,
  Nov: 10,
  Dec: 11,
}

/** `passwd` gives account names to uids, as a snapshot of /etc/passwd does. */
export function postfixFacts(path: string, passwd: ReadonlyMap<number, string>, take: Take): void {
  const origins = new Origins()
  const open = new Map<
    string,
    {
      key: number
      uid: string | null
      login: string | null
      ip: string | null
      script: string | null
      evaluated: boolean
      sender: string
      origin: SendOrigin | null
    }
  >()
  let nextKey = 1
  let day = ''
  let base = 0
  eachLine(path, (line) => {
    if (line.slice(0, 6) !== day) {
      day = line.slice(0, 6)
      base = Date.UTC(2026, MONTH[day.slice(0, 3)] ?? 0, Number(day.slice(4)))
    }
    const at =
      base +
      Number(line.slice(7, 9)) * 3_600_000 +
      Number(line.slice(10, 12)) * 60_000 +
      Number(line.slice(13, 15)) * 1000
    const start = line.indexOf(']: ') + 3
    const colon = line.indexOf(':', start)
    const id = line.slice(start, colon)
    const rest = line.slice(colon + 2)
    const fresh = (uid: string | null, login: string | null, ip: string | null) =>
      open.set(id, {key: nextKey++, uid, login, ip, script: null, evaluated: false, sender: '', origin: null})
    if (rest.startsWith('client=')) {
      fresh(null, rest.slice(rest.lastIndexOf('=') + 1), rest.slice(rest.indexOf('[') + 1, rest.indexOf(']')))
      return
    }
    if (rest.startsWith('uid=')) {
      fresh(rest.slice(4, rest.indexOf(' ')), null, null)
      return
    }
    const message = open.get(id)
    if (message === undefined) return
    if (rest.startsWith('info: header X-PHP-Originating-Script: ')) {
      const name = rest.slice(39, rest.indexOf(' from ', 39))
      message.evaluated = name.includes("eval()'d code")
      message.script = name.slice(name.indexOf(':') + 1).replace(/\(\d+\) : .*$/, '')
    } else if (rest.startsWith('from=<')) message.sender = rest.slice(6, rest.indexOf('>')).toLowerCase()
    else if (rest.startsWith('to=<')) {
      const to = sentTo(rest.slice(4, rest.indexOf('>')))
      const first = message.origin === null
      const account = message.uid === null ? null : (passwd.get(Number(message.uid)) ?? `uid:${message.uid}`)
      message.origin ??=
        message.login === null
          ? origins.of({script: message.script, account}, null)
          : origins.of({login: message.login}, domainOf(message.login))
      const {origin, key: messageKey, sender} = message
      const status = rest.indexOf('status=')
      const retry = rest.includes('delays=900')
      if (!retry)
        take({
          type: 'send',
          at,
          origin,
          messageKey,
          sender: sender === '' ? 0 : hash53(sender),
          senderDomain: domainOf(sender),
          client: message.ip === null ? null : hash53(message.ip),
          evaluated: message.evaluated,
          recipients: [to],
          continued: !first,
        })
      let kind: OutcomeKind = 'delivered'
      if (rest.startsWith('deferred', status + 7)) kind = 'deferred'
      else if (rest.startsWith('bounced', status + 7)) kind = kindOf(rest.slice(status))
      take({
        type: 'outcome',
        at,
        origin,
        messageKey,
        recipient: to.hash,
        kind,
        local: rest.includes('dovecot-lmtp]'),
        ownLimit: false,
      })
    } else if (rest.startsWith('removed')) open.delete(id)
  })
}

/**
 * Account names by uid: stands in for a snapshot of /etc/passwd, which the generator does not write. Its account number i has the uid
 * 1001 + i and carries i in its domain; names and domains stand in its event list.
 */
export function passwdFromEvents(path: string): Map<number, string> {
  const names = new Map<number, string>()
  eachLine(path, (line) => {
    const [, , , , user = '', domain = ''] = line.split('\t', 6)
    const number = /(\d+)\./.exec(domain)?.[1]
    if (number !== undefined) names.set(1001 + Number(number), user)
  })
  return names
}
