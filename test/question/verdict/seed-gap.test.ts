/** The first hoster's case: a masked notification whose only key is a stranger's queue ID. A whole log refutes it; a log with a hole cannot. */

import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {inFolder} from '../../helpers/ingest-logs.js'
import {codes, eximIdAt, eximLog, eximStamp, ingestLines, judgeText} from './generated.js'

const NOTICE = readFileSync(join(import.meta.dirname, '../../../samples/notices/foreign-contact-form.txt'), 'utf8')
/** The second in the queue ID 1nrvvQ-0002CA-NB. */
const ASKED = Date.parse('2022-05-20T06:15:48Z')
const HOUR = 3_600_000
const US = 'web1.shop.example'

const lived = (perHour: number, queueRun: number | null, seed: number): {at: number; line: string}[] =>
  eximLog({from: ASKED - 50 * HOUR - seed * 17 * 60_000, to: ASKED + 40 * HOUR, perHour, queueRun, seed})

const texts = (lines: readonly {line: string}[]): string[] => lines.map(({line}) => line)
const coversAsked = (gap: {from: string | null; to: string | null}): boolean =>
  Date.parse(gap.from ?? '') <= ASKED + 600_000 && Date.parse(gap.to ?? '') >= ASKED - 600_000

describe('an hour cut out of the middle of one file', () => {
  it('makes the answer inconclusive and is named, for any busy log and any quiet one whose queue runs tick', async () => {
    const server = fc.oneof(
      fc.record({perHour: fc.integer({min: 25, max: 300}), queueRun: fc.constantFrom(null, HOUR, HOUR / 2)}),
      fc.record({perHour: fc.constantFrom(0.2, 0.5, 1, 3, 8, 20), queueRun: fc.constantFrom(HOUR / 2, HOUR / 4)}),
    )
    await fc.assert(
      fc.asyncProperty(
        server,
        fc.integer({min: 1, max: 999}),
        fc.integer({min: 2, max: 58}),
        async (how, seed, before) => {
          await inFolder(async (folder) => {
            const lines = lived(how.perHour, how.queueRun, seed)
            const from = ASKED - before * 60_000
            const rest = lines.filter(({at}) => at < from || at > from + HOUR)
            const answer = await judgeText(await ingestLines(folder, 'cut', {[US]: texts(rest)}), NOTICE)
            expect(answer.verdict).toBe('inconclusive')
            expect(answer.coverage.servers[0]?.gaps.some(coversAsked)).toBe(true)
            expect(codes(answer)).toContain('gap')
            expect(answer.advice.map(({code}) => code)).toContain('restore-logs')
          })
        },
      ),
      {numRuns: 12, seed: 7},
    )
  }, 120_000)

  it('leaves the whole log proof enough, at any rate', async () => {
    for (const [seed, [perHour, queueRun]] of (
      [
        [20, null],
        [0.3, HOUR / 2],
        [2, null],
        [8, HOUR],
        [40, null],
        [200, HOUR / 2],
      ] as const
    ).entries())
      await inFolder(async (folder) => {
        const answer = await judgeText(
          await ingestLines(folder, 'all', {[US]: texts(lived(perHour, queueRun, seed + 1))}),
          NOTICE,
        )
        expect([perHour, queueRun, answer.verdict]).toEqual([perHour, queueRun, 'never-here'])
        expect(codes(answer)).toEqual(
          expect.arrayContaining(['no-trace', 'foreign-host', 'foreign-script', 'id-time-agrees']),
        )
      })
  }, 120_000)
})

describe('what else keeps a log from being proof', () => {
  const whole = lived(60, HOUR / 2, 5)
  const with_ = (at: number, line: string): string[] => texts([...whole, {at, line}].sort((a, b) => a.at - b.at))
  const answerTo = async (lines: readonly string[], configured: Parameters<typeof judgeText>[2] = []) =>
    await inFolder(async (folder) => await judgeText(await ingestLines(folder, 'x', {[US]: lines}), NOTICE, configured))

  it('control: nothing', async () => {
    expect((await answerTo(texts(whole))).verdict).toBe('never-here')
  })

  it('a line that nobody understands, within the hour', async () => {
    const answer = await answerTo(
      with_(ASKED + 60_000, `${eximStamp(ASKED + 60_000)} the frobnicator gave up on 7 things`),
    )
    expect(answer.verdict).toBe('inconclusive')
    expect(codes(answer)).toContain('unknown-lines')
  })

  it('the same line a day earlier changes nothing', async () => {
    const at = ASKED - 24 * HOUR
    expect((await answerTo(with_(at, `${eximStamp(at)} the frobnicator gave up on 7 things`))).verdict).toBe(
      'never-here',
    )
  })

  it('a line over the length cap', async () => {
    const at = ASKED + 30_000
    const id = eximIdAt(at, 77)
    const answer = await answerTo(
      with_(at, `${eximStamp(at)} ${id} <= a@shop.example U=shop P=local S=1 T="${'x'.repeat(2_000_000)}"`),
    )
    expect(answer.verdict).toBe('inconclusive')
    expect(answer.coverage.servers[0]?.gaps.map(({reason}) => reason)).toContain('line-too-long')
  })

  it('a server of the configuration without logs', async () => {
    const answer = await answerTo(texts(whole), [{name: 'web2.shop.example', aliases: [], addresses: []}])
    expect(answer.verdict).toBe('inconclusive')
    expect(codes(answer)).toContain('server-without-logs')
  })

  it('a log that ends before, and one that begins after', async () => {
    const before = await answerTo(texts(whole.filter(({at}) => at < ASKED - HOUR)))
    const after = await answerTo(texts(whole.filter(({at}) => at > ASKED + HOUR)))
    expect([before.verdict, before.coverage.servers[0]?.gaps[0]?.reason]).toEqual(['inconclusive', 'after-last'])
    expect([after.verdict, after.coverage.servers[0]?.gaps[0]?.reason]).toEqual(['inconclusive', 'before-first'])
  })
})

describe('syslog says itself that lines were lost', () => {
  const syslog = (extra: readonly {at: number; line: string}[]): string[] => {
    const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`
    const plain = lived(60, HOUR / 2, 9).map(({at, line}) => ({
      at,
      line: `${stamp(at)} web1 exim[77]: ${line.slice(26)}`,
    }))
    return texts(
      [...plain, ...extra.map(({at, line}) => ({at, line: `${stamp(at)} web1 ${line}`}))].sort((a, b) => a.at - b.at),
    )
  }
  const verdictOf = async (extra: readonly {at: number; line: string}[]) =>
    await inFolder(async (folder) => await judgeText(await ingestLines(folder, 's', {web1: syslog(extra)}), NOTICE))

  it('control: it says nothing', async () => {
    expect((await verdictOf([])).verdict).toBe('never-here')
  })

  it.each([
    ['systemd-journald[312]: Suppressed 4312 messages from exim4.service', 20_000],
    ['rsyslogd: imuxsock[pid 77]: begin to drop messages due to rate-limiting', -240_000],
    ['rsyslogd: imjournal: 811 messages lost due to rate-limiting (20000 allowed within 600 seconds)', 400_000],
  ])('%s', async (line, after) => {
    const answer = await verdictOf([{at: ASKED + after, line}])
    expect(answer.verdict).toBe('inconclusive')
    expect(answer.coverage.servers[0]?.gaps.map(({reason}) => reason)).toContain('lines-lost')
  })
})
