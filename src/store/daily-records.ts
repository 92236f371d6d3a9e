/** The store as the abuse judgement wants it. */

import type {AbuseFact, AcknowledgedFact, DailyMaximum} from '../mail/send-fact.js'
import {acknowledgedFacts} from './acknowledgements.js'
import {arrivalSpan, dailyMaxima, firstUnjudgedDay} from './daily-maxima.js'
import {type CountedSpan, countSubjects, type SubjectCounts} from './daily-subject.js'
import type {Connection} from './database.js'
import {sendFacts} from './send-facts.js'

export class SentRecords {
  constructor(readonly db: Connection) {}

  get servers(): readonly string[] {
    return this.db.prepare('SELECT name FROM server ORDER BY name').pluck().all() as string[]
  }

  facts(from: number, to: number): Iterable<AbuseFact> {
    return sendFacts(this.db, from, to)
  }

  dailyMaxima(day: number): DailyMaximum[] {
    return dailyMaxima(this.db, day)
  }

  acknowledged(): readonly AcknowledgedFact[] {
    return acknowledgedFacts(this.db)
  }

  firstUnjudgedDay(day: number): number | null {
    return firstUnjudgedDay(this.db, day)
  }

  span(): {readonly first: number; readonly last: number} | null {
    return arrivalSpan(this.db)
  }

  count(spans: readonly CountedSpan[]): SubjectCounts[] {
    return countSubjects(this.db, spans)
  }
}
