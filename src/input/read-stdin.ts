/** A stream (standard input) to batches of lines by split2, with byte offsets counted by ourselves and long lines cut, told and counted. */

import type {Transform} from 'node:stream'
import split2 from 'split2'
import {detached} from '../mail/detached.js'
import type {LogLine} from '../mail/log-line.js'
import {LINE_CAP} from './line-splitter.js'

/**
 * The lines of a stream, one batch per chunk. split2 decodes UTF-8 and drops a line beyond its maxLength whole; so each byte is
 * handed to it as one character, and lines are cut at the cap before they reach it: skipOverflow never comes to bear.
 * A failing source ends the lines and throws its own error to the caller.
 */
export async function* readStdin(
  source: AsyncIterable<Buffer | string>,
  cap = LINE_CAP,
): AsyncGenerator<LogLine[], void> {
  const gauge = new LineGauge(cap)
  let batch: LogLine[] = []
  const options = {maxLength: cap + 2, skipOverflow: true}
  const splitter: Transform = split2(
    '\n',
    (text: string) => {
      batch.push(gauge.measure(text))
    },
    options,
  )
  splitter.resume()
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk
    const text = gauge.pass(bytes.toString('latin1'))
    await new Promise<void>((resolve, reject) => splitter.write(text, 'utf8', (e) => (e ? reject(e) : resolve())))
    if (batch.length > 0) yield batch
    batch = []
  }
  await new Promise<void>((resolve, reject) => {
    splitter.once('error', reject)
    splitter.end(resolve)
  })
  if (batch.length > 0) yield batch
}

/** Knows each line's true length: shortens lines before the splitter sees them, and gives every split line its place. */
class LineGauge {
  readonly #cap: number
  /** Content bytes of the unfinished line so far, and whether the last one was `\r`. */
  #open = 0
  #openReturn = false
  #total = 0
  #offset = 0
  readonly #cut: {readonly offset: number; readonly bytes: number}[] = []
  #lineStart = 0

  constructor(cap: number) {
    this.#cap = cap
  }

  /** The same text with each line cut behind cap + 1 characters. */
  pass(text: string): string {
    this.#total += text.length
    const last = text.lastIndexOf('\n')
    if (this.#open + text.length <= this.#cap) {
      this.#advance(text, last)
      return text
    }
    let out = ''
    let start = 0
    for (let end = text.indexOf('\n'); ; end = text.indexOf('\n', start)) {
      const stop = end < 0 ? text.length : end
      const room = Math.max(0, this.#cap + 1 - this.#open)
      out += text.slice(start, Math.min(stop, start + room))
      this.#open += stop - start
      if (stop > start) this.#openReturn = text.charCodeAt(stop - 1) === 13
      if (end < 0) break
      if (this.#open > this.#cap + 1) this.#cut.push({offset: this.#lineStart, bytes: this.#open + 1})
      out += '\n'
      this.#lineStart += this.#open + 1
      this.#open = 0
      start = end + 1
    }
    return out
  }

  #advance(text: string, last: number): void {
    if (last >= 0) {
      this.#lineStart = this.#total - (text.length - last - 1)
      this.#open = text.length - last - 1
    } else this.#open += text.length
    if (text.length > 0) this.#openReturn = text.endsWith('\r')
  }

  /** The line that the splitter found next, with its true place and length. */
  measure(text: string): LogLine {
    const offset = this.#offset
    const cut = this.#cut[0]?.offset === offset ? this.#cut.shift() : undefined
    const last = cut === undefined && offset === this.#lineStart
    const whole = cut?.bytes ?? (last ? this.#total - offset : Math.min(text.length + 1, this.#total - offset))
    this.#offset += whole
    const complete = text.endsWith('\r') && text.length + 1 >= whole
    const length = last ? whole - (this.#openReturn ? 1 : 0) : complete ? text.length - 1 : text.length
    const truncated = length > this.#cap
    return {text: detached(text.slice(0, Math.min(length, this.#cap))), offset, bytes: whole, truncated}
  }
}
