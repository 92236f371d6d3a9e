/** English: why the answer is what it is, and what would overturn each reason. */

import {behind, bracketed, type Sentence} from '../facts.js'
import type {Wording} from '../wording.js'
import {gapWords} from './gaps.js'

const times = (n: number): string => (n > 1 ? ` (${n} times)` : '')

export const reasons: Wording['reasons'] = {
  'message-found': (f) =>
    `Our log holds the message${bracketed([behind('queue ID ', f.text('queueId')), f.text('server'), f.time('at'), behind('these agree with the report: ', f.list('agree'))])}.`,
  'remote-accepted': (f) =>
    `${f.text('remoteHost') || 'A remote host'}${behind(' [', f.text('remoteIp'), ']')} accepted it${behind(' for ', f.text('recipient'))}${behind(' at ', f.time('at'))}${times(f.count('count'))}${behind('; it said: "', f.text('reply'), '"')}${behind('; its own ID: ', f.text('receipt'))}.`,
  'remote-refused': (f) =>
    `${f.text('remoteHost') || 'The remote host'}${behind(' [', f.text('remoteIp'), ']')} refused it${behind(' for ', f.text('recipient'))}${behind(' at ', f.time('at'))}${times(f.count('count'))}${behind('; it said: "', f.text('reply'), '"')}.`,
  'local-only': (f) => `It was delivered in our own mailboxes only${behind(': ', f.list('recipients'))}.`,
  'forwarded-by': (f) =>
    `It came from outside for ${f.text('original') || 'an address of ours'} and went on to ${f.text('recipient') || 'an address outside'}${behind(' through the forwarder ', f.text('forwarder'))}${behind(' (', f.text('queueId'), ')')}.`,
  'rejected-here': (f) =>
    `${f.text('server') || 'Our server'} refused it before accepting it${behind(', at ', f.text('stage'))}${behind(', ', f.time('at'))}${behind(', from [', f.text('clientIp'), ']')}${behind(': "', f.text('reply'), '"')}.`,
  queued: (f) =>
    `It is still in the queue of ${f.text('server') || 'our server'}${behind(' as ', f.text('queueId'))}${behind(' (', f.text('state'), ')')}${behind('; last answer: "', f.text('reply'), '"')}.`,
  'removed-by-admin': (f) =>
    `It was removed from the queue${behind(' by ', f.text('who'))}${behind(' at ', f.time('at'))}, so it was not delivered.`,
  discarded: (f) =>
    `It was discarded${behind(' by ', f.text('by'))}${behind(' for ', f.text('recipient'))}${behind(' at ', f.time('at'))}: accepted, and given to nobody.`,
  'bounce-made-here': (f) =>
    `The bounce was made by ${f.text('server') || 'our own server'}${behind(' as ', f.text('queueId'))}${behind(' at ', f.time('at'))}.`,
  'journey-joined': (f) => `These queue entries are one and the same message: ${f.list('queueIds', 10)}.`,
  'received-from': (f) =>
    `It came in from outside: ${f.text('clientName') || 'host'}${behind(' [', f.text('clientIp'), ']')}${behind(', ', f.time('at'))}.`,
  'sent-by-script': (f) =>
    `It was sent by ${f.has('script') ? `the script ${f.text('script')}` : f.has('scriptDirectory') ? `a script in ${f.text('scriptDirectory')}` : 'a script'}${behind(' of the account ', f.text('account'))}${behind(', page ', f.text('url'))}${behind(', visitor ', f.text('visitorIp'))}${behind(' (', f.text('certainty'), ')')}.`,
  'sent-by-login': (f) =>
    `It was sent by the login ${f.text('login')}${behind(' from [', f.text('clientIp'), ']')}${behind(', ', f.time('at'))}.`,
  'sent-by-local-user': (f) =>
    `It was sent on the server itself by the user ${f.text('account') || `with uid ${f.text('uid')}`}, without a script that we know of.`,
  'origin-ambiguous': (f) => `The log leaves open which of these sent it: ${f.list('candidates', 10)}.`,
  'usual-login': (f) =>
    `The login ${f.text('login')} was used as usual${behind(', from [', f.text('clientIp'), ']')}${f.has('days') ? `, a network seen on ${f.text('days')} earlier days` : ''}.`,
  'login-many-networks': (f) =>
    `The login ${f.text('login')} was used from ${f.text('networks')} different networks${behind(' between ', f.time('from'))}${behind(' and ', f.time('to'))}.`,
  'volume-abnormal': (f) =>
    `${f.text('subject') || 'The sender'} sent ${f.text('messages') || 'many'} messages${behind(' to ', f.text('recipients'), ' recipients')}${behind(' between ', f.time('from'))}${behind(' and ', f.time('to'))}${f.has('usual') ? `; its busiest earlier day had ${f.text('usual')}` : '; our logs hold no earlier day of it'}.`,
  'volume-usual': (f) =>
    `${f.text('subject') || 'The sender'} sent ${f.text('messages') || 'few'} messages in that time, no more than usual${behind(' (its busiest earlier day had ', f.text('usual'), ')')}.`,
  'own-network': (f) =>
    `The login ${f.text('login')} came from the customer's own network${behind(' ', f.text('network'))}, with far more mail than usual.`,
  'customer-or-machine': () =>
    'Logs cannot tell whether the customer or malicious software on the customer’s computer sent it.',
  'no-trace': (f) =>
    `Every key of the report was searched on every server${behind(' from ', f.time('from'))}${behind(' to ', f.time('to'))}, and none was found${bracketed([behind('Message-ID ', f.list('messageIds', 3)), behind('queue ID ', f.list('queueIds', 3))])}.`,
  'forged-hop': (f) =>
    `A Received line claims that ${f.text('host') || 'our host'} handled it as ${f.text('queueId')}${behind(' at ', f.time('at'))}; our complete log has no such message, so the line is forged.`,
  'copied-header': (f) =>
    `The queue ID ${f.text('queueId')} is real, but it was another message${behind('; these disagree: ', f.list('disagree'))}. The header was copied.`,
  'foreign-host': (f) =>
    `The original was made on ${f.text('host')}${behind(' as ', f.text('queueId'))}${behind(' at ', f.time('at'))}${behind(' by the user ', f.text('user'))}; that host is not ours.`,
  'foreign-script': (f) =>
    `According to the report it was made there by the page ${f.text('url') || f.text('script')}${behind(' (mailer file ', f.has('url') ? f.text('script') : '', ')')}${behind(', uid ', f.text('uid'))}${behind(', for the visitor ', f.text('visitorIp'))}.`,
  'rejected-there': (f) =>
    `${f.text('host') || 'That host'} refused the message itself and told the address in it${behind(': "', f.text('reply'), '"')}.`,
  'id-time-agrees': (f) =>
    `The queue ID ${f.text('queueId')} contains the time ${f.time('idTime')}, the same as its Received line${behind(' of ', f.text('host'))}: a real ID, made by that host.`,
  'id-time-differs': (f) =>
    `The queue ID ${f.text('queueId')} contains the time ${f.time('idTime')}, but its Received line says ${f.time('hopTime')}: altered, copied or a wrong clock.`,
  'unsigned-address': (f) =>
    `We sign every outgoing envelope sender${behind(' (', f.text('scheme'), ')')}; ${f.text('address') || 'this one'} is not signed.`,
  'bypassed-mta': (f) =>
    `ALARM: ${f.text('reporter') || 'the reporter'} saw our address [${f.text('ip')}]${behind(' at ', f.time('at'))}, but no mail server of ours logged the message. It left past the mail servers, or a log was altered.`,
  'reporter-saw-our-ip': (f) =>
    `${f.text('reporter') || 'The reporter'} got it from our address [${f.text('ip')}]${behind(' at ', f.time('at'))}.`,
  gap: (f) =>
    `Of ${f.text('server')} the log is missing from ${f.time('from') || 'the beginning'} to ${f.time('to') || 'the end'}${behind(' (', gapWords(f.text('reason')), ')')}.`,
  'server-without-logs': (f) => `There are no logs of the server ${f.text('server')}.`,
  'no-logs': () => 'No logs have been read in yet.',
  unreadable: (f) =>
    `${f.text('source') || 'A log'} could not be read${behind(' on ', f.text('server'))}${behind(', ', f.time('from'))}${behind(' to ', f.time('to'))}${behind(' (', f.text('reason'), ')')}.`,
  'unknown-lines': (f) =>
    `${f.text('count') || 'Some'} lines of ${f.text('server') || 'the log'} in that time could not be understood.`,
  'message-nearby': (f) =>
    `A message of ours${behind(' (', f.text('queueId'), ')')}${behind(' of ', f.time('at'))} agrees with the report in ${f.list('agree')}, but not in the queue ID: the ID in the report may be damaged.`,
  'no-strong-key': (f) =>
    `The report holds no queue ID, no Message-ID and no visible recipient with a time${behind('; searched: ', f.list('searched'))}.`,
  'keys-hidden': (f) => `The report's keys are hidden or masked${behind(': ', f.list('hidden'))}.`,
  'no-original': () => 'The report does not contain the headers of the original message.',
  'no-time': () => 'The report names no time, so no time span can be searched completely.',
  'direct-smtp-open': (f) =>
    f.text('directSmtp') === 'open'
      ? 'Customers may speak SMTP to the outside directly (port 25 is open): the logs of the mail servers do not show such mail.'
      : 'Nobody has stated whether customers may speak SMTP to the outside directly (port 25): such mail would not be in these logs.',
  'clock-offset': (f) =>
    `The clock of ${f.text('host')} is off by ${f.text('seconds')} seconds; the search allowed for it.`,
  vacation: () => 'It is an automatic reply (absence notice), not a bounce.',
  challenge: () => 'It is a challenge that asks the sender to confirm, not a bounce.',
  'read-receipt': () => 'It is a read receipt (RFC 8098), not a bounce.',
  'list-mail': (f) => `It comes from a mailing list${behind(' (', f.text('list'), ')')}, it is not a bounce.`,
  'ordinary-mail': () => 'It has none of the marks of a bounce or an abuse report.',
}

