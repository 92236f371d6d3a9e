/** A line of progress on a terminal: share done, lines a second, time left. */

import {performance} from 'node:perf_hooks'
import type {IngestProgress} from '../ingest/options.js'
import {iso} from '../question/message.js'
import {printable} from '../render/printable.js'

/** Redraws at most this often, milliseconds. */
const EVERY = 200

export interface Meter {
  readonly update: (progress: IngestProgress) => void
  /** How far the judgement at the end has come, UTC milliseconds. */
  readonly judged: (at: number) => void
  readonly end: () => void
}

export function progressMeter(stream: NodeJS.WriteStream): Meter {
  const started = performance.now()
  let drawn = 0
  const draw = (text: () => string): void => {
    const now = performance.now()
    if (now - drawn < EVERY) return
    drawn = now
    stream.write(`\r\u001b[K${text().slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`)
  }
  return {
    update: ({path, bytes, totalBytes, lines}) =>
      draw(() => {
        const seconds = (performance.now() - started) / 1000
        const share = totalBytes > 0 ? Math.min(1, bytes / totalBytes) : 0
        const left = share > 0.01 ? Math.round((seconds / share) * (1 - share)) : null
        return `${Math.round(share * 100)} %  ${lines.toLocaleString('en')} lines  ${Math.round(lines / seconds).toLocaleString('en')} lines/s${left === null ? '' : `  ${left} s left`}  ${printable(path)}`
      }),
    judged: (at) => draw(() => `all is read; looking who sends abnormally: ${(iso(at) ?? '').slice(0, 10)}`),
    end: () => {
      if (drawn > 0) stream.write('\r\u001b[K')
    },
  }
}
