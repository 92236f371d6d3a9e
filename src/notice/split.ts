/** One input into its reports: mbox (RFC 4155 and its older habits), or one report. Works on bytes, lazily, linear. */

import {LIMITS, type Truncation} from './limits.js'

export interface Piece {
  readonly bytes: Uint8Array
  readonly cut: readonly Truncation[]
}

const LF = 10
const CR = 13
const FROM_LINE = /^From \S{1,320}.{0,40} \d{1,2}:\d{2}(?::\d{2})?.{0,20} \d{4}/
/** The whole form that a delivery agent writes, with nothing after it. */
const WHOLE_FROM_LINE =
  /^From \S{1,320} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d(?::\d\d)?(?: [A-Z]{1,5}| [+-]\d{4})? \d{4}[ \t]*$/
const FIELD = /^[A-Za-z][A-Za-z0-9-]{0,76}:/
const SEPARATOR = /:\s*$|^-{4,}|-{4,}\s*$/

/** The reports of an input, in order. */
export function* piecesOf(input: Uint8Array): Generator<Piece> {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  if (!isMbox(bytes)) {
    yield piece(bytes, 0, bytes.length)
    return
  }
  const end = bytes.indexOf(LF) < 0 && bytes.includes(CR) ? '\r' : '\n'
  let start = 0
  let count = 0
  for (let at = bytes.indexOf(`${end}From `, 0); at >= 0; at = bytes.indexOf(`${end}From `, at + 6)) {
    if (!opensReport(bytes, at + 1)) continue
    yield piece(bytes, start, at + 1)
    start = at + 1
    if (++count >= LIMITS.notices) {
      yield {bytes: bytes.subarray(start, start), cut: ['notices']}
      return
    }
  }
  yield piece(bytes, start, bytes.length)
}

function isMbox(bytes: Buffer): boolean {
  let at = 0
  while (at < bytes.length && at < 1000 && (bytes[at] === LF || bytes[at] === CR)) at++
  return FROM_LINE.test(bytes.toString('latin1', at, at + 400))
}

/**
 * A `From ` line with a date, not right below the words with which a bounce introduces the original. Without an empty line before it, it must be
 * of the whole form and have a header field below it.
 */
function opensReport(bytes: Buffer, at: number): boolean {
  const [line = '', below = ''] = bytes.toString('latin1', at, at + 600).split(/\r?\n|\r/, 2)
  if (!FROM_LINE.test(line)) return false
  const before = bytes
    .toString('latin1', Math.max(0, at - 400), at)
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
  if (!before.endsWith('\n\n') && !(WHOLE_FROM_LINE.test(line) && FIELD.test(below))) return false
  const last = before.trimEnd().split('\n').at(-1) ?? ''
  return !SEPARATOR.test(last) || /^--.*--$/.test(last)
}

function piece(bytes: Buffer, from: number, to: number): Piece {
  const long = to - from > LIMITS.reportBytes
  return {bytes: bytes.subarray(from, long ? from + LIMITS.reportBytes : to), cut: long ? ['report'] : []}
}
