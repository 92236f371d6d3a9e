/**
 * Writes logs as a shared web host makes them: `node bench/logs/hosting.mjs exim|postfix MEGABYTES FILE [SEED [BEGIN]]`, BEGIN in UTC milliseconds.
 * Everything is made up (example domains, documentation networks); the same seed gives the same bytes. About 100 MB a second.
 */

import {closeSync, fsyncSync, openSync, writeSync} from 'node:fs'
import {eximMessage} from './exim.mjs'
import {postfixMessage} from './postfix.mjs'
import {Random} from './random.mjs'

/** Messages a second on average: about 60 000 a day. */
const GAP_MS = 1_440

/** Writes at least `bytes` bytes of log to `path`; returns what is in it. */
export function writeLog(kind, bytes, path, seed = 1, begin = Date.UTC(2026, 2, 2)) {
  const random = new Random(seed)
  const message = kind === 'exim' ? eximMessage : postfixMessage
  const file = openSync(path, 'w')
  const samples = []
  let written = 0
  let messages = 0
  let lines = 0
  let at = begin
  let waiting = []
  let text = []
  const flush = (until) => {
    waiting.sort((a, b) => a.at - b.at || a.order - b.order)
    let n = 0
    while (n < waiting.length && waiting[n].at < until) text.push(waiting[n++].line)
    waiting = waiting.slice(n)
    lines += n
    const block = Buffer.from(text.length > 0 ? `${text.join('\n')}\n` : '', 'latin1')
    text = []
    writeSync(file, block)
    written += block.length
  }
  for (let order = 0; written < bytes; order++) {
    at += Math.floor(GAP_MS * 2 * random.next())
    const made = message(random, at, order)
    for (const [i, one] of made.lines.entries()) waiting.push({at: one.at, order: order * 64 + i, line: one.line})
    if (order % 10_007 === 0) samples.push({id: made.id, messageId: made.messageId})
    messages++
    if (messages % 4_000 === 0) flush(at - 1)
  }
  flush(Number.POSITIVE_INFINITY)
  // On its way to the disk later, it would hold up what is measured by then.
  fsyncSync(file)
  closeSync(file)
  return {kind, seed, path, bytes: written, lines, messages, end: at, samples: samples.slice(0, 40)}
}

if (process.argv[1]?.endsWith('hosting.mjs')) {
  const [kind, megabytes, path, seed, begin] = process.argv.slice(2)
  if ((kind !== 'exim' && kind !== 'postfix') || !path) {
    console.error('node bench/logs/hosting.mjs exim|postfix MEGABYTES FILE [SEED [BEGIN]]')
    process.exit(64)
  }
  console.log(JSON.stringify(writeLog(kind, Number(megabytes) * 1e6, path, Number(seed ?? 1), begin && Number(begin))))
}
