/** What the log system says about itself: lines that were lost to rate limits, lines that were folded into one. */

import type {EventBase, Parsed} from '../../mail/event.js'

/**
 * `message repeated 3 times: [ TEXT]` (rsyslog): the text and how often it happened again; null where the text is no such notice.
 * rsyslog writes the first occurrence as a line of its own, so `times` counts the further ones.
 */
export function repeatedMessage(text: string): {times: number; text: string} | null {
  if (!text.startsWith('message repeated ')) return null
  const match = /^message repeated (\d{1,9}) times?: \[ ?/.exec(text)
  if (!match) return null
  const end = text.endsWith(']') ? text.length - 1 : text.length
  const inner = text.slice(match[0].length, end)
  return {times: Number(match[1]), text: inner.endsWith(' ') ? inner.slice(0, -1) : inner}
}

/** `last message repeated 3 times` (BSD, Solaris, macOS): it names no text, only the line before tells what happened. null for other texts. */
export function repeatOfLineBefore(text: string): Parsed | null {
  const found = /^(?:-+ )?last message repeated (\d{1,6}) times?/.exec(text)
  return found ? {kind: 'continuation', repeats: Number(found[1])} : null
}

const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text))

/** Units whose lines never tell of mail. Any other (cron, a shell session, a container) may run sendmail or a whole MTA. */
const OTHER_UNIT =
  /(?:^|\/)(?:sshd?|nginx|mysqld?|mariadb|redis(?:-server)?|named|bind9|fail2ban|NetworkManager|systemd-[a-z]+)\.service(?:$|[ /.])/

/** systemd-journald, rsyslogd and syslog-ng on lost lines: `lines-lost` with the count where they say it. */
export function readLoss(program: string, text: string, base: EventBase): Parsed {
  const lost = (count: number | null): Parsed => ({
    kind: 'event',
    event: {...base, type: 'lines-lost', count, by: program},
    times: 1,
  })
  const suppressed = /^Suppressed (\d{1,12}) messages from (.*)/.exec(text)
  if (suppressed && !OTHER_UNIT.test(suppressed[2] ?? '')) return lost(number(suppressed[1]))
  const missed = /^Forwarding to syslog missed (\d{1,12}) messages/.exec(text)
  if (missed) return lost(number(missed[1]))
  if (program.startsWith('rsyslog')) {
    const counted = /\b(\d{1,12}) messages? (?:lost|discarded|dropped)|lost (\d{1,12}) messages?/.exec(text)
    if (counted) return lost(number(counted[1] ?? counted[2]))
    if (/begins? to drop messages|discarding messages|message lost|queue full/i.test(text)) return lost(null)
  }
  if (program.startsWith('syslog-ng')) {
    const dropped = /dropped='[^']*=(\d+)'/.exec(text)
    if (dropped && Number(dropped[1]) > 0) return lost(number(dropped[1]))
  }
  return {kind: 'ignored', stamp: base.stamp, host: base.host}
}

/** Programs whose lines may tell of lost lines. */
export const isLogSystem = (program: string): boolean =>
  program === 'systemd-journald' ||
  program === 'journal' ||
  program === 'systemd-journal' ||
  program === 'syslogd' ||
  program.startsWith('rsyslog') ||
  program.startsWith('syslog-ng')
