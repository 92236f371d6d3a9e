/** The truth of a run: what was really sent, received, refused and forged, and what a right answer to each question is. */
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/** The lab's words to the product's. */
const VERDICTS = {
  left_us: 'left',
  ours_not_left: 'not-delivered',
  forwarded: 'forwarded',
  local_only: 'delivered-here',
  rejected_by_us: 'rejected-here',
  never_here: 'never-here',
  inconclusive: 'inconclusive',
}

/** Five days: the default of Exim, Postfix and sendmail. Seconds. */
const QUEUE_LIFETIME = 5 * 86_400

const bare = (id) => (id ? id.replace(/^<|>$/g, '') : null)

/** @param {string} run folder of a finished run with truth.ndjson */
export function readTruth(run) {
  const rows = readFileSync(join(run, 'truth.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const of = (type) => rows.filter((row) => row.type === type)
  const hosts = of('coverage').map((row) => ({...row, name: row.hostname}))
  return {
    run,
    start: Date.parse(of('run')[0].start) / 1000,
    hosts,
    messages: new Map(of('message').map((row) => [row.id, row])),
    reports: of('report'),
    queries: of('query'),
    senders: of('sender'),
    queued: queuedAtEnd(run),
  }
}

/** Queue IDs that stood in a queue when the run ended. */
function queuedAtEnd(run) {
  const ids = new Set()
  for (const folder of readdirSync(join(run, 'logs'))) {
    const path = join(run, 'logs', folder, 'queue-at-end.txt')
    if (!existsSync(path)) continue
    const text = readFileSync(path, 'latin1')
    for (const [, id] of text.matchAll(/^ *\S+ +\S+ +(\w{6}-\w{6,11}-\w{2,4}) /gm)) ids.add(id)
    for (const [, id] of text.matchAll(/^(\w{6,20})[*!]? +\d+ [A-Z][a-z]{2} /gm)) ids.add(id)
  }
  return ids
}

/** The verdicts that are right for a message of the truth; more than one only where both are true. */
export function rightVerdicts(truth, expected, message, kind) {
  const main = VERDICTS[expected.verdict]
  if (!main) throw new Error(`the truth has an unknown verdict: ${expected.verdict}`)
  if (kind === 'autoreply') return [main, 'not-a-bounce']
  const still = message?.queue_ids?.some((id) => truth.queued.has(id)) ?? false
  if (main === 'not-delivered' && still) return ['queued', 'not-delivered']
  return [main]
}

/**
 * A report without any copy of the message may be about one that waited for days elsewhere: where the logs do not reach back as far as
 * the longest usual queue lifetime, to say so is right too.
 */
function withoutCopy(truth, report, want) {
  const copyless = /-(late)?text$/.test(report.scenario ?? '')
  return copyless && want[0] === 'never-here' && report.t - truth.start < QUEUE_LIFETIME
    ? [...want, 'inconclusive']
    : want
}

/**
 * Everything to be asked of a run.
 * @returns {{id: string, scenario: string, host: string | null, at: number, message: object | null, want: string[], file?: string, flags?: string[]}[]}
 */
export function questionsOf(truth) {
  const questions = []
  for (const report of truth.reports) {
    if (!report.expected) continue
    const message = truth.messages.get(report.about) ?? null
    questions.push({
      id: report.id,
      scenario: report.scenario,
      kind: report.kind,
      host: message?.host ?? report.host,
      at: message?.t ?? report.t,
      message,
      want: withoutCopy(truth, report, rightVerdicts(truth, report.expected, message, report.kind)),
      file: report.file,
    })
  }
  for (const [index, query] of truth.queries.entries()) {
    const message = truth.messages.get(query.expected.about) ?? null
    const flags = []
    if (query.message_id) flags.push('--message-id', bare(query.message_id))
    if (query.queue_id) flags.push('--queue-id', query.queue_id)
    if (query.sender !== undefined) flags.push('--from', query.sender)
    if (query.rcpt) flags.push('--to', query.rcpt)
    if (query.time) flags.push('--at', query.time)
    const key = query.message_id ? 'message-id' : query.queue_id ? 'queue-id' : 'envelope'
    questions.push({
      id: `q${index + 1}`,
      scenario: `${key}:${message?.scenario ?? query.expected.verdict}`,
      kind: 'query',
      host: query.host,
      at: message?.t ?? (query.time ? Date.parse(query.time) / 1000 : truth.start),
      timeless: !query.time && !message,
      message,
      want: rightVerdicts(truth, query.expected, message, 'query'),
      flags,
    })
  }
  return questions
}

/** Real messages of our servers that have a queue ID: each must be found by `trace`. */
export function tracedMessages(truth) {
  return [...truth.messages.values()].filter((m) => m.host && !m.forged && m.queue_ids?.length)
}
