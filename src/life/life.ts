/** The life of one queue entry as its lines tell it. Values only; `fold.ts` makes them. */

import type {Client, MailEvent, MessageRejected, OriginIdentified, ScriptMailed} from '../mail/event.js'
import type {Certainty, LinkKind, MessageState, OriginKind, Outcome} from '../mail/message.js'

/** One event with its resolved time and the reference of its line. */
export interface Entry {
  /** UTC milliseconds. */
  readonly at: number
  /** Line reference in the evidence store (the last line of an entry that spans several). */
  readonly reference: number
  /** Further line references (pieces, continuation lines) that belong to the same event. */
  readonly more?: readonly number[]
  /** How often the log system says that it happened, where it folded equal lines into one; absent: once. */
  readonly times?: number
  readonly event: MailEvent
}

export interface LifeRecipient {
  /** Bare address; for local deliveries completed with the original's domain. Byte string. */
  address: string
  original: string | null
  outcome: Outcome
  /** UTC milliseconds of the last attempt; null where none was seen. */
  at: number | null
  attempts: number
  remoteHost: string | null
  remoteIp: string | null
  reply: string | null
  status: string | null
  receipt: string | null
  forwardedAs: string | null
  /** It went to a host or socket of this machine (content filter, LMTP), so `delivered` is not "left". */
  loopback: boolean
  refusedByUs: boolean
  transport: string | null
}

/** A queue ID elsewhere that this life points to or comes from. */
export interface LifeLink {
  readonly kind: LinkKind
  readonly direction: 'to' | 'from'
  readonly queueId: string
  /** Host or IP that the other queue entry lives on; null = this server. */
  readonly host: string | null
}

export interface LifeOrigin {
  kind: OriginKind | null
  account: string | null
  uid: number | null
  script: string | null
  scriptDirectory: string | null
  login: string | null
  client: Client | null
  certainty: Certainty
  candidates: string[]
  url: string | null
  visitorIp: string | null
  cron: boolean
  evaluated: boolean
}

export interface Life {
  mta: 'exim' | 'postfix'
  instance: string | null
  /** null for a refusal without a queue ID. */
  queueId: string | null
  /** UTC milliseconds: the time in the ID where it has one, else the arrival line's. */
  arrivedAt: number | null
  firstAt: number
  lastAt: number
  /** An arrival line (`<=`, client=, uid=) was seen. */
  arrived: boolean
  /** An end line (Completed, removed) was seen. */
  ended: boolean
  /** It stood in a queue: an arrival that was neither refused nor rescinded nor given up by the client. */
  accepted: boolean
  sender: string | null
  messageId: string | null
  size: number | null
  subject: string | null
  state: MessageState
  user: string | null
  localAddress: string | null
  protocol: string | null
  /** The process that logged its arrival; null where not logged. */
  pid?: number | null
  origin: LifeOrigin
  recipients: LifeRecipient[]
  links: LifeLink[]
  /** Postfix: came back from a content filter, so it is no message of its own. */
  reinjected: boolean
  rejection: MessageRejected | null
  /** Refusals before acceptance logged for it (each refused recipient is one). */
  refusals: number
  identified: OriginIdentified[]
  scriptCalls: ScriptMailed[]
  /** X-PHP-… headers that header_checks logged, first wins. */
  phpHeader: string | null
  /** When and by which smtpd process a before-queue filter's acceptance was logged; absent where none was. */
  proxied?: {readonly at: number; readonly pid: number | null}
  /** The login that the same line names. */
  proxyLogin?: string | null
  /** References of all its lines, ascending by time. */
  references: number[]
}
