/**
 * Which script or account handed a local message in: cwd= lines (Exim +arguments), PHP's mail.log, ACL and panel lines, headers.
 * Joined by PID where logged, else by the ID's second, user, sender and contents; never by the nearest line. Ambiguous is an answer.
 */

import type {ClientAccepted, CommandRun, OriginIdentified, ScriptMailed} from '../mail/event.js'
import {isLoopback} from '../mail/ip.js'
import type {Certainty} from '../mail/message.js'
import {eximId} from '../mail/queue-id.js'
import {domainOf} from './domain.js'
import type {Entry, Life} from './life.js'

/** How long before the ID's second a cwd= line may stand (process start to reading the message), milliseconds. */
const COMMAND_BEFORE = 3_000
/** PHP writes its line before it runs sendmail; the message is picked up within this time, milliseconds. */
const CALL_BEFORE = 3_000
/** Stamps of one second against stamps with fractions, milliseconds. */
const ROUNDING = 1_000

/** Users that run the scripts of many sites. */
const SHARED_USERS = new Set([
  'nobody',
  'www-data',
  'apache',
  'www',
  'nginx',
  'http',
  'httpd',
  'wwwrun',
  'daemon',
  'root',
])
/** Two subjects that agree in so many characters are one, however they go on. */
const LONG_SUBJECT = 60

/** What lies in time near a message on the same server and has no queue ID of its own. */
export interface Nearby {
  readonly commands: readonly (Entry & {readonly event: CommandRun})[]
  readonly calls: readonly (Entry & {readonly event: ScriptMailed})[]
  /** Lines that name the owner of a local socket (cPanel), joined by address and port. */
  readonly sockets: readonly (Entry & {readonly event: OriginIdentified})[]
  /** `NOQUEUE: client=` lines: sessions that a before-queue filter stands behind, joined by process and time. */
  readonly clients?: readonly (Entry & {readonly event: ClientAccepted})[]
  /** Who owns a path, from the server's passwd file; null where none was read. */
  readonly accounts?: Accounts | null
}

/** A server's accounts as its passwd file names them. */
export interface Accounts {
  nameOf(uid: number): string | null
  /** The account whose home holds the path. */
  ownerOf(path: string): string | null
  /** The accounts that a domain belongs to, by the panel's map of domains or a home named after it; usually one. */
  ownersOfDomain?(domain: string): readonly string[]
}

export const NOTHING_NEARBY: Nearby = {commands: [], calls: [], sockets: []}

/** The span around a message's arrival in which `Nearby` must be searched. */
export const NEARBY_BEFORE = Math.max(COMMAND_BEFORE, CALL_BEFORE) + ROUNDING
export const NEARBY_AFTER = 2 * ROUNDING
/** How long before a before-queue filter's acceptance its client line may stand (the whole message comes in between), milliseconds. */
export const PROXY_BEFORE = 300_000

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

/** All lines of an entry: pieces that syslog cut are told again only together. */
const linesOf = (entry: Entry | undefined): readonly number[] =>
  entry === undefined ? [] : [...(entry.more ?? []), entry.reference]

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

interface FoundCommand {
  readonly directory: string | null
  readonly certainty: Certainty
  readonly candidates: readonly string[]
  readonly references: readonly number[]
  readonly cron: boolean
  /** A directory of a web site or a program, not the MTA's own spool, root or a bare home. */
  readonly web: boolean
}

function fromCommands(life: Life, nearby: Nearby): FoundCommand | null {
  if (life.queueId === null || life.arrivedAt === null) return null
  const id = eximId(life.queueId)
  if (!id) return null
  const second = id.second * 1000
  const open = nearby.commands.filter(
    ({event, at}) =>
      event.submission &&
      event.parent === null &&
      at <= second + ROUNDING &&
      at >= second - COMMAND_BEFORE &&
      senderFits(event, life),
  )
  if (open.length === 0) return null
  // The process that logs the arrival is the one in the ID: where they differ, a relay or a container wrote the PIDs.
  const real = life.pid == null || life.pid === id.pid
  const byPid = real ? open.filter(({event}) => event.pid !== null) : []
  if (byPid.length > 0) {
    // With +pid the ID's own PID part decides: exact, or nothing.
    const own = byPid.filter(({event}) => event.pid === id.pid)
    const first = own[own.length - 1]
    return first ? found(first.event.cwd, 'proven', [], linesOf(first), first.event.cron, life) : null
  }
  const fitting = open.filter(({event}) => userFits(event.cwd, life.user))
  const candidates = fitting.length > 0 ? fitting : open
  const directories = [...new Set(candidates.map(({event}) => event.cwd))]
  const only = directories.length === 1 ? directories[0] : undefined
  const chosen = directories.map((directory) => representative(candidates.filter(({event}) => event.cwd === directory)))
  if (only !== undefined) return found(only, 'likely', [], linesOf(chosen[0]), chosen[0]?.event.cron ?? false, life)
  return {
    directory: null,
    certainty: 'ambiguous',
    candidates: directories,
    references: chosen.flatMap(linesOf),
    cron: false,
    web: directories.some((d) => isSite(d)),
  }
}

