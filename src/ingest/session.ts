/** What one ingest run holds in common: the store's writer and finders, the open threads, and what waits for the next commit. */

import {refusalKey} from '../life/keys.js'
import type {Entry, Life} from '../life/life.js'
import {hash53} from '../mail/hash.js'
import {AccountFinder} from '../store/accounts.js'
import type {Connection} from '../store/database.js'
import {EvidenceFinder} from '../store/evidence.js'
import {noteOf, putNote, SUBJECTS_LEFT_OUT} from '../store/notes.js'
import {Parts} from '../store/parts.js'
import {looseReferences} from '../store/reach.js'
import {entriesOf, Reviver} from '../store/revive.js'
import {type Tally, tallyOf} from '../store/row.js'
import {KeyFinder} from '../store/segments.js'
import {unpackReferences} from '../store/varint.js'
import {StoreWriter} from '../store/writer.js'
import {refusalText} from './refusal.js'
import {Threads} from './threads.js'

export interface LooseEntry {
  readonly server: number
  readonly entry: Entry
}

export interface Refusal {
  readonly server: number
  readonly key: string
  readonly entry: Entry
}

/** One call of postsuper takes no longer than this, milliseconds. */
const SWEEP_LASTS = 600_000

/** Lines without ID that a commit leaves in memory for the next one: this long before its last line, milliseconds, and at most so many. */
const LATE = 60_000
const MOST_LATE = 2_000

const byTime = (a: LooseEntry, b: LooseEntry): number =>
  a.entry.at - b.entry.at || a.entry.reference - b.entry.reference

export class Session {
  readonly writer: StoreWriter
  readonly keys: KeyFinder
  readonly evidence: EvidenceFinder
  readonly reviver: Reviver
  readonly parts: Parts
  readonly accounts: AccountFinder
  readonly threads = new Threads()
  readonly newLoose: LooseEntry[] = []
  /** The last lines without ID of the commit before, by reference: what arrives next asks for them, and their block need not be unpacked for it. */
  readonly lateLoose = new Map<number, Entry>()
  readonly newSweeps: LooseEntry[] = []
  /** Where lines without ID stood before their times were worked out anew: what rested on them there is told again. */
  readonly movedLoose: {readonly server: number; readonly at: number}[] = []
  readonly movedSweeps: {readonly server: number; readonly at: number}[] = []
  readonly refusals: Refusal[] = []
  /** Messages that must be written again in this commit although their own lines are the same. */
  readonly reconsidered = new Set<number>()
  readonly total: Tally = {messages: 0, deliveries: 0, rejections: 0}
  private frontiers: ReadonlyMap<number, number>
  private readonly sweeps = new Map<number, LooseEntry[]>()
  private readonly seenRefusals = new Set<number>()

  constructor(readonly db: Connection) {
    this.writer = new StoreWriter(db)
    this.keys = new KeyFinder(db)
    this.evidence = new EvidenceFinder(db)
    this.evidence.pending = (block) => this.writer.waitingBlock(block)
    this.reviver = new Reviver(db, this.evidence)
    this.parts = new Parts(db)
    this.accounts = new AccountFinder(db)
    this.frontiers = this.parts.frontiers()
  }

  /** Latest stored time of a server as of the last commit, without the batch that is being written; null where nothing is stored. */
  frontier(server: number): number | null {
    return this.frontiers.get(server) ?? null
  }

  /** Some lines of this database were stored without their subjects. */
  get subjectsLeftOut(): boolean {
    return noteOf(this.db, SUBJECTS_LEFT_OUT) !== null
  }

  leaveSubjectsOut(): void {
    if (!this.subjectsLeftOut) putNote(this.db, SUBJECTS_LEFT_OUT, '1')
  }

  /** Forgets everything that is remembered of lines by their times. Nothing may wait for a commit. */
  forgetTimes(): void {
    this.threads.clear()
    this.sweeps.clear()
    this.seenRefusals.clear()
    this.lateLoose.clear()
  }

