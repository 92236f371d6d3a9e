/** A database as an older version of the schema left it, with its rows. */

import {eachEntry, HASH_SPAN} from '../../src/store/key-chunk.js'
import {MIGRATIONS} from '../../src/store/schema.js'
import Database from '../../src/store/sqlite.js'

/** What takes the schema back from the version of the index + 1. */
const BACK: readonly string[] = [
  '',
  `DROP TABLE removal; DROP TABLE removed; DROP TABLE day_total;`,
  `DROP TABLE subject; DROP TABLE volume; DROP TABLE daily_maximum; DROP TABLE judged_day; DROP TABLE judgement; DROP TABLE alert;
DROP TABLE acknowledgement; DROP INDEX message_waiting; DROP INDEX message_rejected; DROP INDEX message_bounce;`,
  `CREATE TABLE key(segment INTEGER NOT NULL, hash INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(segment, hash, message)) STRICT, WITHOUT ROWID;`,
  `DROP INDEX block_provisional; ALTER TABLE block DROP COLUMN provisional; ALTER TABLE block DROP COLUMN times;`,
  `DROP INDEX message_continues; ALTER TABLE message DROP COLUMN continues; DROP TABLE volume_due;`,
  `DROP TABLE announced;`,
  `DROP TABLE written_judgement; ALTER TABLE judgement DROP COLUMN begin; ALTER TABLE judgement DROP COLUMN until; DROP INDEX message_lingering;`,
  `ALTER TABLE judged_day ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;`,
  `DROP TABLE arrival;`,
  `DROP INDEX block_wall; CREATE INDEX block_wall ON block(wall_first);`,
]

/** Takes a closed database back to `version`. Times that were worked out anew have no place in versions before 5. */
export function takeBack(path: string, version: number): void {
  if (BACK.length !== MIGRATIONS.length)
    throw new Error('each migration needs its way back in test/helpers/older-schema.ts')
  const db = new Database(path)
  try {
    db.transaction(() => {
      for (let now = db.pragma('user_version', {simple: true}) as number; now > version; now--) {
        if (now === 5 && db.prepare('SELECT count(*) FROM block WHERE times IS NOT NULL').pluck().get() !== 0)
          throw new Error('lines of this database have times that an older schema cannot hold')
        db.exec(BACK[now - 1] ?? '')
        if (now === 4) {
          const put = db.prepare('INSERT OR IGNORE INTO key(segment, hash, message) VALUES (?, ?, ?)')
          for (const {id, data} of db.prepare('SELECT id, data FROM key_chunk').all() as {id: number; data: Buffer}[])
            eachEntry(id % HASH_SPAN, data, (hash, message) => {
              put.run(Math.floor(id / HASH_SPAN), hash * 8192, message)
              return true
            })
          db.exec('DROP TABLE key_chunk')
        }
        db.pragma(`user_version = ${now - 1}`)
      }
    })()
    db.pragma('journal_mode = DELETE')
  } finally {
    db.close()
  }
}
