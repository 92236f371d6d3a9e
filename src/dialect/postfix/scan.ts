/** Scanners that the Postfix grammar shares: queue ID prefix, `name[ip]:port`, `<address>`, and the tail of refusals and header checks. */

import type {Client, EventBase, MailEvent, Parsed} from '../../mail/event.js'

const COLON = 58
const QUOTE = 34
const CLOSE_ANGLE = 62

export const event = (value: MailEvent): Parsed => ({kind: 'event', event: value, times: 1})
export const ignored = (at: EventBase): Parsed => ({kind: 'ignored', stamp: at.stamp, host: at.host})
export const unknown = (at: EventBase, reason: string): Parsed => ({
  kind: 'unknown',
  reason,
  stamp: at.stamp,
  host: at.host,
  queueId: at.queueId,
})

const VOWEL = /[AEIOUaeiou]/

/**
 * The length of the queue ID that `text` begins with, followed by `: `; 0 where none does. Short IDs are upper-case hex, long ones base 52
 * without vowels; others of 6 to 20 letters and digits are taken where they hold a digit (patched builds with decimal IDs). `warning`,
 * `statistics`, `NOQUEUE` are none.
 */
export function queueIdLength(text: string): number {
  let i = 0
  let hex = true
  let digit = false
  for (; i < 26; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) digit = true
    else if (c >= 65 && c <= 90) hex = hex && c <= 70
    else if (c >= 97 && c <= 122) hex = false
    else break
  }
  if (i < 6 || i > 25 || text.charCodeAt(i) !== COLON || text.charCodeAt(i + 1) !== 32) return 0
  if (hex) return i
  if (digit) return i
  return i >= 12 && text.lastIndexOf('z', i) >= 10 && !VOWEL.test(text.slice(0, i)) ? i : 0
}

/** `H[ip]`, `H[ip]:port`, `[ip]:port` in [from, to); name and ip are null where the log says `unknown`. */
export function readClient(text: string, from: number, to: number): Client | null {
  const open = text.indexOf('[', from)
  if (open < 0 || open >= to) return null
  const close = text.indexOf(']', open)
  if (close < 0 || close >= to) return null
  const name = text.slice(from, open)
  const ip = text.slice(open + 1, close)
  let port: number | null = null
  if (text.charCodeAt(close + 1) === COLON) {
    const digits = text.slice(close + 2, Math.min(to, close + 7))
    const value = Number.parseInt(digits, 10)
    port = Number.isNaN(value) ? null : value
  }
  return {
    name: name === '' || name === 'unknown' ? null : name,
    helo: null,
    ip: ip === 'unknown' || ip === '' ? null : ip,
    port,
  }
}

