/** A message with more lines than are read of one: what is left out is counted, and nobody in it is "never here". */

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, it} from 'vitest'
import {Ingest} from '../../src/ingest/ingest.js'
import {Threads} from '../../src/ingest/threads.js'
import {openForWriting} from '../../src/store/database.js'
import {DEFAULTS, inFolder} from '../helpers/ingest-logs.js'
import {run} from '../helpers/program.js'

const ID = '1w4aS7-002uAm-IX'
const OTHER = '1w4aSI-002uAn-IX'
const RECIPIENTS = 300
const MOST = 100

it('of ten million lines of one message the first are its, its end is, and the rest are counted as not understood', async () => {
  await inFolder(async (folder) => {
    const log = join(folder, 'exim_mainlog')
    const to = (n: number): string =>
      `2026-03-22 10:00:0${n < 150 ? 1 : 2} ${ID} => r${n}@far.example R=r T=remote_smtp H=mx.far.example [203.0.113.1] C="250 OK"`
    const lines = [
      `2026-03-22 10:00:00 ${ID} <= list@ours.example U=list P=local S=900 id=x@ours.example`,
      ...Array.from({length: RECIPIENTS}, (_, n) => to(n)),
      `2026-03-22 10:00:11 ${OTHER} <= list@ours.example U=list P=local S=900 id=y@ours.example`,
      `2026-03-22 10:00:12 ${OTHER} => a@far.example R=r T=remote_smtp H=mx.far.example [203.0.113.1] C="250 OK"`,
      `2026-03-22 10:00:13 ${ID} Completed`,
      `2026-03-22 10:00:13 ${OTHER} Completed`,
    ]
    writeFileSync(log, lines.map((line) => `${line}\n`).join(''))
    const file = join(folder, 'mail.db')
    const db = openForWriting(file)
    const ingest = new Ingest(db, {...DEFAULTS, server: 'h1', paths: [log]})
    Object.assign(ingest.session, {threads: new Threads(MOST)})
    const result = await ingest.run()
    db.close()
    expect(result).toMatchObject({lines: lines.length, messages: 2, unknown: RECIPIENTS + 1 - MOST})
    const ask = (...args: string[]) => JSON.parse(run([...args, '--db', file, '--json']).stdout)
    const [message] = ask('trace', ID).journeys[0].messages
    expect([message.state, message.recipients.length]).toEqual(['completed', MOST - 1])
    expect(ask('trace', OTHER).journeys[0].messages[0].recipients).toHaveLength(1)
    expect(ask('coverage').servers[0].unknown).toBe(RECIPIENTS + 1 - MOST)
    expect(ask('verdict', '--queue-id', ID).verdict).toBe('left')
    const clues = ['--from', 'list@ours.example', '--to', 'r299@far.example', '--at', '2026-03-22T10:00:02Z']
    expect(ask('verdict', '--message-id', 'other@ours.example', ...clues).verdict).toBe('inconclusive')
    expect(JSON.parse(run(['doctor', '--check', '--full', '--db', file, '--json']).stdout).findings).not.toContainEqual(
      expect.objectContaining({level: 'problem'}),
    )
  })
})
