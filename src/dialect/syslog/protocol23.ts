/** RFC 5424 lines (rsyslog's SyslogProtocol23Format and network dumps): `<22>1 STAMP HOST APP PROCID MSGID SD TEXT`. */

import {readIsoStamp} from './stamps.js'
import {type Envelope, numberIn} from './tag.js'

const nil = (word: string): string | null => (word === '-' || word === '' ? null : word)

/** The end of the structured data at `at`: `-`, or `[…]` elements with `\]` escaped inside quotes; -1 where it is broken. */
function structuredDataEnd(line: string, at: number): number {
  if (line.charCodeAt(at) === 45) return at + 1
  let i = at
  while (line.charCodeAt(i) === 91) {
    let quoted = false
    for (i++; i < line.length; i++) {
      const c = line.charCodeAt(i)
      if (c === 92 && quoted) i++
      else if (c === 34) quoted = !quoted
      else if (c === 93 && !quoted) break
    }
    if (i >= line.length) return -1
    i++
  }
  return i > at ? i : -1
}

/**
 * Reads the header after `<PRI>1 ` at `at`. rsyslog cuts the daemon off the tag (`postfix/smtp` becomes `postfix`) and leaves a second
 * blank before the text: both are normal here. A byte-order mark before the text is dropped. null where the header is not whole.
 */
export function readProtocol23(line: string, at: number): Envelope | null {
  const read = line.charCodeAt(at) === 45 ? {stamp: null, end: at + 1} : readIsoStamp(line, at)
  if (!read || line.charCodeAt(read.end) !== 32) return null
  const words: string[] = []
  let from = read.end + 1
  for (let n = 0; n < 4; n++) {
    const space = line.indexOf(' ', from)
    if (space < 0) return null
    words.push(line.slice(from, space))
    from = space + 1
  }
  const end = structuredDataEnd(line, from)
  if (end < 0 || (end < line.length && line.charCodeAt(end) !== 32)) return null
  let text = end + 1
  if (line.charCodeAt(text) === 32) text++
  if (line.startsWith('\u00ef\u00bb\u00bf', text)) text += 3
  const pid = words[2] ?? ''
  return {
    stamp: read.stamp,
    host: nil(words[0] ?? ''),
    program: nil(words[1] ?? ''),
    pid: numberIn(pid, 0, pid.length),
    text: line.slice(text),
    uid: null,
  }
}
