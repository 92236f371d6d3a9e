/** A verdict as text: the answer first, then why, what to do, what rests on what, and the log lines. */

import type {Evidence} from '../mail/message.js'
import type {VerdictAnswer} from '../mail/verdict.js'
import type {Colours} from './colour.js'
import {gapReason} from './gap-reason.js'
import {printable} from './printable.js'
import {renderMessage} from './trace.js'

export interface VerdictOptions {
  readonly lines: boolean
  readonly colours: Colours
  readonly input: {readonly path: string; readonly index: number} | null
}

const evidenceLine = (one: Evidence, colours: Colours): string =>
  `    ${colours.dim(`${printable(one.source)}:${one.offset}`)} ${printable(one.line)}`

export function renderVerdict(answer: VerdictAnswer, {lines, colours, input}: VerdictOptions): string {
  const out: string[] = []
  if (input !== null)
    out.push(colours.dim(`${printable(input.path)}${input.index > 0 ? ` (report ${input.index + 1})` : ''}`))
  const paint =
    answer.verdict === 'never-here' || answer.verdict === 'delivered-here'
      ? colours.green
      : answer.verdict === 'inconclusive'
        ? colours.yellow
        : colours.red
  out.push(
    `${colours.bold(paint(answer.verdict.toUpperCase()))}  cause: ${answer.cause}, certainty: ${answer.certainty}`,
  )
  if (answer.summary !== '') out.push(...answer.summary.split('\n').map(printable))
  if (answer.reasons.length > 0) out.push('', colours.bold('why'))
  for (const reason of answer.reasons) {
    out.push(`  - ${printable(reason.text === '' ? reason.code : reason.text)}`)
    if (lines && answer.messages.length === 0) for (const one of reason.evidence) out.push(evidenceLine(one, colours))
  }
  if (answer.messages.length > 0) {
    out.push('', colours.bold('what the logs say'))
    for (const message of answer.messages)
      out.push(
        ...renderMessage(message, {lines, colours})
          .split('\n')
          .map((line) => `  ${line}`),
      )
  }
  if (answer.advice.length > 0) out.push('', colours.bold('what to do'))
  for (const one of answer.advice) out.push(`  - ${printable(one.text === '' ? one.code : one.text)}`)
  out.push('', colours.bold('what this rests on'))
  if (answer.coverage.servers.length === 0) out.push('  no logs at all: nothing has been ingested')
  for (const server of answer.coverage.servers) {
    out.push(
      `  ${printable(server.server)}: logs from ${server.from ?? '-'} to ${server.to ?? '-'}${server.gaps.length === 0 ? ', no gap in the asked time' : ''}`,
    )
    for (const gap of server.gaps)
      out.push(`    ${colours.yellow('gap')} ${gap.from ?? '-'} to ${gap.to ?? '-'}: ${gapReason(gap.reason)}`)
  }
  if (answer.reply !== null)
    out.push('', colours.bold('draft of the answer'), ...answer.reply.split('\n').map(printable))
  return out.join('\n')
}
