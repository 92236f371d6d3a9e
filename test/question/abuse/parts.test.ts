/** The detector's parts: tails, shares, windows, memory, paths, refusals, thresholds. */

import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {refusalKind} from '../../../src/mail/refusal-kind.js'
import {ABUSE_WINDOWS} from '../../../src/mail/send-fact.js'
import {Baseline, FIRST_PRIOR, priorOf} from '../../../src/question/abuse/baseline.js'
import {shareEvidence} from '../../../src/question/abuse/likelihood.js'
import {RecipientMemory} from '../../../src/question/abuse/recipient-memory.js'
import {isListSoftware, isMailLibrary, isMovedScript, isRiskyPath} from '../../../src/question/abuse/script-path.js'
import {logGamma, upperTailLog10} from '../../../src/question/abuse/student.js'
import {thresholdFor} from '../../../src/question/abuse/threshold.js'
import {COUNT, SlidingCounts} from '../../../src/question/abuse/windows.js'
import {cpuTime} from '../../helpers/cpu-time.js'

describe('Student tail', () => {
  // Critical values of the usual tables.
  it.each([
    [6.314, 1, 0.05],
    [2.92, 2, 0.05],
    [2.571, 5, 0.025],
    [2.228, 10, 0.025],
    [3.055, 12, 0.005],
    [4.318, 12, 0.0005],
  ])('t %f, %i degrees of freedom: %f', (t, df, p) => {
    expect(10 ** upperTailLog10(t, df)).toBeCloseTo(p, 4)
  })
  it('joins its far approximation without a step, and falls for ever', () => {
    let before = 0
    for (let t = 0; t < 400; t += 0.5) {
      const now = upperTailLog10(t, 12)
      expect(now).toBeLessThan(before)
      if (t > 5) expect(before - now).toBeLessThan(1)
      before = now
    }
  })
  it('logGamma of whole numbers', () => {
    expect(logGamma(1)).toBeCloseTo(0, 10)
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 9)
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9)
  })
})

describe('share evidence', () => {
  const abuse = {yes: 1.2, no: 5}
  const habit = {yes: 0.8, no: 30}
  it('is nothing without observations, for abuse with many hits, against it with none', () => {
    expect(shareEvidence(0, 0, abuse, habit)).toBe(0)
    expect(shareEvidence(8, 20, abuse, habit)).toBeGreaterThan(2)
    expect(shareEvidence(0, 50, abuse, habit)).toBeLessThan(-0.4)
  })
  it('grows with each hit and is finite for any count', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 5000}), fc.nat(5000), (total, n) => {
        const hits = Math.min(n, total)
        const now = shareEvidence(hits, total, abuse, habit)
        expect(Number.isFinite(now)).toBe(true)
        if (hits > 0) expect(now).toBeGreaterThan(shareEvidence(hits - 1, total, abuse, habit) - 1e-9)
      }),
    )
  })
  it('agrees with the plain formula where it multiplies', () => {
    const beta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b)
    const plain = (y: number, n: number) =>
      (beta(1.2 + y, 5 + n) - beta(1.2, 5) - beta(0.8 + y, 30 + n) + beta(0.8, 30)) / Math.LN10
    for (const [y, n] of [
      [0, 1],
      [3, 5],
      [12, 1],
      [13, 40],
      [100, 100],
    ] as const)
      expect(shareEvidence(y, y + n, abuse, habit)).toBeCloseTo(plain(y, n), 8)
  })
})

describe('sliding windows', () => {
  it('hold what a plain list holds, to one twelfth of the window', () => {
    const steps = fc.array(fc.tuple(fc.integer({min: 0, max: 7_200_000}), fc.integer({min: 1, max: 5})), {
      maxLength: 120,
    })
    fc.assert(
      fc.property(steps, (moves) => {
        const counts = new SlidingCounts()
        const seen: [number, number][] = []
        let at = Date.UTC(2026, 0, 1)
        for (const [gap, n] of moves) {
          at += gap
          counts.advance(at)
          counts.add(COUNT.recipients, n)
          seen.push([at, n])
          for (const [w, length] of ABUSE_WINDOWS.entries()) {
            const within = (span: number) => seen.reduce((sum, [t, k]) => sum + (t > at - span ? k : 0), 0)
            const sum = counts.sum(w, COUNT.recipients)
            expect(sum).toBeLessThanOrEqual(within(length))
            expect(sum).toBeGreaterThanOrEqual(within((length * 11) / 12))
          }
        }
      }),
      {numRuns: 60},
    )
  })
  it('count steady buckets only while they are steady', () => {
    const counts = new SlidingCounts()
    const begin = Date.UTC(2026, 0, 1)
    for (let h = 0; h < 16; h++) {
      counts.advance(begin + h * 3_600_000)
      counts.add(COUNT.strangers, 10)
    }
    expect(counts.steadyBuckets(3, COUNT.strangers, 6)).toBe(7)
    counts.advance(begin + 40 * 3_600_000)
    expect(counts.steadyBuckets(3, COUNT.strangers, 6)).toBe(0)
  })
})

