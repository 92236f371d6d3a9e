/** The daily report as text of 80 columns, for cron mails and terminals. */

import type {DailyAnswer, DailyRank, DailySender} from '../question/daily-answer.js'
import {abuseWords} from './abuse-words.js'
import {type Colours, colours as styles} from './colour.js'
import {printable} from './printable.js'
import {coverageLines, endsOf, headlines, senderName} from './report-parts.js'
import type {ReportWords} from './report-wording.js'
import {reportWords, type Writing, writing} from './report-words.js'
import {renderTable} from './table.js'
import type {Language} from './wording/wording.js'

const WIDTH = 80

export interface ReportOptions {
  readonly language: Language
  readonly version: string
  /** The day as its title says it. */
  readonly title: string
  readonly colours?: Colours
}

/** Breaks at blanks; a longer word stands alone. */
export function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(indent + line)
  return lines
}

/** A long name keeps its end, which tells it from others, and a short server's name before it. */
function short(text: string, width: number): string {
  if (text.length <= width) return text
  const server = /^[^\s:]{1,16}: /.exec(text)?.[0] ?? ''
  return `${server}…${text.slice(text.length - width + server.length + 1)}`
}

export function renderReportText(answer: DailyAnswer, options: ReportOptions): string {
  const words = reportWords(options.language)
  const write = writing(words, answer.span.zone)
  const colours = options.colours ?? styles(false)
  const table = (rows: readonly (readonly string[])[], head: readonly string[], right: readonly number[]): string =>
    renderTable(rows, {head, right, colours})
  const out: string[] = [colours.bold(words.title(options.title))]
  const {from, to, zone} = answer.span
  const servers = answer.servers.length === 0 ? words.none : answer.servers.map(printable).join(', ')
  out.push(...wrapped(words.subtitle({from: write.time(from), to: write.time(to), zone, servers})), '')
  for (const line of headlines(answer, words, write))
    out.push(...wrapped(line).map(answer.fine ? colours.green : colours.yellow))
  const section = (title: string, ...lines: string[]): void => {
    out.push('', colours.bold(title), ...lines.filter((line) => line !== ''))
  }
  section(words.sections.alerts, ...alertLines(answer, words, write, options.language))
  section(words.sections.mail, table(...waysTable(answer, words, write)))
  section(words.sections.byScore, rankTable(answer, answer.byScore, words, write, colours), ...wrapped(words.scoreNote))
  section(words.sections.byVolume, senderTable(answer, answer.byVolume, words, write, colours))
  section(
    words.sections.newScripts,
    ...(answer.newScripts.length === 0
      ? [words.none]
      : answer.newScripts.slice(0, 20).map((one) => short(senderName(one, answer.servers), WIDTH))),
  )
  const {refused, deferred, queue, rejections} = answer
  section(
    words.sections.refused,
    ...wrapped(
      words.refusedSentence({
        recipients: write.number(refused.recipients),
        unknownUser: write.number(refused.unknownUser),
        policy: write.number(refused.policy),
        ownLimit: write.number(refused.ownLimit),
        other: write.number(refused.other),
      }),
    ),
    table(
      refused.domains.map((one) => [
        short(one.domain, 36),
        ...[one.recipients, one.unknownUser, one.policy, one.other].map(write.number),
      ]),
      [words.heads.domain, words.heads.total, words.heads.unknownUser, words.heads.policy, words.heads.other],
      [1, 2, 3, 4],
    ),
  )
  section(
    words.sections.deferred,
    ...wrapped(
      words.deferredSentence({recipients: write.number(deferred.recipients), retries: write.number(deferred.retries)}),
    ),
    table(
      deferred.domains.map((one) => [short(one.domain, 60), write.number(one.recipients)]),
      [words.heads.domain, words.heads.recipients],
      [1],
    ),
  )
  section(words.sections.queue, ...queueLines(queue, words, write, table))
  section(
    words.sections.rejections,
    ...wrapped(
      words.rejectionSentence({count: write.number(rejections.count), sampled: write.number(rejections.sampled)}),
    ),
    table(
      rejections.reasons.map((one) => [write.percent(one.share), printable(one.text).slice(0, 70)]),
      [words.heads.share, words.heads.reason],
      [0],
    ),
    table(
      rejections.clients.map((one) => [one.ip ?? '-', write.number(one.rejections)]),
      [words.heads.client, words.heads.refused],
      [1],
    ),
  )
  section(words.sections.backscatter, ...backscatterLines(answer, words, write, table))
  section(
    words.sections.coverage,
    ...coverageLines(answer, words, write).flatMap((line) =>
      line.startsWith('  ') ? [line.slice(0, WIDTH)] : wrapped(line),
    ),
  )
  out.push('', ...wrapped(words.made(options.version)).map(colours.dim))
  return out.join('\n')
}

