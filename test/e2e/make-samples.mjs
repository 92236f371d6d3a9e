#!/usr/bin/env node
/**
 * Makes samples/ from a real run of the lab, dated 2022-05-19 and 2022-05-20:   node test/e2e/make-samples.mjs [--run DIR]
 * Writes samples/exim, samples/postfix, samples/php, samples/notices/*.eml and samples/expected.json; README.md, config.toml and
 * notices/*.txt are written by hand and kept. With --run an earlier recording is used instead of a new one.
 */
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {ROOT} from './check/tool.mjs'
import {readTruth, rightVerdicts} from './check/truth.mjs'
import {whyNot} from './lab/capability.mjs'
import {HOSTS} from './lab/plan.mjs'
import {playSamples, SAMPLES_START} from './lab/play-samples.mjs'
import {CACHE, prepareRoots} from './lab/roots.mjs'
import {record} from './lab/session.mjs'

const SAMPLES = join(ROOT, 'samples')
/**
 * Log files that a provider reads, one copy of each line; what is older than the first rotation is gone, as on a real server.
 * No year-less ones: a checkout does not keep the file times that tell their year.
 */
const LOGS = {
  e1: ['exim', /exim_(main|reject)log(-20220520\.gz)?$/],
  e2: ['exim', /exim\/(main|reject)log(\.1)?$/],
  p1: ['postfix', /mail\.iso\.log(\.1)?$/],
  p2: ['postfix', /mail\.log(\.1)?$/],
}
/** File name -> which report of the run it is, and what the answer must say. `want`: where the logs kept do not reach the truth. */
const NOTICES = {
  'contact-form-mail-left-then-bounced.eml': {
    scenario: 'contact-form-abuse',
    host: 'e1',
    cause: 'web-script',
    shows:
      'the contact form of flora.example was abused; a stranger\u2019s server took the copy and bounced it a second later',
  },
  'uploads-script-burst-refused.eml': {
    scenario: 'script-burst',
    host: 'p1',
    kind: 'failure',
    cause: 'web-script',
    shows:
      'a script in an uploads folder; the remote server refused the recipient, so it never left: our own Postfix made the bounce',
  },
  'customer-mail-left-then-bounced-qmail.eml': {
    scenario: 'late-bounce',
    host: 'e2',
    cause: 'customer',
    shows: 'a customer\u2019s authenticated mail, accepted by the remote server and bounced in qmail\u2019s form',
  },
  'customer-mail-refused-by-remote.eml': {
    scenario: 'refused-by-remote',
    host: 'p1',
    cause: 'customer',
    shows: 'a customer\u2019s mail that the remote server refused: our Postfix made the bounce',
  },
  'customer-mail-still-queued.eml': {
    scenario: 'defer-then-expire',
    host: 'p2',
    kind: 'delay',
    cause: 'customer',
    shows: 'a delay warning of our Postfix with a content filter (two queue IDs); the message still waits',
  },
  'stolen-login-complaint.eml': {
    scenario: 'arf:compromised-account',
    host: 'e1',
    kind: 'arf',
    cause: 'account-compromised',
    shows: 'an abuse complaint (RFC 5965) about spam sent with a stolen login from many networks',
  },
  'forged-sender-stranger-bounced.eml': {
    scenario: 'backscatter-exim',
    host: 'e1',
    cause: 'forged-sender',
    shows: 'a stranger used our customer\u2019s address as sender at a stranger\u2019s server, which bounced to us',
  },
  'forged-contact-form-elsewhere.eml': {
    scenario: 'backscatter-foreign-contact-form',
    host: 'e1',
    cause: 'forged-sender',
    shows: 'as foreign-contact-form.txt, by a real foreign Exim of the lab',
  },
  'forged-received-made-up-queue-id.eml': {
    scenario: 'forged-received-unknown-id',
    host: 'e2',
    cause: 'forged-sender',
    shows: 'the copy has a Received line in our name with a queue ID that never was',
  },
  'forged-received-real-queue-id.eml': {
    scenario: 'forged-received-real-id',
    host: 'e1',
    cause: 'forged-sender',
    shows: 'the copy has a Received line with a queue ID of ours that belongs to another message',
  },
  'forged-reused-message-id.eml': {
    scenario: 'forged-reused-message-id',
    host: 'p1',
    cause: 'forged-sender',
    shows: 'a forgery that reuses the Message-ID of a real message of ours',
  },
  'forwarded-spam-refused.eml': {
    scenario: 'forwarded-spam-refused',
    host: 'e1',
    cause: 'forwarder',
    shows: 'mail from outside that a forwarder passed on; the target refused it, so our server bounced to the sender',
  },
  'rejected-by-our-scanner.eml': {
    scenario: 'refused-by-our-scanner',
    host: 'e1',
    cause: 'web-script',
    shows: 'our own scanner refused a script\u2019s mail before accepting it',
  },
  'rejected-recipient-unknown.eml': {
    scenario: 'rejected-by-us-bounced-elsewhere',
    cause: 'inbound',
    shows: 'a partner\u2019s Postfix could not hand its mail to us: our server refused the recipient',
  },
  'vacation-reply.eml': {
    scenario: 'autoreply',
    host: 'e1',
    want: 'not-a-bounce',
    cause: 'unknown',
    shows: 'no bounce at all: a vacation reply of ours',
  },
  'inconclusive-before-the-logs.eml': {
    scenario: 'before-the-logs',
    host: 'e1',
    want: 'inconclusive',
    cause: 'unknown',
    shows: 'mail of 17 May 2022, which did leave; the logs kept begin on 19 May, so nobody can say',
  },
}

