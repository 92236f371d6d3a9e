/** SPF macros (RFC 7208 section 7): checking and expanding `%{…}`. */

import {dotted, type IpAddress} from '../dns/ip-address.js'

export interface MacroContext {
  readonly ip: IpAddress
  /** The domain being checked. */
  readonly domain: string
  /** The whole sender address; without a local part it is `postmaster`. */
  readonly sender: string
  readonly helo: string
  /** The validated name of the client (`p`), or `unknown`. */
  readonly validated: string
}

const LETTERS = /^([slodiphvcrt])(\d*)(r?)([-.+,/_=]*)$/i

/** Is the macro string malformed? `c`, `r` and `t` are allowed only in explanations. */
export function macroFault(text: string, explanation: boolean): boolean {
  for (const {body, literal} of pieces(text)) {
    if (literal !== null) continue
    const parts = body === null ? null : LETTERS.exec(body)
    if (!parts) return true
    if (parts[2] !== '' && Number(parts[2]) === 0) return true
    if (!explanation && /[crt]/i.test(parts[1] ?? '')) return true
  }
  return false
}

/** Does it need the client's validated name, which costs DNS questions? */
export const needsValidatedName = (text: string): boolean => /%\{p/i.test(text)

/** Expands a macro string that `macroFault` has passed. */
export function expand(text: string, context: MacroContext): string {
  let result = ''
  for (const {body, literal} of pieces(text)) result += literal ?? (body === null ? '' : expandOne(body, context))
  return result
}

/** A domain-spec, expanded; where it is longer than 253 characters, labels are cut off from the left (section 7.3). */
export function expandDomain(text: string, context: MacroContext): string {
  let name = expand(text, context).replace(/\.$/, '')
  while (name.length > 253 && name.includes('.')) name = name.slice(name.indexOf('.') + 1)
  return name
}

/** Literal text, or the body of one `%{…}`; `body` null marks a stray `%`. */
function* pieces(text: string): Generator<{body: string | null; literal: string | null}> {
  let at = 0
  while (at < text.length) {
    const percent = text.indexOf('%', at)
    if (percent < 0) {
      yield {body: null, literal: text.slice(at)}
      return
    }
    if (percent > at) yield {body: null, literal: text.slice(at, percent)}
    const escaped = ESCAPES.get(text.charAt(percent + 1))
    const close = text.charAt(percent + 1) === '{' ? text.indexOf('}', percent) : -1
    if (escaped !== undefined) yield {body: null, literal: escaped}
    else yield {body: close < 0 ? null : text.slice(percent + 2, close), literal: null}
    at = escaped === undefined && close >= 0 ? close + 1 : percent + 2
  }
}

const ESCAPES = new Map([
  ['%', '%'],
  ['_', ' '],
  ['-', '%20'],
])

function expandOne(body: string, context: MacroContext): string {
  const [, letter = '', digits = '', turn = '', delimiters = ''] = LETTERS.exec(body) ?? []
  const splitAt = new Set(delimiters === '' ? ['.'] : [...delimiters])
  let parts = ['']
  for (const c of macroValue(letter.toLowerCase(), context)) {
    if (splitAt.has(c)) parts.push('')
    else parts[parts.length - 1] += c
  }
  if (turn !== '') parts.reverse()
  if (digits !== '') parts = parts.slice(-Number(digits))
  const value = parts.join('.')
  return letter === letter.toLowerCase() ? value : encodeURIComponent(value).replace(/[!'()*]/g, percentEncoded)
}

const percentEncoded = (c: string): string => `%${c.charCodeAt(0).toString(16).toUpperCase()}`

function macroValue(letter: string, context: MacroContext): string {
  const at = context.sender.lastIndexOf('@')
  switch (letter) {
    case 's':
      return at <= 0 ? `postmaster@${context.sender.slice(at + 1)}` : context.sender
    case 'l':
      return at <= 0 ? 'postmaster' : context.sender.slice(0, at)
    case 'o':
      return context.sender.slice(at + 1)
    case 'd':
      return context.domain
    case 'i':
      return dotted(context.ip)
    case 'p':
      return context.validated
    case 'v':
      return context.ip.version === 4 ? 'in-addr' : 'ip6'
    case 'h':
      return context.helo
    default:
      return ''
  }
}
