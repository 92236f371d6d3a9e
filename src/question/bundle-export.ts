/** Everything that is held, or everything about one address (GDPR article 15), as a stream of records. */

import {addressKey} from '../life/keys.js'
import type {Message} from '../mail/message.js'
import {byteString, readable} from '../mail/text.js'
import {dayTotals, linesWith, messageIds} from '../store/bundle-export.js'
import type {SqliteStore} from '../store/finder.js'
import {maskOf} from '../store/forget-mask.js'
import type {Window} from './coverage.js'
import type {Fleet} from './fleet.js'
import {iso, toMessage} from './message.js'

/** One line of `mailwitness.export/1`. */
export type ExportRecord =
  | ({readonly schema: 'mailwitness.export/1'; readonly kind: 'message'} & Message)
  | {
      readonly schema: 'mailwitness.export/1'
      readonly kind: 'line'
      readonly source: string
      readonly offset: number
      readonly at: string | null
      readonly line: string
    }
  | {
      readonly schema: 'mailwitness.export/1'
      readonly kind: 'total'
      readonly server: string
      readonly day: string
      readonly origin: string | null
      readonly sender: string
      readonly messages: number
      readonly recipients: number
      readonly delivered: number
      readonly failed: number
      readonly rejections: number
    }

export interface ExportQuestion {
  /** null: everything. */
  readonly address: string | null
  readonly window: Window
  readonly servers: readonly string[]
}

/** Messages brought back at a time. */
const BATCH = 200

/** Messages by arrival, then, for an address, the other lines that name it; without one, the totals of pruned days. */
export function* exportRecords(store: SqliteStore, fleet: Fleet, question: ExportQuestion): Generator<ExportRecord> {
  const {address, window, servers} = question
  const cited = new Set<number>()
  const wanted = (server: string): boolean => servers.length === 0 || servers.includes(server)
  for (const found of messagesOf(store, question)) {
    if (!wanted(found.server)) continue
    if (address !== null) for (const reference of [...found.joined, ...found.life.references]) cited.add(reference)
    yield {schema: 'mailwitness.export/1', kind: 'message', ...toMessage(store, fleet, found)}
  }
  if (address === null) {
    for (const {day, ...total} of dayTotals(store.db, window.from, window.to))
      if (wanted(total.server))
        yield {
          schema: 'mailwitness.export/1',
          kind: 'total',
          day: new Date(day * 86_400_000).toISOString().slice(0, 10),
          ...total,
          sender: readable(total.sender),
        }
    return
  }
  const mask = maskOf(address)
  if (mask === null) return
  for (const {reference, source, offset, text, at} of linesWith(
    store.db,
    (line) => mask.found(line),
    window.from,
    window.to,
  ))
    if (!cited.has(reference))
      yield {schema: 'mailwitness.export/1', kind: 'line', source, offset, at: iso(at), line: readable(text)}
}

function* messagesOf(
  store: SqliteStore,
  {address, window}: ExportQuestion,
): Generator<ReturnType<SqliteStore['byIds']>[number]> {
  if (address !== null) {
    for (const found of store.oldestByKeys([addressKey(byteString(address))], window)) {
      const {life} = found
      const at = life.arrivedAt ?? life.firstAt
      if ((window.from === null || at >= window.from) && (window.to === null || at < window.to)) yield found
    }
    return
  }
  let batch: number[] = []
  for (const id of messageIds(store.db, window.from, window.to)) {
    batch.push(id)
    if (batch.length < BATCH) continue
    yield* store.byIds(batch)
    batch = []
  }
  yield* store.byIds(batch)
}
