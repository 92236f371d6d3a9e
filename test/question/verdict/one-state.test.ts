/** A question asked while a log is read rests on one state of the database: what it did not find and what it calls covered are of one moment. */

import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Fleet} from '../../../src/question/fleet.js'
import {traceMessages} from '../../../src/question/trace.js'
import {judge} from '../../../src/question/verdict/judge.js'
import {queryOfFlags} from '../../../src/question/verdict/query.js'
import type {ServerSpan} from '../../../src/store/coverage.js'
import {openForReading} from '../../../src/store/database.js'
import {SqliteStore} from '../../../src/store/finder.js'
import {logOf, mails, World} from '../../commands/world.js'

const world = new World()
const all = mails(3, 1_000)
const HALF = 1_500
const asked = all[2_000]
const ID = 'n2000.x@shop.example'

beforeAll(() => world.ingest(all.slice(0, HALF)))
afterAll(() => world.remove())

/** The rest of the log is committed by another process just before coverage is asked for. */
class Overtaken extends SqliteStore {
  private overtaken = false

  override coverage(): ServerSpan[] {
    if (!this.overtaken) {
      this.overtaken = true
      world.ingest(all)
    }
    return super.coverage()
  }
}

describe('a log is read between two steps of one answer', () => {
  const fleet = new Fleet({configured: [], stored: ['web1.example.net'], directSmtp: 'blocked'})
  const window = {from: null, to: null}

  it('a server whose logs came after the fleet was asked for must be covered too', () => {
    const later = new World()
    try {
      later.ingest(mails(5, 1_000))
      const store = new SqliteStore(openForReading(later.db))
      const query = queryOfFlags(
        {
          messageIds: ['nowhere@shop.example'],
          queueIds: [],
          senders: [],
          recipients: [],
          subjects: [],
          at: all[2_700]?.at ?? 0,
          window,
        },
        () => null,
      )
      expect(judge(store, fleet, query).verdict).toBe('never-here')
      const other = later.write('other_mainlog', logOf(mails(1, 20)).replaceAll('shop.example', 'store.example'))
      expect(later.run('ingest', other, '--server', 'web2.example.net', '--tz', 'UTC').status).toBe(0)
      const answer = judge(store, fleet, query)
      expect([answer.verdict, answer.coverage.complete]).toEqual(['inconclusive', false])
      store.close()
    } finally {
      later.remove()
    }
  })

  it('what came meanwhile is not found, and its time is not called covered; asked again it is found', () => {
    const at = asked?.at ?? 0
    const flags = {messageIds: [ID], queueIds: [], senders: [], recipients: [], subjects: [], at, window}
    const query = queryOfFlags(flags, () => null)
    const store = new Overtaken(openForReading(world.db))
    try {
      const answer = judge(store, fleet, query)
      expect([answer.verdict, answer.coverage.complete]).toEqual(['inconclusive', false])
      expect(judge(store, fleet, query).verdict).toBe('left')
      expect(traceMessages(store, fleet, {keys: [ID], servers: [], window, limit: 5}).journeys).toHaveLength(1)
    } finally {
      store.close()
    }
  })
})

describe('the database changes between two answers of one process', () => {
  const fleet = new Fleet({configured: [], stored: ['web1.example.net'], directSmtp: 'blocked'})
  const window = {from: null, to: null}
  const trace = (store: SqliteStore, key: string) =>
    traceMessages(store, fleet, {keys: [key], servers: [], window, limit: 5})

  it('what was forgotten meanwhile is cited no more', () => {
    const gone = 'person100@elsewhere.example'
    const store = new SqliteStore(openForReading(world.db))
    try {
      expect(JSON.stringify(trace(store, 'n100.x@shop.example'))).toContain(gone)
      world.json('forget', gone)
      expect(JSON.stringify(trace(store, 'n100.x@shop.example'))).not.toContain(gone)
    } finally {
      store.close()
    }
  })

  it('a server that was new meanwhile is called by its name', () => {
    const [one] = mails(1, 1).map(({lines}) => lines.join('\n').replaceAll('n0.x@', 'web2.x@').replaceAll('1w', '1x'))
    const store = new SqliteStore(openForReading(world.db))
    try {
      expect(trace(store, 'web2.x@shop.example').journeys).toEqual([])
      world.json('ingest', world.write('web2_mainlog', `${one}\n`), '--server', 'web2.example.net', '--tz', 'UTC')
      expect(trace(store, 'web2.x@shop.example').journeys[0]?.messages[0]?.server).toBe('web2.example.net')
      expect(store.servers).toEqual(['web1.example.net', 'web2.example.net'])
    } finally {
      store.close()
    }
  })
})
