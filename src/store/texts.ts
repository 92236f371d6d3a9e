/** Repeated strings (addresses, scripts, logins, client IPs) kept once and named by number. */

import {detached} from '../mail/detached.js'
import type {Connection, Statement} from './database.js'

/** Strings remembered in memory: this many that were used lately, and up to as many of the time before; beyond, the database is asked. */
const REMEMBERED = 30_000

export class Texts {
  private numbers = new Map<string, number>()
  private older = new Map<string, number>()
  private readonly insert: Statement
  private readonly select: Statement

  constructor(db: Connection) {
    this.insert = db.prepare('INSERT INTO text(value) VALUES (?) ON CONFLICT(value) DO NOTHING')
    this.select = db.prepare('SELECT id FROM text WHERE value = ?').pluck()
  }

  /** The number of a text, making it where new; null stays null. */
  number(value: string | null): number | null {
    if (value === null) return null
    const known = this.numbers.get(value)
    if (known !== undefined) return known
    const old = this.older.get(value)
    if (old !== undefined) return this.remember(detached(value), old)
    const inserted = this.insert.run(value)
    const id = inserted.changes > 0 ? Number(inserted.lastInsertRowid) : (this.select.get(value) as number)
    return this.remember(detached(value), id)
  }

  private remember(value: string, id: number): number {
    if (this.numbers.size >= REMEMBERED) {
      this.older = this.numbers
      this.numbers = new Map()
    }
    this.numbers.set(value, id)
    return id
  }

  /** After a rolled-back transaction nothing remembered can be trusted. */
  forget(): void {
    this.numbers.clear()
    this.older.clear()
  }
}
