/** What prune, forget and verify did, in words. */

import type {BundleCheck} from '../question/verify-bundle.js'
import type {Colours} from './colour.js'
import {printable} from './printable.js'

const n = (value: number): string => value.toLocaleString('en')
const many = (count: number, one: string, several = `${one}s`): string => `${n(count)} ${count === 1 ? one : several}`

export function renderPrune(answer: {
  readonly dryRun: boolean
  readonly before: string | null
  readonly messages: number
  readonly recipients: number
  readonly blocks: number
  readonly lines: number
  readonly totals: number
  readonly freeBytes: number
  readonly vacuumed: boolean
  readonly stopped: boolean
}): string {
  const {before, messages} = answer
  if (answer.dryRun) return `${many(messages, 'message')} ended before ${before ?? '-'} and would be removed`
  const out = [
    `removed ${many(messages, 'message')} with ${many(answer.recipients, 'recipient')} and ${many(answer.lines, 'line')} in ${many(answer.blocks, 'block')}, all from before ${before ?? '-'}`,
  ]
  if (answer.totals > 0) out.push(`removed ${many(answer.totals, 'day total')} past their time`)
  if (answer.vacuumed) out.push('the file was rewritten without the freed space')
  else if (answer.freeBytes > 0)
    out.push(
      `${(answer.freeBytes / 1e6).toFixed(1)} MB inside the file are free and will be used again (--vacuum gives them back)`,
    )
  if (answer.stopped) out.push('stopped by a signal; run it again to go on')
  return out.join('\n')
}

export function renderForget(answer: {
  readonly token: string | null
  readonly lines: number
  readonly blocks: number
  readonly messages: number
  readonly lookups: number
}): string {
  const lookups = answer.lookups > 0 ? `, and in ${many(answer.lookups, 'journalled look-up')}` : ''
  if (answer.token === null) return `the address was in no stored line${lookups}; the file was rewritten`
  return `masked in ${many(answer.lines, 'line')} of ${many(answer.blocks, 'block')}, ${many(answer.messages, 'message')} derived again${lookups}\nin its place stands ${printable(answer.token)}`
}

export function renderBundleCheck(check: BundleCheck, path: string, colours: Colours): string {
  const out = [`${colours.bold(check.proven ? colours.green('PROVEN') : colours.red('TAMPERED'))}  ${printable(path)}`]
  for (const {place, what} of check.faults) out.push(`  ${colours.red(printable(place))}: ${printable(what)}`)
  const made =
    check.tool === null ? '' : `; made by ${printable(check.tool)} at ${printable(check.createdAt ?? 'unknown')}`
  const messages = check.messages > 0 ? `${many(check.messages, 'message')}, ` : ''
  out.push(`  ${messages}${many(check.lines, 'log line')}, ${many(check.blocks, 'block')}${made}`)
  if (check.chainHead !== null)
    out.push(colours.dim(`  head of the chain: ${check.chainHead.block}:${printable(check.chainHead.sha256)}`))
  return out.join('\n')
}
