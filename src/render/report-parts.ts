/** What the text and the HTML report say alike: headlines, names of senders, lines about coverage. */

import type {AbuseSubject} from '../mail/send-fact.js'
import type {DailyAnswer, WayTotals} from '../question/daily-answer.js'
import {said} from './abuse-wording.js'
import {abuseWords} from './abuse-words.js'
import {gapReason} from './gap-reason.js'
import {printable} from './printable.js'
import type {ReportWords} from './report-wording.js'
import type {Writing} from './report-words.js'
import type {Language} from './wording/wording.js'

/** The first sentences: what needs somebody, most urgent first. */
export function headlines(answer: DailyAnswer, words: ReportWords, write: Writing): string[] {
  const {alerts, coverage, backscatter} = answer
  const standing = alerts.filter((alert) => alert.acknowledged !== 'false').length
  const unread = coverage.unread.reduce((sum, one) => sum + one.lines, 0)
  const lines: string[] = []
  if (standing > 0) lines.push(words.headlines.alerts(standing))
  if (coverage.gaps.length > 0) lines.push(words.headlines.gaps(coverage.gaps.length))
  if (unread > 0) lines.push(words.headlines.unread(write.number(unread)))
  if (lines.length === 0) lines.push(words.headlines.fine)
  if (backscatter.domains.length > 0) lines.push(words.headlines.backscatter(backscatter.domains.length))
  return lines
}

/** A sender's name; in a report of several servers with its own before it, shortened to what tells it from the others. */
export function senderName({name, server}: AbuseSubject, servers: readonly string[]): string {
  if (servers.length < 2) return printable(name)
  const label = (host: string): string => host.split('.')[0] ?? host
  const alone = servers.filter((one) => label(one) === label(server)).length <= 1
  return printable(`${alone ? label(server) : server}: ${name}`)
}

/** The five ends of a way's recipients. */
export function endsOf(way: WayTotals): {
  delivered: number
  local: number
  waiting: number
  refused: number
  lost: number
} {
  return {
    delivered: way.delivered + way.handedOn,
    local: way.deliveredLocally,
    waiting: way.deferred,
    refused: way.failed,
    lost: way.discarded + way.removed + way.open,
  }
}

/** The same answer with the words of every reason of the ranks; alerts come filled. */
export function fillDaily(answer: DailyAnswer, language: Language): DailyAnswer {
  const words = abuseWords(language)
  return {
    ...answer,
    byScore: answer.byScore.map((rank) => ({
      ...rank,
      reasons: rank.reasons.map((reason) => ({
        ...reason,
        text:
          Object.entries(words.reasons).find(([code]) => code === reason.code)?.[1](said(reason.values, words)) ?? '',
      })),
    })),
  }
}

/** Coverage in sentences. */
export function coverageLines(answer: DailyAnswer, words: ReportWords, write: Writing): string[] {
  const {coverage} = answer
  const lines: string[] = coverage.complete ? [words.complete] : []
  for (const {server, from, to, reason} of coverage.gaps)
    lines.push(
      words.gap({server: printable(server), from: write.time(from), to: write.time(to), reason: gapReason(reason)}),
    )
  for (const {server, lines: count, example} of coverage.unread) {
    lines.push(words.unread({server: printable(server), lines: write.number(count)}))
    if (example !== null) lines.push(`  ${printable(example)}`)
  }
  lines.push(words.direct)
  return lines
}
