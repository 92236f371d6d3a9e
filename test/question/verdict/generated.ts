/** Logs made for a test: a server's life at a wanted rate, and the judge asked over them in this process. */

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {timeInQueueId} from '../../../src/mail/queue-id.js'
import type {VerdictAnswer} from '../../../src/mail/verdict.js'
import {readNotices} from '../../../src/notice/read-notices.js'
import {Fleet, type FleetServer} from '../../../src/question/fleet.js'
import {judge} from '../../../src/question/verdict/judge.js'
import {type FlagQuestion, queryOfFlags, queryOfNotice} from '../../../src/question/verdict/query.js'
import {openStore} from '../../../src/store/finder.js'
import {ingestInto} from '../../helpers/ingest-logs.js'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** An Exim message ID (6-6-2) of a second, UTC milliseconds. */
export function eximIdAt(ms: number, number = 1): string {
  let second = Math.floor(ms / 1000)
  let text = ''
  for (let i = 0; i < 6; i++) {
    text = `${DIGITS[second % 62]}${text}`
    second = Math.floor(second / 62)
  }
  let pid = ''
  for (let i = 0; i < 6; i++) {
    pid = `${DIGITS[number % 62]}${pid}`
    number = Math.floor(number / 62)
  }
  return `${text}-${pid}-${DIGITS[Math.floor((ms % 1000) / 20)] ?? '0'}A`
}

/** `2022-05-20 06:15:48 +0000`, as Exim writes it with log_timezone. */
export const eximStamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} +0000`

/** Numbers in [0, 1), the same for the same seed. */
export function random(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

export interface Rate {
  readonly from: number
  readonly to: number
  /** Messages an hour by day; a third of it by night (20:00 to 06:00 UTC). */
  readonly perHour: number
  /** Milliseconds between queue runs; null: none are logged. */
  readonly queueRun: number | null
  readonly seed: number
}

/** An Exim main log in which customers send at random moments; lines with their times. */
export function eximLog({from, to, perHour, queueRun, seed}: Rate): {at: number; line: string}[] {
  const next = random(seed)
  const lines: {at: number; line: string}[] = []
  const say = (at: number, text: string): void => {
    lines.push({at, line: `${eximStamp(at)} ${text}`})
  }
  let number = 1000
  for (let at = from; at < to; ) {
    at += (-Math.log(1 - next()) * 3_600_000) / perHour
    const hour = new Date(at).getUTCHours()
    if ((hour >= 20 || hour < 6) && next() > 1 / 3) continue
    if (at >= to) break
    const id = eximIdAt(at, ++number)
    say(
      at,
      `${id} <= office@shop.example H=(pc) [192.0.2.9] P=esmtpsa A=login:office@shop.example S=1200 id=${number}@shop.example`,
    )
    say(
      at + 1500,
      `${id} => guest${number % 97}@there.example R=dnslookup T=remote_smtp H=mx.there.example [198.51.100.7] C="250 OK"`,
    )
    say(at + 1600, `${id} Completed`)
  }
  if (queueRun !== null)
    for (let at = from + 61_000; at < to; at += queueRun) {
      say(at, `Start queue run: pid=${4000 + (at % 977)}`)
      say(at + 800, `End queue run: pid=${4000 + (at % 977)}`)
    }
  return lines.sort((a, b) => a.at - b.at)
}

/** Reads logs (a file each) of servers into a database of the folder. */
export async function ingestLines(
  folder: string,
  name: string,
  logs: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const database = join(folder, `${name}.db`)
  for (const [server, lines] of Object.entries(logs)) {
    const path = join(folder, `${name}-${server}-mainlog`)
    writeFileSync(path, Buffer.from(`${lines.join('\n')}\n`, 'latin1'))
    await ingestInto(database, [path], {server})
  }
  return database
}

export const fleetOf = (database: string, configured: readonly FleetServer[] = []): Fleet => {
  const store = openStore(database)
  try {
    return new Fleet({configured, stored: store.servers, directSmtp: 'unknown'})
  } finally {
    store.close()
  }
}

/** The answer about the first report of a text. */
export async function judgeText(
  database: string,
  text: string,
  configured: readonly FleetServer[] = [],
): Promise<VerdictAnswer> {
  const fleet = fleetOf(database, configured)
  const store = openStore(database)
  try {
    for await (const notice of readNotices(Buffer.from(text, 'utf8')))
      return judge(store, fleet, queryOfNotice(notice, fleet))
    throw new Error('nothing was read')
  } finally {
    store.close()
  }
}

/** The answer to flags. */
export function judgeFlags(
  database: string,
  flags: Partial<FlagQuestion>,
  configured: readonly FleetServer[] = [],
): VerdictAnswer {
  const fleet = fleetOf(database, configured)
  const store = openStore(database)
  try {
    const question: FlagQuestion = {
      messageIds: [],
      queueIds: [],
      senders: [],
      recipients: [],
      subjects: [],
      at: null,
      window: {from: null, to: null},
      ...flags,
    }
    return judge(store, fleet, queryOfFlags(question, timeInQueueId))
  } finally {
    store.close()
  }
}

export const codes = (answer: VerdictAnswer): string[] => answer.reasons.map(({code}) => code)