const HANDWRITTEN = [
  {
    file: 'notices/foreign-contact-form.txt',
    verdict: 'never-here',
    cause: 'forged-sender',
    shows: 'the notification of a real question: a contact form on a stranger\u2019s server used our address as sender',
    host: 'vps62989.inmotionhosting.com',
    queueId: '1nrvvQ-0002CA-NB',
    idAt: '2022-05-20T06:15:48Z',
  },
]

const {values} = parseArgs({options: {run: {type: 'string'}}})
const work = mkdtempSync(join(tmpdir(), 'mailwitness-samples-'))
try {
  const run = values.run ? resolve(values.run) : join(work, 'run')
  if (!values.run) {
    const reason = await whyNot(CACHE)
    if (reason) throw new Error(`the lab cannot run here: ${reason}`)
    await prepareRoots(['exim496', 'exim498', 'postfix37', 'postfix310'], [], console.log)
    const names = Object.keys(HOSTS)
    const lab = mkdtempSync(join(work, 'lab-'))
    const odd = await record({
      out: run,
      work: lab,
      seed: 2022,
      names,
      start: SAMPLES_START,
      say: console.log,
      script: playSamples,
    })
    if (odd > 0) throw new Error(`${odd} messages met another fate than meant`)
  }
  copyLogs(run)
  const expected = [...HANDWRITTEN, ...copyNotices(run)]
  writeFileSync(join(SAMPLES, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`)
  console.log(`${expected.length} notices`)
} finally {
  rmSync(work, {recursive: true, force: true})
}

function copyLogs(run) {
  for (const folder of ['exim', 'postfix', 'php']) rmSync(join(SAMPLES, folder), {recursive: true, force: true})
  for (const host of readTruth(run).hosts) {
    const [kind, pattern] = LOGS[host.host]
    const first = host.files.filter((file) => pattern.test(file))
    for (const file of first) copyInto(run, file, join(SAMPLES, kind, host.hostname))
    if (kind === 'postfix') writePasswd(host)
    for (const file of host.files.filter((one) => /php_mail\.log(\.1)?$/.test(one)))
      copyInto(run, file, join(SAMPLES, 'php', host.hostname))
  }
}

/** Postfix logs only the number of a local user. */
function writePasswd({hostname, accounts}) {
  const lines = accounts.map(([user, uid]) => `${user}:x:${uid}:${uid}::/home/${user}:/bin/bash\n`)
  writeFileSync(join(SAMPLES, 'postfix', hostname, 'passwd'), `root:x:0:0:root:/root:/bin/bash\n${lines.join('')}`)
}

function copyInto(run, file, folder) {
  mkdirSync(folder, {recursive: true})
  copyFileSync(join(run, file), join(folder, basename(file).replace('mail.iso', 'mail')))
}

/** Each sample notice is the first report of its scenario and host; its name tells the situation. */
function copyNotices(run) {
  const truth = readTruth(run)
  const folder = join(SAMPLES, 'notices')
  mkdirSync(folder, {recursive: true})
  for (const file of readdirSync(folder)) if (file.endsWith('.eml')) rmSync(join(folder, file))
  const rows = []
  for (const [name, {scenario, host, kind, want, cause, shows}] of Object.entries(NOTICES)) {
    const fits = (report) => {
      const message = truth.messages.get(report.about)
      return report.scenario === scenario && (!host || message?.host === host) && (!kind || report.kind === kind)
    }
    const report = truth.reports.find(fits)
    if (!report) throw new Error(`the run has no report for ${name}`)
    const message = truth.messages.get(report.about)
    const verdict = want ?? rightVerdicts(truth, report.expected, message, report.kind)[0]
    copyFileSync(join(run, report.file), join(folder, name))
    const server = HOSTS[message.host]?.hostname ?? null
    const forged = message.forged === true
    rows.push({
      file: `notices/${name}`,
      verdict,
      cause,
      shows,
      server: forged ? null : server,
      queueId: forged ? null : (message.queue_ids[0] ?? null),
    })
  }
  return rows
}
