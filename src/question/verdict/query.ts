/** What a report or the command line gives us to look for. Times are UTC milliseconds; texts are readable text. */

import type {AskedHop, AskedQueueId} from '../../mail/verdict.js'
import type {AddressClueType, Hop, Notice, NoticeKind} from '../../notice/notice.js'
import {cluesOf} from '../../notice/notice.js'
import type {Fleet} from '../fleet.js'
import {iso} from '../message.js'

/** Clocks of strangers, and of reporters, may be off by this, milliseconds. */
export const TOLERANCE = 600_000
/** Queue lifetime: how long after its submission a message can still bounce, milliseconds. */
export const QUEUE_LIFE = 5 * 86_400_000

export interface QueryQueueId {
  readonly id: string
  readonly host: string | null
  readonly at: number | null
  /** Where it was named: a hop, inside a Message-ID, by a reporter that is ours, by flag, or by a reporter that is a stranger. */
  readonly from: 'hop' | 'message-id' | 'our-report' | 'flag' | 'reporter'
}

export interface QueryHop {
  readonly hop: Hop
  readonly text: string
  /** The hop was written by one of our servers, or says so. */
  readonly byUs: string | null
  /** The peer that the hop names is one of ours. */
  readonly fromUs: string | null
}

export interface Query {
  readonly kind: NoticeKind | 'flags'
  readonly messageIds: readonly string[]
  readonly queueIds: readonly QueryQueueId[]
  /** The reporter's own queue IDs: never searched as ours, only as what that host told us when it took the message. */
  readonly reporterIds: readonly QueryQueueId[]
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly subjects: readonly string[]
  /** What stands outside of Received lines: a copied line proves nothing of the mail that it was put into. */
  readonly apart: {
    /** Envelope senders; a From field may name anybody and counts only where it agrees. */
    readonly senders: readonly string[]
    readonly from: readonly string[]
    readonly recipients: readonly string[]
  }
  /** Hops of the original, newest first. */
  readonly hops: readonly QueryHop[]
  readonly scripts: readonly {
    readonly text: string
    readonly url: string | null
    readonly file: string | null
    readonly uid: number | null
    readonly visitor: string | null
  }[]
  /** Who made the report, as it names itself. */
  readonly reporter: string | null
  /** IPs that the reporter saw as the sender's (newest hop, ARF Source-IP). */
  readonly sourceIps: readonly string[]
  readonly hidden: readonly string[]
  /** The report's own name and its arrival: by these our log tells how far the reporter's clock is off. */
  readonly report: {
    readonly messageId: string | null
    readonly queueIds: readonly string[]
    /** When its writer says that it wrote it, UTC milliseconds. */
    readonly writtenAt: number | null
  }
  /** How far the times of the report may be off, milliseconds; at least TOLERANCE. */
  readonly tolerance: number
  /** What the reporter's clock was found to be off by: our log's time minus the report's, milliseconds; null where it is not or nobody knows. */
  readonly clockOffset: number | null
  /** The span in which the message must have been here, if it was; null where the report names no time. */
  readonly core: {readonly from: number; readonly to: number} | null
  /** When our side took the report. */
  readonly reportArrivedAt: number | null
  readonly hasOriginal: boolean
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]
const RECIPIENTS: readonly AddressClueType[] = ['failed-recipient', 'recipient', 'original-recipient', 'to']
const ORIGINAL = new Set(['original header', 'dsn', 'arf', 'lone header', 'mdn', 'text'])

