/** Scores alerts by the rules of the shared scorer (score.mjs), and adds messages before the alert and the day's rank. */

import type {OutcomeFact, SendFact} from '../../src/mail/send-fact.js'
import type {Alert} from '../../src/question/abuse/alert.js'
import type {AbuseDetector} from '../../src/question/abuse/detector.js'

export interface Episode {
  readonly id: string
  readonly type: string
  readonly account: string
  readonly keys: readonly string[]
  readonly entity: string
  readonly start: number
  readonly end: number
  readonly messages: number
  readonly recipients: number
  readonly clean: boolean
}

export interface Truth {
  readonly start: number
  readonly end: number
  readonly evalStart: number
  readonly episodes: readonly Episode[]
  readonly storms: readonly {readonly keys: readonly string[]; readonly start: number; readonly end: number}[]
}

export interface Scored {
  readonly episodes: number
  readonly hits: number
  readonly weeks: number
  readonly falseAlerts: readonly Alert[]
  readonly missed: readonly Episode[]
  readonly messagesBefore: readonly number[]
  readonly minutesBefore: readonly number[]
  readonly perType: ReadonlyMap<string, readonly [number, number]>
  readonly bestRank: ReadonlyMap<string, Place>
}

/** The culprit's place in the day's list, and how many innocent senders stand before it (several episodes may share a day). */
export interface Place {
  readonly rank: number
  readonly innocentsAhead: number
  readonly note: string
}

export interface Raised {
  /** UTC milliseconds. */
  readonly at: number
  readonly entity: string
  readonly alert: Alert
}

const DAY = 86_400

export function score(
  truth: Truth,
  raised: readonly Raised[],
  told: readonly (SendFact | OutcomeFact)[],
  detector: AbuseDetector | null,
): Scored {
  const episodesOf = group(truth)
  const last = new Map<string, number>()
  const hit = new Map<string, Raised>()
  const falseAlerts: Alert[] = []
  for (const one of [...raised].sort((a, b) => a.at - b.at)) {
    const t = one.at / 1000
    if (t < truth.evalStart || t >= truth.end) continue
    const before = last.get(one.entity)
    last.set(one.entity, t)
    if (before !== undefined && t - before < DAY) continue
    let accounted = false
    for (const e of episodesOf.get(one.entity) ?? []) {
      if (t >= e.start && t <= e.end + 3600) {
        accounted = true
        if (!hit.has(e.id)) hit.set(e.id, one)
      } else if (t > e.end && t <= e.end + DAY) accounted = true
    }
    if (accounted) continue
    if (truth.storms.some((s) => s.keys.includes(one.entity) && t >= s.start && t <= s.end + 7200)) continue
    falseAlerts.push(one.alert)
  }
  const sent = sendsOf(truth, told)
  const messagesBefore: number[] = []
  const minutesBefore: number[] = []
  for (const [id, {at}] of hit) {
    messagesBefore.push((sent.get(id) ?? []).filter((t) => t <= at).length)
    const start = truth.episodes.find((e) => e.id === id)?.start ?? 0
    minutesBefore.push(Math.max(0, (at / 1000 - start) / 60))
  }
  const perType = new Map<string, [number, number]>()
  for (const e of truth.episodes) {
    const [h, n] = perType.get(e.type) ?? [0, 0]
    perType.set(e.type, [h + (hit.has(e.id) ? 1 : 0), n + 1])
  }
  return {
    episodes: truth.episodes.length,
    hits: hit.size,
    weeks: (truth.end - truth.evalStart) / (7 * DAY),
    falseAlerts,
    missed: truth.episodes.filter((e) => !hit.has(e.id)),
    messagesBefore,
    minutesBefore,
    perType,
    bestRank: detector === null ? new Map() : ranks(truth, detector, sent),
  }
}

function group(truth: Truth): Map<string, Episode[]> {
  const found = new Map<string, Episode[]>()
  for (const e of truth.episodes) for (const key of e.keys) found.set(key, [...(found.get(key) ?? []), e])
  return found
}

/** Times of the messages that the episode's own sender sent during it, by episode. */
function sendsOf(truth: Truth, told: readonly (SendFact | OutcomeFact)[]): Map<string, number[]> {
  const byKey = new Map<string, Episode>()
  for (const e of truth.episodes) {
    byKey.set(e.entity, e)
    byKey.set(`account ${e.account}`, e)
    const folder = e.entity.slice(0, e.entity.lastIndexOf('/'))
    if (folder) byKey.set(`folder ${folder}`, e)
    for (const key of e.keys) if (key.endsWith('.php')) byKey.set(key, e)
  }
  const found = new Map<string, number[]>()
  for (const fact of told) {
    if (fact.type !== 'send' || fact.continued) continue
    const {script, scriptDirectory, login, account, cron} = fact.origin
    if (cron) continue
    const e = script?.startsWith('/')
      ? byKey.get(script)
      : scriptDirectory !== null
        ? byKey.get(`folder ${scriptDirectory}`)
        : login !== null
          ? byKey.get(login)
          : byKey.get(`account ${account}`)
    if (e === undefined || fact.at < e.start * 1000 || fact.at > e.end * 1000 + 60_000) continue
    const times = found.get(e.id) ?? []
    found.set(e.id, times)
    times.push(fact.at)
  }
  return found
}

/** The culprit's place in the list of the day on which it sent most. */
function ranks(truth: Truth, detector: AbuseDetector, sent: ReadonlyMap<string, number[]>): Map<string, Place> {
  const found = new Map<string, Place>()
  const culprits = new Set(truth.episodes.flatMap((e) => e.keys))
  for (const e of truth.episodes) {
    const days = new Map<number, number>()
    for (const t of sent.get(e.id) ?? [])
      days.set(Math.floor(t / 86_400_000), (days.get(Math.floor(t / 86_400_000)) ?? 0) + 1)
    const worst = [...days].sort((a, b) => b[1] - a[1])[0]?.[0]
    if (worst === undefined) continue
    const list = detector.rank(worst)
    const keys = new Set(e.keys)
    const place = list.findIndex((r) => isAmong(r.subject.name, keys))
    const row = list[place]
    found.set(e.id, {
      rank: place < 0 ? 999 : place + 1,
      innocentsAhead: place < 0 ? 999 : list.slice(0, place).filter((r) => !isAmong(r.subject.name, culprits)).length,
      note: row
        ? `${row.score.toFixed(2)} ${row.reasons.map((r) => `${r.code}${r.weight >= 0 ? '+' : ''}${r.weight.toFixed(1)}`).join(' ')}`
        : '-',
    })
  }
  return found
}

function isAmong(name: string, keys: ReadonlySet<string>): boolean {
  if (keys.has(name.replace(/\/$/, ''))) return true
  return !name.startsWith('/') && name.includes(':') && keys.has(name.slice(0, name.indexOf(':')))
}