/** The latest command line that cron did not start, else the latest; told by the lines themselves, not by their order of reading. */
function representative(commands: Nearby['commands']): Nearby['commands'][number] | undefined {
  const byHand = commands.filter(({event}) => !event.cron)
  const text = ({event}: Nearby['commands'][number]): string => event.args.join(' ')
  return [...(byHand.length > 0 ? byHand : commands)].sort((a, b) => b.at - a.at || (text(a) < text(b) ? -1 : 1))[0]
}

function found(
  directory: string,
  certainty: Certainty,
  candidates: string[],
  references: readonly number[],
  cron: boolean,
  _life: Life,
): FoundCommand {
  return {directory, certainty, candidates, references, cron, web: isSite(directory)}
}

/** Below a home or web root, deeper than the home itself. */
export function isSite(path: string): boolean {
  if (/^\/(?:var\/www|srv\/www|usr\/local\/www|home\d*\/[^/]+\/[^/]+|var\/customers|clients?\/)/.test(path)) return true
  return /\/(?:public_html|httpdocs|htdocs|www|web|domains|sites?)(?:\/|$)/.test(path)
}

/** The account that a home directory belongs to; null for other paths. */
export function accountOfPath(path: string): string | null {
  return /^\/(?:home\d*|var\/www\/clients\/client\d+)\/([^/]+)/.exec(path)?.[1] ?? null
}

/** Plesk keeps a subscription's files under its main domain, which is its name in the panel. */
const siteOfPath = (path: string): string | null =>
  /^\/var\/www\/vhosts\/(?!system\/|default\/|chroot\/)([^/]+\.[^/]+)\//.exec(path)?.[1] ?? null

const senderFits = (event: CommandRun, life: Life): boolean =>
  event.sender === null ||
  life.sender === null ||
  event.sender.toLowerCase() === life.sender.toLowerCase() ||
  life.sender.toLowerCase().startsWith(`${event.sender.toLowerCase()}@`)

/** A cwd inside some home must be the home of the submitting user. */
function userFits(cwd: string, user: string | null): boolean {
  if (user === null) return true
  const owner = accountOfPath(cwd)
  return owner === null || owner === user
}

interface FoundCall {
  readonly script: string | null
  readonly certainty: Certainty
  readonly candidates: readonly string[]
  readonly references: readonly number[]
  readonly evaluated: boolean
}

function fromCalls(life: Life, nearby: Nearby, command: FoundCommand | null): FoundCall | null {
  if (life.arrivedAt === null) return null
  const arrived = life.arrivedAt
  const near = nearby.calls.filter(({at}) => at <= arrived + ROUNDING && at >= arrived - CALL_BEFORE)
  if (near.length === 0) return null
  const scored = near
    .map((call) => ({call, score: scoreCall(call.event, nearby.accounts ?? null, life, command)}))
    .filter(({score}) => score !== null)
  if (scored.length === 0) return null
  const proven = scored.filter(({score}) => score?.proven)
  const pool = proven.length > 0 ? proven : scored
  // One call speaks for each script: the one that agrees in most.
  const scripts = [...new Set(pool.map(({call}) => call.event.script))].map((script) =>
    strongest(pool.filter(({call}) => call.event.script === script)),
  )
  scripts.sort((a, b) => b.points - a.points)
  const [best, second] = scripts
  if (!best) return null
  if (!second) return one(best, proven.length > 0 ? 'proven' : best.points >= 3 ? 'likely' : 'ambiguous')
  // More than one script fits: take the best only where its points are of a kind that the others lack.
  const references = scripts.flatMap(({call}) => linesOf(call))
  if (best.points - second.points >= 2 && best.points >= 4)
    return {...one(best, 'likely'), ...(proven.length > 0 ? {references} : {})}
  const candidates = scripts.map(({call}) => call.event.script)
  return {script: null, certainty: 'ambiguous', candidates, references, evaluated: false}
}

interface ScoredCall {
  readonly call: Entry & {readonly event: ScriptMailed}
  readonly points: number
}

