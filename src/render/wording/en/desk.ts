/** English: the record for the abuse desk. Every figure comes from the answer; what is not known is said. */

import {behind} from '../facts.js'
import type {DeskWording} from '../wording.js'
import {gapWords} from './gaps.js'

export const desk: DeskWording = {
  heading: (f) =>
    `VERDICT: ${f.text('verdict')} | cause: ${f.text('cause')} (${f.text('causeText')}) | certainty: ${f.text('certainty')} (${f.text('certaintyText')})`,
  asked: 'Asked for',
  askedFor: {
    messageIds: 'Message-ID',
    queueIds: 'Queue ID',
    senders: 'Envelope sender',
    recipients: 'Recipient',
    hops: 'Received line',
    scripts: 'Script header',
    window: 'Time span',
  },
  nothing: 'none',
  messages: 'Messages found',
  message: (f) =>
    `${f.text('server')} (${f.text('mta')}) ${f.text('queueId')}, arrived ${f.time('at') || 'at an unknown time'}, state ${f.text('state')}, from <${f.text('sender')}>${behind(', Message-ID ', f.text('messageId'))}${behind(', ', f.text('size'), ' bytes')}${behind(', subject "', f.text('subject'), '"')}`,
  origin: {
    script: (f) =>
      `origin: script ${f.text('script') || f.text('scriptDirectory') || 'not named'}${behind(', account ', f.text('account'))}${behind(', page ', f.text('url'))}${behind(', visitor ', f.text('visitorIp'))} (${f.text('certainty')}${behind('; could be: ', f.list('candidates', 10))})`,
    local: (f) =>
      `origin: local user ${f.text('account') || f.text('uid') || 'not named'} (${f.text('certainty')}${behind('; could be: ', f.list('candidates', 10))})`,
    authenticated: (f) =>
      `origin: login ${f.text('login')} from ${f.text('clientName') || 'host'}${behind(' [', f.text('clientIp'), ']')} (${f.text('certainty')})`,
    'relay-in': (f) =>
      `origin: from outside, ${f.text('clientName') || 'host'}${behind(' [', f.text('clientIp'), ']')}`,
    bounce: () => 'origin: a bounce made by this server',
    forward: () => 'origin: forwarded by this server',
    unknown: () => 'origin: not known',
  },
  recipient: (f) =>
    `to <${f.text('address')}>${behind(' (written to <', f.text('original'), '>)')}: ${f.text('outcome')}${behind(', last attempt ', f.time('at'))}${behind(', attempts ', f.text('attempts'))}${behind(', ', f.text('remoteHost'))}${behind(' [', f.text('remoteIp'), ']')}${behind(', status ', f.text('status'))}${behind(', reply "', f.text('reply'), '"')}`,
  reasons: 'Reasons',
  overturned: 'would be overturned by',
  evidence: 'Log lines',
  scope: 'Scope (24 h before to 24 h after)',
  scopeCounted: (f) =>
    `${f.text('subject')}: ${f.text('messages')} messages to ${f.text('recipients')} recipients, ${f.text('failed')} failed, from ${f.time('from')} to ${f.time('to')}; the last one ${f.time('lastAt') || 'at an unknown time'}`,
  scopeNotCounted: 'not counted: no message of ours to count around',
  coverage: 'Coverage',
  coverageComplete: 'complete: every server, the whole time span, no gap',
  coverageIncomplete: 'NOT complete',
  server: (f) => `${f.text('server')}: ${f.time('from') || 'no log'} to ${f.time('to') || 'no log'}`,
  gap: (f) =>
    `gap ${f.time('from') || 'from the beginning'} to ${f.time('to') || 'the end'}${behind(' (', gapWords(f.text('reason')), ')')}`,
  directSmtp: {
    blocked: 'Port 25: customers cannot speak SMTP past the mail servers (set so in the configuration).',
    open: 'Port 25: OPEN. Customers can speak SMTP past the mail servers; this answer speaks of the mail servers only.',
    unknown:
      'Port 25: nobody has stated whether customers can speak SMTP past the mail servers; this answer speaks of the mail servers only.',
  },
  notKnown: 'Not known',
  openQuestions: {
    'never-here': () => 'who really sent the message: the foreign host’s operator can see that, we cannot',
    'foreign-script': () =>
      'whether the visitor’s address in the script header is the sender or a proxy; the header was written by the foreign host',
    'keys-hidden': () => 'what the masking hides',
    customer: () => 'whether the customer or a program on the customer’s computer sent it: logs cannot tell',
    'customer-machine': () => 'whether the customer or a program on the customer’s computer sent it: logs cannot tell',
    'account-compromised': () => 'how the password became known',
    'web-script': () => 'whether the script is misused, altered or doing what its owner wants: look at the file',
    'origin-ambiguous': (f) => `which of these sent it: ${f.list('candidates', 10)}`,
    'remote-accepted': () => 'what the remote host did with it after accepting it',
    queued: () => 'whether it will still be delivered',
    gap: (f) =>
      `what happened on ${f.text('server')} from ${f.time('from') || 'the beginning'} to ${f.time('to') || 'the end'}`,
    'server-without-logs': (f) => `what happened on ${f.text('server')}`,
    'bypassed-mta': () => 'which process or machine used the address',
    'direct-smtp-open': () => 'whether mail left past the mail servers',
    'unknown-lines': (f) => `what ${f.text('count') || 'some'} lines of ${f.text('server') || 'the log'} mean`,
  },
  nothingOpen: 'nothing that the answer depends on',
  commands: 'Commands (look at each before you run it; mailwitness runs none)',
  commandNotes: {
    look: 'look at the message in the queue',
    freeze: 'hold it in the queue',
    'queue-of-sender': 'list what this sender still has in the queue',
    hold: 'hold it in the queue',
    'stop-script': 'stop the script (the page will fail)',
    'login-sessions': 'see which addresses use the login',
    firewall: 'see whether users can reach port 25 outside',
    'search-again': 'ask again after reading in the missing logs',
  },
  noCommands: 'none: nothing of ours is sending',
  advice: 'Next',
  privacy: 'This record holds personal data. Do not pass complainants’ addresses to the customer.',
  more: (f) => `… and ${f.text('count')} more (see --json)`,
}
