/** Collects the clues of one report: bounded, each with its literal text and place. */

import type {Field} from './fields.js'
import {LIMITS, type Truncation} from './limits.js'
import type {Clue, ClueValue, Part, Sure} from './notice.js'
import {glued} from './seam.js'

const LITERAL = 1000

export interface Sink {
  readonly clues: Clue[]
  readonly cut: Set<Truncation>
  readonly decoded: boolean
  hops: number
}

/** Adds a clue read from a header field. */
export function addFrom(sink: Sink, field: Field, part: Part, sure: Sure, value: ClueValue): void {
  add(sink, `${field.name}: ${glued(field.value)}`, part, sure, field.line, value)
}

/** Adds a clue read from any text. */
export function add(sink: Sink, literal: string, part: Part, sure: Sure, line: number, value: ClueValue): void {
  if (sink.clues.length >= LIMITS.clues) {
    sink.cut.add('clues')
    return
  }
  const where = {part, line, decoded: sink.decoded}
  sink.clues.push({...value, literal: literal.length > LITERAL ? literal.slice(0, LITERAL) : literal, where, sure})
}