/** The call with most points; the earliest of equals, told by the lines themselves and not by their order of reading. */
function strongest(
  calls: readonly {readonly call: ScoredCall['call']; readonly score: {points: number} | null}[],
): ScoredCall {
  const text = ({event}: ScoredCall['call']): string => `${event.line} ${event.recipients.join(' ')} ${event.headers}`
  const [first] = calls
    .map(({call, score}) => ({call, points: score?.points ?? 0}))
    .sort(
      (a, b) =>
        b.points - a.points ||
        Number(a.call.event.evaluated) - Number(b.call.event.evaluated) ||
        a.call.at - b.call.at ||
        (text(a.call) < text(b.call) ? -1 : 1),
    )
  return first as ScoredCall
}

function one({call}: ScoredCall, certainty: Certainty): FoundCall {
  return {
    script: certainty === 'ambiguous' ? null : call.event.script,
    certainty,
    candidates: certainty === 'ambiguous' ? [call.event.script] : [],
    references: linesOf(call),
    evaluated: call.event.evaluated,
  }
}

/** Points for what agrees; null where something contradicts. Time alone is one point. */
function scoreCall(
  call: ScriptMailed,
  accounts: Accounts | null,
  life: Life,
  command: FoundCommand | null,
): {points: number; proven: boolean} | null {
  let points = 1
  let proven = false
  if (call.messageId !== null && life.messageId !== null) {
    if (call.messageId !== life.messageId) return null
    proven = true
  }
  if (call.uid !== null && life.origin.uid !== null) {
    if (call.uid !== life.origin.uid) return null
    points += 2
  }
  const owner = accounts?.ownerOf(call.script) ?? accountOfPath(call.script)
  const account = life.user ?? life.origin.account
  if (owner !== null && account !== null) {
    if (owner !== account && !SHARED_USERS.has(account)) return null
    if (owner === account) points += 2
  } else if (account !== null && call.script.split('/').includes(account)) points += 2
  if (call.subject !== null && life.subject !== null && life.subject !== '') {
    const agrees = sameSubject(call.subject, life.subject)
    if (agrees === 'no') return null
    if (agrees === 'yes') points += 2
  }
  if (call.recipients.length > 0 && life.recipients.length > 0) {
    const reached = new Set(
      life.recipients.flatMap((r) => [r.address.toLowerCase(), (r.original ?? r.address).toLowerCase()]),
    )
    if (!call.recipients.some((address) => reached.has(address.toLowerCase()))) return null
    points += 1
  }
  if (call.from !== null && life.sender !== null && call.from.toLowerCase() === life.sender.toLowerCase()) points += 1
  if (life.phpHeader !== null) {
    const named = /^\d+:([^(]+)/.exec(life.phpHeader)?.[1]
    if (named !== undefined && named !== call.script.slice(call.script.lastIndexOf('/') + 1)) return null
    if (named !== undefined) points += 1
  }
  if (command?.directory != null && command.web) {
    if (command.certainty === 'proven' && !relatedPaths(command.directory, call.script)) return null
    if (relatedPaths(command.directory, call.script)) points += 1
  }
  return {points, proven}
}

/** The page's folder and the calling file (perhaps a library below or beside it) lie in one account or site. */
function relatedPaths(directory: string, script: string): boolean {
  if (script.startsWith(`${directory}/`)) return true
  const account = accountOfPath(directory)
  return account !== null
    ? account === accountOfPath(script)
    : directory.split('/').slice(0, 4).join('/') === script.split('/').slice(0, 4).join('/')
}

const squeeze = (text: string): string => text.replaceAll(/[\s?_]+/g, '').toLowerCase()

/** PHP logs the raw subject, MTAs a decoded, cut or masked one: compare what both can show. */
function sameSubject(call: string, logged: string): 'yes' | 'no' | 'perhaps' {
  if (/=\?[^?]+\?[bq]\?/i.test(call) !== /=\?[^?]+\?[bq]\?/i.test(logged)) return 'perhaps'
  const a = squeeze(call)
  const b = squeeze(logged)
  if (a === b) return 'yes'
  if (!a.startsWith(b) && !b.startsWith(a)) return 'no'
  // One of them is cut (header_checks log 200 bytes of a header), or is another subject that only begins alike.
  return Math.min(a.length, b.length) >= LONG_SUBJECT ? 'yes' : 'perhaps'
}

export function directoryOf(path: string): string | null {
  const slash = path.lastIndexOf('/')
  return slash > 0 ? path.slice(0, slash) : null
}

/** The entry script: PHP runs in the folder of the page that was asked for, and the page's URL names the file. */
function entryScript(directory: string, url: string | null): string | null {
  const page = url === null ? null : (/\/([^/?#]+\.php\d?)(?:[/?#]|$)/i.exec(url)?.[1] ?? null)
  return page === null ? null : `${directory}/${page}`
}
