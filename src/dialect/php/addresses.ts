/** Header text that PHP flattened to one line: finding its fields again, and the addresses in them. */

const NAME = /(^| {1,3})([A-Za-z][A-Za-z0-9-]{0,60}):(?= |$)/g

/**
 * The fields of `additional_headers` as mail.log prints them: CR and LF became a blank each, so two blanks stand between fields that were
 * joined with CRLF and one between those joined with LF. Names are lower case; of repeated fields the values are joined with `, `.
 */
export function headerFields(headers: string): ReadonlyMap<string, string> {
  const marks: {name: string; from: number; value: number; gap: number}[] = []
  for (const match of headers.matchAll(NAME)) {
    const gap = (match[1] ?? '').length
    marks.push({name: (match[2] ?? '').toLowerCase(), from: match.index, value: match.index + match[0].length, gap})
  }
  // where any field follows two blanks, one blank before a name is only text (`Click here: …`)
  const wide = marks.some((mark) => mark.from > 0 && mark.gap >= 2)
  const fields = marks.filter((mark) => mark.from === 0 || mark.gap >= (wide ? 2 : 1))
  const found = new Map<string, string>()
  fields.forEach((field, index) => {
    const value = headers.slice(field.value, fields[index + 1]?.from ?? headers.length).trim()
    const before = found.get(field.name)
    found.set(field.name, before === undefined ? value : `${before}, ${value}`)
  })
  return found
}

/** The bare addresses of a header value or of mail()'s To: comma lists, display names, quotes, comments and groups left out. */
export function addressesIn(list: string): readonly string[] {
  const found: string[] = []
  let quoted = false
  let comment = 0
  let from = 0
  const take = (to: number): void => {
    const address = bareAddress(list.slice(from, to))
    if (address !== null) found.push(address)
  }
  for (let i = 0; i < list.length; i++) {
    const c = list.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34 && comment === 0) quoted = !quoted
    else if (quoted) continue
    else if (c === 40) comment++
    else if (c === 41 && comment > 0) comment--
    else if ((c === 44 || c === 59) && comment === 0) {
      take(i)
      from = i + 1
    }
  }
  take(list.length)
  return found
}

/** One mailbox: the part in the last `<…>` outside quotes, or the whole without blanks around it; null where nothing is left. */
export function bareAddress(mailbox: string): string | null {
  let quoted = false
  let open = -1
  for (let i = 0; i < mailbox.length; i++) {
    const c = mailbox.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34 && open < 0) quoted = !quoted
    else if (c === 60 && !quoted) open = i
  }
  if (open >= 0) {
    const close = mailbox.indexOf('>', open)
    return mailbox.slice(open + 1, close < 0 ? mailbox.length : close).trim() || null
  }
  const comment = mailbox.indexOf(' (')
  return (comment > 0 ? mailbox.slice(0, comment) : mailbox).trim() || null
}
