/** What the customer is told: the blocks of the ticket answer. Other people's addresses are masked, IP addresses are left out. */

import {REASON_CODES, type ReasonCode, type VerdictAnswer, type WordData} from '../../mail/verdict.js'
import {type Facts, factsOf, maskedAddress, readableTime, timeParts, withoutPersonal} from '../wording/facts.js'
import type {Wording} from '../wording/wording.js'
import {caseData, siteOf} from './case-facts.js'

const MOST_SENTENCES = 8

/** What kept us from an answer: told only where there is none, else it would sow doubt about an answer that stands. */
const ONLY_INCONCLUSIVE: ReadonlySet<ReasonCode> = new Set([
  'gap',
  'server-without-logs',
  'no-logs',
  'unreadable',
  'unknown-lines',
  'message-nearby',
  'no-strong-key',
  'keys-hidden',
  'no-original',
])

/** The values of the customer's placeholders. */
export function customerValues(answer: VerdictAnswer, words: Wording, timeZone: string | null): Map<string, string> {
  const {customer} = words
  const time = (iso: string): string => {
    const parts = timeParts(iso, timeZone)
    return parts === null ? iso : customer.time(parts)
  }
  const shared = caseData(answer)
  const facts = factsOf(shared, time)
  const told = (data: WordData): Facts => factsOf({...shared, ...harmless(data)}, time)
  const story = answer.reasons
    .filter((reason) => answer.verdict === 'inconclusive' || !ONLY_INCONCLUSIVE.has(reason.code))
    .sort((one, other) => REASON_CODES.indexOf(one.code) - REASON_CODES.indexOf(other.code))
    .map((reason) => customer.story[reason.code]?.(told(reason.data)) ?? '')
  const sentByUs = answer.verdict === 'left' || answer.verdict === 'queued' || answer.verdict === 'not-delivered'
  const happened = once([sentByUs ? customer.whoSent[answer.cause](facts) : '', ...story]).slice(0, MOST_SENTENCES)
  const todo = once(answer.advice.map((advice) => customer.todo[advice.code]?.(told(advice.data)) ?? ''))
  const account = once([
    customer.yourAccount[answer.verdict](facts),
    sentByUs ? customer.accountByCause[answer.cause](facts) : '',
  ])
  return new Map([
    ['greeting', customer.greeting],
    ['short_answer', customer.shortAnswer[answer.verdict](facts)],
    ['what_happened', headed(customer.whatHappened, happened.join('\n'))],
    ['how_we_know', headed(customer.howWeKnow, howWeKnow(answer, words, facts))],
    ['your_account', account.join(' ')],
    ['what_to_do', headed(customer.whatToDo, todo.map((sentence) => `- ${sentence}`).join('\n'))],
    ['closing', customer.closing],
  ])
}

function howWeKnow(answer: VerdictAnswer, {customer}: Wording, facts: Facts): string {
  switch (answer.verdict) {
    case 'never-here':
      return answer.coverage.complete ? customer.searched(facts) : customer.searchedInPart(facts)
    case 'inconclusive':
      // With complete coverage it is the report that lacks something: "it is not in our records" would say too much.
      return answer.coverage.servers.length === 0 || answer.coverage.complete ? '' : customer.searchedInPart(facts)
    case 'not-a-bounce':
    case 'rejected-here':
      return ''
    default:
      return answer.messages.length > 0 ? customer.foundIt(facts) : ''
  }
}

const headed = (heading: string, body: string): string => (body === '' ? '' : `${heading}\n\n${body}`)

const once = (sentences: readonly string[]): string[] => [...new Set(sentences)].filter((sentence) => sentence !== '')

const ADDRESSES = new Set(['recipient', 'recipients'])
const PRIVATE = new Set([
  'visitorIp',
  'clientIp',
  'clientName',
  'ip',
  'remoteIp',
  'addresses',
  'network',
  'user',
  'uid',
])

/** A reason's facts without what belongs to others. */
function harmless(data: WordData): WordData {
  const kept: [string, WordData[string]][] = []
  for (const [key, value] of Object.entries(data)) {
    if (PRIVATE.has(key) || value === null) continue
    const each = ADDRESSES.has(key) ? maskedAddress : key === 'reply' ? withoutPersonal : String
    if (typeof value === 'string') kept.push([key, each(value)])
    else if (typeof value === 'object') kept.push([key, value.map(each)])
    else kept.push([key, value])
  }
  const {url} = data
  if (typeof url === 'string' && data['site'] === undefined) kept.push(['site', siteOf(url)])
  return Object.fromEntries(kept)
}

/** The placeholders that both audiences may use. */
export function caseValues(answer: VerdictAnswer, words: Wording, timeZone: string | null): Map<string, string> {
  const facts = factsOf(caseData(answer), (iso) => readableTime(iso, timeZone))
  return new Map([
    ['verdict', answer.verdict],
    ['cause', words.causes[answer.cause]],
    ['certainty', words.certainties[answer.certainty]],
    ['summary', words.verdicts[answer.verdict](factsOf({cause: words.causes[answer.cause]}))],
    ['address', facts.text('address')],
    ['domain', facts.text('domain')],
    ['login', facts.text('login')],
    ['account', facts.text('account')],
    ['script', facts.text('script')],
    ['queue_id', facts.text('queueId')],
    ['message_id', facts.text('messageId')],
    ['arrived_at', facts.time('arrivedAt')],
    ['foreign_host', facts.text('foreignHost')],
    ['foreign_site', facts.text('site')],
    ['foreign_queue_id', facts.text('foreignQueueId')],
    ['foreign_at', facts.time('foreignAt')],
    ['searched_from', facts.time('from')],
    ['searched_to', facts.time('to')],
    ['servers', facts.list('servers', 20)],
  ])
}