const laterDelivery: Sentence = () => 'a later line of the same message in a log that was not read in'
const missingLog: Sentence = () => 'a server or log file that belongs to us and was not read in'

export const overturns: Wording['overturns'] = {
  'message-found': () => 'a second message with the same keys at another time',
  'remote-accepted': () => 'proof that the remote host is one of ours (then name it in the configuration)',
  'remote-refused': laterDelivery,
  'local-only': laterDelivery,
  'rejected-here': () => 'a second attempt that was accepted, on a server that was not read in',
  'sent-by-script': () => 'another script of the same account running in the same second',
  'usual-login': () => 'the customer’s word that nobody was at the computer',
  'login-many-networks': () => 'a customer who travels, or a mail service that sends for the customer',
  'no-trace': missingLog,
  'forged-hop': missingLog,
  'copied-header': () => 'a log in which the same queue ID was used twice',
  'foreign-host': () => 'proof that this host belongs to us (then name it in the configuration)',
  'id-time-agrees': () => 'nothing by itself: a forger can copy an ID together with its time',
  gap: () => 'the missing log: read it in and ask again',
  'server-without-logs': () => 'the logs of that server: read them in and ask again',
  'keys-hidden': () => 'the original message with all its headers',
  'message-nearby': () => 'the original message with all its headers',
  'no-original': () => 'the original message with all its headers',
  'bypassed-mta': () => 'proof that the address belonged to somebody else at that time',
}
