/** The tokens of master file text (RFC 1035 section 5.1): quotes, brackets over several lines, comments, escapes. Never throws. */

export interface Token {
  readonly text: string
  readonly quoted: boolean
}

export interface Entry {
  readonly line: number
  readonly text: string
  /** The line began with a blank: the owner is the one of the record before. */
  readonly indented: boolean
  readonly tokens: readonly Token[]
}

/** The types that may stand in a zone file. */
export const RECORD_TYPES = new Set(
  'A AAAA AFSDB CAA CERT CNAME DNAME DNSKEY DS HINFO HTTPS LOC MX NAPTR NS NSEC NSEC3 NSEC3PARAM OPENPGPKEY PTR RP RRSIG SMIMEA SOA SRV SSHFP SVCB TLSA TXT URI'.split(
    ' ',
  ),
)
/** An entry may run over this many lines, so that one lost bracket or quote in a ticket cannot swallow the rest. */
const MOST_LINES = 60

/** Splits into entries: quotes, parentheses over several lines, `;` comments, `\X` and `\DDD` escapes (undone in strings later). */
export function tokenise(text: string): {entries: Entry[]; comments: string[]} {
  const entries: Entry[] = []
  const comments: string[] = []
  const lines = text.split(/\r\n|\n|\r/)
  for (let index = 0; index < lines.length; index++) {
    const raw = lines[index] ?? ''
    const line = index + 1
    let scanned = tokensOf(raw)
    let depth = scanned.depth
    const tokens = [...scanned.tokens]
    if (scanned.comment !== null) comments.push(scanned.comment.slice(0, 300))
    while (
      (depth > 0 || scanned.unclosed) &&
      begunRecord(tokens) &&
      index + 1 < lines.length &&
      index + 1 - line < MOST_LINES
    ) {
      const next = lines[++index] ?? ''
      if (scanned.unclosed) {
        // A mail program wrapped a long string: the quote goes on where the next line begins.
        const before = tokens.pop()?.text ?? ''
        scanned = tokensOf(`"${before} ${next.trim()}`)
      } else scanned = tokensOf(next)
      tokens.push(...scanned.tokens)
      depth += scanned.depth
    }
    if (tokens.length > 0) entries.push({line, text: raw, indented: /^[ \t\u00a0]/.test(raw), tokens})
  }
  return {entries, comments}
}

/** Does this look like the beginning of a record, so that brackets and quotes in it count? */
const begunRecord = (tokens: readonly Token[]): boolean =>
  tokens.slice(0, 4).some((token) => !token.quoted && RECORD_TYPES.has(token.text.toUpperCase()))

interface Scanned {
  readonly tokens: readonly Token[]
  readonly comment: string | null
  /** Brackets opened less brackets closed. */
  readonly depth: number
  /** The last token is a string whose closing quote is missing. */
  readonly unclosed: boolean
}

function tokensOf(line: string): Scanned {
  const tokens: Token[] = []
  let depth = 0
  let unclosed = false
  let at = 0
  while (at < line.length) {
    const c = line.charAt(at)
    if (c === ' ' || c === '\t' || c === '\u00a0') at++
    else if (c === ';') return {tokens, comment: line.slice(at + 1), depth, unclosed}
    else if (c === '(' || c === ')') {
      depth += c === '(' ? 1 : -1
      at++
    } else {
      const quoted = c === '"'
      const end = endOfToken(line, quoted ? at + 1 : at, quoted)
      tokens.push({text: line.slice(quoted ? at + 1 : at, end), quoted})
      unclosed = quoted && end >= line.length
      at = quoted ? end + 1 : end
    }
  }
  return {tokens, comment: null, depth, unclosed}
}

function endOfToken(line: string, from: number, quoted: boolean): number {
  let at = from
  for (; at < line.length; at++) {
    const c = line.charAt(at)
    if (c === '\\') at++
    else if (quoted ? c === '"' : c === ' ' || c === '\t' || c === '\u00a0' || c === ';' || c === ')' || c === '"')
      break
  }
  return Math.min(at, line.length)
}
