/** Whom the messages of an hour belong to: one object for each sender, numbered when its volumes are written. */

import type {AbuseSubject} from '../mail/send-fact.js'
import {FLAG} from './codes.js'
import type {Connection} from './database.js'
import type {Row} from './sent-rows.js'
import {type Subjects, subjectOfColumns, textReader} from './subjects.js'

/** One sender. */
export interface Known {
  readonly server: number
  /** null: nobody can be named. */
  readonly subject: AbuseSubject | null
  /** Numbers of the accounts that it was seen with. */
  readonly accounts: Set<number>
  /** Its row's number, once it is written; null also where a further account was seen since. */
  number: number | null
}

/** Senders that are remembered from one hour to the next: forged sender addresses are without end. */
const MOST = 100_000

export class VolumeSubjects {
  private readonly names: ReadonlyMap<number, string>
  private readonly text: (id: number) => string
  private readonly byColumns = new Map<number, Map<number | string, Known>>()
  private readonly byName = new Map<string, Known>()
  private size = 0

  constructor(db: Connection) {
    this.names = new Map(
      (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map(({id, name}) => [id, name]),
    )
    this.text = textReader(db)
  }

  of(row: Row): Known {
    const server = row[3]
    let known = this.byColumns.get(server)
    if (known === undefined) {
      known = new Map()
      this.byColumns.set(server, known)
    }
    const [kind, a, b] = this.columns(row)
    const key = b !== 0 ? `${a} ${b}` : a === null ? '' : a * 8 + kind
    let one = known.get(key)
    if (one === undefined) {
      one = this.named(server, subjectOfColumns(kind, a, b, this.names.get(server) ?? '', this.text))
      known.set(key, one)
      this.size++
    }
    const owner = row[9]
    if (owner !== null && owner >= 0 && !one.accounts.has(owner)) {
      one.accounts.add(owner)
      one.number = null
    }
    return one
  }

  /** The same choice as SUBJECT_COLUMNS, of a row's values. */
  private columns(row: Row): readonly [kind: number, a: number | null, b: number] {
    const [, , flags, , sender, , script, directory, login, owner, , forwarder] = row
    if (forwarder !== null) return [4, forwarder, 0]
    if ((flags & FLAG.cron) !== 0 && owner !== null) return [1, owner, 0]
    if (script !== null)
      return owner === null || this.text(script).startsWith('/') ? [0, script, 0] : [5, script, owner]
    if (directory !== null) return [6, directory, 0]
    if (login !== null) return [2, login, 0]
    return owner !== null ? [1, owner, 0] : [3, sender, 0]
  }

  private named(server: number, subject: AbuseSubject | null): Known {
    const name = subject === null ? `${server}` : `${server}\n${subject.kind}\n${subject.name}`
    let known = this.byName.get(name)
    if (known === undefined) {
      known = {server, subject, accounts: new Set(), number: null}
      this.byName.set(name, known)
    }
    return known
  }

  /** The sender's row, with the first of its accounts by name. Call inside the transaction that writes its volumes. */
  number(known: Known, subjects: Subjects): number | null {
    const {server, subject, accounts} = known
    if (subject === null) return null
    if (known.number !== null) return known.number
    const [account = null] = [...accounts].map(this.text).sort()
    known.number = subjects.put(server, subject.kind, subject.name, account)
    return known.number
  }

  /** An hour is over, and nobody holds on to what was given. */
  rest(): void {
    if (this.size < MOST) return
    this.byColumns.clear()
    this.byName.clear()
    this.size = 0
  }
}
