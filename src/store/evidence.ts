/** Verbatim lines by reference: blocks are unpacked on demand and the latest are remembered. */

import {parserFor} from '../dialect/log.js'
import type {Parsed} from '../mail/event.js'
import {BlockLines, blockOf, lineOf, lineReference, type StoredLine} from './block.js'
import type {Connection, Statement} from './database.js'

/** Unpacked blocks remembered; about 0.3 MB each. */
const REMEMBERED = 48

export interface FoundLine extends StoredLine {
  readonly reference: number
  readonly part: number
}

interface Unpacked {
  readonly part: number
  readonly lines: BlockLines | readonly StoredLine[]
}

const allOf = ({lines}: Unpacked): readonly StoredLine[] => (lines instanceof BlockLines ? lines.all() : lines)

export class EvidenceFinder {
  private readonly blocks = new Map<number, Unpacked>()
  private readonly select: Statement
  private readonly names = new Map<number, {source: string; dialect: string}>()
  /** Lines that are not yet in the database (an ingest's open block). */
  pending: ((block: number) => Unpacked | null) | null = null

  constructor(private readonly db: Connection) {
    this.select = db.prepare('SELECT part, meta, data, times FROM block WHERE id = ?')
  }

  private block(id: number): Unpacked | null {
    const known = this.blocks.get(id)
    if (known) return known
    const waiting = this.pending?.(id)
    if (waiting) return waiting
    const row = this.select.get(id) as {part: number; meta: Buffer; data: Buffer; times: Buffer | null} | undefined
    if (!row) return null
    const unpacked = {part: row.part, lines: new BlockLines(row.meta, row.data, row.times)}
    if (this.blocks.size >= REMEMBERED) {
      const oldest = this.blocks.keys().next()
      if (!oldest.done) this.blocks.delete(oldest.value)
    }
    this.blocks.set(id, unpacked)
    return unpacked
  }

  /** Drops what is remembered of a block that was changed. */
  forget(id: number): void {
    this.blocks.delete(id)
  }

  /** The line behind a reference; null where its block was pruned or forgotten. */
  line(reference: number): FoundLine | null {
    const block = this.block(blockOf(reference))
    const line = block?.lines.at(lineOf(reference))
    return block && line ? {...line, reference, part: block.part} : null
  }

  lines(references: readonly number[]): FoundLine[] {
    return references.map((reference) => this.line(reference)).filter((line) => line !== null)
  }

  /**
   * Lines of a span (UTC milliseconds) in which one of these byte strings stands as a word of its own, although what the parser read
   * from the line does not account for it; at most `limit`.
   */
  mentions(needles: readonly string[], from: number, to: number, limit: number): FoundLine[] {
    const wanted = needles.filter((needle) => needle.length >= 6).map((needle) => needle.toLowerCase())
    if (wanted.length === 0) return []
    const out: FoundLine[] = []
    // Times from their index, and sorted afterwards: in the order of the table every block's row would be read.
    const select = this.db
      .prepare('SELECT id FROM block INDEXED BY block_time WHERE first <= ? AND last >= ? ORDER BY +id')
      .pluck()
    for (const id of select.all(to, from) as number[]) {
      const block = this.block(id)
      if (!block || (block.lines instanceof BlockLines && !block.lines.holdsAny(wanted))) continue
      for (const [i, line] of allOf(block).entries()) {
        if (line.at < from || line.at > to) continue
        const text = line.text.toLowerCase()
        const needle = wanted.find((one) => standsAlone(text, one))
        if (needle === undefined || accountedFor(parserFor(this.origin(block.part).dialect)(line.text), needle))
          continue
        out.push({...line, reference: lineReference(id, i), part: block.part})
        if (out.length >= limit) return out
      }
    }
    return out
  }

  /** Every line of a block, in order. */
  wholeBlock(id: number): readonly StoredLine[] {
    const block = this.block(id)
    return block ? allOf(block) : []
  }

  /** The stream and dialect that a part belongs to. */
  origin(part: number): {source: string; dialect: string} {
    let known = this.names.get(part)
    if (!known) {
      const row = this.db
        .prepare(
          'SELECT stream.name AS source, part.dialect AS dialect FROM part JOIN stream ON stream.id = part.stream WHERE part.id = ?',
        )
        .get(part)
      known = (row as {source: string; dialect: string} | undefined) ?? {source: 'unknown', dialect: 'auto'}
      this.names.set(part, known)
    }
    return known
  }
}

const WORD = /[0-9a-z]/

/** The needle with no letter or digit right before or after it. */
function standsAlone(text: string, needle: string): boolean {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    const before = text.charAt(at - 1)
    const after = text.charAt(at + needle.length)
    if (!WORD.test(before) && !WORD.test(after)) return true
  }
  return false
}

/** The parser read the line and put the needle into a value of it: then the index knows it, or it is part of something else. */
function accountedFor(parsed: Parsed, needle: string): boolean {
  if (parsed.kind === 'ignored') return true
  if (parsed.kind !== 'event' || parsed.event.type === 'text-noted') return false
  return Object.values(parsed.event).some((value: unknown) => {
    if (typeof value === 'string') return value.toLowerCase().includes(needle)
    return (
      Array.isArray(value) &&
      value.some((one: unknown) => typeof one === 'string' && one.toLowerCase().includes(needle))
    )
  })
}
