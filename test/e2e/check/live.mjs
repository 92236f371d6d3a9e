/** What was read while it was written must give the answers that it gives when read at once. */
import {setTimeout as sleep} from 'node:timers/promises'
import {differenceLine} from './print.mjs'
import {askAll, judgeVerdicts, oneOfEach} from './run.mjs'
import {answer} from './tool.mjs'

const PATIENCE = 90_000
const QUIET = 3000

/** Waits until the database holds no more lines than a while ago. @returns {Promise<number>} lines held, all servers together */
export async function waitUntilQuiet(base) {
  const held = async () => {
    const {servers} = (await answer(['coverage', ...base])).values[0]
    return servers.reduce((sum, server) => sum + server.lines, 0)
  }
  const until = Date.now() + PATIENCE
  let last = -1
  let since = Date.now()
  while (Date.now() < until) {
    const now = await held()
    if (now !== last) {
      last = now
      since = Date.now()
    } else if (Date.now() - since > QUIET) break
    await sleep(500)
  }
  return last
}

/**
 * Asks a database that was filled live; each answer must be the batch run's.
 * @param {{code: number | null, signal: string | null, stderr: string}} ended how the following process ended
 * @returns {Promise<number>} faults found
 */
export async function compareLive(truth, base, outcome, ended, held) {
  const questions = oneOfEach(outcome.questions.filter((question) => question.file))
  const result = judgeVerdicts(questions, await askAll(truth, {base}, questions))
  const changed = result.differences.filter(
    ({question, verdict}) => outcome.answers.get(question.id)?.verdict !== verdict,
  )
  for (const difference of changed.slice(0, 20))
    console.log(`  live differs: ${differenceLine(difference).slice(0, 300)}`)
  console.log(
    `live        ${held} lines read while they were written, ended with ${ended.code ?? ended.signal}; ${result.right} of ${result.total} verdicts right, ${changed.length} unlike the batch run`,
  )
  if (ended.code !== 0) console.log(ended.stderr.slice(-800))
  return changed.length + (ended.code === 0 ? 0 : 1) + (held > 0 ? 0 : 1)
}