/** Everything that a report offers as keys. */
export function queryOfNotice(notice: Notice, fleet: Fleet): Query {
  const inOriginal = notice.clues.filter((clue) => ORIGINAL.has(clue.where.part))
  const hopClues = cluesOf(notice, 'hop').filter((clue) => ORIGINAL.has(clue.where.part))
  const hops: QueryHop[] = [...hopClues]
    .sort((a, b) => a.index - b.index)
    .map(({hop, literal}) => ({
      hop,
      text: literal,
      byUs: fleet.serverOfHost(hop.by),
      fromUs: fleet.serverOfIp(hop.from.ip) ?? fleet.serverOfHost(hop.from.rdns) ?? fleet.serverOfHost(hop.from.helo),
    }))
  const reporter = cluesOf(notice, 'reporting-mta')[0]?.value ?? notice.envelope.hops.at(-1)?.by ?? null
  const queueIds: QueryQueueId[] = []
  const add = (one: QueryQueueId): void => {
    if (!queueIds.some((known) => known.id === one.id && known.host === one.host)) queueIds.push(one)
  }
  for (const clue of inOriginal) {
    if (clue.type === 'queue-id') add({id: clue.value, host: clue.host, at: clue.at, from: 'hop'})
    else if (clue.type === 'message-id-queue-id')
      add({id: clue.value, host: clue.host, at: clue.at, from: 'message-id'})
    else if (clue.type === 'reporter-queue-id' && fleet.serverOfHost(clue.host) !== null)
      add({id: clue.value, host: clue.host, at: clue.at, from: 'our-report'})
  }
  const reporterIds: QueryQueueId[] = []
  for (const clue of cluesOf(notice, 'reporter-queue-id')) {
    if ([...queueIds, ...reporterIds].some(({id}) => id === clue.value)) continue
    reporterIds.push({id: clue.value, host: clue.host ?? reporter, at: clue.at, from: 'reporter'})
  }
  const hidden: string[] = []
  const received = new Set(cluesOf(notice, 'hop').map(({where}) => `${where.part} ${where.line}`))
  const addresses = (types: readonly AddressClueType[], apart = false): string[] => {
    const out: string[] = []
    for (const type of types) {
      for (const clue of cluesOf(notice, type)) {
        if (clue.where.part === 'report header' || clue.where.part === 'outer') continue
        if (apart && received.has(`${clue.where.part} ${clue.where.line}`)) continue
        if (clue.hidden) hidden.push(type)
        if (clue.value !== null && clue.value !== '') out.push(clue.value)
      }
    }
    return unique(out)
  }
  const messageIds: string[] = []
  for (const clue of cluesOf(notice, 'message-id')) {
    if (clue.where.part === 'report header' || clue.where.part === 'outer') continue
    if (clue.hidden) hidden.push('message-id')
    if (clue.value !== null) messageIds.push(clue.value)
  }
  const senders = addresses(['envelope-sender', 'authenticated-sender'])
  const scripts = notice.clues.flatMap((clue): Query['scripts'][number][] => {
    if (clue.type === 'php-script')
      return [{text: clue.literal, url: clue.value, file: null, uid: null, visitor: clue.visitors[0] ?? null}]
    if (clue.type === 'php-originating-script')
      return [{text: clue.literal, url: null, file: clue.file, uid: clue.uid, visitor: null}]
    return []
  })
  const newest = hops[0]
  const sourceIps = unique([
    ...cluesOf(notice, 'source-ip').map((clue) => clue.value),
    ...(newest && newest.byUs === null && newest.hop.from.ip !== null ? [newest.hop.from.ip] : []),
  ])
  return {
    kind: notice.kind,
    messageIds: unique(messageIds),
    queueIds,
    reporterIds,
    senders: senders.length > 0 ? senders : addresses(['from']),
    recipients: addresses(RECIPIENTS),
    apart: {
      senders: addresses(['envelope-sender', 'authenticated-sender'], true),
      from: addresses(['from'], true),
      recipients: addresses(RECIPIENTS, true),
    },
    subjects: unique(
      cluesOf(notice, 'subject')
        .filter((clue) => ORIGINAL.has(clue.where.part))
        .map((clue) => clue.value),
    ),
    hops,
    scripts,
    reporter,
    sourceIps,
    hidden: unique(hidden),
    report: {
      messageId: notice.envelope.messageId,
      queueIds: notice.envelope.hops.flatMap(({by, id}) =>
        id !== null && fleet.serverOfHost(by) !== null ? [id] : [],
      ),
      writtenAt: notice.envelope.date?.ms ?? null,
    },
    tolerance: TOLERANCE,
    clockOffset: null,
    core: coreOf(notice, hops, queueIds),
    reportArrivedAt: notice.envelope.arrivedAt,
    hasOriginal: hops.length > 0 || messageIds.length > 0,
  }
}

