/** The weaker keys: the reporter's own queue IDs and clock, wrapped addresses, addresses without our signature. */

import {describe, expect, it} from 'vitest'
import type {VerdictAnswer} from '../../../src/mail/verdict.js'
import {inFolder} from '../../helpers/ingest-logs.js'
import {codes, eximIdAt, ingestLines, judgeText} from './generated.js'
import {
  arrival,
  bounce,
  completed,
  FLEET,
  HOUR,
  type Line,
  lifeWith,
  mail,
  NOW,
  ourHop,
  sentTo,
  strangersHop,
  US,
} from './world.js'

async function asked(lines: readonly Line[], report: string, background = true): Promise<VerdictAnswer> {
  return await inFolder(async (folder) => {
    const all = background
      ? lifeWith(lines)
      : lifeWith(lines).filter(
          (line) => line.includes('queue run') || line.includes('prvs=') || lines.some(({text}) => line.endsWith(text)),
        )
    return await judgeText(await ingestLines(folder, 'keys', {[US]: all}), report, FLEET)
  })
}

const real = mail()
const sent = [arrival(real, 'H=(pc) [192.0.2.9] P=esmtpsa A=plain:info@shop.example'), sentTo(real), completed(real)]
const withReporterId = (report: string, id: string): string =>
  report.replace(
    'Reporting-MTA: dns; mx.far.example\r\n',
    `Reporting-MTA: dns; mx.far.example\r\nX-Postfix-Queue-ID: ${id}\r\n`,
  )

describe("the reporter's own queue ID", () => {
  it('is listed with its host, and finds what that host said when it took the message', async () => {
    const report = withReporterId(
      bounce({...real, messageId: 'rewritten@gateway.example', hops: []}),
      '4XyZ9k1Q2mz3',
    ).replace(/Message-ID: <rewritten.*\r\n/, '')
    const answer = await asked(sent, report)
    expect(answer.asked.queueIds).toContainEqual(expect.objectContaining({id: '4XyZ9k1Q2mz3', host: 'mx.far.example'}))
    expect([answer.verdict, answer.messages[0]?.queueId]).toEqual(['left', real.id])
  })

  it('is never taken for ours', async () => {
    const other = mail({
      at: NOW - HOUR,
      id: eximIdAt(NOW - HOUR, 8),
      messageId: 'x@shop.example',
      recipient: 'carl@near.example',
      sender: 'bob@shop.example',
    })
    const lines = [arrival(other, 'U=bob P=local'), sentTo(other), completed(other)]
    const answer = await asked(
      lines,
      withReporterId(
        bounce({...real, hops: [strangersHop(NOW, 'vps.other.example', '198.51.100.99', 'B7F2C41A0B')]}),
        other.id,
      ),
    )
    expect([answer.verdict, answer.messages]).toEqual(['never-here', []])
  })
})

describe("the reporter's clock", () => {
  it('is measured by our log of its report, and the search is widened by twice that', async () => {
    const fake = mail({messageId: 'f@spam.example'})
    const report = bounce({...fake, hops: [strangersHop(NOW, 'vps.other.example', '198.51.100.99', 'B7F2C41A0B')]})
    const at = NOW + 60_000 - 50 * 60_000
    const id = eximIdAt(at, 5)
    const arrived: Line[] = [
      {
        at,
        text: `${id} <= <> H=mx.far.example [198.51.100.7] P=esmtps S=4000 id=bounce-${NOW}@mx.far.example for info@shop.example`,
      },
      {at: at + 500, text: `${id} => info <info@shop.example> R=localuser T=local_delivery`},
      {at: at + 600, text: `${id} Completed`},
    ]
    const answer = await asked(arrived, report)
    expect(answer.verdict).toBe('never-here')
    expect(answer.reasons.find(({code}) => code === 'clock-offset')?.data).toEqual({
      host: 'mx.far.example',
      seconds: -3000,
    })
    expect(answer.asked.window).toEqual({
      from: new Date(NOW - 100 * 60_000).toISOString().replace('.000', ''),
      to: new Date(NOW + 100 * 60_000).toISOString().replace('.000', ''),
    })
    expect(codes(await asked([], report))).not.toContain('clock-offset')
  })
})

