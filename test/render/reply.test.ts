import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {CAUSES, REASON_CODES, VERDICT_ADVICE_CODES, VERDICTS, type VerdictAnswer} from '../../src/mail/verdict.js'
import {renderReply} from '../../src/render/reply.js'
import {AUDIENCES} from '../../src/render/templates/template.js'
import {fillTexts} from '../../src/render/wording/fill-texts.js'
import {LANGUAGES} from '../../src/render/wording/wording.js'
import {firstPage} from './answers/first-page.js'
import {HOSTILE, leftByScript} from './answers/left-by-script.js'

const both = AUDIENCES.flatMap((audience) => LANGUAGES.map((language) => ({audience, language})))

describe.for(both)('the first help page, for $audience in $language', ({audience, language}) => {
  it('reads as reviewed', async () => {
    await expect(renderReply(firstPage, {audience, language})).toMatchFileSnapshot(
      `../golden/reply/first-page.${audience}.${language}.txt`,
    )
  })
})

describe.for(both)('a message that a script sent, for $audience in $language', ({audience, language}) => {
  it('reads as reviewed', async () => {
    await expect(renderReply(leftByScript, {audience, language})).toMatchFileSnapshot(
      `../golden/reply/left-by-script.${audience}.${language}.txt`,
    )
  })
})

describe('the customer', () => {
  it.for(LANGUAGES)('is told nothing personal about others (%s)', (language) => {
    const text = renderReply(firstPage, {audience: 'customer', language})
    expect(text).not.toContain('104.149.136.246')
    expect(text).not.toContain('1003')
    const left = renderReply(leftByScript, {audience: 'customer', language})
    for (const secret of ['victim@', 'other@', '198.51.100.7', '192.0.2.25', '203.0.113.25'])
      expect(left).not.toContain(secret)
    expect(left).toContain('o***@dest.example')
  })

  it.for(LANGUAGES)('reads no jargon about a forged message (%s)', (language) => {
    const text = renderReply(firstPage, {audience: 'customer', language})
    for (const word of [
      'SMTP',
      'MTA',
      'envelope-from',
      'Received',
      'header',
      'bounce',
      'Exim',
      'queue',
      'backscatter',
      'hop',
      'Umschlagabsender',
    ])
      expect(text).not.toContain(word)
  })

  it('gets times in the asked zone', () => {
    const text = renderReply(firstPage, {audience: 'customer', language: 'de', timeZone: 'Europe/Berlin'})
    expect(text).toContain('20. Mai 2022 um 08:15 Uhr (Europe/Berlin)')
  })
})

describe('the abuse desk', () => {
  const text = renderReply(leftByScript, {audience: 'abuse-desk', language: 'en', timeZone: 'Asia/Kolkata'})

  it('gets times with zone, addresses, replies, scope, coverage and evidence', () => {
    expect(text).toContain('2026-11-20 01:02:04 UTC (2026-11-20 06:32:04 Asia/Kolkata)')
    expect(text).toContain('mx.dest.example [192.0.2.25], status 2.0.0, reply "250 2.0.0 Ok: queued as 4F2 ')
    expect(text).toContain('212 messages to 219 recipients, 31 failed')
    expect(text).toContain('/var/log/exim_mainlog:4711: 2026-11-20 01:02:04 <= ')
    expect(text).toContain('Port 25: customers cannot speak SMTP past the mail servers')
  })

  it('gets commands whose words are quoted', () => {
    expect(text).toContain('exim -Mf 1wXyZb-000000012AC-0AbC')
    expect(text).toContain(`chmod 000 -- '/home/shop/public_html/it'\\''s.php'`)
    expect(text).toContain(`exiqgrep -i -f '^shop@shop\\.example$'`)
  })

  it('gets no command from a path or sender that hides characters', () => {
    const [message] = leftByScript.messages
    if (!message) throw new Error('the sample has a message')
    const hostile: VerdictAnswer = {
      ...leftByScript,
      messages: [{...message, sender: HOSTILE, origin: {...message.origin, script: `/home/${HOSTILE}`}}],
    }
    const reply = renderReply(hostile, {audience: 'abuse-desk', language: 'en'})
    expect(reply).not.toContain('chmod')
    expect(reply).not.toContain('exiqgrep')
  })

  it('is told what is missing', () => {
    const answer: VerdictAnswer = {
      ...firstPage,
      verdict: 'inconclusive',
      cause: 'unknown',
      coverage: {
        complete: false,
        directSmtp: 'open',
        servers: [
          {
            server: 'web1.example.net',
            from: null,
            to: null,
            gaps: [{from: '2022-05-20T00:00:00Z', to: null, reason: 'rotated away'}],
          },
        ],
      },
      reasons: [
        {
          code: 'gap',
          data: {server: 'web1.example.net', from: '2022-05-20T00:00:00Z', to: null, reason: 'rotated away'},
          text: '',
          evidence: [],
        },
      ],
    }
    const reply = renderReply(answer, {audience: 'abuse-desk', language: 'en'})
    expect(reply).toContain('NOT complete')
    expect(reply).toContain('gap 2022-05-20 00:00:00 UTC to the end (rotated away)')
    expect(reply).toContain('Port 25: OPEN.')
    expect(reply).toContain('what happened on web1.example.net from 2022-05-20 00:00:00 UTC to the end')
    expect(renderReply(answer, {audience: 'customer', language: 'en'})).not.toMatch(/complete for that time/)
  })
})

