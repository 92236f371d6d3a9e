import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {type Connection, openForWriting} from '../../src/store/database.js'
import {dropKey, keepKeys} from '../../src/store/key-remover.js'
import {APPLICATION_ID, MIGRATIONS, PACKED_KEYS} from '../../src/store/schema.js'
import {KeyFinder, KeySegments} from '../../src/store/segments.js'
import Database from '../../src/store/sqlite.js'

function withDatabase<T>(work: (db: Connection) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'mailwitness-keys-'))
  const db = openForWriting(join(folder, 'mail.db'))
  try {
    return work(db)
  } finally {
    db.close()
    rmSync(folder, {recursive: true, force: true})
  }
}

/** Hashes that meet often, some of them equal in the bits that the index keeps, and the ends of the range. */
const hash = fc.oneof(
  fc.integer({min: 0, max: 40}).map((n) => n * 8192),
  fc.constantFrom(0, 2 ** 53 - 1, 2 ** 53 - 8192),
  fc.integer({min: 0, max: 2 ** 53 - 1}),
)
const pair = fc.tuple(hash, fc.integer({min: 1, max: 3_000_000}))
const commits = fc.array(fc.array(pair, {maxLength: 400}), {maxLength: 40})
const short = (of: number): number => Math.floor(of / 8192)

function truth(all: readonly (readonly [number, number])[]): Map<number, number[]> {
  const map = new Map<number, Set<number>>()
  for (const [key, message] of all) map.set(short(key), (map.get(short(key)) ?? new Set()).add(message))
  return new Map([...map].map(([key, messages]) => [key, [...messages].sort((a, b) => a - b)]))
}

describe('the key index', () => {
  it('finds what was added, whatever the commits, the repeats and the merges', () => {
    fc.assert(
      fc.property(commits, (batches) =>
        withDatabase((db) => {
          // Merges in many pieces as well as in one.
          const segments = new KeySegments(db, batches.length % 2 === 0 ? 100 : 1_000_000)
          for (const batch of batches) {
            for (const [key, message] of batch) segments.add(key, message)
            segments.flush()
            segments.merge()
          }
          const finder = new KeyFinder(db)
          const all = batches.flat()
          const wanted = truth(all)
          for (const [key] of all) expect(finder.messages(key)).toEqual(wanted.get(short(key)))
          expect(finder.messages(12_345 * 8192 + 2 ** 50)).toEqual(wanted.get(short(12_345 * 8192 + 2 ** 50)) ?? [])
        }),
      ),
      {numRuns: 25},
    )
  })

  it('merges runs so that a look-up asks few of them', () =>
    withDatabase((db) => {
      const segments = new KeySegments(db)
      for (let commit = 0; commit < 500; commit++) {
        for (let i = 0; i < 50; i++) segments.add(((commit * 50 + i) * 2_654_435_761 * 4099) % 2 ** 53, commit)
        segments.flush()
        segments.merge()
      }
      expect(db.prepare('SELECT count(*) FROM segment').pluck().get()).toBeLessThan(48)
      const bytes = db.prepare('SELECT sum(length(data)) FROM key_chunk').pluck().get() as number
      expect(bytes / 25_000).toBeLessThan(9)
    }))

  it.runIf(existsSync('/proc/self/io'))('a merge of small runs reads nothing of a large one', () =>
    withDatabase((db) => {
      const calls = (): number => Number(/^syscr: (\d+)/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1])
      const segments = new KeySegments(db)
      let added = 0
      const run = (entries: number): void => {
        for (let i = 0; i < entries; i++) segments.add((++added * 2_654_435_761 * 4099) % 2 ** 53, added)
        segments.flush()
      }
      run(300_000)
      for (let small = 0; small < 16; small++) run(100)
      db.pragma('cache_size = 10')
      db.pragma('shrink_memory')
      const before = calls()
      segments.merge()
      // It has 500 pages, and each of the 16 would read them.
      expect(calls() - before).toBeLessThan(400)
      expect(db.prepare('SELECT count(*) FROM segment').pluck().get()).toBe(2)
    }),
  )

  it('an open finder misses nothing while runs are merged into others', () =>
    withDatabase((db) => {
      const segments = new KeySegments(db)
      const finder = new KeyFinder(db)
      const key = 99 * 2 ** 40
      segments.add(key, 7)
      segments.flush()
      for (let commit = 0; commit < 40; commit++) {
        expect(finder.messages(key)).toEqual([7])
        segments.add((commit + 1) * 2 ** 30, commit)
        segments.flush()
        segments.merge()
      }
      expect(finder.messages(key)).toEqual([7])
    }))

  it('forgets one entry, or all of messages that are gone, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(pair, {minLength: 1, maxLength: 900}), (pairs) =>
        withDatabase((db) => {
          const segments = new KeySegments(db)
          for (const [key, message] of pairs) segments.add(key, message)
          segments.flush()
          const [key, message] = pairs[0] as [number, number]
          dropKey(db, key, message)
          const left = pairs.filter(([k, m]) => short(k) !== short(key) || m !== message)
          const even = left.filter(([, m]) => m % 2 === 0)
          const finder = new KeyFinder(db)
          for (const [k] of pairs) expect(finder.messages(k)).toEqual(truth(left).get(short(k)) ?? [])
          keepKeys(
            db,
            (m) => m % 2 === 0,
            () => false,
          )
          for (const [k] of pairs) expect(finder.messages(k)).toEqual(truth(even).get(short(k)) ?? [])
        }),
      ),
      {numRuns: 25},
    )
  })

  it('takes over the rows of an older schema', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mailwitness-keys-'))
    try {
      const path = join(folder, 'mail.db')
      const old = new Database(path)
      const before = MIGRATIONS.findIndex(({name}) => name === PACKED_KEYS)
      for (const {sql} of MIGRATIONS.slice(0, before)) old.exec(sql)
      old.pragma(`application_id = ${APPLICATION_ID}`)
      old.pragma(`user_version = ${before}`)
      const rows = Array.from(
        {length: 3_000},
        (_, i) => [1 + (i % 3), ((i * 7_919) % 1_000) * 90_071_992_547, i] as const,
      )
      const insert = old.prepare('INSERT INTO key(segment, hash, message) VALUES (?, ?, ?)')
      old.transaction(() => {
        for (const row of rows) insert.run(row)
      })()
      old.exec('INSERT INTO segment(id, entries) VALUES (1, 1000), (2, 1000), (3, 1000)')
      old.close()
      const db = openForWriting(path)
      const finder = new KeyFinder(db)
      const wanted = truth(rows.map(([, key, message]) => [key, message]))
      for (const [, key] of rows) expect(finder.messages(key)).toEqual(wanted.get(short(key)))
      expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'key'").pluck().get()).toBe(0)
      db.close()
    } finally {
      rmSync(folder, {recursive: true, force: true})
    }
  })
})
