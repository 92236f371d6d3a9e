/** A failure on standard error: what and why first, then what to do next. */

import {colours, wantsColour} from '../render/colour.js'
import {printableLines} from '../render/printable.js'
import type {Failure} from './failures.js'

/** Writes the failure to standard error; with MAILWITNESS_DEBUG set, the stacks too. */
export function printFailure(failure: Failure): void {
  const {red, dim} = colours(wantsColour(process.stderr, process.env))
  const [first = '', ...rest] = printableLines(failure.message).split('\n')
  const lines = [`${red('mailwitness:')} ${first}`, ...rest.map((line) => `  ${line}`)]
  for (const suggestion of failure.suggestions) lines.push(`  ${dim('try:')} ${printableLines(suggestion)}`)
  if (process.env['MAILWITNESS_DEBUG'])
    for (let error: unknown = failure; error instanceof Error; error = error.cause)
      lines.push(error.stack ?? String(error))
  process.stderr.write(`${lines.join('\n')}\n`)
}
