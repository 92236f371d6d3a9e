/** The answer for the first help page: a bounce from a stranger's contact form that carried a customer's address. Made by hand. */

import type {VerdictAnswer} from '../../../src/mail/verdict.js'

const at = '2022-05-20T06:15:48Z'
const host = 'vps62989.inmotionhosting.com'
const queueId = '1nrvvQ-0002CA-NB'

export const firstPage: VerdictAnswer = {
  schema: 'mailwitness.verdict/1',
  verdict: 'never-here',
  cause: 'forged-sender',
  certainty: 'strong',
  summary: '',
  asked: {
    messageIds: [],
    queueIds: [{id: queueId, host, at}],
    senders: [],
    recipients: [],
    hops: [
      {
        by: host,
        from: 'amcham',
        fromIp: null,
        queueId,
        at,
        text: `Received: from amcham by ${host} with local (Exim\n4.95) (envelope-from [email protected]) id ${queueId} for\n[email protected]; Thu, 19 May 2022 23:15:48 -0700`,
      },
    ],
    scripts: ['amchamec.com/index.php/contactanos for 104.149.136.246', '1003:class.phpmailer.php'],
    window: {from: '2022-05-19T06:15:48Z', to: '2022-05-25T06:15:48Z'},
  },
  messages: [],
  coverage: {
    complete: true,
    servers: [
      {server: 'web1.example.net', from: '2022-05-01T00:00:03Z', to: '2022-05-31T23:59:57Z', gaps: []},
      {server: 'web2.example.net', from: '2022-05-01T00:00:11Z', to: '2022-05-31T23:59:41Z', gaps: []},
    ],
    directSmtp: 'unknown',
  },
  reasons: [
    {
      code: 'no-trace',
      data: {
        messageIds: [],
        queueIds: [queueId],
        servers: ['web1.example.net', 'web2.example.net'],
        from: '2022-05-19T06:15:48Z',
        to: '2022-05-25T06:15:48Z',
      },
      text: '',
      evidence: [],
    },
    {code: 'foreign-host', data: {host, queueId, at, with: 'local', user: 'amcham'}, text: '', evidence: []},
    {
      code: 'foreign-script',
      data: {
        host,
        url: 'amchamec.com/index.php/contactanos',
        script: 'class.phpmailer.php',
        uid: '1003',
        visitorIp: '104.149.136.246',
        at,
      },
      text: '',
      evidence: [],
    },
    {
      code: 'rejected-there',
      data: {host, reply: 'This message was classified as SPAM and may not be delivered'},
      text: '',
      evidence: [],
    },
    {code: 'id-time-agrees', data: {queueId, host, idTime: at, hopTime: at, seconds: 0}, text: '', evidence: []},
    {code: 'keys-hidden', data: {hidden: ['Message-ID', 'sender', 'recipient']}, text: '', evidence: []},
    {code: 'direct-smtp-open', data: {directSmtp: 'unknown'}, text: '', evidence: []},
  ],
  advice: [
    {code: 'delete-it', data: {}, text: ''},
    {code: 'complain-to-host', data: {host, queueId, at}, text: ''},
    {code: 'refuse-unsigned-bounces', data: {address: null}, text: ''},
    {code: 'advise-domain', data: {domain: null}, text: ''},
  ],
  scope: null,
  reply: null,
}