describe('recipient memory', () => {
  it('knows exactly whom it was told of', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 0, max: 2 ** 53 - 1}), {maxLength: 400}), (hashes) => {
        const memory = new RecipientMemory()
        const model = new Set<number>()
        for (const hash of hashes) {
          expect(memory.isStranger(hash)).toBe(!model.has(hash))
          model.add(hash)
        }
      }),
    )
  })
  it('forgets the oldest, never the newest, when it is full', () => {
    const memory = new RecipientMemory()
    const hash = (i: number) => i * 7_919_000_017
    for (let i = 0; i < 200_000; i++) memory.isStranger(hash(i))
    let known = 0
    for (let i = 199_000; i < 200_000; i++) if (!memory.isStranger(hash(i))) known++
    expect(known).toBe(1000)
  })
})

describe('baseline', () => {
  it('is never surprised by what it did before, and more so by ever larger counts', () => {
    const baseline = new Baseline()
    for (const n of [3, 5, 2, 400, 4, 3]) baseline.learn([n, n, n, n, n])
    expect(baseline.surprise(1, 100, FIRST_PRIOR)).toBeLessThan(1.2)
    let before = -1
    for (const n of [1, 10, 400, 1000, 5000, 50_000]) {
      const now = baseline.surprise(1, n, FIRST_PRIOR)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
    expect(before).toBeLessThanOrEqual(8)
  })
  it('takes the prior from ten or more senders, else the built-in one', () => {
    const quiet = () => {
      const b = new Baseline()
      for (let i = 0; i < 5; i++) b.learn([1, 1, 1, 1, 1])
      return b
    }
    expect(priorOf(Array.from({length: 9}, quiet))).toBe(FIRST_PRIOR)
    expect(priorOf(Array.from({length: 10}, quiet)).centre[1]).toBeCloseTo(Math.log(2), 6)
  })
})

describe('script paths', () => {
  it.each([
    ['/home/u/public_html/wp-content/uploads/2025/11/a.php', true],
    ['/home/u/public_html/images/.x/y.php', true],
    ['/tmp/x.php', true],
    ['/home/u/public_html/logo.jpg.php', true],
    ['/home/u/public_html/wp-content/themes/t/404.php', true],
    ['/home/u/public_html/wp-includes/css/x.php', true],
    ['/home/u/public_html/index.php', false],
    ['/home/u/public_html/wp-includes/pluggable.php', false],
    ['/home/u/public_html/contact/form.php', false],
    ['/home/u/public_html/newsletter/send.php', false],
  ])('%s is risky: %s', (path, risky) => {
    expect(isRiskyPath(path)).toBe(risky)
  })
  it.each([
    ['/home/u/public_html/a.php', '/home/u/www_new/a.php', true],
    ['/home/u/releases/20260101/public/a.php', '/home/u/releases/20260301/public/a.php', true],
    ['/home/u/public_html/a.php', '/home/v/public_html/a.php', false],
    ['/home/u/public_html/a.php', '/home/u/public_html/b.php', false],
    ['/home/u/public_html/shop/index.php', '/home/u/public_html/images/index.php', false],
    ['/home/u/public_html/index.php', '/home/u/public_html/tmp/index.php', false],
  ])('%s moved to %s: %s', (before, now, moved) => {
    expect(isMovedScript(before, now)).toBe(moved)
  })
  it('list software and mail libraries', () => {
    expect(isListSoftware('/home/u/public_html/components/com_acymailing/cron.php')).toBe(true)
    expect(isListSoftware('/home/u/public_html/index.php')).toBe(false)
    expect(isMailLibrary('site1:class.phpmailer.php')).toBe(true)
    expect(isMailLibrary('/home/u/vendor/PHPMailer.php')).toBe(true)
    expect(isMailLibrary('/home/u/public_html/send.php')).toBe(false)
  })
})

describe('refusals', () => {
  it.each([
    ['550 5.1.1 <a@b.example>: Recipient address rejected: User unknown', '5.1.1', 'unknown-user'],
    ['550-5.1.1 The email account that you tried to reach does not exist.', '5.1.1', 'unknown-user'],
    ['554 5.7.1 <a@b.example>: Relay access denied', '5.7.1', 'unknown-user'],
    ['550 5.4.1 Recipient address rejected: Access denied', '5.4.1', 'unknown-user'],
    ['550 5.7.1 [203.0.113.7] Our system has detected that this message is likely unsolicited mail', '5.7.1', 'policy'],
    ['550 JunkMail rejected', null, 'policy'],
    ['554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using bl.example', '5.7.1', 'policy'],
    ['550 5.1.1 <spam@blocked.example>: User unknown', '5.1.1', 'unknown-user'],
    ['552 5.2.2 Mailbox full', '5.2.2', 'other'],
    ['', null, 'other'],
  ] as const)('%s', (reply, status, kind) => {
    expect(refusalKind(reply, status)).toBe(kind)
  })
  it('reads hostile replies in linear time', () => {
    const begun = cpuTime()
    refusalKind('<'.repeat(1_000_000), null)
    refusalKind('user '.repeat(200_000), '5.1.1')
    expect(cpuTime() - begun).toBeLessThan(500)
  })
})

it('a larger budget lowers the threshold, within bounds', () => {
  fc.assert(
    fc.property(
      fc.double({min: 0.001, max: 1000, noNaN: true}),
      fc.double({min: 1, max: 10, noNaN: true}),
      (budget, times) => {
        expect(thresholdFor(budget * times)).toBeLessThanOrEqual(thresholdFor(budget))
        expect(thresholdFor(budget)).toBeGreaterThanOrEqual(2.5)
      },
    ),
  )
})