/**
 * The span in which our server must have taken the message in, had it done so: the dates of the original's hops and of the IDs in them;
 * without hops, from its Date to the report's arrival; without any, the queue lifetime before the report.
 */
function coreOf(
  notice: Notice,
  hops: readonly QueryHop[],
  queueIds: readonly QueryQueueId[],
): {from: number; to: number} | null {
  const dates = cluesOf(notice, 'date').filter(
    (clue) => clue.where.part !== 'report header' && clue.where.part !== 'outer',
  )
  const named = [
    ...hops.flatMap(({hop}) => (hop.date ? [hop.date.ms] : [])),
    ...queueIds.flatMap(({at}) => (at === null ? [] : [at])),
  ].filter(Number.isFinite)
  const arrived = notice.envelope.arrivedAt
  if (named.length > 0) return {from: Math.min(...named), to: Math.max(...named)}
  const stated = dates.filter((clue) => clue.of === 'arrival' || clue.of === 'received').map((clue) => clue.value)
  if (stated.length > 0) return {from: Math.min(...stated), to: Math.max(...stated)}
  const original = dates.filter((clue) => clue.of === 'original').map((clue) => clue.value)[0]
  if (original !== undefined)
    return {
      from: original,
      to: arrived !== null && arrived > original && arrived - original <= QUEUE_LIFE ? arrived : original,
    }
  return arrived === null ? null : {from: arrived - QUEUE_LIFE, to: arrived}
}

/** The same from flags. */
export interface FlagQuestion {
  readonly messageIds: readonly string[]
  readonly queueIds: readonly string[]
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly subjects: readonly string[]
  /** UTC milliseconds. */
  readonly at: number | null
  readonly window: {readonly from: number | null; readonly to: number | null}
}

export function queryOfFlags(question: FlagQuestion, timeInId: (id: string) => number | null): Query {
  const inIds = question.queueIds.map(timeInId).filter((time) => time !== null)
  const times = question.at !== null ? [question.at] : inIds
  const {from, to} = question.window
  const core =
    from !== null && to !== null
      ? {from, to}
      : times.length > 0
        ? {from: Math.min(...times), to: Math.max(...times)}
        : null
  return {
    kind: 'flags',
    messageIds: question.messageIds.map((id) => id.replace(/^<|>$/g, '')),
    queueIds: question.queueIds.map((id) => ({id, host: null, at: timeInId(id), from: 'flag' as const})),
    reporterIds: [],
    senders: question.senders,
    recipients: question.recipients,
    subjects: question.subjects,
    apart: {senders: [], from: [], recipients: []},
    hops: [],
    scripts: [],
    reporter: null,
    sourceIps: [],
    hidden: [],
    report: {messageId: null, queueIds: [], writtenAt: null},
    tolerance: TOLERANCE,
    clockOffset: null,
    core,
    reportArrivedAt: null,
    hasOriginal: true,
  }
}

/** `asked` of the contract. */
export function askedOf(query: Query): {
  messageIds: readonly string[]
  queueIds: readonly AskedQueueId[]
  senders: readonly string[]
  recipients: readonly string[]
  hops: readonly AskedHop[]
  scripts: readonly string[]
  window: {from: string | null; to: string | null}
} {
  return {
    messageIds: query.messageIds,
    queueIds: [...query.queueIds, ...query.reporterIds].map(({id, host, at}) => ({id, host, at: iso(at)})),
    senders: query.senders,
    recipients: query.recipients,
    hops: query.hops.map(({hop, text}) => ({
      by: hop.by,
      from: hop.from.rdns ?? hop.from.helo,
      fromIp: hop.from.ip,
      queueId: hop.id,
      at: iso(hop.date?.ms ?? null),
      text,
    })),
    scripts: unique(query.scripts.map(({text}) => text)),
    window: {
      from: iso(query.core === null ? null : query.core.from - query.tolerance),
      to: iso(query.core === null ? null : query.core.to + query.tolerance),
    },
  }
}
