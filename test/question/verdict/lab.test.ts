/** Every report and query of the finished lab run against what really happened. */

import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {inFolder} from '../../helpers/ingest-logs.js'
import {hasRun, Lab} from './lab.js'

describe.skipIf(!hasRun)('the lab run (all its questions; skipped where ../shared/lab/run-2 is missing)', () => {
  it.each(['first', 'other', 'both'] as const)(
    'copies of the same lines read: %s',
    async (copies) => {
      await inFolder(async (folder) => {
        const lab = await Lab.open(folder)
        const database = join(folder, 'all.db')
        for (const host of lab.truth.hosts) await lab.ingest(database, host, lab.logsOf(host, copies), copies)
        const answers = lab.ask(database, lab.questions)
        const wrong = lab.questions.flatMap((question) => {
          const answer = answers.get(question.id)
          return answer && question.want.includes(answer.verdict)
            ? []
            : [{...question, said: answer?.verdict, because: answer?.reasons.map(({code}) => code)}]
        })
        const told = wrong.map(({id, scenario, kind, want, said, because, file, flags}) =>
          JSON.stringify({id, scenario, kind, want, said, because, file, flags}),
        )
        expect(wrong.filter(({said}) => said !== 'inconclusive').map(({id, said}) => [id, said, told])).toEqual([])
        expect(wrong.length, told.join('\n')).toBeLessThanOrEqual(Math.floor(lab.questions.length * 0.01))
      })
    },
    240_000,
  )
})
