import {describe, expect, it, test} from 'vitest'
import {parseLog} from '../../../src/dialect/log.js'

const say = (tag: string, text: string): unknown => {
  const parsed = parseLog(`Nov 21 03:16:13 lab ${tag}: ${text}`)
  return parsed.kind === 'event' ? parsed.event : {kind: parsed.kind}
}

describe('amavis', () => {
  const tail =
    ', [192.0.2.9]:61846 [198.51.100.7] <s@a.example> -> <r@b.example>, Queue-ID: 1F5AB3012026, Message-ID: <m.1@a.example>, mail_id: AOQf5k-Lq9xe, Hits: -, size: 4904, queued_as: D0F673012027/D0F673012028, 104 ms'
  test.for([
    ['Passed CLEAN {RelayedInbound}', 'passed'],
    ['Passed SPAM {RelayedTaggedInbound,Quarantined}', 'passed'],
    ['Blocked SPAM {DiscardedInbound,Quarantined}', 'discarded'],
    ['Blocked BANNED {BouncedInbound}', 'bounced'],
    ['Blocked INFECTED {Rejected}', 'blocked'],
    ['Blocked SPAM {Quarantined}', 'quarantined'],
  ] as const)('%s', ([result, verdict]) => {
    expect(say('amavis[10410]', `(10410-08) ${result}${tail}`)).toMatchObject({
      type: 'filter-judged',
      verdict,
      queueId: '1F5AB3012026',
      mta: 'postfix',
      messageId: 'm.1@a.example',
      queuedAs: ['D0F673012027', 'D0F673012028'],
    })
  })
  it('an old one names neither actions nor the queue ID', () => {
    expect(
      say(
        'amavis[1]',
        '(00001-01) Blocked SPAM, [192.0.2.1] <s@a.example> -> <r@b.example>, quarantine: x, Message-ID: <m@a>, Hits: 12',
      ),
    ).toMatchObject({verdict: 'blocked', queueId: null, queuedAs: [], messageId: 'm@a'})
  })
  it('a Message-ID cannot move the queue ID', () => {
    expect(
      say(
        'amavis[1]',
        '(00001-01) Passed CLEAN {Relayed}, [192.0.2.1] <s> -> <r>, Queue-ID: 1F5AB3012026, Message-ID: <x, Queue-ID: 2F5AB3012026, y@a>, mail_id: Z, 10 ms',
      ),
    ).toMatchObject({queueId: '1F5AB3012026'})
  })
  it('in front of Exim', () => {
    expect(
      say(
        'amavis[1]',
        '(00001-01) Passed CLEAN {Relayed}, <s> -> <r>, Queue-ID: 1nrvvQ-0000rW-1C, Message-ID: <m@a>, 10 ms',
      ),
    ).toMatchObject({queueId: '1nrvvQ-0000rW-1C', mta: 'exim'})
  })
  it('other lines are not needed', () => {
    expect(say('amavis[1]', '(00001-01) Checking: bHe6k [192.0.2.1] <s> -> <r>')).toEqual({kind: 'ignored'})
  })
})

describe('others', () => {
  test.for([
    [
      'opendkim[289]',
      'CD644294C59: DKIM-Signature field added (s=mail, d=a.example)',
      {type: 'text-noted', queueId: 'CD644294C59', text: 'DKIM-Signature field added (s=mail, d=a.example)'},
    ],
    ['opendkim[289]', 'CD644294C59: DKIM verification successful', {kind: 'ignored'}],
    ['opendmarc[295]', 'CD644294C59: a.example pass', {kind: 'ignored'}],
    [
      'rspamd[7]',
      '<abc>; task; rspamd_task_write_log: id: <m@a>, qid: <CD644294C59>, ip: 192.0.2.1, from: <s@a>, (default: T (reject): [18.1/15.00] [X(1.0){}]), len: 12',
      {type: 'filter-judged', verdict: 'blocked', queueId: 'CD644294C59', messageId: 'm@a'},
    ],
    [
      'rspamd[7]',
      '<abc>; task; rspamd_task_write_log: id: <undef>, qid: <CD644294C59>, ip: 192.0.2.1, (default: F (no action): [0/15] []), len: 12',
      {verdict: 'passed', messageId: null},
    ],
    ['dovecot', 'lmtp(u@b.example)<123><abc>: msgid=<m@a>: saved mail to INBOX', {type: 'text-noted', queueId: null}],
    [
      'dovecot',
      'lmtp(u@b.example)<1><a>: sieve: msgid=<m@a>: forwarded to <x@c.example>',
      {type: 'text-noted', text: 'lmtp(u@b.example)<1><a>: sieve: msgid=<m@a>: forwarded to <x@c.example>'},
    ],
    ['dovecot', 'imap-login: Login: user=<u>, method=PLAIN, rip=192.0.2.1', {kind: 'ignored'}],
    [
      'policyd-spf[1]',
      'prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1',
      {kind: 'ignored'},
    ],
    [
      'postgrey[1]',
      'CD644294C59: action=greylist, reason=new, client_name=x',
      {type: 'text-noted', queueId: 'CD644294C59'},
    ],
    ['postgrey[1]', 'action=pass, reason=triplet found, client_name=x', {kind: 'ignored'}],
    ['kernel', '[1.0] something', {kind: 'ignored'}],
    ['sshd[1]', 'Failed password for root', {kind: 'ignored'}],
  ] as const)('%s: %s', ([tag, text, wanted]) => {
    expect(say(tag, text)).toMatchObject(wanted)
  })
  it("rspamd's own file", () => {
    expect(
      parseLog(
        '2026-11-21 03:16:13 #123(normal) <abc>; task; rspamd_task_write_log: id: <m@x>, qid: <CD644294C59>, ip: 192.0.2.1, (default: F (no action): [1/15] []), len: 12',
      ),
    ).toMatchObject({
      event: {type: 'filter-judged', queueId: 'CD644294C59', stamp: {wall: Date.parse('2026-11-21T03:16:13Z')}},
    })
  })
})
