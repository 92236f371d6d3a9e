/**
 * Takes one log file away at a time: what was never here in that time must become inconclusive and name the gap,
 * and no other answer may become a wrong one.
 */
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {differenceLine} from './print.mjs'
import {askAll, ingestRun, isoOf, oneOfEach} from './run.mjs'

/** A forgery this near to the end of a file may lie outside of the gap that is left. Seconds. */
const EDGE = 120

/** Does the coverage of an answer say that this server's lines of that moment are missing? */
function namesGap(answer, hostname, at) {
  const server = answer?.coverage?.servers?.find((one) => one.server === hostname)
  if (!server?.from || !server.to) return true
  const second = (iso) => Date.parse(iso) / 1000
  const gaps = server.gaps ?? []
  if (at === null) return gaps.length > 0 || answer.coverage.complete === false
  if (at < second(server.from) || at > second(server.to)) return true
  return gaps.some((gap) => (!gap.from || second(gap.from) <= at + EDGE) && (!gap.to || second(gap.to) >= at - EDGE))
}

/** Must this answer turn to inconclusive when the file is gone? */
function mustTurn(question, log, middle) {
  if (question.want[0] !== 'never-here' || log.kind !== 'main') return false
  if (question.timeless) return middle
  return question.at > log.from + EDGE && question.at < log.to - EDGE
}

/** What is wrong with an answer after the cut; null when nothing. */
export function cutFault(question, answer, log, hostname, middle) {
  const verdict = answer?.verdict ?? `error ${answer?.error?.code}`
  if (mustTurn(question, log, middle)) {
    if (verdict !== 'inconclusive') return `must become inconclusive, is ${verdict}`
    return namesGap(answer, hostname, question.timeless ? null : question.at) ? null : 'does not name the gap'
  }
  if (question.want.includes(verdict) || verdict === 'inconclusive') return null
  // what the remaining lines say, with the gap named, is true as far as it goes
  if (verdict === 'queued' && answer.coverage?.complete === false) return null
  return `became ${verdict}`
}

/** What was never here, or cannot be known, and reports; in a short run a few of each scenario and host. */
function chosenQuestions(questions, short) {
  const unknown = questions.filter((question) => ['never-here', 'inconclusive'].includes(question.want[0]))
  const reports = questions.filter((question) => question.file && !unknown.includes(question))
  return [...unknown, ...(short ? oneOfEach(reports) : reports)]
}

/** @returns {Promise<number>} faults found */
export async function cutRun(truth, work, outcome, flags) {
  const questions = chosenQuestions(outcome.questions, flags.cutFiles !== undefined)
  const before = new Map(questions.map((question) => [question.id, outcome.answers.get(question.id)]))
  let faults = 0
  let cuts = 0
  let turned = 0
  for (const {host, logs} of outcome.session.hosts) {
    const main = logs.filter((log) => log.kind === 'main').sort((a, b) => a.from - b.from)
    // a short run takes the file that most forgeries lie in, of each host
    const weight = (log) => questions.filter((question) => mustTurn(question, log, false)).length
    const chosen = flags.cutFiles ? [...main].sort((a, b) => weight(b) - weight(a)).slice(0, flags.cutFiles) : logs
    for (const log of chosen) {
      const folder = join(work, `cut-${cuts}`)
      mkdirSync(folder)
      const session = await ingestRun(truth, folder, join(folder, 'mail.db'), {...flags, without: new Set([log.file])})
      const answers = await askAll(truth, session, questions)
      const place = main.indexOf(log)
      const middle = place > 0 && place < main.length - 1
      const found = []
      for (const question of questions) {
        const answer = answers.get(question.id)
        const fault = cutFault(question, answer, log, host.hostname, middle)
        if (fault && (question.want.includes(before.get(question.id)?.verdict) || mustTurn(question, log, middle)))
          found.push({fault, line: differenceLine({question, verdict: answer?.verdict, got: answer})})
        if (!fault && mustTurn(question, log, middle)) turned += 1
      }
      cuts += 1
      faults += found.length
      console.log(`cut ${log.file} (${isoOf(log.from)} to ${isoOf(log.to)}): ${found.length} faults`)
      for (const {fault, line} of found.slice(0, 12)) console.log(`  ${fault}: ${line.slice(0, 260)}`)
    }
  }
  console.log(
    `cut         ${cuts} files, one at a time: ${turned} never-here answers became inconclusive, ${faults} faults`,
  )
  if (turned === 0) console.log('cut         no never-here answer lay in any file: this run cannot prove it')
  return faults + (turned === 0 ? 1 : 0)
}
