/** A guard on what a load costs, in counts that no machine and no neighbour changes. Seconds are the bench's: docs/performance.md. */

import {spawnSync} from 'node:child_process'
import {statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import {openForWriting} from '../../src/store/database.js'
import {DEFAULTS, inFolder} from '../helpers/ingest-logs.js'

const generator = fileURLToPath(new URL('../../bench/logs/hosting.mjs', import.meta.url))

interface Cost {
  readonly lines: number
  readonly messages: number
  readonly share: number
  readonly statements: number
  readonly again: number
}

async function costOf(kind: string): Promise<Cost> {
  return inFolder(async (folder) => {
    const log = join(folder, 'log')
    const made = spawnSync(process.execPath, [generator, kind, '6', log], {encoding: 'utf8'})
    const {lines, messages} = JSON.parse(made.stdout) as {lines: number; messages: number}
    const file = join(folder, 'mail.db')
    const db = openForWriting(file)
    // Every statement of this connection is an object of one class.
    const statement = Object.getPrototypeOf(db.prepare('SELECT 1')) as Record<string, (...args: unknown[]) => unknown>
    let statements = 0
    const before = new Map<string, (...args: unknown[]) => unknown>()
    for (const name of ['run', 'get', 'all']) {
      const own = statement[name] as (...args: unknown[]) => unknown
      before.set(name, own)
      statement[name] = function (this: unknown, ...args: unknown[]) {
        statements++
        return own.apply(this, args)
      }
    }
    try {
      const options = {...DEFAULTS, year: 2026, paths: [log]}
      const first = await new Ingest(db, options).run()
      expect(first.messages).toBe(messages)
      const once = statements
      await new Ingest(db, options).run()
      const again = statements - once
      db.pragma('wal_checkpoint(TRUNCATE)')
      return {lines, messages, share: statSync(file).size / statSync(log).size, statements: once / messages, again}
    } finally {
      for (const [name, own] of before) statement[name] = own
      db.close()
    }
  })
}

describe('the cost of a load', () => {
  it.each(['exim', 'postfix'])('of %s', async (kind) => {
    const cost = await costOf(kind)
    expect(cost.lines).toBeGreaterThan(30_000)
    // A small database has pages that are not full and texts that are not yet repeated: 400 MB take less (docs/performance.md).
    expect(cost.share).toBeLessThan(0.59)
    expect(cost.statements).toBeLessThan(2.5)
    // The same file again costs a look at it, not a reading.
    expect(cost.again).toBeLessThan(60)
  })
})
