/** Headers of real mail of ours, copied into mail that was never ours: never called left, and shown for what they are. */

import {describe, expect, it} from 'vitest'
import type {VerdictAnswer} from '../../../src/mail/verdict.js'
import {inFolder} from '../../helpers/ingest-logs.js'
import {codes, eximIdAt, ingestLines, judgeText} from './generated.js'
import {
  arrival,
  bounce,
  completed,
  FLEET,
  type Line,
  lifeWith,
  mail,
  NOW,
  OUR_IP,
  ourHop,
  refused,
  sentTo,
  strangersHop,
  US,
} from './world.js'

const real = mail({id: eximIdAt(NOW, 4711)})
const inLog: Line[] = [
  arrival(real, 'H=(pc) [192.0.2.9] P=esmtpsa A=plain:info@shop.example'),
  sentTo(real),
  completed(real),
]
const spam = {
  messageId: 'x1.77@spam.example',
  sender: 'ceo@shop.example',
  recipient: 'victim@far.example',
  subject: 'Pay now',
  at: NOW + 40_000,
}
const strange = strangersHop(NOW + 40_000, 'vps.other.example', '198.51.100.99', 'B7F2C41A0B')

async function asked(lines: readonly Line[], report: string): Promise<VerdictAnswer> {
  return await inFolder(
    async (folder) => await judgeText(await ingestLines(folder, 'forged', {[US]: lifeWith(lines)}), report, FLEET),
  )
}

describe('copied headers', () => {
  it.each([
    ['the whole hop of a real mail, with its sender and recipient', ourHop(real)],
    ['the hop without `for`', ourHop(real).replace(/\r\n\tfor [^;]*/, '')],
    [
      'the hop, its addresses replaced by the forgery’s',
      ourHop({...real, sender: spam.sender, recipient: spam.recipient}),
    ],
  ])('%s, in mail of another Message-ID, sender and recipient', async (_name, hop) => {
    const answer = await asked(inLog, bounce({...spam, id: real.id, hops: [strange, hop]}))
    expect([answer.verdict, codes(answer)]).toEqual(['never-here', expect.arrayContaining(['copied-header'])])
    expect(answer.messages).toEqual([])
  })

  it('a real queue ID with another sender, and the real recipient', async () => {
    const m = {...spam, recipient: real.recipient, id: real.id}
    const answer = await asked(inLog, bounce({...m, hops: [strange, ourHop({...m, at: NOW})]}))
    expect([answer.verdict, codes(answer)]).toEqual(['never-here', expect.arrayContaining(['copied-header'])])
  })

  it('a real Message-ID with other recipients, by another way', async () => {
    const answer = await asked(inLog, bounce({...spam, messageId: real.messageId, id: real.id, hops: [strange]}))
    expect([answer.verdict, codes(answer)]).toEqual(['never-here', expect.arrayContaining(['copied-header'])])
  })

  it('a made-up queue ID of that second beside a real sender', async () => {
    const m = {...spam, sender: real.sender, id: eximIdAt(NOW, 999)}
    const answer = await asked(inLog, bounce({...m, hops: [strange, ourHop(m)]}))
    expect([answer.verdict, codes(answer)]).toEqual(['never-here', expect.arrayContaining(['forged-hop'])])
  })

  it('control: the same mail really bounced, its recipient forwarded there', async () => {
    const answer = await asked(
      inLog,
      bounce({...real, recipient: 'anna@home.example', hops: [strangersHop(NOW + 2000, US, OUR_IP), ourHop(real)]}),
    )
    expect(answer.verdict).toBe('left')
  })
})

describe('one Message-ID, several mails', () => {
  it('a reused Message-ID: the mail with the recipient asked for is the one judged', async () => {
    const one = mail({messageId: 'static@app.example', id: eximIdAt(NOW, 1), recipient: 'one@far.example'})
    const two = mail({
      messageId: 'static@app.example',
      id: eximIdAt(NOW + 600_000, 2),
      at: NOW + 600_000,
      recipient: 'two@far.example',
    })
    const lines = [
      arrival(one, 'U=shop P=local'),
      sentTo(one),
      completed(one),
      arrival(two, 'U=shop P=local'),
      refused(two),
      completed(two),
    ]
    expect((await asked(lines, bounce({...one, hops: [ourHop(one)]}))).verdict).toBe('left')
    const second = await asked(lines, bounce({...two, hops: []}))
    expect([second.verdict, second.messages.map(({queueId}) => queueId)]).toEqual(['not-delivered', [two.id]])
  })

  it('addresses masked, our own hop there: found by its queue ID and second', async () => {
    const hop = ourHop(real).replaceAll(/<?[\w.]+@[\w.]+>?/g, '[email protected]')
    const text = bounce({...real, hops: [hop]}).replaceAll(/<?[\w.-]+@(shop|far)\.example>?/g, '[email protected]')
    const answer = await asked(inLog, text)
    expect([answer.verdict, answer.messages[0]?.queueId]).toEqual(['left', real.id])
  })
})
