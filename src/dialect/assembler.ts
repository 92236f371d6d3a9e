/** Lines that belong together made one event: reject-log blocks, folded text, and the pieces that syslog cuts long lines into. */

import type {MailEvent, Parsed} from '../mail/event.js'
import {absorb, parseEximText} from './exim/log.js'

/** What became of one line: a new event, an addition to the event before, a piece that waits for others, or nothing of its own. */
export type Step = 'event' | 'added' | 'waiting' | 'nothing'

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

/**
 * Fed with the parsed lines of one stream in order; `line` is any number by which the caller knows the line again. After a step that gave or
 * changed an event, `event`, `times` and `more` tell it as it is now.
 */
export class Assembler {
  event: MailEvent | null = null
  times = 1
  /** The numbers of all lines of the event but the one that completed it; not to be changed by the caller. */
  more: number[] = NONE
  /** Lines to come may add to the event. */
  private open = false
  private readonly pieces = new Map<string, Pieces>()

  push(parsed: Parsed, line: number, text: string): Step {
    switch (parsed.kind) {
      case 'event':
        return this.begin(parsed, NONE)
      case 'continuation': {
        if (!this.open || this.event === null) return 'nothing'
        if (this.more === NONE) this.more = [line]
        else this.more.push(line)
        if (parsed.repeats !== undefined) {
          // `last message repeated 3 times` (BSD, Solaris, macOS): the line before happened so often again.
          this.times += parsed.repeats
          this.open = false
        } else this.event = absorb(this.event, text)
        return 'added'
      }
      case 'piece':
        return this.piece(parsed, line)
      case 'unknown':
      case 'ignored':
        this.open = false
        return 'nothing'
    }
  }

  private begin({event, times}: Extract<Parsed, {kind: 'event'}>, more: number[]): Step {
    this.event = event
    this.times = times
    this.more = more
    this.open = true
    return 'event'
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
    if (open.lines.length < open.of) return 'waiting'
    this.pieces.delete(key)
    const {lines} = open
    const whole = parseEximText(open.texts.join('').replace(/\n$/, ''), parsed.base)
    if (whole.kind !== 'event') return 'nothing'
    return this.begin(
      whole,
      lines.filter((one) => one !== line),
    )
  }
}
