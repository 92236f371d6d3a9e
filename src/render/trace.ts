/** Journeys as text: who sent it, what became of each recipient, and the log lines that say so. */

import type {Message, Origin} from '../mail/message.js'
import type {TraceAnswer} from '../question/trace.js'
import type {Colours} from './colour.js'
import {printable} from './printable.js'

export interface TraceOptions {
  readonly lines: boolean
  readonly colours: Colours
}

export function renderTrace(answer: TraceAnswer, options: TraceOptions): string {
  if (answer.journeys.length === 0) return `nothing found\n${coverageLine(answer)}`
  const out = answer.journeys.map((journey) =>
    journey.messages.map((message) => renderMessage(message, options)).join('\n'),
  )
  if (answer.more)
    out.push(options.colours.dim('more messages match: narrow it with --since, --until or --server, or raise --limit'))
  return out.join('\n\n')
}

function coverageLine(answer: TraceAnswer): string {
  const spans = answer.coverage.servers.map(
    (span) =>
      `${printable(span.server)} ${span.from ?? '-'} to ${span.to ?? '-'}${span.gaps.length > 0 ? ` (${span.gaps.length} gaps)` : ''}`,
  )
  return spans.length === 0 ? 'the database holds no logs' : `logs held: ${spans.join('; ')}`
}

/** One message as text. */
export function renderMessage(message: Message, {lines, colours}: TraceOptions): string {
  const out: string[] = []
  const id = message.queueId === '' ? '(refused before it had a queue ID)' : message.queueId
  out.push(
    `${colours.bold(printable(id))} on ${printable(message.server)}: ${message.state}, arrived ${message.arrivedAt ?? 'unknown'}`,
  )
  out.push(
    `  from ${message.sender === null ? 'unknown' : message.sender === '' ? '<> (null sender)' : printable(message.sender)}, ${originText(message.origin)}`,
  )
  if (message.messageId !== null) out.push(`  Message-ID ${printable(message.messageId)}`)
  if (message.subject !== null) out.push(`  subject ${printable(message.subject)}`)
  out.push(...visitorLines(message.origin))
  for (const recipient of message.recipients) {
    const original = recipient.original === null ? '' : ` (for ${printable(recipient.original)})`
    const host =
      recipient.remoteHost === null
        ? ''
        : ` by ${printable(recipient.remoteHost)}${recipient.remoteIp === null ? '' : ` [${printable(recipient.remoteIp)}]`}`
    out.push(
      `  ${paintOutcome(recipient.outcome, colours)} ${printable(recipient.address)}${original}${host}${recipient.at === null ? '' : ` at ${recipient.at}`}${recipient.attempts > 1 ? `, ${recipient.attempts} attempts` : ''}`,
    )
    if (recipient.reply !== null) out.push(`    ${colours.dim(printable(recipient.reply))}`)
  }
  for (const link of message.links)
    out.push(
      `  ${link.kind} ${link.direction} ${printable(link.queueId)}${link.server === message.server ? '' : ` on ${printable(link.server)}`}`,
    )
  if (lines)
    for (const one of message.evidence)
      out.push(`  ${colours.dim(`${printable(one.source)}:${one.offset}`)} ${printable(one.line)}`)
  return out.join('\n')
}

function paintOutcome(outcome: string, colours: Colours): string {
  if (outcome === 'delivered' || outcome === 'delivered-locally' || outcome === 'handed-on')
    return colours.green(outcome)
  return outcome === 'deferred' ? colours.yellow(outcome) : colours.red(outcome)
}

/** Candidates for the visitor, never one picked from several. */
function visitorLines({visitors = []}: Origin): string[] {
  if (visitors.length === 0) return []
  return [
    `  web requests at that time: ${visitors.length === 1 ? '1 candidate' : `${visitors.length} candidates`}`,
    ...visitors.map(
      ({ip, method, path, vhost, at, httpStatus}) =>
        `    ${printable(ip)} ${method} ${vhost === null ? '' : printable(vhost)}${printable(path)} ${httpStatus}${at === null ? '' : ` at ${at}`}`,
    ),
  ]
}

/** Who handed a message in, in a few words. */
export function originText(origin: Origin): string {
  const parts: string[] = []
  switch (origin.kind) {
    case 'script':
      parts.push(
        `sent by ${origin.certainty === 'ambiguous' ? `one of the scripts ${origin.candidates.map(printable).join(', ')}` : `the script ${printable(origin.script ?? origin.scriptDirectory ?? origin.url ?? 'unknown')}`}`,
      )
      if (origin.certainty !== 'proven') parts.push(origin.certainty)
      break
    case 'local':
      parts.push(origin.client?.ip == null ? 'submitted on this machine' : 'submitted by SMTP from this machine')
      if (origin.candidates.length > 0)
        parts.push(`the sender's domain belongs to ${origin.candidates.map(printable).join(', ')}`)
      break
    case 'authenticated':
      parts.push(`sent with the login ${printable(origin.login ?? 'unknown')}`)
      break
    case 'relay-in':
      parts.push('received from outside')
      break
    case 'bounce':
      parts.push('made by this server')
      break
    case 'forward':
      parts.push('forwarded')
      break
    case null:
      parts.push('arrival not in the logs')
  }
  if (origin.account !== null) parts.push(`account ${printable(origin.account)}`)
  else if (origin.uid !== null) parts.push(`uid ${origin.uid}`)
  if (origin.client?.ip != null)
    parts.push(
      `client ${origin.client.name === null ? '' : `${printable(origin.client.name)} `}[${printable(origin.client.ip)}]`,
    )
  if (origin.url !== null)
    parts.push(`page ${printable(origin.url)}${origin.visitorIp === null ? '' : ` for ${printable(origin.visitorIp)}`}`)
  return parts.join(', ')
}
