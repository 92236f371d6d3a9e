/** What the abuse desk gets: the whole record, with times, addresses, replies, coverage, log lines, and what is not known. */

import type {Evidence, Message, Recipient} from '../../mail/message.js'
import type {VerdictAnswer, WordData} from '../../mail/verdict.js'
import {printable} from '../printable.js'
import {factsOf, readableTime} from '../wording/facts.js'
import type {Wording} from '../wording/wording.js'
import {caseData} from './case-facts.js'
import {stopCommands} from './commands.js'

const MOST_MESSAGES = 20
const MOST_RECIPIENTS = 20
const MOST_LINES = 60

/** The values of the abuse desk's placeholders. */
export function deskValues(answer: VerdictAnswer, words: Wording, timeZone: string | null): Map<string, string> {
  const {desk} = words
  const facts = (data: WordData) => factsOf(data, (iso) => readableTime(iso, timeZone))
  const cut = (lines: readonly string[], most: number, indent: string): string[] =>
    lines.length <= most
      ? [...lines]
      : [...lines.slice(0, most), `${indent}${desk.more(facts({count: lines.length - most}))}`]
  const headed = (heading: string, lines: readonly string[]): string => [`${heading}:`, ...lines].join('\n')

  const recipient = (one: Recipient): string =>
    `    ${desk.recipient(facts({...one, outcome: words.outcomes[one.outcome]}))}`
  const message = (one: Message): string => {
    const {origin} = one
    const {client} = origin
    return [
      `  ${desk.message(facts({...plain(one), state: words.states[one.state], at: one.arrivedAt}))}`,
      `    ${desk.origin[origin.kind ?? 'unknown'](facts({...plain(origin), clientName: client?.name ?? null, clientIp: client?.ip ?? null, candidates: origin.candidates}))}`,
      ...cut(one.recipients.map(recipient), MOST_RECIPIENTS, '    '),
    ].join('\n')
  }
  const reasons = answer.reasons.flatMap((reason) => {
    const overturn = words.overturns[reason.code]?.(facts(reason.data))
    const line = `  - [${reason.code}] ${words.reasons[reason.code](facts(reason.data))}`
    return overturn === undefined ? [line] : [line, `      ${desk.overturned}: ${overturn}`]
  })
  const open = [
    desk.openQuestions[answer.verdict]?.(facts({})),
    desk.openQuestions[answer.cause]?.(facts({})),
    ...answer.reasons.map((reason) => desk.openQuestions[reason.code]?.(facts(reason.data))),
  ].filter((question) => question !== undefined)
  const {scope} = answer
  const commands = stopCommands(answer).map(
    ({server, note, command}) =>
      `  # ${desk.commandNotes[note]}${server === null ? '' : ` (${printable(server)})`}\n  ${command}`,
  )
  const evidence = linesOf(answer)
  return new Map([
    [
      'heading',
      desk.heading(
        facts({
          verdict: answer.verdict,
          cause: answer.cause,
          causeText: words.causes[answer.cause],
          certainty: answer.certainty,
          certaintyText: words.certainties[answer.certainty],
        }),
      ),
    ],
    ['asked', headed(desk.asked, asked(answer, words, timeZone))],
    [
      'messages',
      headed(
        desk.messages,
        answer.messages.length === 0 ? [`  ${desk.nothing}`] : cut(answer.messages.map(message), MOST_MESSAGES, '  '),
      ),
    ],
    ['reasons', headed(desk.reasons, reasons)],
    [
      'scope',
      headed(desk.scope, [`  ${scope === null ? desk.scopeNotCounted : desk.scopeCounted(facts({...scope}))}`]),
    ],
    ['coverage', headed(desk.coverage, coverage(answer, words, timeZone))],
    ['port_25', desk.directSmtp[answer.coverage.directSmtp]],
    [
      'not_known',
      headed(
        desk.notKnown,
        open.length === 0 ? [`  ${desk.nothingOpen}`] : [...new Set(open)].map((question) => `  - ${question}`),
      ),
    ],
    ['commands', headed(desk.commands, commands.length === 0 ? [`  ${desk.noCommands}`] : commands)],
    [
      'advice',
      answer.advice.length === 0
        ? ''
        : headed(
            desk.advice,
            answer.advice.map((one) => `  - ${words.advice[one.code](facts(one.data))}`),
          ),
    ],
    ['evidence', evidence.length === 0 ? '' : headed(desk.evidence, cut(evidence, MOST_LINES, '  '))],
    ['privacy', desk.privacy],
    ['foreign_visitor', facts(caseData(answer)).text('foreignVisitor')],
  ])
}

function asked(answer: VerdictAnswer, {desk}: Wording, timeZone: string | null): string[] {
  const {messageIds, queueIds, senders, recipients, hops, scripts, window} = answer.asked
  const time = (iso: string | null): string => (iso === null ? '…' : printable(readableTime(iso, timeZone)))
  const lines: [keyof typeof desk.askedFor, readonly string[]][] = [
    ['messageIds', messageIds],
    [
      'queueIds',
      queueIds.map(
        ({id, host, at}) => `${id}${host === null ? '' : ` @ ${host}`}${at === null ? '' : `, ${time(at)}`}`,
      ),
    ],
    ['senders', senders],
    ['recipients', recipients],
    ['hops', hops.map((hop) => hop.text.replace(/\s+/g, ' ').slice(0, 400))],
    ['scripts', scripts],
    ['window', window.from === null && window.to === null ? [] : [`${time(window.from)} – ${time(window.to)}`]],
  ]
  const shown = lines.flatMap(([key, values]) =>
    values.slice(0, 10).map((value) => `  ${desk.askedFor[key]}: ${printable(value)}`),
  )
  return shown.length === 0 ? [`  ${desk.nothing}`] : shown
}

function coverage(answer: VerdictAnswer, {desk}: Wording, timeZone: string | null): string[] {
  const facts = (data: WordData) => factsOf(data, (iso) => readableTime(iso, timeZone))
  const servers = answer.coverage.servers.flatMap(({server, from, to, gaps}) => [
    `  ${desk.server(facts({server, from, to}))}`,
    ...gaps.map((gap) => `    ${desk.gap(facts({...gap}))}`),
  ])
  return [`  ${answer.coverage.complete ? desk.coverageComplete : desk.coverageIncomplete}`, ...servers]
}

/** The log lines behind the answer, each once, where it stood. */
function linesOf(answer: VerdictAnswer): string[] {
  const all: Evidence[] = [
    ...answer.messages.flatMap((message) => message.evidence),
    ...answer.reasons.flatMap((reason) => reason.evidence),
  ]
  const lines = all.map(({source, offset, line}) => `  ${printable(source)}:${offset}: ${printable(line)}`)
  return [...new Set(lines)]
}

/** The plain values of an object, for the facts. */
function plain(value: object): WordData {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one === null || typeof one === 'string' || typeof one === 'number'),
  )
}
