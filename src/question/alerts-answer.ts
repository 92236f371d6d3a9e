/** The findings as `mailwitness.abuse/1`: exact counts from the store, verbatim lines of the newest messages, times in ISO 8601 UTC. */

import type {Evidence} from '../mail/message.js'
import type {AbuseSubject} from '../mail/send-fact.js'
import type {CountedSpan, SubjectCounts} from '../store/daily-subject.js'
import type {EvidenceStore} from '../store/finder.js'
import type {Reason, ReasonCode} from './abuse/alert.js'
import type {AbuseFindings, Excused, Incident} from './alerts.js'
import {citations, iso} from './message.js'

export interface AlertReason {
  readonly code: ReasonCode
  /** Filled by render. */
  readonly text: string
  /** log10 likelihood ratio: above 0 speaks against the sender, below 0 for it. */
  readonly weight: number
  readonly values: Reason['values']
}

export interface AlertAnswer {
  readonly subject: AbuseSubject
  readonly from: string | null
  readonly to: string | null
  readonly firstAlertAt: string | null
  readonly messages: number
  readonly recipients: number
  readonly failed: number
  readonly expected: number
  readonly ratio: number
  readonly score: number
  readonly reasons: readonly AlertReason[]
  readonly evidence: readonly Evidence[]
  readonly id: string
  readonly account: string | null
  readonly state: 'opened' | 'escalated'
  readonly threshold: number
  readonly acknowledged: 'true' | 'false' | null
  readonly unknownUser: number
  readonly policy: number
  /** Of its messages, how many the log still shows in a queue. */
  readonly waiting: number
  readonly senders: readonly string[]
  readonly mta: 'exim' | 'postfix'
  /** Printed for an admin, never run. Filled by render. */
  readonly commands: readonly {readonly server: string; readonly note: string; readonly command: string}[]
}

export interface AbuseAnswer {
  readonly schema: 'mailwitness.abuse/1'
  readonly window: {readonly from: string | null; readonly to: string | null}
  readonly alerts: readonly AlertAnswer[]
  readonly excused: readonly {
    readonly id: string
    readonly subject: AbuseSubject
    readonly firstAlertAt: string | null
    readonly score: number
    readonly reason: string
    readonly until: string | null
  }[]
  readonly budget: number
}

export interface AlertSources {
  readonly store: EvidenceStore
  count(spans: readonly CountedSpan[]): readonly SubjectCounts[]
}

/** Messages whose lines are shown with an alert. */
const SHOWN_MESSAGES = 3
const SHOWN_LINES = 24

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

export function abuseAnswer(
  sources: AlertSources,
  findings: AbuseFindings,
  window: {from: number; to: number},
  budget: number,
): AbuseAnswer {
  return {
    schema: 'mailwitness.abuse/1',
    window: {from: iso(window.from), to: iso(window.to)},
    alerts: sources
      .count(findings.incidents)
      .flatMap((counted, i) =>
        findings.incidents[i] ? [alertAnswer(sources.store, findings.incidents[i], counted)] : [],
      ),
    excused: findings.excused.map(excusedAnswer),
    budget,
  }
}

const excusedAnswer = ({incident, excuse}: Excused): AbuseAnswer['excused'][number] => ({
  id: incident.id,
  subject: incident.subject,
  firstAlertAt: iso(incident.firstAlertAt),
  score: rounded(incident.score, 2),
  reason: excuse.reason,
  until: iso(excuse.until),
})

function alertAnswer(store: EvidenceStore, incident: Incident, counted: SubjectCounts): AlertAnswer {
  // A fixed limit may count by folder, account or client: its own numbers are the right ones then.
  const exact = incident.score > 0 && counted.messages > 0
  const recipients = exact ? counted.recipients : incident.recipients
  return {
    subject: incident.subject,
    from: iso(exact ? counted.first : incident.from),
    to: iso(incident.to),
    firstAlertAt: iso(incident.firstAlertAt),
    messages: exact ? counted.messages : incident.messages,
    recipients,
    failed: exact ? counted.failed : incident.failed,
    expected: rounded(incident.expected, 2),
    ratio: rounded(recipients / Math.max(1, incident.expected), 1),
    score: rounded(incident.score, 2),
    reasons: [...incident.reasons]
      .sort((a, b) => b.weight - a.weight)
      .map(({code, weight, values}) => ({code, text: '', weight: rounded(weight, 2), values})),
    evidence: evidenceOf(store, exact ? counted.newest : incident.messageKeys),
    id: incident.id,
    account: incident.account,
    state: incident.state,
    threshold: rounded(incident.threshold, 2),
    acknowledged: incident.acknowledged,
    unknownUser: counted.unknownUser,
    policy: counted.policy,
    waiting: counted.waiting,
    senders: counted.senders,
    mta: counted.exim ? 'exim' : 'postfix',
    commands: [],
  }
}

/** The lines of the newest messages, in the order of the log. */
function evidenceOf(store: EvidenceStore, keys: readonly number[]): Evidence[] {
  const found = store.byIds(keys.slice(-SHOWN_MESSAGES))
  const references = [...new Set(found.flatMap(({life, joined}) => [...joined, ...life.references]))].sort(
    (a, b) => a - b,
  )
  return citations(store, references).slice(0, SHOWN_LINES)
}
