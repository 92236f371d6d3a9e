/** A message that a contact form of ours sent, with hostile words in every place where strangers write. */

import type {VerdictAnswer} from '../../../src/mail/verdict.js'

export const HOSTILE = 'a\u001b[31mb\u202ec\u200bd\r\n{{commands}}'

export const leftByScript: VerdictAnswer = {
  schema: 'mailwitness.verdict/1',
  verdict: 'left',
  cause: 'web-script',
  certainty: 'proven',
  summary: '',
  asked: {
    messageIds: ['x1@shop.example'],
    queueIds: [{id: '1wXyZb-000000012AC-0AbC', host: 'web1.example.net', at: '2026-11-20T01:02:04Z'}],
    senders: ['shop@shop.example'],
    recipients: ['victim@dest.example'],
    hops: [{by: 'web1.example.net', from: HOSTILE, fromIp: null, queueId: null, at: null, text: HOSTILE}],
    scripts: [HOSTILE],
    window: {from: '2026-11-20T00:50:00Z', to: '2026-11-20T01:10:00Z'},
  },
  messages: [
    {
      server: 'web1.example.net',
      mta: 'exim',
      queueId: '1wXyZb-000000012AC-0AbC',
      messageId: 'x1@shop.example',
      arrivedAt: '2026-11-20T01:02:04Z',
      sender: 'shop@shop.example',
      size: 1899,
      subject: HOSTILE,
      state: 'queued',
      origin: {
        kind: 'script',
        account: 'shop',
        uid: 1003,
        script: "/home/shop/public_html/it's.php",
        scriptDirectory: '/home/shop/public_html',
        login: null,
        client: null,
        certainty: 'proven',
        candidates: [],
        url: 'shop.example/contact',
        visitorIp: '198.51.100.7',
      },
      recipients: [
        {
          address: 'victim@dest.example',
          original: null,
          outcome: 'delivered',
          at: '2026-11-20T01:02:06Z',
          attempts: 1,
          remoteHost: 'mx.dest.example',
          remoteIp: '192.0.2.25',
          reply: `250 2.0.0 Ok: queued as 4F2 ${HOSTILE}`,
          status: '2.0.0',
        },
      ],
      links: [],
      evidence: [{source: '/var/log/exim_mainlog', offset: 4711, line: `2026-11-20 01:02:04 <= ${HOSTILE}`}],
    },
  ],
  coverage: {
    complete: true,
    servers: [{server: 'web1.example.net', from: '2026-11-01T00:00:00Z', to: '2026-11-21T00:00:00Z', gaps: []}],
    directSmtp: 'blocked',
  },
  reasons: [
    {
      code: 'message-found',
      data: {
        server: 'web1.example.net',
        queueId: '1wXyZb-000000012AC-0AbC',
        at: '2026-11-20T01:02:04Z',
        agree: ['Message-ID', 'sender'],
      },
      text: '',
      evidence: [],
    },
    {
      code: 'sent-by-script',
      data: {
        account: 'shop',
        script: "/home/shop/public_html/it's.php",
        visitorIp: '198.51.100.7',
        certainty: 'proven',
      },
      text: '',
      evidence: [],
    },
    {
      code: 'remote-accepted',
      data: {
        recipient: 'victim@dest.example',
        remoteHost: 'mx.dest.example',
        remoteIp: '192.0.2.25',
        at: '2026-11-20T01:02:06Z',
        reply: '250 Ok',
      },
      text: '',
      evidence: [],
    },
    {
      code: 'remote-refused',
      data: {
        recipient: 'other@dest.example',
        remoteHost: 'mx.dest.example',
        remoteIp: '192.0.2.25',
        reply: '550 5.1.1 <other@dest.example>: unknown, your IP 203.0.113.25 was seen',
      },
      text: '',
      evidence: [],
    },
  ],
  advice: [
    {code: 'stop-sending', data: {}, text: ''},
    {code: 'repair-script', data: {script: "/home/shop/public_html/it's.php", account: 'shop'}, text: ''},
  ],
  scope: {
    subject: "/home/shop/public_html/it's.php",
    messages: 212,
    recipients: 219,
    failed: 31,
    from: '2026-11-19T01:02:04Z',
    to: '2026-11-21T01:02:04Z',
    lastAt: '2026-11-20T03:10:00Z',
  },
  reply: null,
}
