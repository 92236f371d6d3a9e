/** Lines without a queue ID: connections, TLS, daemons starting and stopping, login failures, submissions that failed. */

import type {EventBase, Parsed, SignOfLife} from '../../mail/event.js'
import {event, ignored, readClient} from './scan.js'

/** Starts of lines that are understood and hold no fact about a message; for lines whose daemon the shape lost, too. */
const KNOWN: readonly string[] = [
  'connect from ', 'disconnect from ', 'lost connection after ', 'timeout after ', 'too many errors after ',
  'improper command pipelining after ', 'bare <LF> received after ', 'SSL_accept error from ', 'SSL_connect error to ',
  'setting up TLS connection ', 'Anonymous TLS connection ', 'Trusted TLS connection ', 'Untrusted TLS connection ', 'Verified TLS connection ',
  'certificate verification ', 'discarding EHLO keywords: ', 'statistics: ', 'cache ', 'CONNECT from ', 'PASS NEW ', 'PASS OLD ',
  'ALLOWLISTED ', 'DENYLISTED ', 'WHITELISTED ', 'BLACKLISTED ', 'ALLOWLIST VETO ', 'DENYLIST VETO ', 'WHITELIST VETO ', 'PREGREET ', 'HANGUP after ',
  'DNSBL rank ', 'NON-SMTP COMMAND ', 'BARE NEWLINE ', 'COMMAND PIPELINING ', 'COMMAND TIME LIMIT ', 'COMMAND COUNT LIMIT ', 'COMMAND LENGTH LIMIT ',
  'DISCONNECT ', 'addr ', 'TLS SNI ', 'subject_CN=', 'fingerprint=', 'Peer certificate', 'Host offered STARTTLS', 'reusing ', 'using backwards-compatible ',
'initializing the ', 'save session ', 'reload session ', 
  'Peer verification', 
  '/etc/postfix/',
  'TLSRPT: ', '/usr/', 'waiting for the Postfix mail system', 'the Postfix mail system is ', 'proxymap ', 'Postfix is ', 'milter inspects',
] // biome-ignore format: a table

const BY_FIRST = new Map<number, string[]>()
for (const start of KNOWN) {
  const list = BY_FIRST.get(start.charCodeAt(0))
  if (list) list.push(start)
  else BY_FIRST.set(start.charCodeAt(0), [start])
}

function isKnown(text: string): boolean {
  const starts = BY_FIRST.get(text.charCodeAt(0))
  if (starts) for (const start of starts) if (text.startsWith(start)) return true
  return false
}

const LIFE: readonly (readonly [string, SignOfLife['sign']])[] = [
  ['daemon started -- version', 'daemon-started'],
  ['starting the Postfix mail system', 'daemon-started'],
  ['terminating on signal', 'daemon-stopped'],
  ['stopping the Postfix mail system', 'daemon-stopped'],
  ['aborting the Postfix mail system', 'daemon-stopped'],
  ['reload -- version', 'other'],
  ['refreshing the Postfix mail system', 'other'],
]

/** `H[ip]` inside running text (`connect to H[ip]:25: …`, `host H[ip] said: …`): name and ip of the last word before the first bracket. */
function hostIn(text: string): {name: string | null; ip: string | null} {
  const open = text.indexOf('[')
  if (open < 0) return {name: null, ip: null}
  const space = text.lastIndexOf(' ', open)
  const client = readClient(text, space + 1, text.length)
  return {name: client?.name ?? null, ip: client?.ip ?? null}
}

/** A remote attempt that failed, before the delivery line says what became of the recipient. */
export function attemptNoted(text: string, at: EventBase): Parsed {
  const host = hostIn(text)
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'attempt-noted',
    remoteHost: host.name,
    remoteIp: host.ip,
    text,
  })
}

const SASL = /\]?(?::\d+)?: SASL ([^ ]{1,40}) authentication (failed|aborted)/i

/** `H[ip]: SASL M authentication failed: WHY[, sasl_username=U]` (the `warning: ` before it taken off); null where it is none. */
export function readLoginFailure(text: string, at: EventBase): Parsed | null {
  const match = text.includes(': SASL ') ? SASL.exec(text) : null
  if (!match) return null
  const login = text.lastIndexOf(', sasl_username=')
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'login-failed',
    client: readClient(text, 0, match.index + match[0].length),
    login: login < 0 ? null : text.slice(login + 16),
    text,
  })
}

const USER = /^([A-Za-z0-9_.$-]{1,64})\((\d+)\): /

/**
 * sendmail(1)'s `fatal: USER(UID): No recipient addresses found in message header`: somebody on this machine tried to send and could not. A
 * refusal at stage `submission`. null for other fatal errors.
 */
export function readSubmissionFailure(text: string, at: EventBase): Parsed | null {
  const match = USER.exec(text)
  if (!match) return null
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'message-rejected',
    stage: 'submission',
    action: 'reject',
    temporary: false,
    client: null,
    sender: null,
    recipient: null,
    login: null,
    user: match[1] ?? null,
    text,
    status: null,
    messageId: null,
    subject: null,
    envelopeRecipients: [],
  })
}

/** postsuper gave queue files the names of their inodes: queue IDs from before the line live on under other names. */
export const isRenaming = (text: string): boolean =>
  text.startsWith('QUEUE FILE NAMES WERE CHANGED') || text.startsWith('Renamed to match inode number: ')

/** A line without a queue ID that is no refusal: a sign of life, a failed connection, or known and not needed; null where it is neither. */
export function readSession(text: string, at: EventBase): Parsed | null {
  if (text.startsWith('connect to ')) return attemptNoted(text, at)
  if (isKnown(text)) return ignored(at)
  if (isRenaming(text)) return event({...at, type: 'text-noted', text})
  for (const [start, sign] of LIFE)
    if (text.startsWith(start))
      return event({
        stamp: at.stamp,
        host: at.host,
        pid: at.pid,
        queueId: at.queueId,
        mta: at.mta,
        instance: at.instance,
        type: 'sign-of-life',
        sign,
      })
  return null
}
