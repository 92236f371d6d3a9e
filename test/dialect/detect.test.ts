import {describe, expect, it, test} from 'vitest'
import {detect} from '../../src/dialect/detect.js'
import {dialects} from '../../src/dialect/log.js'
import {corpus} from './corpus.js'

const php = '[21-Nov-2026 02:09:19 Europe/Berlin] mail() on [/x.php:1]: To: a@b -- Headers: '
const exim = '2026-11-21 03:16:13 1nrvvQ-0000rW-1C Completed'
const postfix = 'Nov 21 03:16:13 lab postfix/qmgr[1]: CD644294C59: removed'

describe('a sample names the format and says why', () => {
  test.for([
    ['exim', [exim, '2026-11-21 03:16:13 H=x [192.0.2.1] F=<a> rejected RCPT <b>: no']],
    [
      'exim-rejectlog',
      [
        '2026-11-21 03:16:13 H=x [192.0.2.1] F=<a@b> rejected after DATA: no',
        'Envelope-from: <a@b>',
        'P Received: from x',
        'T To: c@d',
      ],
    ],
    ['exim-rejectlog', ['2026-11-21 03:16:13 H=x [192.0.2.1] F=<a@b> rejected RCPT <c@d>: no']],
    ['exim-paniclog', ['2026-11-21 03:16:13 string too large in smtp_notquit_acl()']],
    ['postfix', [postfix, 'Nov 21 03:16:13 lab sshd[1]: x']],
    ['syslog', ['Nov 21 03:16:13 lab exim[1]: 1nrvvQ-0000rW-1C Completed']],
    ['journal', ['{"MESSAGE":"x","SYSLOG_IDENTIFIER":"postfix/smtp"}']],
    ['php-mail', [php, ' folded']],
    ['access', ['203.0.113.9 - - [21/Nov/2026:03:16:13 +0100] "GET / HTTP/1.1" 200 5']],
    ['auto', ['hello', 'world']],
    ['auto', ['', '  ']],
  ] as const)('%s', ([format, sample]) => {
    const found = detect(sample)
    expect(found.format).toBe(format)
    expect(found.score).toBeGreaterThanOrEqual(0)
    expect(found.score).toBeLessThanOrEqual(1)
    expect(found.why.length).toBeGreaterThan(10)
    expect(dialects.map(({name}) => name)).toContain(found.format)
  })
  it('the most frequent format of a mixture', () => {
    expect(detect([postfix, postfix, php])).toMatchObject({format: 'postfix', score: 2 / 3})
  })
})

const files = [
  ...corpus('lab/run-2/logs', /log/),
  ...corpus('corpus/postfix/lab-shapes', /^(?!j\.export)/),
  ...corpus('corpus/postfix/lab-postfix37', /log$/),
]
test.skipIf(files.length === 0)(`every real log is told by its first lines (${files.length} files)`, () => {
  for (const {name, lines} of files) {
    const wanted = /php/.test(name)
      ? 'php-mail'
      : /reject/.test(name)
        ? 'exim-rejectlog'
        : /\/exim_?\/?main|exim_mainlog/.test(name)
          ? 'exim'
          : /json$/.test(name)
            ? 'journal'
            : /\/e[123]/.test(name)
              ? 'syslog'
              : 'postfix'
    expect(detect(lines.slice(0, 100)).format, name).toBe(wanted)
  }
})
