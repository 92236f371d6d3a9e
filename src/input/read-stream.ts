/** A stream without a file (standard input) to lines: text, JSON lines or journald's export format, told by its first bytes. */

import type {LogLine} from '../mail/log-line.js'
import type {InputFailure} from './input-failure.js'
import {JournalExport, looksLikeJournalExport} from './journal-export.js'
import {readStdin} from './read-stdin.js'

export interface StreamLines {
  readonly lines: AsyncIterable<LogLine[]>
  /** `journal` for the export format; null where the lines tell. */
  readonly format: string | null
  /** What broke the format; complete when the lines have ended. */
  readonly failures: () => readonly InputFailure[]
}

/** Bytes that tell the export format from text. */
const TELLING = 64

/** Looks at the beginning of the stream, then gives its lines in batches. A failing source ends the lines with its own error. */
export async function readStream(name: string, source: AsyncIterable<Buffer | string>): Promise<StreamLines> {
  const iterator = source[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let ended = false
  while (first.reduce((sum, chunk) => sum + chunk.length, 0) < TELLING) {
    const next = await iterator.next()
    if (next.done) {
      ended = true
      break
    }
    first.push(typeof next.value === 'string' ? Buffer.from(next.value, 'utf8') : next.value)
    // A live stream of text may be slow: its first line is telling enough.
    if (first.some((chunk) => chunk.includes(10))) break
  }
  const whole = async function* (): AsyncGenerator<Buffer | string> {
    yield* first
    if (ended) return
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  if (!looksLikeJournalExport(Buffer.concat(first)))
    return {lines: readStdin(whole()), format: null, failures: () => []}
  const splitter = new JournalExport(name)
  return {lines: entries(splitter, whole()), format: 'journal', failures: () => splitter.failures}
}

async function* entries(splitter: JournalExport, source: AsyncIterable<Buffer | string>): AsyncGenerator<LogLine[]> {
  for await (const chunk of source) {
    const lines = splitter.push(typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk)
    if (lines.length > 0) yield lines
  }
  const last = splitter.end()
  if (last) yield [last]
}