  /** True the first time a refusal without ID is seen, whatever source repeats it. */
  isNewRefusal(server: number, at: number, text: string): string | null {
    const key = `${server} ${refusalKey(Math.floor(at / 1000), text)}`
    const hash = hash53(key)
    if (this.seenRefusals.has(hash)) return null
    const frontier = this.frontier(server)
    if (
      frontier !== null &&
      at <= frontier + 1_000 &&
      this.keys.messages(hash).some((id) => {
        const row = this.reviver.row(id)
        return row !== null && row.server === server && Math.abs(row.first - at) <= 1_000
      })
    )
      return null
    this.seenRefusals.add(hash)
    return key
  }

  /** A refusal without an ID got further lines after it was stored: it is written again with them. */
  refusalGrew(server: number, before: Entry, entry: Entry): void {
    if (this.refusals.some((refusal) => refusal.entry.reference === entry.reference)) return
    const key = `${server} ${refusalKey(Math.floor(before.at / 1000), refusalText(before))}`
    for (const id of this.keys.messages(hash53(key))) {
      const row = this.reviver.row(id)
      if (row?.server !== server || !unpackReferences(row.refs).includes(entry.reference)) continue
      const revived = this.reviver.fromRow(row)
      if (revived) this.total.rejections -= tallyOf(revived.life).rejections
      this.writer.removeMessage(id)
      this.refusals.push({server, key, entry})
      return
    }
  }

  /** Bulk sweeps of the queue after a life's last line, up to the one that ended it, as entries of that life. */
  sweepsAfter(server: number, life: Life): Entry[] {
    const found: Entry[] = []
    for (const {entry} of this.sweepsOf(server)) {
      if (entry.event.type !== 'queue-swept' || entry.at < life.lastAt || this.namesItsMessages(server, entry)) continue
      found.push(entry)
      if (entry.event.action === 'deleted' || entry.event.action === 'requeued') break
    }
    return found
  }

  /** A summary whose own process logged queue IDs was no sweep over ALL: its messages have their own lines (postsuper.c). */
  namesItsMessages(server: number, {at, event}: Entry): boolean {
    return this.sweepsOf(server).some(
      ({entry}) =>
        entry.event.type !== 'queue-swept' &&
        entry.event.pid === event.pid &&
        Math.abs(entry.at - at) <= (event.pid === null ? 2_000 : SWEEP_LASTS),
    )
  }

  /** The summaries that one process of postsuper wrote beside its line on a single message. */
  summariesOf(server: number, single: Entry): Entry[] {
    return this.sweepsOf(server)
      .map(({entry}) => entry)
      .filter(
        ({event, at}) =>
          event.type === 'queue-swept' &&
          event.pid === single.event.pid &&
          Math.abs(at - single.at) <= (event.pid === null ? 2_000 : SWEEP_LASTS),
      )
  }

  /** Summaries of the queue's sweeps and postsuper's lines on single messages, oldest first. */
  private sweepsOf(server: number): LooseEntry[] {
    let list = this.sweeps.get(server)
    if (!list) {
      const references = looseReferences(this.db, server, ['queue-swept'])
      list = entriesOf(this.evidence.lines(references), this.evidence).map((entry) => ({server, entry}))
      list.sort(byTime)
      this.sweeps.set(server, list)
    }
    return list
  }

  addSweep(server: number, entry: Entry): void {
    const list = this.sweeps.get(server)
    list?.push({server, entry})
    list?.sort(byTime)
    this.newSweeps.push({server, entry})
  }

  /** After a commit: what was true of the store before is asked again. */
  committed(latest: number): void {
    this.frontiers = this.parts.frontiers()
    this.lateLoose.clear()
    for (const {entry} of this.newLoose.slice(-MOST_LATE))
      if (entry.at >= latest - LATE) this.lateLoose.set(entry.reference, entry)
    this.newLoose.length = 0
    this.newSweeps.length = 0
    this.movedLoose.length = 0
    this.movedSweeps.length = 0
    this.reconsidered.clear()
    if (this.seenRefusals.size > 500_000) this.seenRefusals.clear()
    this.threads.evict(latest)
  }
}
