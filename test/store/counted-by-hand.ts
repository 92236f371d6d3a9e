/** Hourly volumes the slow and plain way, message by message, for tests to hold the quick way against. */

import {FLAG, outcomeCodes, refusalCodes} from '../../src/store/codes.js'
import type {Connection} from '../../src/store/database.js'
import {kindCode, SENT, SUBJECT_COLUMNS, subjectOfColumns, textReader} from '../../src/store/subjects.js'

const HOUR = 3_600_000

interface Sent {
  id: number
  at: number
  server: number
  serverName: string
  kind: number
  a: number | null
  b: number
  account: number | null
  client: number | null
}

interface Recipient {
  address: number
  domain: number | null
  outcome: number
  refusal: number
}

const DONE = (['delivered', 'delivered-locally', 'handed-on'] as const).map(outcomeCodes.code)

/** Rows as `everyVolume` reads them. */
export function countedByHand(db: Connection): unknown[] {
  const text = textReader(db)
  const recipients = db.prepare(
    'SELECT address, domain, outcome, refusal FROM recipient WHERE message = ? ORDER BY seq',
  )
  const behind = db.prepare('SELECT id FROM message WHERE continues = ?').pluck()
  const sent = db
    .prepare(
      `SELECT message.id AS id, at, message.server AS server, server.name AS serverName, ${SUBJECT_COLUMNS}, message.account AS account,
 coalesce(visitor, client) AS client FROM message JOIN server ON server.id = message.server LEFT JOIN text AS script_text ON script_text.id = message.script
WHERE message.flags & ${FLAG.reinjected} = 0 AND ${SENT}`,
    )
    .all() as Sent[]
  const hours = new Map<string, {row: Named; of: {sent: Sent; own: Recipient[]; later: Recipient[]}[]}>()
  for (const one of sent) {
    const subject = subjectOfColumns(one.kind, one.a, one.b, one.serverName, text)
    if (subject === null) continue
    const hour = Math.floor(one.at / HOUR)
    const key = `${hour} ${one.server} ${subject.kind} ${subject.name}`
    const group = hours.get(key) ?? {row: {hour, kind: kindCode(subject.kind), name: subject.name}, of: []}
    hours.set(key, group)
    let ids = [one.id]
    const later: Recipient[] = []
    for (let depth = 0; depth < 3; depth++) {
      ids = ids.flatMap((id) => behind.all(id) as number[])
      for (const id of ids) later.push(...(recipients.all(id) as Recipient[]))
    }
    group.of.push({sent: one, own: recipients.all(one.id) as Recipient[], later})
  }
  return [...hours.values()]
    .map(({row, of}) => {
      const own = of.flatMap((one) => one.own)
      const later = of.flatMap((one) => one.later)
      const all = [...own, ...later]
      const different = (values: readonly (number | null)[]): number =>
        new Set(values.filter((one) => one !== null)).size
      const failed = all.filter((one) => one.outcome === outcomeCodes.code('failed'))
      const refused = (kind: 'unknown-user' | 'policy'): number =>
        failed.filter((one) => one.refusal === refusalCodes.code(kind)).length
      return {
        ...row,
        messages: of.length,
        recipients: own.length,
        addresses: different(all.map((one) => one.address)),
        domains: different(all.map((one) => one.domain)),
        clients: different(of.map((one) => one.sent.client)),
        delivered:
          own.filter((one) => DONE.includes(one.outcome)).length -
          later.filter((one) => !DONE.includes(one.outcome)).length,
        unknown_user: refused('unknown-user'),
        policy: refused('policy'),
        other: failed.length - refused('unknown-user') - refused('policy'),
        deferred: all.filter((one) => one.outcome === outcomeCodes.code('deferred')).length,
      }
    })
    .sort(inOrder)
}

/** Everything that the store keeps of volumes. */
export const everyVolume = (db: Connection): unknown[] =>
  (
    db
      .prepare(
        `SELECT hour, kind, name, messages, recipients, addresses, domains, clients, delivered, unknown_user, policy, other, deferred
FROM volume JOIN subject ON subject.id = subject`,
      )
      .all() as Named[]
  ).sort(inOrder)

interface Named {
  readonly hour: unknown
  readonly kind: unknown
  readonly name: unknown
}

const inOrder = (a: Named, b: Named): number => {
  const [x, y] = [a, b].map(({hour, kind, name}) => `${hour} ${kind} ${name}`)
  return (x ?? '') < (y ?? '') ? -1 : 1
}
