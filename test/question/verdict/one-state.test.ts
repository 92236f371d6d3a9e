/** A question asked while a log is read rests on one state of the database: what it did not find and what it calls covered are of one moment. */

import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Fleet} from '../../../src/question/fleet.js'
import {traceMessages} from '../../../src/question/trace.js'
import {judge} from '../../../src/question/verdict/judge.js'
import {queryOfFlags} from '../../../src/question/verdict/query.js'
import type {ServerSpan} from '../../../src/store/coverage.js'
import {openForReading} from '../../../src/store/database.js'
import {SqliteStore} from '../../../src/store/finder.js'
import {mails, World} from '../../commands/world.js'

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
