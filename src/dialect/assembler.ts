/** Lines that belong together made one event: reject-log blocks, folded text, and the pieces that syslog cuts long lines into. */

import type {MailEvent, Parsed} from '../mail/event.js'
import {absorb, parseEximText} from './exim/log.js'

/** One event and the numbers of all the lines it came from, the line that completed it first. */
export interface Assembled {
  event: MailEvent
  times: number
  readonly line: number
  more: number[]
}

/** What became of one line: a new event, an addition to the one before, a piece that waits for others, or nothing of its own. */
export type Step =
  | {readonly kind: 'event'; readonly assembled: Assembled}
  | {readonly kind: 'added'; readonly assembled: Assembled}
  | {readonly kind: 'waiting'}
  | {readonly kind: 'nothing'}

interface Pieces {
  /** Each piece with the line break that it was cut at, if it was. */
  readonly texts: string[]
  readonly lines: number[]
  readonly of: number
}

/** Most events have no further lines: they share this. */
const NONE: number[] = []

/** Piece sets of different processes that may be open at once; the oldest is given up. */
const OPEN_PIECES = 256

/** Fed with the parsed lines of one stream in order; `line` is any number by which the caller knows the line again. */
export class Assembler {
  private last: Assembled | null = null
  private readonly pieces = new Map<string, Pieces>()

  push(parsed: Parsed, line: number, text: string): Step {
    switch (parsed.kind) {
      case 'event': {
        this.last = {event: parsed.event, times: parsed.times, line, more: NONE}
        return {kind: 'event', assembled: this.last}
      }
      case 'continuation': {
        if (!this.last) return {kind: 'nothing'}
        if (parsed.repeats !== undefined) return this.repeat(this.last, line, parsed.repeats)
        this.last.event = absorb(this.last.event, text)
        if (this.last.more === NONE) this.last.more = [line]
        else this.last.more.push(line)
        return {kind: 'added', assembled: this.last}
      }
      case 'piece':
        return this.piece(parsed, line)
      case 'unknown':
        this.last = null
        return {kind: 'nothing'}
      case 'ignored':
        this.last = null
        return {kind: 'nothing'}
    }
  }

  /** `last message repeated 3 times` (BSD, Solaris, macOS): the line before happened so often again. */
  private repeat(last: Assembled, line: number, times: number): Step {
    last.times += times
    last.more = [...last.more, line]
    this.last = null
    return {kind: 'added', assembled: last}
  }

  private piece(parsed: Extract<Parsed, {kind: 'piece'}>, line: number): Step {
    // Exim says for each piece how it was cut (log.c): `[1/3]` in the middle of a word, `[1\\3]` at a newline.
    const key = `${parsed.base.host ?? ''} ${parsed.base.pid ?? ''} ${parsed.of}`
    let open = this.pieces.get(key)
    if (!open || parsed.index === 1 || open.texts[parsed.index - 1] !== undefined) {
      open = {texts: [], lines: [], of: parsed.of}
      this.pieces.delete(key)
      this.pieces.set(key, open)
      if (this.pieces.size > OPEN_PIECES) {
        const oldest = this.pieces.keys().next()
        if (!oldest.done) this.pieces.delete(oldest.value)
      }
    }
    open.texts[parsed.index - 1] = parsed.cut === 'newline' ? `${parsed.text}\n` : parsed.text
    open.lines.push(line)
    if (open.lines.length < open.of) return {kind: 'waiting'}
    this.pieces.delete(key)
    const {lines} = open
    const whole = parseEximText(open.texts.join('').replace(/\n$/, ''), parsed.base)
    if (whole.kind !== 'event') return {kind: 'nothing'}
    this.last = {event: whole.event, times: whole.times, line, more: lines.filter((l) => l !== line)}
    return {kind: 'event', assembled: this.last}
  }
}