type TableOf = (rows: readonly (readonly string[])[], head: readonly string[], right: readonly number[]) => string

function alertLines(answer: DailyAnswer, words: ReportWords, write: Writing, language: Language): string[] {
  if (answer.alerts.length === 0) return [words.noAlerts]
  const said = abuseWords(language)
  return answer.alerts.flatMap((alert) => [
    ...wrapped(`${alert.id}  ${said.kinds[alert.subject.kind]} ${senderName(alert.subject, answer.servers)}`),
    ...wrapped(`${write.time(alert.from)} - ${write.time(alert.to)}: ${said.counts(alert)}`, '  '),
    ...alert.reasons
      .filter((reason) => reason.weight >= 0)
      .slice(0, 4)
      .flatMap((reason) => wrapped(`+${reason.weight.toFixed(1)} ${reason.text}`, '  ')),
    ...(alert.acknowledged === null ? [] : [`  ${said.acknowledged[alert.acknowledged]}`]),
  ])
}

function waysTable(answer: DailyAnswer, words: ReportWords, write: Writing): [string[][], string[], number[]] {
  const {heads} = words
  const rows = answer.ways.map((way) => {
    const ends = endsOf(way)
    const numbers = [way.messages, way.recipients, ends.delivered, ends.local, ends.waiting, ends.refused, ends.lost]
    return [words.ways[way.way], ...numbers.map(write.short)]
  })
  const head = [
    heads.way,
    heads.messages,
    heads.recipients,
    heads.delivered,
    heads.local,
    heads.waiting,
    heads.refused,
    heads.lost,
  ]
  return [rows.length === 0 ? [[words.none]] : rows, head, [1, 2, 3, 4, 5, 6, 7]]
}

function senderTable(
  answer: DailyAnswer,
  list: readonly DailySender[],
  words: ReportWords,
  write: Writing,
  colours: Colours,
): string {
  if (list.length === 0) return words.none
  const rows = list.map((one) => [
    short(senderName(one.subject, answer.servers), 46),
    ...[one.messages, one.recipients, one.failed].map(write.number),
  ])
  const {heads} = words
  return renderTable(rows, {
    head: [heads.sender, heads.messages, heads.recipients, heads.refused],
    right: [1, 2, 3],
    colours,
  })
}

function rankTable(
  answer: DailyAnswer,
  list: readonly DailyRank[],
  words: ReportWords,
  write: Writing,
  colours: Colours,
): string {
  if (list.length === 0) return words.none
  const {heads} = words
  const rows = list.map((one) => [
    one.score.toFixed(1),
    short(senderName(one.subject, answer.servers), 40),
    ...[one.messages, one.recipients, one.failed].map(write.number),
  ])
  return renderTable(rows, {
    head: [heads.score, heads.sender, heads.messages, heads.recipients, heads.refused],
    right: [0, 2, 3, 4],
    colours,
  })
}

function queueLines(queue: DailyAnswer['queue'], words: ReportWords, write: Writing, table: TableOf): string[] {
  if (queue.waiting === 0) return [words.queueEmpty]
  const sentence = words.queueSentence({
    waiting: write.number(queue.waiting),
    frozen: write.number(queue.frozen),
    oldest: write.time(queue.oldest),
  })
  const rows = queue.ages.map((age, i) => [
    words.age(age.upTo, queue.ages[i - 1]?.upTo ?? null),
    write.number(age.messages),
  ])
  return [...wrapped(sentence), table(rows, [words.heads.age, words.heads.messages], [1])]
}

function backscatterLines(answer: DailyAnswer, words: ReportWords, write: Writing, table: TableOf): string[] {
  const {domains, own} = answer.backscatter
  if (domains.length === 0 && own.length === 0) return [words.none]
  const {heads} = words
  const rows = domains.slice(0, 15).map((one) => {
    const [first] = one.reporters
    return [
      short(one.domain, 32),
      write.number(one.bounces),
      write.time(one.since),
      short(first === undefined ? '-' : printable(first.name ?? first.ip ?? '-'), 24),
    ]
  })
  const lines = [table(rows, [heads.domain, heads.bounces, heads.since, heads.reporter], [1])]
  for (const {domain, catchAll} of domains)
    if (catchAll !== null)
      lines.push(
        ...wrapped(
          words.catchAll({
            domain,
            localParts: write.number(catchAll.localParts),
            examples: catchAll.examples.slice(0, 3).map(printable).join(', '),
          }),
        ),
      )
  for (const {server, bounces, domains: strangers} of own)
    lines.push(
      ...wrapped(
        words.own({
          server: printable(server),
          bounces: write.number(bounces),
          domains: strangers
            .slice(0, 5)
            .map((one) => `${printable(one.domain)} ${one.bounces}`)
            .join(', '),
        }),
      ),
    )
  if (own.length > 0) lines.push(...wrapped(words.ownNext))
  return lines
}
