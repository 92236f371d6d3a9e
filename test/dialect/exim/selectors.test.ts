import {describe, expect, it} from 'vitest'
import {parseExim} from '../../../src/dialect/exim/log.js'
import {emptyTally, selectorsShown, tallied} from '../../../src/dialect/exim/selectors.js'
import {ID} from './lines.js'

const shown = (lines: readonly string[], count = lines.length) =>
  selectorsShown(
    lines.reduce((tally, line) => tallied(tally, line, parseExim(line)), emptyTally),
    count,
  )

const bare = [
  `2022-05-20 06:15:48 ${ID} <= s@d.example H=mx [192.0.2.6] P=esmtps S=9 id=a@b`,
  `2022-05-20 06:15:48 ${ID} => a@d.example R=r T=t H=mx [192.0.2.9]`,
  `2022-05-20 06:15:48 ${ID} Completed`,
]
const rich = [
  `2022-05-20 06:15:48.001 +0200 [9] ${ID} <= s@d.example H=mx [192.0.2.6]:4 I=[192.0.2.1]:25 P=esmtps X=T:x:256 S=9 id=a@b T="hi" from <s@d.example> for a@d.example`,
  `2022-05-20 06:15:48.001 +0200 [9] ${ID} <= s@d.example U=s P=local S=9 id*=E${ID}@d T="hi" from <s@d.example> for a@d.example`,
  '2022-05-20 06:15:48.001 +0200 [9] cwd=/home/s 3 args: /usr/sbin/sendmail -t -i',
  '2022-05-20 06:15:48.001 +0200 [9] Start queue run: pid=9',
  '2022-05-20 06:15:48.001 +0200 [9] SMTP connection from [192.0.2.6]:4 (TCP/IP connection count = 1)',
  `2022-05-20 06:15:48.001 +0200 [9] ${ID} => a@d.example (p@d.example) <o@d.example> F=<s@d.example> P=<s@d.example> R=r T=t S=9 H=mx [192.0.2.9] C="250 ok" QT=1s DT=1s`,
  `2022-05-20 06:15:48.001 +0200 [9] ${ID} == a@d.example routing defer (-52): retry time not reached`,
  `2022-05-20 06:15:48.001 +0200 [9] ${ID} Completed QT=1s`,
]

describe('selectors that a log shows', () => {
  it('sees each of them', () => {
    for (const [selector, state] of Object.entries(shown(rich))) expect(state, selector).toBe('on')
  })

  it('says off only after enough lines that would have shown it', () => {
    expect(shown(bare)).toMatchObject({pid: 'unclear', subject: 'unclear', msg_id: 'on', arguments: 'unclear'})
    const many = Array.from({length: 6}, () => bare).flat()
    expect(shown(many, 5000)).toMatchObject({
      pid: 'off',
      millisec: 'off',
      log_timezone: 'off',
      subject: 'off',
      received_recipients: 'off',
      sender_on_delivery: 'off',
      smtp_confirmation: 'off',
      arguments: 'off',
      all_parents: 'unclear',
    })
  })

  it('changes nothing for lines that show nothing, and never its input', () => {
    expect(tallied(emptyTally, '\tcontinued', parseExim('\tcontinued'))).toBe(emptyTally)
    tallied(emptyTally, rich[0] ?? '', parseExim(rich[0] ?? ''))
    expect(emptyTally.pid).toEqual({shown: 0, chances: 0})
  })
})
