import {describe, expect, it} from 'vitest'
import {eventOf} from './lines.js'

const remote = {
  address: 'a@dest.example',
  router: 'dnslookup',
  transport: 'remote_smtp',
  remoteHost: 'mx.dest.example',
  remoteIp: '192.0.2.9',
  channel: 'remote',
}

describe('deliveries', () => {
  it.each([
    [
      '=> a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C="250 2.0.0 Ok: queued as 4L3tMB"',
      {
        ...remote,
        result: 'delivered',
        marker: '=>',
        receipt: '4L3tMB',
        status: '2.0.0',
        reply: '250 2.0.0 Ok: queued as 4L3tMB',
      },
    ],
    [
      '-> b@dest.example (c@d.example, e@d.example) <f@d.example> F=<s@d.example> P=<s@d.example> SRS=<x> R=dnslookup T=remote_smtp S=1204 H=mx.dest.example DS [192.0.2.9]:25* PRX=[192.0.2.1] I=[192.0.2.2]:99 TFO PS=ese X=TLS1.2:x:256:X25519 CV=dane DN="/CN=\\"mx\\" H=[9.9.9.9]" A=client L* PRDR K DKIM=d.example,s1 C="250- 1809 byte chunk, total 1809\\\\n250 OK id=1nrmJl-00001e-0f" QT=5d13h3m12s DT=0.123s',
      {
        address: 'b@dest.example',
        original: 'f@d.example',
        parents: ['c@d.example', 'e@d.example'],
        sender: 's@d.example',
        remoteIp: '192.0.2.9',
        remotePort: 25,
        reply: '250- 1809 byte chunk, total 1809\n250 OK id=1nrmJl-00001e-0f',
        receipt: '1nrmJl-00001e-0f',
        delay: 478992,
        marker: '->',
      },
    ],
    [
      '>> a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9] C="250 OK id=1nrmJl-00001e-0f"',
      {...remote, result: 'delivered', marker: '>>'},
    ],
    [
      '*> a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9] C="delivery bypassed by -N option"',
      {result: 'discarded', channel: 'suppressed', receipt: null},
    ],
    [
      '=> office <info@shop.example> R=virtual_user T=dovecot_virtual_delivery C="250 2.0.0 <office@shop.example> D6D00 Saved"',
      {address: 'office', original: 'info@shop.example', channel: 'lmtp', receipt: 'D6D00', remoteIp: null},
    ],
    [
      '=> /home/x/.Sent Items/ <a@b.example> R=localuser T=address_directory',
      {address: '/home/x/.Sent Items/', original: 'a@b.example', channel: 'file', result: 'delivered'},
    ],
    [
      '=> |/bin/sh -c "exec R=x T=y" <a@b.example> R=userforward T=address_pipe',
      {address: '|/bin/sh -c "exec R=x T=y"', channel: 'pipe', router: 'userforward', transport: 'address_pipe'},
    ],
    [
      '=> >guest@far.example <a@b.example> R=vacation T=auto_reply',
      {address: '>guest@far.example', channel: 'autoreply'},
    ],
    ['=> /dev/null <a@b.example> R=virtual T=**bypassed**', {result: 'discarded', channel: 'bypassed'}],
    [
      '=> :blackhole: <a@b.example> R=virtual_aliases',
      {result: 'discarded', channel: 'blackhole', original: 'a@b.example'},
    ],
    ['=> discarded <a@b.example> R=userforward', {result: 'discarded', channel: 'blackhole'}],
    ['=> discarded (system filter)', {result: 'discarded', channel: 'blackhole'}],
    [
      '=> blackhole (non-SMTP ACL discarded recipients): Script mails recipient ratelimit exceeded by User: shop',
      {result: 'discarded', channel: 'blackhole', refusedByUs: true},
    ],
  ])('%s', (line, expected) => expect(eventOf(line)).toMatchObject({type: 'recipient-attempted', ...expected}))
})

const said =
  'SMTP error from remote mail server after RCPT TO:<a@dest.example>: 550 5.1.1 No such user: R=x H=[9.9.9.9]'

