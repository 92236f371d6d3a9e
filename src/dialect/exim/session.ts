/** Lines without an ID: the daemon's life, SMTP sessions, refused connections, failed logins (daemon.c, smtp_in.c). */

import type {Parsed, SignOfLife} from '../../mail/event.js'
import {Fields, scanHost} from './fields.js'
import {isConnectionNote, isRunningNote} from './notes.js'
import {abandoned, hostAt, parseRejected, rejected, wordyRefusal} from './reject.js'
import type {Line} from './stamp.js'
import {textNoted} from './standing.js'

export function signOfLife(line: Line, sign: SignOfLife['sign']): Parsed {
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'sign-of-life',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      sign,
    },
  }
}

const AUTH_FAILED = ' authenticator failed for '

/** `NAME authenticator failed for [H=]HOST: 535 … (set_id=X)`; the HELO and the login are a stranger's words. */
export function loginFailed(line: Line, at: number): Parsed {
  const text = line.text
  const from = at + AUTH_FAILED.length
  const start = text.startsWith('H=', from) ? from + 2 : from
  let f = new Fields()
  let end = scanHost(text, start, f, 0)
  for (
    let skip = 1;
    skip < 8 && end > 0 && f.helo !== null && !/^(?::| I=| U=| Ci=)/.test(text.slice(end, end + 4));
    skip++
  ) {
    const next = new Fields()
    const ended = scanHost(text, start, next, skip)
    if (ended < 0) break
    f = next
    end = ended
  }
  const rest = text.slice(end < 0 ? from : end)
  const login = rest.indexOf('(set_id=')
  const colon = rest.indexOf(': ')
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'login-failed',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: line.queueId,
      mta: 'exim',
      instance: null,
      client: {name: f.hostName, helo: f.helo, ip: f.ip, port: f.port},
      login: login < 0 ? null : rest.slice(login + 8, rest.endsWith(')') ? -1 : undefined),
      text: colon < 0 ? rest.trim() : rest.slice(colon + 2),
    },
  }
}

/** Where ` authenticator failed for ` begins when an authenticator's name (one word) stands before it; -1 otherwise. */
export function authFailedAt(text: string, at: number): number {
  const blank = text.indexOf(' ', at)
  return blank > at && text.startsWith(AUTH_FAILED, blank) ? blank : -1
}

/** A refused or dropped connection whose host begins at `at`. */
function refusedConnection(line: Line, at: number, action: string): Parsed {
  const text = line.text
  const {client, end} = hostAt(text, at)
  const f = new Fields()
  f.hasHost = true
  f.hostName = client.name
  f.helo = client.helo
  f.ip = client.ip
  f.port = client.port
  const words = text.slice(end).replace(/^[: ]+/, '')
  return rejected(line, f, {
    stage: 'connect',
    action,
    temporary: words.startsWith('temporarily') || words.includes('too many'),
    sender: null,
    recipient: null,
    text: words,
  })
}

/** The text of a line without an ID and without leading fields, from `line.at`. */
export function parseSession(line: Line): Parsed {
  const {text, at} = line
  if (text.startsWith('Start ', at) && text.includes('queue run', at)) return signOfLife(line, 'queue-run')
  if (text.startsWith('End ', at) && text.includes('queue run', at)) return signOfLife(line, 'queue-run')
  if (text.startsWith('exim ', at) && text.includes(' daemon started', at)) return signOfLife(line, 'daemon-started')
  if (text.startsWith('SMTP connection from ', at)) {
    const words = text.slice(at + 21)
    return words.includes(' dropped by ') ? refusedConnection(line, at + 21, 'drop') : signOfLife(line, 'connection')
  }
  if (text.startsWith('SMTP call from ', at)) {
    return text.includes(' dropped: ', at) || text.includes(' dropped by ', at)
      ? refusedConnection(line, at + 15, 'drop')
      : signOfLife(line, 'connection')
  }
  if (text.startsWith('rejected ', at)) return parseRejected(line, new Fields(), at + 9, false)
  if (text.startsWith('temporarily rejected ', at)) return parseRejected(line, new Fields(), at + 21, true)
  if (text.startsWith('refused connection from ', at)) return refusedConnection(line, at + 24, 'reject')
  if (text.startsWith('temporarily refused connection from ', at)) return refusedConnection(line, at + 36, 'reject')
  if (text.startsWith('Connection from ', at) && text.includes(' refused', at))
    return refusedConnection(line, at + 16, 'reject')
  if (text.startsWith('connection from ', at) && text.includes(' refused', at))
    return refusedConnection(line, at + 16, 'reject')
  const wordy = wordyRefusal(line)
  if (wordy) return wordy
  if (text.startsWith('SMTP data timeout', at)) return abandoned(line, new Fields(), text.slice(at))
  if (text.startsWith('SMTP connection lost after final dot', at)) return abandoned(line, new Fields(), text.slice(at))
  const failed = authFailedAt(text, at)
  if (failed >= 0) return loginFailed(line, failed)
  if (text.startsWith('SIGTERM received', at)) return signOfLife(line, 'daemon-stopped')
  if (text.startsWith('SIGHUP received', at)) return signOfLife(line, 'daemon-started')
  const words = text.slice(at)
  if (isConnectionNote(words)) return signOfLife(line, 'connection')
  if (isRunningNote(words)) return words.includes('from <') ? textNoted(line, words) : signOfLife(line, 'other')
  return {kind: 'unknown', reason: 'exim-text-without-id', stamp: line.stamp, host: line.host, queueId: null}
}
