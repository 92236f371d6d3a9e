/** Senders as rows: kind and name once, numbers everywhere else. No recipient stands here. */

import type {AbuseSubject, SubjectKind} from '../mail/send-fact.js'
import {readable} from '../mail/text.js'
import {FLAG, originCodes} from './codes.js'
import type {Connection, Statement} from './database.js'

/** The order is part of the schema: append only. */
const KINDS: readonly SubjectKind[] = ['script', 'account', 'login', 'domain', 'forwarder']

export const kindCode = (kind: SubjectKind): number => KINDS.indexOf(kind)
export const kindWord = (code: number): SubjectKind => KINDS[code] ?? 'account'

/**
 * Messages that somebody of ours sent: accepted, from inside or sent on by a forwarder. Rows with FLAG.reinjected are second halves of a
 * content filter's pass: no messages of their own, but they know how the message ended that they continue.
 */
export const SENT = `message.flags & ${FLAG.accepted} = ${FLAG.accepted} AND (message.origin IN (${originCodes.code('script')}, ${originCodes.code('local')}, ${originCodes.code('authenticated')}) OR message.forwarder IS NOT NULL)`

const SENT_FROM: ReadonlySet<number> = new Set([
  originCodes.code('script'),
  originCodes.code('local'),
  originCodes.code('authenticated'),
])

/** The same as SENT, of a row's values. */
export const isSent = (flags: number, origin: number, forwarder: number | null): boolean =>
  (flags & FLAG.accepted) !== 0 && (SENT_FROM.has(origin) || forwarder !== null)

/**
 * Whom a message belongs to, as columns `kind`, `a` and `b` that can be grouped by: the same choice as the abuse detector's subjectOf (forwarder,
 * cron's account, script, directory, login, account, sender). `a` is a text's number, or minus one minus a uid; `b` the account of a script known
 * by its base name only. Needs `message` and the script's text joined as `script_text`.
 */
export const SUBJECT_COLUMNS = `CASE WHEN message.forwarder IS NOT NULL THEN 4
 WHEN message.flags & ${FLAG.cron} <> 0 AND (message.account IS NOT NULL OR message.uid IS NOT NULL) THEN 1
 WHEN message.script IS NOT NULL THEN CASE WHEN substr(script_text.value, 1, 1) = '/' OR (message.account IS NULL AND message.uid IS NULL) THEN 0 ELSE 5 END
 WHEN message.directory IS NOT NULL THEN 6 WHEN message.login IS NOT NULL THEN 2
 WHEN message.account IS NOT NULL OR message.uid IS NOT NULL THEN 1 ELSE 3 END AS kind,
 CASE WHEN message.forwarder IS NOT NULL THEN message.forwarder
 WHEN message.flags & ${FLAG.cron} <> 0 AND (message.account IS NOT NULL OR message.uid IS NOT NULL) THEN coalesce(message.account, -1 - message.uid)
 WHEN message.script IS NOT NULL THEN message.script WHEN message.directory IS NOT NULL THEN message.directory
 WHEN message.login IS NOT NULL THEN message.login ELSE coalesce(message.account, -1 - message.uid, message.sender) END AS a,
 CASE WHEN message.script IS NOT NULL AND message.forwarder IS NULL AND substr(script_text.value, 1, 1) <> '/' THEN coalesce(message.account, -1 - message.uid, 0) ELSE 0 END AS b`

/** What SUBJECT_COLUMNS gave, as a subject; null where nobody can be named (the null sender). */
export function subjectOfColumns(
  kind: number,
  a: number | null,
  b: number,
  server: string,
  text: (id: number) => string,
): AbuseSubject | null {
  if (a === null) return null
  const name = a < 0 ? `uid:${-1 - a}` : text(a)
  switch (kind) {
    case 5:
      return {kind: 'script', server, name: `${b < 0 ? `uid:${-1 - b}` : text(b)}:${name}`}
    case 6:
      return {kind: 'script', server, name: `${name}/`}
    case 3: {
      const domain = name.slice(name.lastIndexOf('@') + 1).toLowerCase()
      return domain === '' ? null : {kind: 'domain', server, name: domain}
    }
    default:
      return {kind: kindWord(kind), server, name}
  }
}

/** Numbers of subjects, made where new. */
export class Subjects {
  private readonly known = new Map<string, number>()
  private readonly insert: Statement
  private readonly select: Statement

  constructor(db: Connection) {
    this.insert = db.prepare(
      'INSERT INTO subject(server, kind, name, account) VALUES (?, ?, ?, ?) ON CONFLICT(server, kind, name) DO UPDATE SET account = coalesce(min(account, excluded.account), account, excluded.account)',
    )
    this.select = db.prepare('SELECT id FROM subject WHERE server = ? AND kind = ? AND name = ?').pluck()
  }

  number(server: number, kind: SubjectKind, name: string, account: string | null): number {
    const key = `${server}\n${kind}\n${name}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const id = this.put(server, kind, name, account)
    this.known.set(key, id)
    return id
  }

  /** Makes the row, or tells it of an account: the first by name is kept. */
  put(server: number, kind: SubjectKind, name: string, account: string | null): number {
    this.insert.run(server, kindCode(kind), name, account)
    return this.select.get(server, kindCode(kind), name) as number
  }
}

/** Server names to their numbers. */
export function serverNumbers(db: Connection): Map<string, number> {
  return new Map(
    (db.prepare('SELECT id, name FROM server').all() as {id: number; name: string}[]).map(({id, name}) => [name, id]),
  )
}

/** Reads interned texts by number, remembering them: readable text, '' where a number is unknown. */
export function textReader(db: Connection): (id: number) => string {
  const select = db.prepare('SELECT value FROM text WHERE id = ?').pluck()
  const texts = new Map<number, string>()
  return (id) => {
    const known = texts.get(id)
    if (known !== undefined) return known
    const text = readable((select.get(id) as string | undefined) ?? '')
    texts.set(id, text)
    return text
  }
}
