/** The store as the abuse judgement wants it. */

import type {AbuseFact, AcknowledgedFact} from '../mail/send-fact.js'
import {acknowledgedFacts} from './acknowledgements.js'
import {arrivalSpan, DailyPast, firstUnjudgedDay} from './daily-maxima.js'
import {type CountedSpan, countSubjects, type SubjectCounts} from './daily-subject.js'
import type {Connection} from './database.js'
import {sendFacts} from './send-facts.js'
import type {VolumeCount} from './volume-count.js'
import {type StoredJudgement, writtenJudgement} from './written-judgements.js'

/** What a judgement is asked with, whatever its span. */
interface JudgedWith {
  readonly budget: number
  readonly limits: readonly unknown[]
  readonly domainPerHour: number | null
}

/** What a written judgement looks like: one that looks otherwise is not read. */
const FORM = 2

/** Judgements with the same key can be gone on with. */
export const settingsKey = (version: string, {budget, limits, domainPerHour}: JudgedWith): string =>
  `${version} ${FORM} ${JSON.stringify({budget, limits, domainPerHour})}`

export class SentRecords {
  /**
   * `version`: the program's, where written judgements may be gone on with; another one may judge otherwise. `volumes` takes the volumes that are due
   * out of the rows that facts are made of.
   */
  constructor(
    readonly db: Connection,
    readonly version: string | null = null,
    private readonly volumes: VolumeCount | null = null,
  ) {}

  get servers(): readonly string[] {
    return this.db.prepare('SELECT name FROM server ORDER BY name').pluck().all() as string[]
  }

  facts(from: number, to: number, since = from): Iterable<AbuseFact> {
    return sendFacts(this.db, from, to, since, this.volumes?.rows(from, to))
  }

  past(day: number): DailyPast {
    return new DailyPast(this.db, day)
  }

  acknowledged(): readonly AcknowledgedFact[] {
    return acknowledgedFacts(this.db)
  }

  firstUnjudgedDay(day: number): number | null {
    return firstUnjudgedDay(this.db, day)
  }

  prunedUntil(): number | null {
    return this.db.prepare("SELECT max(last) FROM gap WHERE reason = 'pruned'").pluck().get() as number | null
  }

  written(settings: JudgedWith, begin: number, notAfter: number): StoredJudgement | null {
    return this.version === null
      ? null
      : writtenJudgement(this.db, settingsKey(this.version, settings), begin, notAfter)
  }

  span(): {readonly first: number; readonly last: number} | null {
    return arrivalSpan(this.db)
  }

  count(spans: readonly CountedSpan[]): SubjectCounts[] {
    return countSubjects(this.db, spans)
  }
}
