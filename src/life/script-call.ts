/** The call of PHP's mail() that made a local message: by what its log line and the message agree in, never by the nearest line. */

import type {ScriptMailed} from '../mail/event.js'
import type {Certainty} from '../mail/message.js'
import type {Entry, Life} from './life.js'
import {type Accounts, CALL_BEFORE, linesOf, type Nearby, ROUNDING} from './nearby.js'
import {SHARED_USERS} from './shared-users.js'
import {accountOfPath, relatedPaths} from './site-path.js'
import type {FoundCommand} from './submitting-command.js'

/** Two subjects that agree in so many characters are one, however they go on. */
const LONG_SUBJECT = 60

export interface FoundCall {
  readonly script: string | null
  readonly certainty: Certainty
  readonly candidates: readonly string[]
  readonly references: readonly number[]
  readonly evaluated: boolean
}

export function fromCalls(life: Life, nearby: Nearby, command: FoundCommand | null): FoundCall | null {
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
