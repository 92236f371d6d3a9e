/** English: every sentence of alerts and their commands. */

import type {AbuseWords} from './abuse-wording.js'

export const englishAbuse: AbuseWords = {
  units: {minute: 'minute', minutes: 'minutes', hour: 'hour', hours: 'hours'},
  kinds: {script: 'script', account: 'account', login: 'login', domain: 'sender domain', forwarder: 'forwarder'},
  reasons: {
    volume: (f) =>
      f.count('days') > 0
        ? `${f.count('strangers')} recipients within ${f.span('window')} to whom it had never written; a usual day of its own has ${f.about('expected')}, its largest so far ${f.about('record')} (${f.count('days')} days known)`
        : `${f.count('strangers')} recipients within ${f.span('window')} from a sender without history; others of its kind have ${f.about('expected')} on a usual day`,
    'unknown-users': (f) =>
      `${f.count('refused')} of ${f.count('resolved')} recipients do not exist (usual for it: ${f.percent('habit')})`,
    'policy-refusals': (f) =>
      `${f.count('refused')} of ${f.count('resolved')} recipients' servers refused it as spam or by policy (usual for it: ${f.percent('habit')})`,
    'strangers-against-habit': (f) =>
      `${f.count('strangers')} of ${f.count('recipients')} recipients are new to it (usual for it: ${f.percent('habit')})`,
    'risky-path': (f) => `the script lies where no program should send mail: ${f.text('path')}`,
    'evaluated-code': () => "code that was piped in or eval()'d called mail()",
    'list-software': () => 'it looks like newsletter software, which may begin with many recipients',
    'many-senders': (f) =>
      `${f.count('senders')} of ${f.count('messages')} messages had a sender address that it had never used`,
    'foreign-senders': (f) =>
      `${f.count('foreign')} of ${f.count('messages')} messages had a sender outside its own domains`,
    'new-clients': (f) =>
      `${f.count('fresh')} of ${f.count('messages')} messages came from client addresses new to this login (${f.count('distinct')} different ones)`,
    'usual-clients': (f) =>
      `only ${f.count('fresh')} of ${f.count('messages')} messages came from client addresses new to this login`,
    'one-visitor': (f) =>
      `${f.count('same')} of ${f.count('messages')} messages were triggered by a visitor who had done so before (usual for it: ${f.percent('habit')})`,
    'unusual-hour': (f) =>
      `it hardly ever sent around ${String(f.count('hour')).padStart(2, '0')}:00 UTC in ${f.count('messages')} messages`,
    'first-day': (f) => `it sent for the first time on ${f.time('firstSeenAt')}`,
    'several-new-scripts': (f) => `${f.count('scripts')} scripts of this account began to send within a day`,
    'round-the-clock': (f) => `it sends at one pace, day and night, for ${f.count('hours')} hours now`,
    'own-limit': (f) => `a limit of this server refused ${f.count('refused')} of its messages`,
    'fixed-limit': (f) =>
      `the fixed limit of ${f.count('limit')} ${f.text('counted')} per ${f.text('per')} within ${f.span('window')} was passed (${f.count('count')})`,
  },
  notes: {
    look: 'see what it sent',
    'stop-script': 'keep the script from running (after a look at it)',
    account: 'see what runs under this account',
    sessions: 'end its sessions, then change the password',
    freeze: 'hold back what waits in the queue',
    remove: 'or remove it from the queue for good',
    acknowledge: 'tell mailwitness what it was',
  },
  none: (from, to) => `no alerts from ${from} to ${to}`,
  heading: (alerts, from, to) => `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} from ${from} to ${to}`,
  counts: ({messages, recipients, failed, unknownUser, policy, waiting}) =>
    `${messages} messages to ${recipients} recipients, ${failed} refused for good${failed > 0 ? ` (${unknownUser} unknown, ${policy} as spam or by policy)` : ''}${waiting > 0 ? `, ${waiting} still in the queue` : ''}`,
  expected: (expected, ratio) => `expected ${expected}, that is ${ratio} times as many`,
  firstAlert: (at, score, threshold) => `noticed ${at}, score ${score} (threshold ${threshold})`,
  acknowledged: {true: 'acknowledged: it was abuse', false: 'acknowledged: a false alarm'},
  why: 'why',
  evidence: 'the newest messages in the log',
  commands: 'what you could run (nothing was run)',
  senders: 'sender addresses',
  excused: ({what, reason, until}) => `excused: ${what}: ${reason}${until === '' ? '' : ` (until ${until})`}`,
  fixedLimit: 'fixed limit',
}
