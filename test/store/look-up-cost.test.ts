/** A guard on what a look-up costs, in counts that no machine and no neighbour changes. Milliseconds are the bench's: docs/performance.md. */

import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import {addressKey, loginKey} from '../../src/life/keys.js'
import {Fleet} from '../../src/question/fleet.js'
import {traceMessages} from '../../src/question/trace.js'
import {openForWriting} from '../../src/store/database.js'
import {openStore, type SqliteStore} from '../../src/store/finder.js'
import {eximId, eximStamp} from '../helpers/build-log.js'
import {DEFAULTS, inFolder} from '../helpers/ingest-logs.js'

const generator = fileURLToPath(new URL('../../bench/logs/hosting.mjs', import.meta.url))
const ALWAYS = {from: null, to: null}

/** The statements that a look-up runs, the blocks of evidence that it unpacks and how often it reads the key index, in a store opened for it. */
function costOf(path: string, ask: (store: SqliteStore) => void): {statements: number; blocks: number; keys: number} {
  const store = openStore(path)
  const statement = Object.getPrototypeOf(store.db.prepare('SELECT 1')) as Record<
    string,
    (...args: unknown[]) => unknown
  >
  const own = {get: statement['get'], all: statement['all']}
  let statements = 0
  let blocks = 0
  let keys = 0
  for (const name of ['get', 'all'] as const)
    statement[name] = function (this: {source: string}, ...args: unknown[]) {
      statements++
      if (this.source.includes('FROM block')) blocks++
      if (this.source.includes('key_chunk')) keys++
      return own[name]?.apply(this, args)
    }
  try {
    ask(store)
    return {statements, blocks, keys}
  } finally {
    Object.assign(statement, own)
    store.close()
  }
}

it('a look-up costs a few statements and blocks, however busy the address and however many the runs of keys', async () => {
  await inFolder(async (folder) => {
    const log = join(folder, 'log')
    const made = spawnSync(process.execPath, [generator, 'exim', '6', log], {encoding: 'utf8'})
    const [sample] = (JSON.parse(made.stdout) as {samples: {id: string}[]}).samples
    const path = join(folder, 'mail.db')
    const db = openForWriting(path)
    await new Ingest(db, {...DEFAULTS, year: 2026, paths: [log]}).run()
    db.close()
    const trace = (key: string) => (store: SqliteStore) => {
      const fleet = new Fleet({configured: [], stored: store.servers, directSmtp: 'unknown'})
      traceMessages(store, fleet, {keys: [key], servers: [], window: ALWAYS, limit: 3})
    }
    const hit = costOf(path, trace(sample?.id ?? ''))
    expect(hit.blocks).toBeGreaterThan(0)
    expect(hit.blocks).toBeLessThanOrEqual(4)
    expect(hit.statements).toBeLessThanOrEqual(40)
    const absent = costOf(path, trace('1zzzzz-zzzzzz-zz'))
    expect(absent.blocks).toBe(0)
    expect(absent.statements).toBeLessThanOrEqual(20)

    // The busiest address has hundreds of messages; the three that are shown are brought back, and those that belong to them.
    const store = openStore(path)
    const recipients = new Map<string, number>()
    for (const {life} of store.between(0, Number.MAX_SAFE_INTEGER, 10_000))
      for (const {address} of life.recipients) recipients.set(address, (recipients.get(address) ?? 0) + 1)
    const [busiest = ['', 0]] = [...recipients].sort((a, b) => b[1] - a[1])
    const all = [...store.latestByKeys([addressKey(busiest[0])])]
    expect(all.length).toBeGreaterThan(30)
    const [latest, ...older] = all
    const times = all.map(({life}) => life.firstAt)
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(store.byKeys([addressKey(busiest[0])]).map(({id}) => id)).toEqual(all.map(({id}) => id).reverse())
    const before = (latest?.life.firstAt ?? 0) - 1
    expect(store.byKeys([addressKey(busiest[0])], {from: null, to: before}).length).toBe(older.length)
    store.close()
    const busy = costOf(path, trace(busiest[0]))
    expect(busy.blocks).toBeLessThanOrEqual(12)
    expect(busy.statements).toBeLessThanOrEqual(80)
  })
})

it('what the index has of a busy sender is read once for an answer', async () => {
  await inFolder(async (folder) => {
    const log = join(folder, 'log')
    const from = Date.UTC(2026, 10, 2, 10)
    const lines = Array.from({length: 600}, (_, i) => {
      const at = from + i * 6_000
      return `${eximStamp(at, 0)} ${eximId(at, 1000, 0)} <= a@example.org H=c [192.0.2.7] P=esmtpsa A=dovecot_login:a@example.org S=900`
    })
    writeFileSync(log, `${lines.join('\n')}\n`)
    const path = join(folder, 'mail.db')
    const db = openForWriting(path)
    await new Ingest(db, {...DEFAULTS, year: 2026, paths: [log]}).run()
    db.close()
    const times = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 4)] as const
    const reads = (ask: (store: SqliteStore) => void): number => costOf(path, ask).keys
    const asked = (store: SqliteStore): void => {
      expect(store.occasions(loginKey('a@example.org'), ...times).length).toBe(600)
      expect(store.habit(loginKey('a@example.org'), ...times, () => true).busiestDay).toBe(600)
    }
    expect(reads((store) => store.inOneState(() => asked(store)))).toBe(1)
    // Two states may differ: nothing is kept from one to the next.
    expect(
      reads((store) => {
        for (let i = 0; i < 2; i++) store.inOneState(() => asked(store))
      }),
    ).toBe(2)
  })
})