describe('failures and deferrals', () => {
  it.each([
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer H=mx.dest.example [192.0.2.9]:25 I=[192.0.2.1]:46 DT=0.000s: 451 4.3.2 later',
      {...remote, remotePort: 25, reply: '451 4.3.2 later'},
    ],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer (Connection refused) DT=0.000s',
      {reply: 'Connection refused', remoteHost: null},
    ],
    ['== a@dest.example routing defer DT=0.000s: retry time not reached', {reply: 'retry time not reached'}],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer (111): Connection refused H=mx.dest.example [192.0.2.9]: again',
      {...remote, reply: 'Connection refused: again'},
    ],
    [
      '** a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9]: 550 no DT=1.234s',
      {...remote, reply: '550 no'},
    ],
    [
      `** a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9]: ${said}`,
      {...remote, reply: said, status: '5.1.1'},
    ],
    [
      `** a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9]:25 : ${said}`,
      {...remote, remotePort: 25, reply: said},
    ],
    [
      `** a@dest.example <o@b.example> F=<s@b.example> R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9] X=TLS1.2:x:256 CV=no: ${said}`,
      {...remote, original: 'o@b.example', reply: said},
    ],
    [
      `** a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9] X=T:x:256 CV=no DN="CN=mx": ${said}`,
      {...remote, reply: said},
    ],
    [
      '** a@dest.example R=dnslookup T=remote_smtp: SMTP error from remote mailer after RCPT TO:<a@dest.example>: host mx.dest.example [192.0.2.9]: 550 no',
      {
        ...remote,
        reply: 'SMTP error from remote mailer after RCPT TO:<a@dest.example>: host mx.dest.example [192.0.2.9]: 550 no',
      },
    ],
    [
      '** a@dest.example: retry timeout exceeded',
      {address: 'a@dest.example', channel: 'none', reply: 'retry timeout exceeded', refusedByUs: false},
    ],
    [
      '** a@dest.example <b@c.example>: retry timeout exceeded',
      {original: 'b@c.example', reply: 'retry timeout exceeded'},
    ],
    [
      '** a@dest.example : Unrouteable address',
      {address: 'a@dest.example', reply: 'Unrouteable address', refusedByUs: false},
    ],
    [
      '** a@dest.example R=enforce_mail_permissions: Domain shop.example has exceeded the max emails per hour (10/10 (100%)) allowed. Message discarded.',
      {router: 'enforce_mail_permissions', refusedByUs: true},
    ],
    [
      '** a@dest.example R=enforce_mail_permissions : Domain shop.example has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message discarded.',
      {refusedByUs: true},
    ],
    [
      '** a@dest.example R=dnslookup T=remote_smtp : message has lines too long for transport (received 1518, limit 998)',
      {refusedByUs: true, channel: 'none'},
    ],
    [
      '** :fail: gone@b.example <":fail: gone"@b.example> R=system_aliases: forced failure',
      {address: ':fail: gone@b.example', router: 'system_aliases', reply: 'forced failure'},
    ],
    [
      '** a@dest.example R=dnslookup T=remote_smtp H=mx.dest.example [192.0.2.9]: two\\nlines \\303\\274',
      {reply: 'two\nlines \xc3\xbc'},
    ],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer (-44) H=mx.dest.example [192.0.2.9]:25: SMTP error from remote mail server after RCPT TO:<a@dest.example>: 451 4.3.2 later',
      {...remote, result: 'deferred', remotePort: 25, status: '4.3.2'},
    ],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer H=mx.dest.example [192.0.2.9]: 451 later',
      {...remote, reply: '451 later'},
    ],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer (111): Connection refused',
      {channel: 'none', reply: 'Connection refused'},
    ],
    ['== a@dest.example R=dnslookup T=remote_smtp defer (Connection refused)', {reply: 'Connection refused'}],
    [
      '== a@dest.example R=dnslookup T=remote_smtp defer (-18) H=mx.dest.example [192.0.2.9] DT=5s: Remote host closed connection',
      {...remote, reply: 'Remote host closed connection'},
    ],
    [
      '== a@dest.example routing defer (-52): retry time not reached',
      {router: null, transport: null, reply: 'retry time not reached'},
    ],
    ['== a@dest.example routing defer: retry time not reached', {reply: 'retry time not reached'}],
    [
      "== a@dest.example R=r T=t defer: retry time not reached for any host for 'dest.example'",
      {router: 'r', transport: 't'},
    ],
    [
      '== box <a@b.example> R=localuser T=local_delivery defer (13): Permission denied: failed to open',
      {address: 'box', reply: 'Permission denied: failed to open'},
    ],
  ])('%s', (line, expected) => expect(eventOf(line)).toMatchObject({type: 'recipient-attempted', ...expected}))

  it('our own login that failed at the next server is a note on that host', () => {
    expect(
      eventOf('plain authenticator failed H=smarthost.example [192.0.2.9]:587 535 5.7.8 Incorrect authentication data'),
    ).toMatchObject({type: 'attempt-noted', remoteHost: 'smarthost.example', remoteIp: '192.0.2.9'})
  })
})
