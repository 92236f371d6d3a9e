/** Rows of one table gathered and inserted several at a time: the call of a statement costs as much as its row. */

import type {Connection, Statement} from './database.js'

type Value = number | null | Buffer

/** Rows a statement. More gain little: what is saved is the call. */
const AT_ONCE = 8

export class RowBuffer {
  private readonly many: Statement
  private readonly one: Statement
  private readonly width: number
  /** Kept at its full length: an array that grows anew for each statement is thrown away several times. */
  private readonly values: Value[]
  private count = 0

  /** `insert` is everything before VALUES; `columns` of it are bound. */
  constructor(db: Connection, insert: string, columns: number) {
    const row = `(${new Array(columns).fill('?').join(', ')})`
    this.width = columns
    this.values = new Array<Value>(AT_ONCE * columns).fill(null)
    this.one = db.prepare(`${insert} VALUES ${row}`)
    this.many = db.prepare(`${insert} VALUES ${new Array(AT_ONCE).fill(row).join(', ')}`)
  }

  /** Adds one value of a row; call it `columns` times, then `end`. */
  put(value: Value): void {
    this.values[this.count++] = value
  }

  /** Ends a row. */
  end(): void {
    if (this.count < this.values.length) return
    this.many.run(...this.values)
    this.count = 0
  }

  /** Writes what waits. Call it before anybody asks the table, and at the end of the transaction. */
  flush(): void {
    const {values, width, count} = this
    for (let at = 0; at < count; at += width) this.one.run(...values.slice(at, at + width))
    this.count = 0
  }
}