/** The position after `H[ip]` or `H[ip]:port` that begins at `from`; -1 where none does. */
export function clientEnd(text: string, from: number): number {
  const open = text.indexOf('[', from)
  const close = open < 0 ? -1 : text.indexOf(']', open)
  if (close < 0) return -1
  let i = close + 1
  if (text.charCodeAt(i) === COLON && text.charCodeAt(i + 1) >= 48 && text.charCodeAt(i + 1) <= 57) {
    i++
    while (text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
  }
  return i
}

/** Whether one of `after` stands at `at`, or the text ends there. */
function goesOn(text: string, at: number, after: readonly string[]): boolean {
  if (at === text.length) return true
  for (const next of after) if (text.startsWith(next, at)) return true
  return false
}

/** The first `>` in [from, to) that one of `after` follows, or the end of the text; -1 where none is. */
function angle(text: string, from: number, to: number, after: readonly string[]): number {
  for (let close = text.indexOf('>', from); close >= 0 && close < to; close = text.indexOf('>', close + 1))
    if (goesOn(text, close + 1, after)) return close
  return -1
}

/**
 * The position of the `>` that closes an address whose text begins at `from` (after `<`). A quoted local part may hold `>`. The bracket
 * must be followed by one of `after` (or the end of the text); -1 where none is.
 */
export function closingAngle(text: string, from: number, after: readonly string[]): number {
  const quote = text.indexOf('"', from)
  const plain = angle(text, from, quote < 0 ? text.length : quote, after)
  if (plain >= 0 || quote < 0) return plain
  let quoted = false
  for (let i = quote; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (quoted && c === 92) i++
    else if (c === QUOTE) quoted = !quoted
    else if (c === CLOSE_ANGLE && !quoted && goesOn(text, i + 1, after)) return i
  }
  return angle(text, quote, text.length, after)
}

/** `; from=<S> to=<R> proto=P helo=<H> sasl_…` at the end of refusals and header checks. */
export interface Tail {
  /** Where the tail begins (at its `;`). */
  readonly at: number
  readonly sender: string | null
  readonly recipient: string | null
  readonly helo: string | null
  readonly login: string | null
  /** What follows the tail after `: ` (the text of a header check). */
  readonly text: string | null
}

const AFTER_ADDRESS = [' to=<', ', to=<', ' proto=', ', proto=', ' helo=<', ', helo=<', ' sasl_', ', sasl_', ': ']
const STARTS = ['from=<', 'to=<', 'proto=', 'helo=<']

/** Parses a tail whose `;` stands at `at`; null where the grammar does not hold to the end. */
function tailAt(text: string, at: number): Tail | null {
  let i = at + 2
  let sender: string | null = null
  let recipient: string | null = null
  let helo: string | null = null
  let login: string | null = null
  for (;;) {
    if (text.startsWith('from=<', i) || text.startsWith('to=<', i)) {
      const open = text.indexOf('<', i) + 1
      const close = closingAngle(text, open, AFTER_ADDRESS)
      if (close < 0) return null
      if (text.charCodeAt(i) === 102) sender = text.slice(open, close)
      else recipient = text.slice(open, close)
      i = close + 1
    } else if (text.startsWith('proto=', i)) {
      i += 6
      while (i < text.length && text.charCodeAt(i) !== 32 && text.charCodeAt(i) !== 44 && text.charCodeAt(i) !== COLON)
        i++
    } else if (text.startsWith('helo=', i)) {
      const open = text.charCodeAt(i + 5) === 60 ? i + 6 : i + 5
      const close = helo === null && open === i + 6 ? closingAngle(text, open, [' sasl_', ', sasl_', ': ']) : -1
      helo = text.slice(open, close < 0 ? text.length : close)
      i = close < 0 ? text.length : close + 1
    } else if (text.startsWith('sasl_', i)) {
      const equals = text.indexOf('=', i)
      if (equals < 0) return null
      const name = text.slice(i, equals)
      const bracketed = text.charCodeAt(equals + 1) === 60
      let end = text.indexOf(' sasl_', equals)
      const colon = text.indexOf(': ', equals)
      if (end < 0 || (colon >= 0 && colon < end)) end = colon
      if (end < 0) end = text.length
      const raw = text.slice(equals + 1, end)
      const value = bracketed
        ? raw.slice(1, raw.endsWith('>') ? -1 : undefined)
        : raw.endsWith(',')
          ? raw.slice(0, -1)
          : raw
      if (name === 'sasl_username') login = value
      i = end
    } else return null
    if (i >= text.length) return {at, sender, recipient, helo, login, text: null}
    const c = text.charCodeAt(i)
    if (c === COLON && text.charCodeAt(i + 1) === 32)
      return {at, sender, recipient, helo, login, text: text.slice(i + 2)}
    if (c === COLON && i + 1 === text.length) return {at, sender, recipient, helo, login, text: ''}
    if (c === 44) i++
    if (text.charCodeAt(i) !== 32) return null
    i++
  }
}

/**
 * The tail of a refusal: the first `; from=<` (or `; to=<`, `; proto=`) from which the grammar holds to the very end. Strangers choose the
 * addresses inside the reply before it (there a `>: ` follows, which a refusal's tail never has) and the HELO name at its end (it stands
 * inside the first tail). null where there is none (`too many connections`, a line that syslog cut).
 */
export function refusalTail(text: string, from: number): Tail | null {
  let tries = 0
  for (let at = text.indexOf('; ', from); at >= 0 && tries < 40; at = text.indexOf('; ', at + 1)) {
    if (!STARTS.some((start) => text.startsWith(start, at + 2))) continue
    tries++
    const tail = tailAt(text, at)
    if (tail && tail.text === null) return tail
  }
  return null
}

/**
 * The tail of a header or body check: the last one that `origin` accepts (it gets the position of the tail, what stands before it must be
 * ` from local` or ` from H[ip]`). Searched from the right, because the header's own text stands before it and may imitate it.
 */
export function checkTail(text: string, from: number, origin: (at: number) => boolean): Tail | null {
  let tries = 0
  for (let at = text.lastIndexOf('; '); at >= from && tries < 40; at = at === 0 ? -1 : text.lastIndexOf('; ', at - 1)) {
    if (!STARTS.some((start) => text.startsWith(start, at + 2))) continue
    tries++
    if (!origin(at)) continue
    const tail = tailAt(text, at)
    if (tail) return tail
  }
  return null
}
