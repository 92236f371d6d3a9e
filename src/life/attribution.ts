/**
 * Which script or account handed a local message in: cwd= lines (Exim +arguments), PHP's mail.log, ACL and panel lines, headers.
 * Joined by PID where logged, else by the ID's second, user, sender and contents; never by the nearest line. Ambiguous is an answer.
 */

import type {OriginIdentified} from '../mail/event.js'
import {isLoopback} from '../mail/ip.js'
import type {Certainty} from '../mail/message.js'
import {domainOf} from './domain.js'
import type {Life} from './life.js'
import {type Accounts, linesOf, type Nearby, PROXY_BEFORE} from './nearby.js'
import {fromCalls} from './script-call.js'
import {SHARED_USERS} from './shared-users.js'
import {accountOfPath, directoryOf, entryScript, siteOfPath} from './site-path.js'
import {fromCommands} from './submitting-command.js'

/** True where attribution could find something for this life. */
export function wantsAttribution(life: Life): boolean {
  if (life.proxied !== undefined) return true
  const {kind, client} = life.origin
  return kind === 'local' || (kind === 'authenticated' && client?.ip?.startsWith('127.') === true)
}

/** Lines that an ambiguous origin keeps as evidence at most. */
const MOST_CANDIDATES = 64

/** Completes the life's origin; returns the references of the lines without a queue ID that it rests on, ascending. */
export function attribute(life: Life, nearby: Nearby): number[] {
  // The same answer must come from the joined lines alone: stored messages are told from them again.
  const joined: number[] = []
  identify(life, life.identified)
  socketOwner(life, nearby, joined)
  proxyClient(life, nearby, joined)
  phpHeader(life)
  if (life.origin.kind !== 'local' && life.origin.kind !== 'script') return joined
  if (life.origin.kind === 'local') senderOwners(life, nearby.accounts ?? null)
  const local = life.origin.client === null
  const command = local ? fromCommands(life, nearby) : null
  const call = fromCalls(life, nearby, command)
  if (call) {
    settle(life, call.certainty, call.candidates)
    if (call.script !== null) {
      life.origin.script = call.script
      life.origin.scriptDirectory = directoryOf(call.script)
      life.origin.evaluated = call.evaluated
      life.origin.account ??= accountOfPath(call.script) ?? siteOfPath(call.script)
    }
  }
  if (command) {
    if (life.origin.scriptDirectory === null && command.directory !== null && command.web)
      life.origin.scriptDirectory = command.directory
    // A folder proves where sendmail was called, not that a script did it: a shell in that folder looks the same.
    if (!call && command.web)
      settle(life, command.certainty === 'proven' ? 'likely' : command.certainty, command.candidates)
    life.origin.cron ||= command.cron
    if (life.origin.account === null && command.directory !== null)
      life.origin.account = accountOfPath(command.directory)
    if (life.origin.script === null && command.directory !== null && command.certainty !== 'ambiguous') {
      life.origin.script = entryScript(command.directory, life.origin.url)
      if (life.origin.script !== null) life.origin.scriptDirectory = command.directory
    }
    // Candidates are evidence only while the answer is open.
    if (command.certainty !== 'ambiguous' || (life.origin.kind === 'script' && life.origin.certainty === 'ambiguous'))
      joined.push(...command.references)
  }
  if (call) joined.push(...call.references)
  return [...new Set(joined)].slice(0, MOST_CANDIDATES).sort((a, b) => a - b)
}

function settle(life: Life, certainty: Certainty, candidates: readonly string[]): void {
  life.origin.kind = 'script'
  life.origin.certainty = certainty
  life.origin.candidates = certainty === 'ambiguous' ? [...candidates].sort() : []
}

function identify(life: Life, lines: readonly OriginIdentified[]): void {
  for (const line of lines) {
    const {origin} = life
    // cPanel writes -system- and -remote- where no account stands behind a message.
    if (line.account !== null && !/^-[a-z]+-$/.test(line.account)) origin.account ??= line.account
    origin.uid ??= line.uid
    origin.url ??= line.url
    origin.visitorIp ??= line.visitorIp
    if (line.script !== null && origin.script === null) {
      origin.script = line.script
      origin.scriptDirectory = directoryOf(line.script)
    }
    if ((line.script ?? line.url ?? line.scriptName) !== null && origin.kind === 'local') {
      origin.kind = 'script'
      origin.certainty = 'proven'
    }
  }
}

function socketOwner(life: Life, nearby: Nearby, joined: number[]): void {
  const {client} = life.origin
  if (client?.port == null) return
  for (const socket of nearby.sockets) {
    const {event} = socket
    if (event.clientPort !== client.port || (event.clientIp !== null && event.clientIp !== client.ip)) continue
    life.origin.account ??= event.account
    joined.push(...linesOf(socket))
    return
  }
}

/**
 * Behind a before-queue filter the entry's own client is the filter on this machine. Who really spoke to us stands in the last `NOQUEUE: client=`
 * line of the smtpd process that logged the filter's acceptance; lines of one second that name different clients leave it open.
 */
function proxyClient(life: Life, nearby: Nearby, joined: number[]): void {
  const {proxied, origin} = life
  if (!proxied || (origin.client !== null && !isLoopback(origin.client.ip))) return
  const sessions = (nearby.clients ?? []).filter(
    ({event, at}) =>
      event.pid === proxied.pid && event.pid !== null && at <= proxied.at && at >= proxied.at - PROXY_BEFORE,
  )
  const latest = Math.max(...sessions.map(({at}) => at))
  const last = sessions.filter(({at}) => at === latest)
  const [one] = last
  if (one) {
    if (last.some(({event}) => event.client.ip !== one.event.client.ip || event.login !== one.event.login)) return
    origin.client = one.event.originalClient ?? one.event.client
    origin.login ??= one.event.login
    joined.push(...last.flatMap(linesOf))
  }
  origin.login ??= life.proxyLogin ?? null
  if (life.sender === '' && origin.login === null) return
  if (origin.login !== null) origin.kind = 'authenticated'
  else if (one) origin.kind = isLoopback(origin.client?.ip ?? null) ? 'local' : 'relay-in'
}

/**
 * Nobody's name stands in the log (SMTP from this machine, or a user that many sites share): the accounts of the sender's domain are candidates,
 * never the answer, for a script may write any sender.
 */
function senderOwners(life: Life, accounts: Accounts | null): void {
  const {origin, sender} = life
  if (origin.login !== null || (origin.account !== null && !SHARED_USERS.has(origin.account))) return
  const domain = sender === null ? null : domainOf(sender)
  const owners = domain === null ? [] : (accounts?.ownersOfDomain?.(domain) ?? [])
  if (owners.length > 0) origin.candidates = [...owners].sort()
}

/** X-PHP-Originating-Script: `uid:basename`; the uid is the owner of the entry script, not the process (pageinfo.c). */
function phpHeader(life: Life): void {
  if (life.phpHeader === null) return
  life.origin.kind = life.origin.kind === 'local' || life.origin.kind === null ? 'script' : life.origin.kind
  if (/eval\(\)'d code/.test(life.phpHeader)) life.origin.evaluated = true
}
