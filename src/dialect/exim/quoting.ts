/** Where quoted and bracketed values of a log line end: a backslash protects, quoted local parts hold blanks and `>`. */

/** The index of the quote that closes the one before `from` (a backslash protects); -1 where it never closes. */
export function closingQuote(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34) return i
  }
  return -1
}

/** The index of the `>` that closes an address whose `<` is before `from`, over quoted local parts; -1 where it never closes. */
export function closingAngle(text: string, from: number): number {
  if (text.charCodeAt(from) === 34) {
    const quote = closingQuote(text, from + 1)
    if (quote >= 0) {
      const close = text.indexOf('>', quote)
      if (close >= 0) return close
    }
  }
  return text.indexOf('>', from)
}

/** The end of an address that begins at `from` and may start with a quoted local part: the next blank outside the quotes, or the end. */
export function addressEnd(text: string, from: number): number {
  let i = from
  if (text.charCodeAt(i) === 34) {
    const quote = closingQuote(text, i + 1)
    if (quote >= 0) i = quote
  }
  const end = text.indexOf(' ', i)
  return end < 0 ? text.length : end
}

/** The addresses of a `for` tail, quoted local parts kept whole; the mark of a cut list is left out. */
export function addressList(text: string, from: number): string[] {
  const found: string[] = []
  for (let i = from; i < text.length; ) {
    if (text.charCodeAt(i) === 32) {
      i++
      continue
    }
    const end = addressEnd(text, i)
    const address = text.slice(i, end)
    if (address !== '<trunc>') found.push(address)
    i = end
  }
  return found
}

/** The end of an `id=` value: quoted parts are jumped over, the next blank outside of them ends it; -1 where a quote is not its own. */
export function messageIdEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 32) return i
    if (c === 34) {
      const quote = closingQuote(text, i + 1)
      if (quote < 0 || !goesOn(text.charCodeAt(quote + 1))) return -1
      i = quote
    }
  }
  return text.length
}

/** What may follow a quoted part of a Message-ID: `@`, `.`, a blank, or nothing (NaN). Else the quote was not this value's own. */
const goesOn = (c: number): boolean => c === 64 || c === 46 || c === 32 || Number.isNaN(c)
