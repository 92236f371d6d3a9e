/** A stream without a file (standard input) to lines: text, JSON lines or journald's export format, compressed or not, told by its first bytes. */

import type {LogLine} from '../mail/log-line.js'
import {codecOf} from './codec.js'
import type {InputFailure} from './input-failure.js'
import {JournalExport, looksLikeJournalExport} from './journal-export.js'
import {type DecompressionLimit, readBlocks} from './read-part.js'
import {readStdin} from './read-stdin.js'
import {spool} from './spool.js'
import {until} from './until.js'

export interface StreamOptions {
  /** Where a compressed stream is kept while it is read, in a file without a name: a folder to which this user may write. */
  readonly folder: string
  /** Ends the stream, also while it waits for its first bytes. */
  readonly signal?: AbortSignal
  readonly limit?: DecompressionLimit
}

export interface StreamLines {
  readonly lines: AsyncIterable<LogLine[]>
  /** `journal` for the export format; null where the lines tell. */
  readonly format: string | null
  /** What broke the format; complete when the lines have ended. */
  readonly failures: () => readonly InputFailure[]
  /** What ended the stream before its time; known when the lines have ended. */
  readonly ended: () => InputFailure | null
}

/** Bytes that tell the export format from text. */
const TELLING = 64

/** Looks at the beginning of the stream, then gives its lines in batches. A failing source, or no room to unpack it, throws its own error. */
export async function readStream(
  name: string,
  source: AsyncIterable<Buffer | string>,
  {folder, signal, limit}: StreamOptions,
): Promise<StreamLines> {
  const {head, whole} = await beginning(until(source, signal))
  const codec = codecOf(head, 'plain')
  if (codec === 'plain') return {...linesOf(name, head, whole), ended: () => null}
  const fd = await spool(whole, folder)
  const part = readBlocks({path: name, codec}, {fd, ...(signal ? {signal} : {}), ...(limit ? {limit} : {})})
  const unpacked = await beginning(part)
  return {...linesOf(name, unpacked.head, unpacked.whole), ended: () => (signal?.aborted ? null : part.failure)}
}

interface Beginning {
  readonly head: Buffer
  /** Everything from the first byte on, once. */
  readonly whole: AsyncIterable<Buffer>
}

async function beginning(source: AsyncIterable<Buffer | string>): Promise<Beginning> {
  const iterator = source[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let ended = false
  while (first.reduce((sum, chunk) => sum + chunk.length, 0) < TELLING) {
    const next = await iterator.next()
    if (next.done) {
      ended = true
      break
    }
    first.push(bytesOf(next.value))
    // A live stream of text may be slow: its first line is telling enough.
    if (first.some((chunk) => chunk.includes(10))) break
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* first
    if (ended) return
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield bytesOf(next.value)
  }
  return {head: Buffer.concat(first), whole: whole()}
}

const bytesOf = (chunk: Buffer | string): Buffer => (typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk)

function linesOf(name: string, head: Buffer, whole: AsyncIterable<Buffer>): Omit<StreamLines, 'ended'> {
  if (!looksLikeJournalExport(head)) return {lines: readStdin(whole), format: null, failures: () => []}
  const splitter = new JournalExport(name)
  return {lines: entries(splitter, whole), format: 'journal', failures: () => splitter.failures}
}

async function* entries(splitter: JournalExport, source: AsyncIterable<Buffer>): AsyncGenerator<LogLine[]> {
  for await (const chunk of source) {
    const lines = splitter.push(chunk)
    if (lines.length > 0) yield lines
  }
  const last = splitter.end()
  if (last) yield [last]
}
