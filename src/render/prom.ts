/** The daily report for node_exporter's textfile collector (Prometheus exposition format 0.0.4). */

import type {DailyAnswer} from '../question/daily-answer.js'
import {endsOf} from './report-parts.js'

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function metric(name: string, help: string, samples: readonly Sample[]): string[] {
  const lines = samples.map(({labels, value}) => {
    const inside = Object.entries(labels).map(([key, one]) => `${key}="${escaped(one)}"`)
    return `mailwitness_${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}`
  })
  return [`# HELP mailwitness_${name} ${help}`, `# TYPE mailwitness_${name} gauge`, ...lines]
}

const seconds = (iso: string | null): number => (iso === null ? 0 : Date.parse(iso) / 1000)

/** Gauges of one report; counts are of the report's span, never of all time. Ends with a line feed, as the format wants it. */
export function renderProm(answer: DailyAnswer): string {
  const {ways, refused, rejections, queue, alerts, coverage, backscatter} = answer
  const ends = ways.flatMap((way) =>
    Object.entries(endsOf(way)).map(([outcome, value]): Sample => ({labels: {origin: way.way, outcome}, value})),
  )
  const standing = (server: string): number =>
    alerts.filter((one) => one.subject.server === server && one.acknowledged !== 'false').length
  const servers = answer.servers.map((server): Sample => ({labels: {server}, value: standing(server)}))
  const lines = [
    ...metric('report_from_timestamp_seconds', 'Begin of the reported span.', [
      {labels: {}, value: seconds(answer.span.from)},
    ]),
    ...metric('report_to_timestamp_seconds', 'End of the reported span.', [
      {labels: {}, value: seconds(answer.span.to)},
    ]),
    ...metric(
      'messages',
      'Messages accepted in the span, by origin.',
      ways.map((way) => ({labels: {origin: way.way}, value: way.messages})),
    ),
    ...metric(
      'bytes',
      'Size of the messages accepted in the span, by origin.',
      ways.map((way) => ({labels: {origin: way.way}, value: way.bytes})),
    ),
    ...metric('recipients', 'Recipients of the messages of the span, by origin and outcome.', ends),
    ...metric('refused_recipients', 'Recipients refused for good, by reason.', [
      {labels: {reason: 'unknown-user'}, value: refused.unknownUser},
      {labels: {reason: 'policy'}, value: refused.policy},
      {labels: {reason: 'own-limit'}, value: refused.ownLimit},
      {labels: {reason: 'other'}, value: refused.other},
    ]),
    ...metric('rejections', 'Refusals before acceptance.', [{labels: {}, value: rejections.count}]),
    ...metric('queue_messages', 'Messages that wait at the end of the log.', [
      {labels: {state: 'queued'}, value: queue.waiting - queue.frozen},
      {labels: {state: 'frozen'}, value: queue.frozen},
    ]),
    ...metric('alerts', 'Alerts of the span that nobody called false, by server.', servers),
    ...metric(
      'backscatter_bounces',
      'Bounces for mail that never left, by domain hit.',
      backscatter.domains.slice(0, 50).map((one) => ({labels: {domain: one.domain}, value: one.bounces})),
    ),
    ...metric(
      'own_backscatter_bounces',
      'Bounces of ours to strangers, by server.',
      backscatter.own.map((one) => ({labels: {server: one.server}, value: one.bounces})),
    ),
    ...metric('coverage_gaps', 'Gaps of the logs inside the span.', [{labels: {}, value: coverage.gaps.length}]),
    ...metric('unknown_lines', 'Lines of the span that were not understood.', [
      {labels: {}, value: coverage.unread.reduce((sum, one) => sum + one.lines, 0)},
    ]),
  ]
  return `${lines.join('\n')}\n`
}
