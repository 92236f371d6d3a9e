/**
 * Evidence that stands by itself: an answer, the lines that it rests on, and the whole blocks that hold them with their chain of
 * SHA-256. One JSON object a line; the last one holds a SHA-256 of every line before it. `verify-bundle.ts` checks it without a database.
 */

import {createHash} from 'node:crypto'
import {readable} from '../mail/text.js'
import {blockOf, lineOf} from '../store/block.js'
import {chainHead, evidenceBlocks} from '../store/bundle.js'
import type {SqliteStore} from '../store/finder.js'
import {iso} from './message.js'
import type {TraceAnswer} from './trace.js'

export const BUNDLE_SCHEMA = 'mailwitness.evidence/1'

export interface BundleContext {
  readonly tool: {readonly name: string; readonly version: string}
  /** UTC milliseconds. */
  readonly now: number
  /** What was asked, in words of the command line. */
  readonly question: {readonly keys: readonly string[]; readonly ticket: string | null}
}

export const recordHash = (line: string): string => createHash('sha256').update(line).digest('hex')

/** The bundle's records, one JSON text each, in file order; `cited` are the references of the answer's lines. */
export function* bundleRecords(
  store: SqliteStore,
  answer: TraceAnswer,
  cited: ReadonlySet<number>,
  context: BundleContext,
): Generator<string> {
  const hashes: string[] = []
  const record = (value: object): string => {
    const line = JSON.stringify(value)
    hashes.push(recordHash(line))
    return line
  }
  const references = [...cited].sort((a, b) => a - b)
  yield record({
    record: 'bundle',
    schema: BUNDLE_SCHEMA,
    tool: context.tool,
    createdAt: iso(context.now),
    question: context.question,
    chainHead: chainHead(store.db),
    blockHash: 'sha256(before || text || meta), before = chained hash of the block before it',
  })
  for (const {block, source, dialect, before, sha256, masked, text, meta} of evidenceBlocks(store.db, references))
    yield record({
      record: 'block',
      block,
      source,
      dialect,
      before: before.toString('hex'),
      sha256: sha256.toString('hex'),
      masked: masked === null ? null : {at: iso(masked.at), note: masked.note, sha256: masked.sha256.toString('hex')},
      text: text.toString('base64'),
      meta: meta.toString('base64'),
    })
  for (const reference of references) {
    const line = store.evidence.line(reference)
    if (!line) continue
    yield record({
      record: 'line',
      block: blockOf(reference),
      index: lineOf(reference),
      source: store.evidence.origin(line.part).source,
      offset: line.offset,
      at: iso(line.at),
      line: readable(line.text),
    })
  }
  for (const journey of answer.journeys) yield record({record: 'journey', messages: journey.messages})
  yield record({record: 'coverage', coverage: answer.coverage})
  yield JSON.stringify({record: 'end', records: hashes.length, sha256: hashes})
}
