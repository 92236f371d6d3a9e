/** English: the ticket's answer for a customer who knows nothing of mail. Plain words, nobody blamed, no foreign personal data. */

import {behind} from '../facts.js'
import type {CustomerWording} from '../wording.js'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

const yours = (address: string): string => (address === '' ? 'your address' : `your address ${address}`)

const stopper = (site: string, host: string): string =>
  site === ''
    ? `the operator of ${host || 'that computer'}`
    : `the operator of the web site ${site}${behind(', or of the computer ', host, ',')}`

export const customer: CustomerWording = {
  greeting: 'Hello,\n\nthank you for telling us about this message. We have looked into it.',
  time: ({day, month, year, clock, zone}) => `${day} ${MONTHS[month] ?? ''} ${year} at ${clock} ${zone}`,
  shortAnswer: {
    left: (f) =>
      `In short: this message really was sent through our mail servers${behind(', on ', f.time('arrivedAt'))}. Below you find how it came about and what to do now.`,
    forwarded: (f) =>
      `In short: this message was not written on our servers. It came in from outside for ${f.text('original') || 'one of your addresses'}, and our server passed it on as the forwarding of that address asks it to.`,
    'delivered-here': () =>
      'In short: this message was put into a mailbox with us. It was not sent to anybody outside.',
    'rejected-here': () =>
      'In short: somebody tried to hand this message to our mail servers, and our servers refused it. It was not delivered and not passed on.',
    queued: () =>
      'In short: our mail servers have taken the message, but it has not been delivered yet. It is waiting, and our servers keep trying.',
    'not-delivered': () =>
      'In short: the message was handed to our mail servers, but it was not delivered to anybody outside. The notice that you received comes from our own server and tells you so.',
    'never-here': (f) =>
      `In short: this message was not sent from your mailbox, and it was never on our mail servers. Somebody else wrote ${yours(f.text('address'))} on it as the sender, in the way anybody can write a false sender on the back of an envelope. When the message was refused, the notice went to the address that was written on it: yours.`,
    inconclusive: () =>
      'In short: with what we have so far we cannot say for certain whether this message was sent through our servers. We do not want to guess; below you find what is missing.',
    'not-a-bounce': () =>
      'In short: this is not a notice about a message that could not be delivered. It is an ordinary or automatic message, so there is nothing to look up in our logs.',
  },
  whoSent: {
    'web-script': (f) =>
      `It was sent by a program of the web site${behind(' (', f.text('scriptName'), ')')}, for example a contact form${behind(', in the account ', f.text('account'))}. Such programs are often misused by strangers from outside; nobody needs a password for that.`,
    customer: (f) =>
      `It was sent with the login ${f.text('login') || 'of your mailbox'}, in the same way in which that login usually sends. So it was sent by you, by somebody who uses this login with you, or by a harmful program on a computer that knows the password. Our logs cannot tell these apart.`,
    'customer-machine': (f) =>
      `It was sent with the login ${f.text('login') || 'of your mailbox'} from the internet connection that you normally use, but together with far more mail than usual. Very often a harmful program on a computer is the reason.`,
    'account-compromised': (f) =>
      `It was sent with the login ${f.text('login') || 'of your mailbox'}, within a short time from many different places. This is a strong sign that strangers know the password.`,
    'local-user': (f) =>
      `It was sent on the server itself by the user ${f.text('account') || 'of your account'}, for example by a scheduled task.`,
    forwarder: () => 'It was passed on by a forwarding rule.',
    inbound: () => 'It came in from outside.',
    'forged-sender': () => 'Somebody else used the address as sender.',
    unknown: () => 'We could not yet find out which program or login sent it.',
  },
  whatHappened: 'What happened',
  story: {
    'foreign-host': (f) =>
      `The message was made${behind(' on ', f.time('at'))} on a computer named ${f.text('host')}. That computer is not one of ours.`,
    'foreign-script': (f) =>
      `According to the notice, it was made there by ${f.has('site') ? `a form on the web site ${f.text('site')}` : 'a form on a web site'}. Somebody filled in that form and gave your address as if it were their own. Usually these are not people but programs that fill in forms all over the internet to spread advertising.`,
    'rejected-there': () =>
      'That computer then found by itself that the message was spam, and stopped it. The notice about it was sent to the address that stood on it: yours.',
    'forged-hop': () =>
      'The message claims to have passed one of our servers. Our logs show that it did not: that line was made up by somebody.',
    'copied-header': () =>
      'The message carries the number of a real message of ours. Our logs show that the real one was a different message: somebody copied the number.',
    'forwarded-by': (f) =>
      `The forwarding${behind(' of ', f.text('original'))} sends incoming mail on to ${f.text('recipient') || 'another address'}.`,
    'remote-accepted': (f) =>
      `The mail server of the recipient (${f.text('remoteHost') || 'outside'}) took the message${behind(' on ', f.time('at'))}.`,
    'remote-refused': (f) =>
      `The mail server of the recipient${behind(' (', f.text('remoteHost'), ')')} refused the message${behind('. It said: "', f.text('reply'), '"')}.`,
    queued: (f) =>
      `The message is waiting on our server${behind('. The last answer from the other side was: "', f.text('reply'), '"')}.`,
    'rejected-here': (f) =>
      `Our server refused it${behind(' on ', f.time('at'))}${behind('. It said: "', f.text('reply'), '"')}.`,
    'removed-by-admin': () => 'It was taken out of the queue by us before it was delivered.',
    discarded: () => 'It was stopped and deleted by a protection on our server before it was delivered.',
    'local-only': () => 'It was put into a mailbox with us.',
    'login-many-networks': (f) =>
      `The login ${f.text('login')} was used from ${f.text('networks')} different networks.`,
    'volume-abnormal': (f) =>
      `In that time ${f.text('messages')} messages were sent this way${f.has('usual') ? `; on its busiest earlier day it was ${f.text('usual')}` : ''}.`,
    gap: () => 'For a part of the time in question our log is not complete.',
    'server-without-logs': () => 'The log of one of our servers is not at hand yet.',
    'no-logs': () => 'The logs are not at hand yet.',
    unreadable: () => 'A part of our log could not be read.',
    'unknown-lines': () => 'A part of our log could not be understood by our program.',
    'keys-hidden': () =>
      'In the notice that you sent us, the numbers and addresses that we could search for are hidden.',
    'message-nearby': () => 'We have a message that is much like it, but the number in the notice is another one.',
    'no-strong-key': () => 'The notice does not contain a number by which the message can be found for certain.',
    'no-original': () => 'The notice does not contain the technical lines (headers) of the original message.',
    'bypassed-mta': () =>
      'The other side saw one of our internet addresses, but our mail servers have no record of the message. We are looking into this with priority.',
    vacation: () => 'It is an automatic absence reply.',
    challenge: () =>
      'It asks you to confirm that you wrote a message. If you did not write to that person, please do not confirm.',
    'read-receipt': () => 'It is a confirmation that somebody opened a message.',
    'list-mail': () => 'It comes from a mailing list.',
  },
  howWeKnow: 'How we know',
  searched: (f) =>
    `Our mail servers write down every message they handle. We searched these records on all of our mail servers${behind(' from ', f.time('from'))}${behind(' to ', f.time('to'))}. The records are complete for that time, and the message is not in them.`,
  searchedInPart: (f) =>
    `We searched the records of our mail servers${behind(' from ', f.time('from'))}${behind(' to ', f.time('to'))}, but they do not cover everything that would have to be covered.`,
  foundIt: (f) =>
    `Our mail servers write down every message they handle, and this one is in the records${behind(' under the number ', f.text('queueId'))}.`,
  yourAccount: {
    left: () => '',
    forwarded: () => 'Nothing suggests that your password is known to strangers.',
    'delivered-here': () => '',
    'rejected-here': () => 'Nothing suggests that your password is known to strangers.',
    queued: () => '',
    'not-delivered': () => '',
    'never-here': () =>
      'Nothing in this notice suggests that your mailbox, your password or your computer has been broken into. You do not need to change your password because of it.',
    inconclusive: () => 'Until this is clear there is no reason to panic, but also none to rule anything out.',
    'not-a-bounce': () => '',
  },
  accountByCause: {
    'web-script': () =>
      'Your password is not the problem here, but as long as the form stays as it is, this can happen again.',
    customer: () => 'If you or your people sent the message, everything is in order.',
    'customer-machine': () =>
      'Please act soon: as long as the cause is not removed, more such mail may be sent in your name.',
    'account-compromised': () =>
      'Please change the password today; more such mail may be sent in your name until then.',
    'local-user': () => '',
    forwarder: () => '',
    inbound: () => '',
    'forged-sender': () => '',
    unknown: () => '',
  },
  whatToDo: 'What you can do',
  todo: {
    'ask-full-headers': () =>
      'Please send us the original notice once more, as an attachment: save the message as a file (often called ".eml" or "save as") and attach that file to your answer. Copied text loses the technical lines that we need.',
    'delete-it': () => 'You can delete the notice. Please do not click on anything in it, and do not answer it.',
    'complain-to-host': (f) =>
      `If you want to do more: ${stopper(f.text('site'), f.text('host'))} can stop the misuse.${f.has('queueId') ? ` The number ${f.text('queueId')}${behind(' and the time ', f.time('at'))} will help them to find the message.` : ''}`,
    'advise-domain': (f) =>
      `Nobody can fully prevent others from writing a false sender on a message. But your domain${behind(' ', f.text('domain'))} can ask other mail servers to refuse such messages at once (the settings are named SPF, DKIM and DMARC). We will gladly check these settings with you; just tell us.`,
    'turn-off-catch-all': (f) =>
      `Your domain${behind(' ', f.text('domain'))} takes in mail for every address that anybody makes up (a "catch-all"). If you turn this off and keep only the addresses that you use, far fewer such notices will reach you.`,
    'refuse-unsigned-bounces': (f) =>
      `If ${f.text('address') || 'the address'} only passes mail on and is never used to send, we can set it so that it no longer takes in such notices. Just tell us.`,
    'repair-script': (f) =>
      `Please have the web site repaired${behind(' (', f.text('scriptName') || f.text('url'), ')')}: bring its software and extensions up to date, protect the form with a captcha, and do not let it send copies to addresses that visitors type in.`,
    'change-password': (f) =>
      `Please change the password of ${f.text('login') || 'the mailbox'} now, to one that you use nowhere else. Then check whether the mailbox has forwarding rules or filters that you did not make.`,
    'clean-computer': () =>
      'Please have all computers and phones that use this mailbox checked for harmful programs, and change the password after that.',
    'check-with-customer': () =>
      'Please think about whether you, or somebody who uses this login with you, sent this message. If nobody did, change the password and tell us.',
    'check-forwarder': () =>
      'If too much spam is passed on this way, a mailbox instead of the forwarding is the better choice. We will gladly help.',
    'wait-for-queue': () =>
      'You do not need to do anything: our server tries again by itself and tells you if it gives up.',
    'read-remote-reply': () =>
      'Please compare the recipient’s address and the answer of the other side above; often it is a typing mistake or a full mailbox.',
  },
  closing:
    'If anything here is unclear, or if more such notices come, simply answer this message. We are glad to help.\n\nKind regards',
}
