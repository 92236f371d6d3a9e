/** The storage floor: the facts of a finished database as CSV, loaded by `sqlite3 .import` into narrow tables with the same indexes. */

import {closeSync, openSync, rmSync, statSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import Database from '../dist/store/sqlite.js'
import {measure} from './measure.mjs'

const TABLES = {
  message: `CREATE TABLE message(id INTEGER PRIMARY KEY, server INTEGER, at INTEGER, first INTEGER, last INTEGER, state INTEGER, flags INTEGER, origin INTEGER,
certainty INTEGER, sender INTEGER, login INTEGER, account INTEGER, client INTEGER, size INTEGER);`,
  recipient:
    'CREATE TABLE recipient(message INTEGER, seq INTEGER, address INTEGER, domain INTEGER, outcome INTEGER, refusal INTEGER, at INTEGER, attempts INTEGER, PRIMARY KEY(message, seq)) WITHOUT ROWID;',
  text: 'CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT UNIQUE);',
  key: 'CREATE TABLE key(hash INTEGER, message INTEGER, PRIMARY KEY(hash, message)) WITHOUT ROWID;',
}
const COLUMNS = {
  message: 'id, server, at, first, last, state, flags, origin, certainty, sender, login, account, client, size',
  recipient: 'message, seq, address, domain, outcome, refusal, at, attempts',
  text: 'id, value',
}

/** Writes the facts of `database` to CSV files in `folder` (not measured), imports them and measures that. */
export async function importFloor(database, folder, eachEntry) {
  const db = new Database(database, {readonly: true})
  const files = {}
  const write = (name, rows) => {
    files[name] = join(folder, `${name}.csv`)
    const file = openSync(files[name], 'w')
    let text = ''
    for (const row of rows) {
      text += `${row.map((value) => (typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : (value ?? ''))).join(',')}\n`
      if (text.length > 1e6) {
        writeSync(file, text)
        text = ''
      }
    }
    writeSync(file, text)
    closeSync(file)
  }
  for (const [name, columns] of Object.entries(COLUMNS))
    write(name, db.prepare(`SELECT ${columns} FROM ${name}`).raw().iterate())
  write('key', keyRows(db, eachEntry))
  db.close()
  const target = join(folder, 'floor.db')
  rmSync(target, {force: true})
  const script = Object.keys(TABLES).flatMap((name) => [
    '-cmd',
    TABLES[name],
    '-cmd',
    `.import --csv ${files[name]} ${name}`,
  ])
  const cost = measure(['sqlite3', target, ...script, 'CREATE INDEX message_at ON message(at);'])
  const bytes = statSync(target).size
  for (const file of [...Object.values(files), target]) rmSync(file, {force: true})
  return {...cost, stdout: undefined, bytes}
}

function* keyRows(db, eachEntry) {
  for (const [id, data] of db.prepare('SELECT id, data FROM key_chunk').raw().iterate()) {
    const rows = []
    eachEntry(id % 2 ** 40, data, (hash, message) => {
      rows.push([hash, message])
      return true
    })
    yield* rows
  }
}
