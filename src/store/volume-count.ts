/**
 * Hourly volumes counted out of rows that are read in the order of time, for whoever reads them: a judgement of the same messages, or nobody
 * else. Counts only hours that are due (their messages changed since the last count) and that the reading takes in from end to end.
 */

import {FLAG} from './codes.js'
import type {Connection, Statement} from './database.js'
import {ENDED, type Row, type SentPiece, sentRows} from './sent-rows.js'
import {SENT, Subjects} from './subjects.js'
import {type Known, VolumeSubjects} from './volume-subjects.js'
import {VolumeSum} from './volume-sum.js'

const HOUR = 3_600_000
/** Hours that are written in one transaction. */
const AT_ONCE = 24
/** Content filters that one message passes in a row at most, for its volumes. */
const MOST_FILTERS = 3

/** Recipients of the entries that a sent message went on as behind content filters, up to three in a row. */
const BEHIND_FILTERS = Array.from({length: MOST_FILTERS}, (_, depth) => {
  const entries = Array.from(
    {length: depth + 1},
    (_, i) => `JOIN message AS m${i + 1} ON m${i + 1}.continues = ${i === 0 ? 'message' : `m${i}`}.id`,
  )
  return `SELECT message.id, recipient.address, recipient.domain, ${ENDED} FROM message INDEXED BY message_at ${entries.join(' ')}
JOIN recipient ON recipient.message = m${depth + 1}.id
WHERE message.at >= @from AND message.at < @to AND message.flags & ${FLAG.reinjected} = 0 AND ${SENT}`
}).join(' UNION ALL ')

type Behind = readonly [own: number, address: number, domain: number | null, ended: number]

interface CountedHour {
  readonly hour: number
  readonly rows: readonly (readonly [Known, readonly number[]])[]
}

export class VolumeCount {
  private readonly subjects: VolumeSubjects
  private readonly behind: Statement | null
  private readonly done: CountedHour[] = []
  /** Hours of the reading that are due, ascending, and the first of them that is not done. */
  private due: readonly number[] = []
  private next = 0
  private hour = Number.NEGATIVE_INFINITY
  /** null: the hour is not due. */
  private sums: Map<Known, VolumeSum> | null = null
  /** Hours counted so far. */
  counted = 0

  constructor(private readonly db: Connection) {
    this.subjects = new VolumeSubjects(db)
    const filtered = db.prepare('SELECT 1 FROM message WHERE continues IS NOT NULL LIMIT 1').get() !== undefined
    this.behind = filtered ? db.prepare(BEHIND_FILTERS).raw() : null
    db.prepare('DELETE FROM volume_due WHERE hour < ?').run(firstKeptHour(db))
  }

  /**
   * The rows of [from, to) (UTC milliseconds), passed on as they are read. Writes in transactions of its own, between two pieces and at the end:
   * what a reader leaves off is due still.
   */
  *rows(from: number, to: number): Generator<SentPiece> {
    this.due = this.db
      .prepare('SELECT hour FROM volume_due WHERE hour >= ? AND hour < ? ORDER BY hour')
      .pluck()
      .all(Math.ceil(from / HOUR), Math.floor(to / HOUR)) as number[]
    this.next = 0
    this.hour = Number.NEGATIVE_INFINITY
    this.sums = null
    for (const piece of sentRows(this.db, from, to)) {
      if (this.next < this.due.length) this.take(piece)
      if (this.done.length >= AT_ONCE) this.write()
      yield piece
    }
    this.pass(Number.POSITIVE_INFINITY)
    this.write()
  }

  private take({from, to, rows}: SentPiece): void {
    const behind = this.behindFilters(from, to)
    let id = Number.NaN
    let sum: VolumeSum | null = null
    for (const row of rows) {
      if (row[0] !== id) {
        id = row[0]
        const hour = Math.floor(row[1] / HOUR)
        if (hour !== this.hour) this.pass(hour)
        sum = this.sums === null || (row[2] & FLAG.reinjected) !== 0 ? null : this.sumOf(this.sums, row)
        sum?.message(row[5])
        for (const [, address, domain, ended] of behind?.get(id) ?? []) sum?.behindFilter(address, domain, ended)
      }
      if (row[13] !== null) sum?.recipient(row[13], row[14], row[15])
    }
  }

  private behindFilters(from: number, to: number): ReadonlyMap<number, readonly Behind[]> | null {
    if (this.behind === null) return null
    const found = new Map<number, Behind[]>()
    for (const row of this.behind.all({from, to}) as unknown as Behind[]) {
      const list = found.get(row[0])
      if (list) list.push(row)
      else found.set(row[0], [row])
    }
    return found
  }

  private sumOf(sums: Map<Known, VolumeSum>, row: Row): VolumeSum {
    const known = this.subjects.of(row)
    let sum = sums.get(known)
    if (sum === undefined) {
      sum = new VolumeSum()
      sums.set(known, sum)
    }
    return sum
  }

  /** The reading has come to an hour: those before it are done. */
  private pass(hour: number): void {
    for (let due = this.due[this.next]; due !== undefined && due < hour; due = this.due[++this.next]) {
      const sums = due === this.hour ? this.sums : null
      this.done.push({hour: due, rows: [...(sums ?? [])].map(([known, sum]) => [known, sum.values()])})
    }
    this.subjects.rest()
    this.hour = hour
    this.sums = this.due[this.next] === hour ? new Map() : null
  }

  private write(): void {
    const {db, done, subjects} = this
    if (done.length === 0) return
    const clear = db.prepare('DELETE FROM volume WHERE hour = ?')
    const insert = db.prepare('INSERT INTO volume VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    const counted = db.prepare('DELETE FROM volume_due WHERE hour = ?')
    db.transaction(() => {
      const numbers = new Subjects(db)
      for (const {hour, rows} of done) {
        clear.run(hour)
        for (const [known, values] of rows) {
          const number = subjects.number(known, numbers)
          if (number !== null) insert.run(hour, number, ...values)
        }
        counted.run(hour)
      }
    }).immediate()
    this.counted += done.length
    done.length = 0
  }
}

/** Hours before the last pruning keep what they have: their messages are gone. */
function firstKeptHour(db: Connection): number {
  const pruned = db.prepare("SELECT max(last) FROM gap WHERE reason = 'pruned'").pluck().get() as number | null
  return Math.ceil((pruned ?? 0) / HOUR)
}
