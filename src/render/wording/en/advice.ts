/** English: summaries by verdict, and what to do next. */

import {behind} from '../facts.js'
import type {Wording} from '../wording.js'

export const verdicts: Wording['verdicts'] = {
  left: (f) => `This message left our servers${behind(': ', f.text('cause'))}.`,
  forwarded: () => 'This message came from outside and was forwarded through our servers to the outside.',
  'delivered-here': () => 'This message was delivered in our own mailboxes; it did not go to the outside.',
  'rejected-here': () => 'Our servers refused this message; they neither accepted nor sent it.',
  queued: () => 'Our servers accepted this message and have not delivered it yet.',
  'not-delivered': () => 'Our servers accepted this message, but it was delivered to nobody outside.',
  'never-here': () => 'This message was never on our mail servers: its sender address was forged.',
  inconclusive: () => 'It cannot be said whether this message left our servers.',
  'not-a-bounce': () => 'This is neither a bounce nor an abuse report.',
}

export const causes: Wording['causes'] = {
  'web-script': 'a script or contact form of a web site sent it',
  customer: 'the customer’s own login sent it',
  'customer-machine': 'the customer’s login sent it from the customer’s own network, in unusual amounts',
  'account-compromised': 'a login sent it that strangers have probably taken over',
  'local-user': 'a user or job on the server sent it',
  forwarder: 'a forwarder passed it on',
  inbound: 'it came in from outside',
  'forged-sender': 'somebody else used the address as sender',
  unknown: 'cause not known',
}

export const certainties: Wording['certainties'] = {
  proven: 'proven by our own logs',
  strong: 'several facts agree',
  weak: 'one weak sign only',
}

export const severities: Wording['severities'] = {
  problem: 'to repair',
  improve: 'to improve',
  fine: 'already right',
  unchecked: 'not checked',
}

export const outcomes: Wording['outcomes'] = {
  delivered: 'accepted by a remote host',
  'delivered-locally': 'delivered in a mailbox of ours',
  'handed-on': 'handed on to another server of ours',
  deferred: 'put off, will be tried again',
  failed: 'refused for good',
  discarded: 'discarded',
  removed: 'removed from the queue',
  unknown: 'end not known',
}

export const states: Wording['states'] = {
  completed: 'completed',
  queued: 'queued',
  frozen: 'frozen',
  removed: 'removed',
  rejected: 'rejected',
  unknown: 'unknown',
}

export const advice: Wording['advice'] = {
  'ask-full-headers': () =>
    'Ask for the original message with all its headers: attached as a file, not pasted, and not the bounce alone.',
  'delete-it': () => 'Delete the report; do not open links in it and do not answer it.',
  'complain-to-host': (f) =>
    `Complain to the operator of ${f.text('host') || 'the host that sent it'}${behind(' and name its queue ID ', f.text('queueId'))}${behind(' and the time ', f.time('at'))}.`,
  'advise-domain': (f) => `Check the domain's SPF, DKIM and DMARC: mailwitness advise ${f.text('domain') || 'DOMAIN'}`,
  'turn-off-catch-all': (f) =>
    `Turn off the catch-all${behind(' of ', f.text('domain'))}: it takes in every bounce to addresses that never existed.`,
  'refuse-unsigned-bounces': (f) =>
    `${f.text('address') || 'The address'} could refuse bounces to mail it never sent: sign outgoing senders (BATV) and refuse bounces without the mark. An address that only forwards sends nothing, so it needs no bounces at all.`,
  'report-backscatter': (f) =>
    `${f.text('host') || 'The reporter'} bounces to strangers instead of refusing during the SMTP session; its operator should know.`,
  'repair-script': (f) =>
    `Repair or switch off ${f.text('script') || f.text('url') || 'the script'}${behind(' of the account ', f.text('account'))}: check its input, add a captcha, and do not let it send to addresses that visitors typed in.`,
  'change-password': (f) =>
    `Change the password of ${f.text('login') || 'the login'}, end its sessions, and check its filters and forwarders.`,
  'clean-computer': (f) =>
    `Have the customer's computers checked for malicious software${behind(' (login ', f.text('login'), ')')}, then change the password.`,
  'check-with-customer': (f) => `Ask the customer whether they sent it${behind(' (login ', f.text('login'), ')')}.`,
  'check-forwarder': (f) =>
    `Look at the forwarder${behind(' ', f.text('forwarder'))}: filter spam before forwarding, or deliver to a mailbox instead.`,
  'wait-for-queue': (f) =>
    `Wait for the next attempt, or look at the queue entry ${f.text('queueId')}${behind(' on ', f.text('server'))}.`,
  'read-remote-reply': (f) => `The remote host's own words say why${behind(': "', f.text('reply'), '"')}.`,
  'stop-sending': () => 'Stop the sending first; the commands are below. They are printed only, never run.',
  'block-port-25': () =>
    'Check whether customers may speak SMTP to the outside directly (CSF: SMTP_BLOCK; otherwise the firewall rule for port 25), and close it.',
  'find-bypass': (f) =>
    `Look for a process that speaks SMTP itself on the host with [${f.text('ip')}], or for another machine behind that address.`,
  'restore-logs': (f) =>
    `Find the missing logs${behind(' of ', f.text('server'))}${behind(' from ', f.time('from'))}${behind(' to ', f.time('to'))}, read them in, and ask again.`,
  'fix-clock': (f) => `Set the clock of ${f.text('host')} right; it is off by ${f.text('seconds')} seconds.`,
  'stop-own-backscatter': (f) =>
    `${f.text('server') || 'Our server'} bounced to a sender that may be forged: refuse unknown recipients and spam during the SMTP session.`,
}
