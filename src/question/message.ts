/** A found life as the `message` of the contract: readable text, ISO times, our own next hops told apart from the outside. */

import type {LifeRecipient} from '../life/life.js'
import {mayHaveVisitors, REQUEST_AFTER, REQUEST_BEFORE, visitorsOf} from '../life/visitors.js'
import type {Evidence, Link, Message, Outcome, Recipient, Visitor} from '../mail/message.js'
import {readable} from '../mail/text.js'
import type {EvidenceStore, Found} from '../store/finder.js'
import type {Fleet} from './fleet.js'
import {addLink} from './links.js'

export const iso = (ms: number | null): string | null =>
  ms === null || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15
    ? null
    : new Date(ms).toISOString().replace('.000Z', 'Z')

const text = (bytes: string | null): string | null => (bytes === null ? null : readable(bytes))

/** `delivered` to a host of our own fleet is `handed-on`. */
export function outcomeIn(fleet: Fleet, recipient: LifeRecipient): Outcome {
  return recipient.outcome === 'delivered' && fleet.isOurs(recipient.remoteHost, recipient.remoteIp)
    ? 'handed-on'
    : recipient.outcome
}

export function toRecipient(fleet: Fleet, recipient: LifeRecipient): Recipient {
  return {
    address: readable(recipient.address),
    original: text(recipient.original),
    outcome: outcomeIn(fleet, recipient),
    at: iso(recipient.at),
    attempts: recipient.attempts,
    remoteHost: text(recipient.remoteHost),
    remoteIp: recipient.remoteIp,
    reply: text(recipient.reply),
    status: recipient.status,
  }
}

/** Who may have asked for the page that sent it: only for messages of a script. */
function visitors(store: EvidenceStore, {life, server}: Found): Visitor[] {
  const {arrivedAt, origin} = life
  if (arrivedAt === null || !mayHaveVisitors(origin)) return []
  const requests = store.requests(server, arrivedAt - REQUEST_BEFORE, arrivedAt + REQUEST_AFTER)
  return visitorsOf(origin, arrivedAt, requests).map(({request: {event, at}}) => ({
    ip: readable(event.clientIp),
    method: event.method,
    path: readable(event.path),
    vhost: text(event.vhost),
    at: iso(at),
    httpStatus: event.httpStatus,
  }))
}

export function citations(store: EvidenceStore, references: readonly number[]): Evidence[] {
  return store.cite(references).map(({source, offset, text: line}) => ({source, offset, line: readable(line)}))
}

/** The message with its evidence; `extra` are links found by other messages' lines. */
export function toMessage(
  store: EvidenceStore,
  fleet: Fleet,
  found: Found,
  extra: readonly Link[] = [],
  refuted: ReadonlySet<string> = new Set(),
): Message {
  const {life, server} = found
  const own: Link[] = life.links
    .filter(({queueId}) => !refuted.has(queueId))
    .map(({kind, direction, queueId}) => ({kind, direction, server, queueId}))
  const links = [...own]
  for (const link of extra) addLink(links, link)
  const {origin} = life
  const asked = visitors(store, found)
  const references = [...new Set([...found.joined, ...life.references])].sort((a, b) => a - b)
  return {
    server,
    mta: life.mta,
    // A refusal before acceptance has no queue ID.
    queueId: life.queueId ?? '',
    messageId: text(life.messageId === '' ? null : life.messageId),
    arrivedAt: iso(life.arrivedAt),
    sender: text(life.sender),
    size: life.size,
    subject: text(life.subject),
    state: life.state,
    origin: {
      kind: origin.kind,
      account: text(origin.account),
      uid: origin.uid,
      script: text(origin.script),
      scriptDirectory: text(origin.scriptDirectory),
      login: text(origin.login),
      client: origin.client === null ? null : {name: text(origin.client.name), ip: origin.client.ip},
      certainty: origin.certainty,
      candidates: origin.candidates.map(readable),
      url: text(origin.url),
      visitorIp: origin.visitorIp,
      ...(asked.length > 0 ? {visitors: asked} : {}),
    },
    recipients: life.recipients.map((recipient) => toRecipient(fleet, recipient)),
    links,
    evidence: citations(store, references),
  }
}