describe('signed and wrapped addresses', () => {
  const signed = (n: number): Line[] => {
    const m = mail({
      at: NOW - n * 600_000,
      id: eximIdAt(NOW - n * 600_000, 40 + n),
      messageId: `s${n}@shop.example`,
      sender: `prvs=0123abcdef=info@shop.example`,
    })
    return [arrival(m, 'H=(pc) [192.0.2.9] P=esmtpsa A=plain:info@shop.example'), sentTo(m), completed(m)]
  }
  const stream = Array.from({length: 14}, (_, n) => signed(n + 1)).flat()
  const fake = bounce({
    ...mail({messageId: 'f@spam.example', id: eximIdAt(NOW, 1)}),
    hops: [strangersHop(NOW, 'vps.other.example', '198.51.100.99', 'B7F2C41A0B')],
  })

  it('a bounce to an unsigned address speaks for forgery where all senders are signed', async () => {
    const answer = await asked(stream, fake, false)
    expect(answer.verdict).toBe('never-here')
    expect(answer.reasons.find(({code}) => code === 'unsigned-address')?.data).toEqual({
      address: 'info@shop.example',
      scheme: 'BATV',
    })
  })

  it('and for nothing where some are not', async () => {
    expect(codes(await asked(stream, fake))).not.toContain('unsigned-address')
  })

  it('a signed sender in the log is the bare one in the report, and the other way round', async () => {
    const plain = mail({sender: 'info@shop.example'})
    const wrapped = {...plain, sender: 'prvs=0123abcdef=info@shop.example'}
    for (const [logged, reported] of [
      [wrapped, plain],
      [plain, wrapped],
    ] as const) {
      const lines = [
        arrival(logged, 'H=(pc) [192.0.2.9] P=esmtpsa A=plain:info@shop.example'),
        sentTo(logged),
        completed(logged),
      ]
      const report = bounce({...reported, hops: []}).replace(/Message-ID: <news.*\r\n/, '')
      const answer = await asked(lines, report)
      expect([answer.verdict, answer.messages[0]?.queueId]).toEqual(['left', plain.id])
    }
  })
})

describe('a mail to the same recipient at the same time', () => {
  const near = mail({at: NOW + 40_000, id: eximIdAt(NOW + 40_000, 99), messageId: 'other@shop.example'})
  const itsLines = [arrival(near, 'U=info P=local'), sentTo(near), completed(near)]
  const noMessageId = (report: string): string => report.replace(/Message-ID: <news-.*\r\n/, '')

  it('is not the one reported when a hop of ours names another queue ID, whose lines are missing', async () => {
    const answer = await inFolder(async (folder) => {
      const all = lifeWith(itsLines).filter((line) => line.includes(near.id) || !/ (09|10):\d\d:\d\d/.test(line))
      const report = noMessageId(bounce({...real, hops: [ourHop(real)]}))
      return await judgeText(await ingestLines(folder, 'near', {[US]: all}), report, FLEET)
    })
    expect(answer.verdict).toBe('inconclusive')
    expect(answer.messages.map(({queueId}) => queueId)).not.toContain(near.id)
  })

  it('keeps us from saying "never here" where the log is whole: the ID in the report may be damaged', async () => {
    const answer = await asked(itsLines, noMessageId(bounce({...real, hops: [ourHop(real)]})))
    expect([answer.verdict, answer.coverage.complete, answer.messages]).toEqual(['inconclusive', true, []])
    expect(codes(answer)).toContain('message-nearby')
    expect(answer.reasons.find(({code}) => code === 'message-nearby')?.evidence.length).toBeGreaterThan(0)
  })
})
