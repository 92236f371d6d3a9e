/** The logical content of a database as one canonical text: two databases say the same exactly where their dumps are equal. */

import {keysOf} from '../../src/life/keys.js'
import type {Life} from '../../src/life/life.js'
import {hash53} from '../../src/mail/hash.js'
import {LOOSE} from '../../src/store/codes.js'
import {coverageOf} from '../../src/store/coverage.js'
import {type Connection, openForReading} from '../../src/store/database.js'
import {SqliteStore} from '../../src/store/finder.js'
import {unpackReferences} from '../../src/store/varint.js'
import {MESSAGE_COLUMNS} from '../../src/store/writer.js'

export interface DumpOptions {
  /** Gaps are compared: only where both databases were told which parts follow each other. */
  readonly gaps?: boolean
  /** Applied to every verbatim line before it is compared (taking a syslog prefix off, say). */
  readonly line?: (text: string) => string
  /** Times of lines, evidence and coverage are left out: only what messages are. */
  readonly messagesOnly?: boolean
}

/** Columns that hold numbers of texts. */
const TEXT_COLUMNS = new Set([
  'sender',
  'script',
  'directory',
  'login',
  'account',
  'client',
  'url',
  'visitor',
  'forwarder',
])

const sorted = <T>(values: Iterable<T>): T[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

function lifeAsText(life: Life, lines: readonly string[] | null): unknown {
  const {
    references: _references,
    pid: _pid,
    identified,
    scriptCalls,
    recipients,
    links,
    origin,
    rejection,
    ...rest
  } = life
  return {
    ...rest,
    origin: {...origin, candidates: sorted(origin.candidates)},
    recipients: sorted(recipients),
    links: sorted(links),
    rejection: rejection === null ? null : {...rejection, stamp: null, host: null, pid: null},
    identified: sorted(identified.map((event) => ({...event, stamp: null, host: null, pid: null}))),
    scriptCalls: scriptCalls.length,
    ...(lines === null ? {} : {lines: sorted(new Set(lines))}),
  }
}

/** Hourly volumes, and the hours that still wait for theirs. */
const volumesAsText = (db: Connection): string[] => [
  ...db
    .prepare(
      `SELECT server.name AS server, hour, kind, subject.name AS name, account, messages, recipients, addresses, domains, clients, delivered,
unknown_user, policy, other, deferred FROM volume JOIN subject ON subject.id = volume.subject JOIN server ON server.id = subject.server`,
    )
    .all()
    .map((row) => `volume ${JSON.stringify(row)}`),
  ...db
    .prepare('SELECT hour FROM volume_due')
    .pluck()
    .all()
    .map((hour) => `volume due ${hour}`),
]

/** Messages that the range of their hour does not hold: there are none. */
const outsideTheirHour = (db: Connection): string[] =>
  db
    .prepare(
      `SELECT message.id FROM message LEFT JOIN arrival ON arrival.server = message.server AND arrival.hour = message.at / 3600000
WHERE arrival.first IS NULL OR message.id NOT BETWEEN arrival.first AND arrival.last`,
    )
    .pluck()
    .all()
    .map((id) => `message outside its hour ${id}`)

/** One text a fact, sorted. Without sources, offsets, references and numbers of rows. */
export function contentOf(db: Connection, options: DumpOptions = {}): string[] {
  const store = new SqliteStore(db)
  const out: string[] = []
  const line = options.line ?? ((text: string) => text)
  const text = db.prepare('SELECT value FROM text WHERE id = ?').pluck()
  const columns = db.prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE id = ?`)
  const recipients = db.prepare(
    'SELECT address, text.value AS domain, outcome, refusal, at, attempts FROM recipient LEFT JOIN text ON text.id = domain WHERE message = ?',
  )
  const hashKey = db.prepare("SELECT value FROM note WHERE name = 'address-hash-key'").pluck().get() as string
  const names = new Map(
    (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map((row) => [row.id, row.name]),
  )
  for (const row of db.prepare('SELECT id, server, joined, continues FROM message').all() as {
    id: number
    server: number
    joined: Buffer | null
    continues: number | null
  }[]) {
    const revived = store.reviver.revive(row.id)
    if (!revived) {
      out.push(`unreadable message on ${names.get(row.server)}`)
      continue
    }
    const {life} = revived
    const lost = [...keysOf(life)].filter((key) => !store.keys.messages(hash53(key)).includes(row.id))
    const stored = Object.fromEntries(
      Object.entries(columns.get(row.id) as Record<string, number | null>).map(([name, value]) => [
        name,
        TEXT_COLUMNS.has(name) && value !== null ? text.get(value) : value,
      ]),
    )
    const cited = options.messagesOnly ? null : store.evidence.lines(life.references).map((found) => line(found.text))
    const joined =
      options.messagesOnly || row.joined === null
        ? []
        : sorted(new Set(store.evidence.lines(unpackReferences(row.joined)).map((found) => line(found.text))))
    // Addresses are hashed with each database's own key: only their agreement with the life is compared.
    const rows = (recipients.all(row.id) as {address: number}[]).map(({address, ...rest}) => ({
      ...rest,
      known: life.recipients.some((recipient) => hash53(hashKey + recipient.address.toLowerCase()) === address),
    }))
    const continues = row.continues === null ? null : (store.reviver.revive(row.continues)?.life.queueId ?? 'lost')
    out.push(
      `message ${JSON.stringify({server: names.get(row.server), queueId: life.queueId, ...(lifeAsText(life, cited) as object), stored, rows: sorted(rows), joined, lost, continues})}`,
    )
  }
  out.push(...volumesAsText(db), ...outsideTheirHour(db))
  if (!options.messagesOnly) {
    const loose = db.prepare('SELECT server, at, ref, kind FROM loose').all() as {
      server: number
      at: number
      ref: number
      kind: number
    }[]
    const facts = loose.map(
      ({server, at, ref, kind}) =>
        `loose ${names.get(server)} ${at} ${LOOSE[kind]} ${line(store.evidence.line(ref)?.text ?? '(lost)')}`,
    )
    out.push(...new Set(facts))
    for (const {server, from, to, gaps} of coverageOf(db))
      out.push(
        `coverage ${JSON.stringify({server, from, to, ...(options.gaps ? {gaps: gaps.map((gap) => [gap.from, gap.to, gap.reason])} : {})})}`,
      )
  }
  return out.sort()
}

/** The content of a database file. */
export function contentOfFile(path: string, options: DumpOptions = {}): string[] {
  const db = openForReading(path)
  try {
    return contentOf(db, options)
  } finally {
    db.close()
  }
}

/** Where two dumps differ, as short texts: the fields that differ where both have the message, else the fact; at most `most`. */
export function difference(expected: readonly string[], actual: readonly string[], most = 6): string[] {
  const missing = without(expected, actual)
  const added = without(actual, expected)
  const out: string[] = []
  const paired = new Set<string>()
  for (const one of missing) {
    const other = added.find((fact) => !paired.has(fact) && nameOf(fact) === nameOf(one))
    if (other === undefined) out.push(`- ${one}`)
    else {
      paired.add(other)
      out.push(`${nameOf(one)}: ${fieldsThatDiffer(one, other)}`)
    }
  }
  for (const one of added) if (!paired.has(one)) out.push(`+ ${one}`)
  return out.length === 0
    ? []
    : [...out.slice(0, most).map((text) => text.slice(0, 1200)), `${missing.length} missing, ${added.length} added`]
}

function without(list: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const one of taken) counts.set(one, (counts.get(one) ?? 0) + 1)
  return list.filter((one) => {
    const left = counts.get(one) ?? 0
    counts.set(one, left - 1)
    return left <= 0
  })
}

const nameOf = (fact: string): string =>
  /^(?:message \{"server":"[^"]*","queueId":"[^"]*"|coverage \{"server":"[^"]*")/.exec(fact)?.[0] ?? fact

function fieldsThatDiffer(a: string, b: string): string {
  const left = JSON.parse(a.slice(a.indexOf('{'))) as Record<string, unknown>
  const right = JSON.parse(b.slice(b.indexOf('{'))) as Record<string, unknown>
  return Object.keys(left)
    .filter((key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]))
    .map((key) => `${key} ${shortly(left[key], right[key])} / ${shortly(right[key], left[key])}`)
    .join('; ')
}

const shortly = (value: unknown, other: unknown): string =>
  JSON.stringify(
    Array.isArray(value) && Array.isArray(other)
      ? value.filter((one) => !other.some((two) => JSON.stringify(one) === JSON.stringify(two)))
      : value,
  ) ?? 'nothing'
