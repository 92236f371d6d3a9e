/** With one log file taken out, what was never here in its time becomes inconclusive and names the gap; nothing else becomes wrong. */

import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {inFolder} from '../../helpers/ingest-logs.js'
import {hasRun, Lab, type LabQuestion} from './lab.js'

/** Every question and both copies of the same lines: minutes instead of seconds. */
const EVERY = Boolean(process.env['MAILWITNESS_CUT_ALL'])

/** All questions about forgeries, and of all others one of each host, scenario and kind (MAILWITNESS_CUT_ALL=1: every question). */
function chosen(questions: readonly LabQuestion[]): LabQuestion[] {
  const seen = new Set<string>()
  return questions.filter((question) => {
    if (EVERY || question.want[0] === 'never-here') return true
    const key = `${question.host} ${question.scenario} ${question.kind}`
    return !seen.has(key) && seen.add(key)
  })
}

describe.skipIf(!hasRun)(
  'one log file of the lab taken out (25 files; skipped where ../shared/lab/run-2 is missing)',
  () => {
    it.each(EVERY ? (['first', 'both'] as const) : (['first'] as const))(
      'copies of the same lines read: %s',
      async (copies) => {
        await inFolder(async (folder) => {
          const lab = await Lab.open(folder)
          const questions = chosen(lab.questions)
          const faults: string[] = []
          let turned = 0
          let cuts = 0
          for (const host of lab.truth.hosts) {
            const logs = lab.logsOf(host, copies)
            const duplicated = new Set(logs.filter((log) => log.kind === 'main').map((log) => log.stream)).size > 1
            const others = await lab.allBut(`others-${host.host}`, host.host, 'first')
            const main = logs.filter((log) => log.kind === 'main').sort((a, b) => a.from - b.from)
            for (const [index, log] of logs.entries()) {
              const database = lab.copyOf(others, `cut-${host.host}-${index}`)
              await lab.ingest(
                database,
                host,
                logs.filter((one) => one !== log),
                join(`cut-${host.host}-${index}`),
              )
              const place = main.indexOf(log)
              const middle = place > 0 && place < main.length - 1
              for (const [id, answer] of lab.ask(database, questions)) {
                const question = questions.find((one) => one.id === id) as LabQuestion
                const fault = lab.tools.cutFault(question, answer, log, host.hostname, middle)
                const told = `${log.file}: ${id} ${question.scenario} ${question.kind} want ${question.want.join('|')}: ${fault} [${answer.reasons.map((reason) => reason.code).join(',')}] ${question.file ?? question.flags?.join(' ')}`
                if (question.want[0] === 'never-here' && answer.verdict === 'inconclusive') turned++
                // The same lines in a whole second copy: what was known stays known.
                if (fault !== null && !(duplicated && question.want.includes(answer.verdict))) faults.push(told)
              }
              cuts++
            }
          }
          if (EVERY) console.log(copies, cuts, turned, faults.length, `\n${faults.join('\n')}`)
          expect(faults).toEqual([])
          expect(turned).toBeGreaterThan(20)
        })
      },
      600_000,
    )
  },
)
