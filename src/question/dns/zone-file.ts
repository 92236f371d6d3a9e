/** Master file text (RFC 1035 section 5) as people paste it into tickets: from entries to records. Never throws. */

import {plainName} from './resolver.js'
import {type Entry, RECORD_TYPES, type Token, tokenise} from './zone-tokens.js'

export interface ZoneRecord {
  /** Absolute, lower case, without the trailing dot. */
  readonly name: string
  /** Upper case. */
  readonly type: string
  /** TXT: one joined string. A, AAAA: the address. MX: preference and exchange. CNAME, PTR, NS: the absolute name. Others: the tokens. */
  readonly data: readonly string[]
  /** 1-based line on which the record began. */
  readonly line: number
}

export interface UnreadLine {
  readonly line: number
  readonly text: string
  readonly reason: 'no-record' | 'no-origin' | 'bad-data' | 'unsupported-directive'
}

export interface Zone {
  /** The zone's own name; null where nothing in the text and no argument says it. */
  readonly origin: string | null
  readonly records: readonly ZoneRecord[]
  readonly unread: readonly UnreadLine[]
}

const CLASS = /^(?:IN|CH|HS|CS)$/i
const TTL = /^\d[\dsmhdw]*$/i
const NAME_IN_COMMENT = /(?:^|[\s'"])((?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+)\.?(?=$|[\s'"[(:,;])/i

/**
 * Reads a zone. Its name is, in this order: an absolute SOA owner or $ORIGIN; a comment (`; example.com [9548]`) that names a parent of
 * `origin`; `origin`; such a comment, or the SOA's mailbox (`host.example.com.`). Lines that are no records (prose around the paste)
 * are returned in `unread`.
 */
export function zoneFile(text: string, origin?: string): Zone {
  const {entries, comments} = tokenise(text)
  const start = startingOrigin(entries, comments, origin === undefined ? null : plainName(origin))
  const records: ZoneRecord[] = []
  const unread: UnreadLine[] = []
  const seen = new Set<string>()
  let current = start
  let declared: string | null = null
  let owner: string | null = null
  for (const entry of entries) {
    const [first, second] = entry.tokens
    if (first === undefined) continue
    if (!first.quoted && first.text.startsWith('$')) {
      if (first.text.toUpperCase() === '$ORIGIN' && second) {
        current = absolute(second.text, current) ?? current
        declared ??= current
      } else if (first.text.toUpperCase() !== '$TTL') unread.push(lost(entry, 'unsupported-directive'))
      continue
    }
    const shape = shapeOf(entry, owner !== null)
    if (shape === null) {
      if (!entry.indented) owner = null
      unread.push(lost(entry, 'no-record'))
      continue
    }
    const name: string | null = shape.owner === null ? owner : absolute(shape.owner, current)
    if (name === null) {
      unread.push(lost(entry, shape.owner === null ? 'no-record' : 'no-origin'))
      continue
    }
    owner = name
    const data = dataOf(shape.type, shape.data, current)
    if (data === null) unread.push(lost(entry, 'bad-data'))
    else {
      const key = [name, shape.type, ...data].join('\n')
      if (!seen.has(key)) records.push({name, type: shape.type, data, line: entry.line})
      seen.add(key)
    }
  }
  return {origin: records.find((record) => record.type === 'SOA')?.name ?? start ?? declared, records, unread}
}

const lost = (entry: Entry, reason: UnreadLine['reason']): UnreadLine => ({line: entry.line, text: entry.text, reason})

interface Shape {
  readonly owner: string | null
  readonly type: string
  readonly data: readonly Token[]
}

/** [owner] [ttl] [class] type data, with ttl and class in either order; the owner missing where the line is indented or lost its blanks. */
function shapeOf(entry: Entry, hasOwner: boolean): Shape | null {
  const withOwner = entry.indented ? null : typed(entry.tokens, 1)
  if (withOwner) return {owner: entry.tokens[0]?.text ?? '', ...withOwner}
  const without = hasOwner ? typed(entry.tokens, 0) : null
  if (without) return {owner: null, ...without}
  // A whole zone pasted with a margin: every line is indented, the owner stands all the same.
  const margin = entry.indented ? typed(entry.tokens, 1) : null
  return margin ? {owner: entry.tokens[0]?.text ?? '', ...margin} : null
}

function typed(tokens: readonly Token[], from: number): {type: string; data: readonly Token[]} | null {
  if (from === 1 && tokens[0]?.quoted) return null
  let at = from
  while (
    at < from + 2 &&
    !tokens[at]?.quoted &&
    (CLASS.test(tokens[at]?.text ?? '') || TTL.test(tokens[at]?.text ?? ''))
  )
    at++
  const type = tokens[at]
  if (!type || type.quoted || !RECORD_TYPES.has(type.text.toUpperCase()) || tokens.length === at + 1) return null
  const data = tokens.slice(at + 1)
  if (at === from && !plausible(type.text, data)) return null
  return {type: type.text.toUpperCase(), data}
}

/** Without TTL and class, prose such as "our HTTPS server" looks like a record: types that we do not read must look right. */
function plausible(type: string, data: readonly Token[]): boolean {
  if (CHECKED.has(type.toUpperCase())) return true
  return type === type.toUpperCase() && /^\d+$/.test(data[0]?.text ?? '')
}

/** Types whose data `dataOf` checks, and SOA, whose data begins with a name. */
const CHECKED = new Set(['A', 'AAAA', 'TXT', 'MX', 'CNAME', 'PTR', 'NS', 'SOA'])

function dataOf(type: string, tokens: readonly Token[], origin: string | null): readonly string[] | null {
  const words = tokens.map((token) => token.text)
  const [first = '', second = ''] = words
  switch (type) {
    case 'A':
      return /^\d+\.\d+\.\d+\.\d+$/.test(first) && words.length === 1 ? [first] : null
    case 'AAAA':
      return first.includes(':') && words.length === 1 ? [first.toLowerCase()] : null
    case 'TXT':
      // Several bare words are prose that happens to hold the word TXT, not a record anybody published.
      return words.length === 1 || tokens[0]?.quoted ? [words.map(unescaped).join('')] : null
    case 'MX': {
      const exchange = second === '.' ? '' : absolute(second, origin)
      return /^\d+$/.test(first) && words.length === 2 && exchange !== null ? [first, exchange] : null
    }
    case 'CNAME':
    case 'PTR':
    case 'NS': {
      const target = words.length === 1 ? absolute(first, origin) : null
      return target === null ? null : [target]
    }
    default:
      return words
  }
}

const unescaped = (text: string): string =>
  text.replace(/\\(\d{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 && Number(escaped) < 256 ? String.fromCharCode(Number(escaped)) : escaped,
  )

function absolute(name: string, origin: string | null): string | null {
  if (name === '@') return origin
  if (name.endsWith('.') && name !== '.') return plainName(name)
  return origin === null ? null : plainName(origin === '' ? name : `${name}.${origin}`)
}

function startingOrigin(entries: readonly Entry[], comments: readonly string[], given: string | null): string | null {
  const soa = entries.find((entry) => entry.tokens.some((token) => !token.quoted && token.text.toUpperCase() === 'SOA'))
  const owner = soa?.indented ? undefined : soa?.tokens[0]?.text
  if (owner?.endsWith('.') && owner.length > 1) return plainName(owner)
  const hint = namedInComment(comments) ?? mailboxDomain(soa)
  return given === null || (hint !== null && given.endsWith(`.${hint}`)) ? hint : given
}

function namedInComment(comments: readonly string[]): string | null {
  for (const comment of comments) {
    const name = NAME_IN_COMMENT.exec(comment)?.[1]
    if (name) return plainName(name)
  }
  return null
}

function mailboxDomain(soa: Entry | undefined): string | null {
  const at = soa?.tokens.findIndex((token) => token.text.toUpperCase() === 'SOA') ?? -1
  const mailbox = soa?.tokens[at + 2]?.text ?? ''
  const dot = mailbox.indexOf('.')
  return mailbox.endsWith('.') && dot > 0 && dot < mailbox.length - 1 ? plainName(mailbox.slice(dot + 1)) : null
}