describe('what strangers wrote', () => {
  it.for(both)('is escaped and never read as a placeholder ($audience, $language)', (options) => {
    const text = renderReply(leftByScript, options)
    expect(text).not.toMatch(/[\u001b\u202e\u200b\r]/)
    if (options.audience === 'abuse-desk')
      expect(text).toContain('a\\u{1b}[31mb\\u{202e}c\\u{200b}d\\u{d}\\u{a}{{commands}}')
  })
})

describe('hostile facts', () => {
  const KEYS = [
    'host',
    'queueId',
    'at',
    'url',
    'script',
    'recipient',
    'reply',
    'login',
    'server',
    'from',
    'to',
    'hidden',
    'site',
    'domain',
  ]
  const word = fc.string({
    unit: fc.constantFrom('a', '@', '.', '{{greeting}}', '\u001b', '\u202e', '\n', '1', ':', '-', "'", '$&'),
  })

  it('never break a reply, and nothing unprintable comes through', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...REASON_CODES),
        fc.array(word, {minLength: 14, maxLength: 14}),
        fc.constantFrom(...both),
        (code, words, options) => {
          const data = Object.fromEntries(KEYS.map((key, index) => [key, words[index] ?? '']))
          const answer: VerdictAnswer = {
            ...firstPage,
            verdict: 'inconclusive',
            reasons: [{code, data, text: '', evidence: []}],
          }
          const text = renderReply(answer, {...options, timeZone: 'Asia/Kolkata'})
          expect(text).not.toMatch(/[\u001b\u202e]|NaN|undefined/)
          for (const one of fillTexts(answer, options.language).reasons) expect(one.text).not.toContain('\n')
        },
      ),
    )
  })

  it('do not let an inconclusive answer sound like a cleared one', () => {
    const text = renderReply(
      {...firstPage, verdict: 'inconclusive', cause: 'unknown'},
      {audience: 'customer', language: 'en'},
    )
    expect(text).toContain('we cannot say for certain')
    expect(text).toContain('are hidden')
    expect(text).not.toContain('not in them')
    expect(text).not.toContain('was never on our mail servers')
  })
})

describe('every verdict, cause and code', () => {
  const combinations = VERDICTS.flatMap((verdict) => CAUSES.map((cause) => ({verdict, cause})))

  it.for(both)('has words without gaps ($audience, $language)', (options) => {
    for (const {verdict, cause} of combinations) {
      const text = renderReply({...leftByScript, verdict, cause}, options)
      expect(text).not.toMatch(/undefined|null|\{\{[^}]*\}\}(?<!\{\{commands\}\})/)
      expect(text.length).toBeGreaterThan(200)
    }
  })

  it.for(LANGUAGES)('has a sentence that ends, also when every fact is missing (%s)', (language) => {
    const answer = fillTexts(
      {
        ...firstPage,
        reasons: REASON_CODES.map((code) => ({code, data: {}, text: '', evidence: []})),
        advice: VERDICT_ADVICE_CODES.map((code) => ({code, data: {}, text: ''})),
      },
      language,
    )
    expect(answer.summary).toMatch(/\.$/)
    for (const {code, text} of answer.reasons) expect(text, code).toMatch(/^\S.{15,}\.$/)
    for (const {code, text} of answer.advice) expect(text, code).toMatch(/^\S.{10,}/)
    for (const {code, text} of [...answer.reasons, ...answer.advice]) expect(text, code).not.toMatch(/undefined|null/)
  })

  it('says the same in both languages with different words', () => {
    const [en, de] = LANGUAGES.map((language) =>
      fillTexts(
        {...firstPage, reasons: REASON_CODES.map((code) => ({code, data: {}, text: '', evidence: []}))},
        language,
      ),
    )
    for (const [index, reason] of (en?.reasons ?? []).entries()) expect(de?.reasons[index]?.text).not.toBe(reason.text)
  })
})
