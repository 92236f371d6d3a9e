/** The finished lab run in this process: its servers ingested (files left out at will), every report and query asked through the real judge. */

import {copyFileSync, existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Ingest} from '../../../src/ingest/ingest.js'
import {timeInQueueId} from '../../../src/mail/queue-id.js'
import {byteString} from '../../../src/mail/text.js'
import type {VerdictAnswer} from '../../../src/mail/verdict.js'
import type {Notice} from '../../../src/notice/notice.js'
import {readNotices} from '../../../src/notice/read-notices.js'
import {Fleet, type FleetServer} from '../../../src/question/fleet.js'
import {judge} from '../../../src/question/verdict/judge.js'
import {queryOfFlags, queryOfNotice} from '../../../src/question/verdict/query.js'
import {openForWriting} from '../../../src/store/database.js'
import {openStore} from '../../../src/store/finder.js'
import {DEFAULTS} from '../../helpers/ingest-logs.js'

export const RUN = join(import.meta.dirname, '..', '..', '..', '..', 'shared/lab/run-2')
export const hasRun = existsSync(join(RUN, 'truth.ndjson'))

/** Times in Unix seconds, as the lab's truth has them. */
export interface LabLog {
  readonly file: string
  readonly kind: 'main' | 'reject' | 'php'
  readonly stream: string
  readonly from: number
  readonly to: number
}

export interface LabHost {
  readonly host: string
  readonly hostname: string
  readonly ip: string
  readonly tz: string
  readonly addresses?: readonly string[]
  readonly accounts?: readonly (readonly [string, number, string])[]
  readonly files: readonly string[]
}

export interface LabQuestion {
  readonly id: string
  readonly scenario: string
  readonly kind: string
  readonly host: string | null
  readonly at: number
  readonly timeless?: boolean
  readonly message: {readonly id: string; readonly queue_ids?: readonly string[]} | null
  readonly want: readonly string[]
  readonly file?: string
  readonly flags?: readonly string[]
}

interface LabTruth {
  readonly run: string
  readonly start: number
  readonly hosts: readonly LabHost[]
}

interface Tools {
  readTruth(run: string): LabTruth
  questionsOf(truth: LabTruth): LabQuestion[]
  describeLogs(run: string, host: LabHost, start: number): LabLog[]
  chooseCopies(logs: LabLog[], copies: 'first' | 'other' | 'both'): LabLog[]
  stageLogs(run: string, logs: LabLog[], target: string): string[]
  cutFault(question: LabQuestion, answer: VerdictAnswer, log: LabLog, hostname: string, middle: boolean): string | null
}

/** The end-to-end checker's own rules, so that both say the same of an answer. */
async function tools(): Promise<Tools> {
  const part = async (name: string): Promise<object> =>
    (await import(new URL(`../../e2e/check/${name}.mjs`, import.meta.url).href)) as object
  return {...(await part('truth')), ...(await part('logs')), ...(await part('cut'))} as Tools
}

export class Lab {
  private constructor(
    readonly tools: Tools,
    readonly truth: LabTruth,
    readonly questions: readonly LabQuestion[],
    readonly fleet: Fleet,
    private readonly notices: ReadonlyMap<string, Notice>,
    private readonly folder: string,
  ) {}

  static async open(folder: string): Promise<Lab> {
    const own = await tools()
    const truth = own.readTruth(RUN)
    const questions = own.questionsOf(truth)
    const configured: FleetServer[] = truth.hosts.map((host) => ({
      name: host.hostname,
      aliases: [],
      addresses: [host.ip, ...(host.addresses ?? [])],
    }))
    const fleet = new Fleet({configured, stored: configured.map(({name}) => name), directSmtp: 'unknown'})
    const notices = new Map<string, Notice>()
    for (const {file} of questions) {
      if (file === undefined || notices.has(file)) continue
      for await (const notice of readNotices(readFileSync(join(RUN, file)))) {
        notices.set(file, notice)
        break
      }
    }
    return new Lab(own, truth, questions, fleet, notices, folder)
  }

  logsOf(host: LabHost, copies: 'first' | 'other' | 'both'): LabLog[] {
    return this.tools.chooseCopies(this.tools.describeLogs(RUN, host, this.truth.start), copies)
  }

  /** Reads logs of one host into a database, as `ingest --server` does; file times as on the server's disk. */
  async ingest(database: string, host: LabHost, logs: readonly LabLog[], stage: string): Promise<void> {
    const paths = this.tools.stageLogs(RUN, [...logs], join(this.folder, stage))
    const db = openForWriting(database)
    try {
      const zone = host.host.startsWith('p') ? host.tz : null
      const run = new Ingest(db, {...DEFAULTS, paths, server: host.hostname, zoneOf: () => zone})
      const accounts = host.accounts ?? []
      run.session.parts.passwd(
        host.hostname,
        accounts.map(([user, uid]) => `${user}:x:${uid}:${uid}::/home/${user}:/bin/bash\n`).join(''),
      )
      run.session.parts.userdomains(host.hostname, accounts.map(([user, , domain]) => `${domain}: ${user}\n`).join(''))
      if (paths.length > 0) await run.run()
    } finally {
      db.close()
    }
  }

  /** A database of all hosts but one, to which that one can then be added with files left out. */
  async allBut(name: string, without: string, copies: 'first' | 'other' | 'both'): Promise<string> {
    const database = join(this.folder, `${name}.db`)
    for (const host of this.truth.hosts)
      if (host.host !== without) await this.ingest(database, host, this.logsOf(host, copies), name)
    return database
  }

  copyOf(database: string, name: string): string {
    const copy = join(this.folder, `${name}.db`)
    for (const end of ['', '-wal', '-shm']) if (existsSync(database + end)) copyFileSync(database + end, copy + end)
    return copy
  }

  ask(database: string, questions: readonly LabQuestion[]): Map<string, VerdictAnswer> {
    const store = openStore(database)
    try {
      return new Map(
        questions.map((question) => {
          const notice = question.file === undefined ? undefined : this.notices.get(question.file)
          const query = notice ? queryOfNotice(notice, this.fleet) : queryOfFlags(flagsOf(question.flags ?? []), inId)
          return [question.id, judge(store, this.fleet, query)]
        }),
      )
    } finally {
      store.close()
    }
  }
}

const inId = (id: string): number | null => timeInQueueId(byteString(id))

function flagsOf(flags: readonly string[]): Parameters<typeof queryOfFlags>[0] {
  const all = (name: string): string[] =>
    flags.flatMap((flag, i) => (flag === name && i % 2 === 0 ? [flags[i + 1] ?? ''] : []))
  const at = all('--at')[0]
  return {
    messageIds: all('--message-id'),
    queueIds: all('--queue-id'),
    senders: all('--from'),
    recipients: all('--to'),
    subjects: [],
    at: at === undefined ? null : Date.parse(at),
    window: {from: null, to: null},
  }
}
