/** Events of one queue entry -> its life. A pure function of the set of events: order, splits and repeats cannot change it. */

import type {Client, MailEvent, MessageReceived, RecipientAttempted} from '../mail/event.js'
import {isLoopback} from '../mail/ip.js'
import {eximIdSecond, postfixLongId} from '../mail/queue-id.js'
import {copyKey, KnownRecipients, keyOf, newRecipient} from './known-recipients.js'
import type {Entry, Life, LifeRecipient} from './life.js'
import {inOrder} from './order.js'
import {cameBack, outcomeOf, staysOnThisMachine} from './outcome.js'

interface Folding {
  readonly life: Life
  readonly known: KnownRecipients
  expected: readonly string[]
  activated: boolean
  removedByAdmin: boolean
  frozen: boolean
  rescinded: boolean
  expired: boolean
  discarded: boolean
  /** Delivery lines that were address probes, and all delivery lines. */
  probes: number
  attempts: number
  /** What content filters on this machine said of it, and whether one of them gave it back. */
  judged: readonly string[]
  returned: boolean
  /** Its first line is cleanup's: neither a client nor pickup brought it. */
  readonly bornInside: boolean
  lastAttempt: LastAttempt | null
  lastRefusal: string
}

/** A delivery line's statement: the same one again within its second is the same attempt. */
interface LastAttempt {
  readonly second: number
  readonly key: string
  readonly result: string
  readonly reply: string
}

const NO_WORDS: readonly string[] = []

function newLife(queueId: string | null, first: Entry): Life {
  return {
    mta: first.event.mta ?? 'postfix',
    instance: null,
    queueId,
    arrivedAt: null,
    firstAt: first.at,
    lastAt: first.at,
    arrived: false,
    ended: false,
    accepted: false,
    sender: null,
    messageId: null,
    size: null,
    subject: null,
    state: 'unknown',
    user: null,
    localAddress: null,
    protocol: null,
    origin: {
      kind: null,
      account: null,
      uid: null,
      script: null,
      scriptDirectory: null,
      login: null,
      client: null,
      certainty: 'proven',
      candidates: [],
      url: null,
      visitorIp: null,
      cron: false,
      evaluated: false,
    },
    recipients: [],
    links: [],
    reinjected: false,
    rejection: null,
    refusals: 0,
    identified: [],
    scriptCalls: [],
    phpHeader: null,
    references: [],
  }
}

const referenceOf = (entry: Entry): number => entry.reference

function ascending(numbers: readonly number[]): boolean {
  for (let i = 1; i < numbers.length; i++) if ((numbers[i - 1] as number) >= (numbers[i] as number)) return false
  return true
}

/** The numbers in ascending order, each once. Few are put in place one by one: Array.sort makes work arrays. */
function inAscendingOrder(numbers: readonly number[]): number[] {
  if (numbers.length > 24) return [...new Set(numbers)].sort((a, b) => a - b)
  const sorted: number[] = []
  for (const number of numbers) {
    let place = sorted.length
    while (place > 0 && (sorted[place - 1] as number) > number) place--
    if (place > 0 && sorted[place - 1] === number) continue
    sorted.push(number)
    for (let i = sorted.length - 1; i > place; i--) sorted[i] = sorted[i - 1] as number
    sorted[place] = number
  }
  return sorted
}

/** Folds the events of one queue entry (all of one queue ID and incarnation, or one refusal without ID). `entries` must not be empty. */
export function foldLife(queueId: string | null, entries: readonly Entry[]): Life {
  const sorted = entries.length > 1 ? inOrder(entries) : entries
  const life = newLife(queueId, sorted[0] as Entry)
  const folding: Folding = {
    life,
    known: new KnownRecipients(),
    expected: [],
    activated: false,
    removedByAdmin: false,
    frozen: false,
    rescinded: false,
    expired: false,
    discarded: false,
    probes: 0,
    attempts: 0,
    judged: NO_WORDS,
    returned: false,
    bornInside: (sorted[0] as Entry).event.type === 'message-id-recorded',
    lastAttempt: null,
    lastRefusal: '',
  }
  life.references = sorted.map(referenceOf)
  for (const entry of sorted) {
    if (entry.more) for (const reference of entry.more) life.references.push(reference)
    if (entry.at > life.lastAt) life.lastAt = entry.at
    if (entry.at < life.firstAt) life.firstAt = entry.at
    if (entry.event.mta !== null) life.mta = entry.event.mta
    life.instance ??= entry.event.instance
    step(folding, entry)
  }
  if (!ascending(life.references)) life.references = inAscendingOrder(life.references)
  finish(folding)
  return life
}

function step(folding: Folding, entry: Entry): void {
  const {life} = folding
  const {event} = entry
  switch (event.type) {
    case 'message-received':
      received(folding, event, entry.at)
      return
    case 'message-picked-up':
      arrive(life, entry.at)
      life.sender ??= event.sender
      life.origin.kind = 'local'
      life.origin.uid = event.uid
      if (event.sender !== '' && !event.sender.includes('@')) life.origin.account = event.sender
      if (event.originalQueueId !== null) requeued(life, event.originalQueueId)
      return
    case 'client-accepted':
      arrive(life, entry.at)
      clientAccepted(life, event)
      return
    case 'message-id-recorded':
      if (!event.resent && life.messageId === null) life.messageId = event.messageId
      return
    case 'message-activated':
      folding.activated = true
      life.sender = event.sender
      life.size ??= event.size
      return
    case 'header-recorded':
      header(life, event.header.toLowerCase(), event.value)
      if (event.verb === 'discard') folding.discarded = true
      else if (event.verb === 'hold') folding.frozen = true
      if (life.sender === null && event.sender !== null) life.sender = event.sender
      if (event.recipient !== null && folding.expected.length === 0) folding.expected = [event.recipient]
      return
    case 'recipient-attempted':
      attempted(folding, event, entry)
      return
    case 'message-completed':
      life.ended = true
      return
    case 'message-removed':
      life.ended = true
      if (event.by === 'admin' || event.by === 'timeout') folding.removedByAdmin = true
      // The client vanished or was refused before its message was complete (Postfix 3.10).
      if (event.by === 'client' && !folding.activated) folding.rescinded = true
      // cleanup ends a refused local submission with `removed (discarded)` too (3.10): the refusal came first.
      if (event.by === 'discard' && !folding.activated && life.rejection === null) folding.discarded = true
      if (event.by === 'filter' || event.by === 'discard')
        for (const recipient of life.recipients) if (recipient.outcome === 'deferred') recipient.outcome = 'discarded'
      return
    case 'message-standing-changed':
      if (event.to === 'frozen' || event.to === 'held') folding.frozen = true
      else if (event.to === 'thawed' || event.to === 'released') folding.frozen = false
      else if (event.to === 'expired') folding.expired = true
      else if (event.to === 'requeued') moved(folding)
      return
    case 'envelope-changed':
      envelopeChanged(folding, event.change, event.address, entry.at)
      return
    case 'message-rescinded':
      folding.rescinded = true
      life.ended = true
      return
    case 'notification-made':
      if (event.notificationQueueId !== null) link(life, 'bounce-of', 'from', event.notificationQueueId, null)
      return
    case 'message-rejected':
      rejected(folding, event, entry)
      return
    case 'origin-identified':
      // The same line may stand in two parts or two sources.
      if (!life.identified.some((known) => known.source === event.source && sameButStamp(known, event)))
        life.identified.push(event)
      return
    case 'script-mailed':
      life.scriptCalls.push(event)
      return
    case 'filter-judged':
      for (const next of event.queuedAs) link(life, 'handed-on', 'to', next, null)
      if (event.queuedAs.length > 0) folding.returned = true
      folding.judged = [...folding.judged, event.verdict]
      if (event.proxied) {
        life.proxied ??= {at: entry.at, pid: event.pid}
        life.proxyLogin ??= event.login ?? null
      }
      life.messageId ??= event.messageId
      return
    case 'queue-swept':
      sweep(folding, event.action)
      return
    case 'attempt-noted':
    case 'command-run':
    case 'sign-of-life':
    case 'lines-lost':
    case 'login-failed':
    case 'page-requested':
      return
    case 'text-noted':
      if (event.parent !== undefined) {
        link(life, 'bounce-of', 'to', event.parent, null)
        life.origin.kind ??= 'bounce'
      }
      return
    default:
      event satisfies never
  }
}

/** postsuper -r: the file goes through pickup once more, as another queue entry; no message of its own, and the uid is Postfix's. */
function requeued(life: Life, queueId: string): void {
  link(life, 'requeued', 'from', queueId, null)
  life.reinjected = true
  life.origin.kind = life.sender === '' ? 'bounce' : null
  life.origin.uid = null
  life.origin.account = null
}

/** This queue ID is over; what becomes of the message is told under the next one. */
function moved(folding: Folding): void {
  folding.frozen = false
  folding.life.ended = true
}

/** The same statement, whenever and by whichever process it was logged. */
function sameButStamp(a: MailEvent, b: MailEvent): boolean {
  const text = (event: MailEvent): string => JSON.stringify({...event, stamp: null, host: null, pid: null})
  return text(a) === text(b)
}

function arrive(life: Life, at: number): void {
  if (!life.arrived) life.arrivedAt = at
  life.arrived = true
}

function link(
  life: Life,
  kind: Life['links'][number]['kind'],
  direction: 'to' | 'from',
  queueId: string,
  host: string | null,
): void {
  if (queueId === life.queueId) return
  if (!life.links.some((l) => l.queueId === queueId && l.kind === kind && l.direction === direction))
    life.links.push({kind, direction, queueId, host})
}

function received(folding: Folding, event: MessageReceived, at: number): void {
  const {life} = folding
  arrive(life, at)
  life.sender = event.sender
  life.messageId ??= event.messageId
  life.size = event.size
  life.subject ??= event.subject
  life.protocol = event.protocol
  life.localAddress = event.localAddress
  life.pid = event.pid
  folding.expected = event.recipients
  const {origin} = life
  const here = event.client === null || isLoopback(event.client.ip)
  if (event.client === null) life.user = event.user
  origin.client = event.client
  if (event.parent !== null) {
    link(life, 'bounce-of', 'to', event.parent, null)
    origin.kind = 'bounce'
  } else if (event.login !== null || event.authenticator !== null) {
    origin.kind = 'authenticated'
    origin.login = event.login ?? event.authenticator
  } else if (here) {
    origin.kind = event.sender === '' && event.client === null ? 'bounce' : 'local'
    origin.account = event.client === null ? event.user : null
  } else {
    origin.kind = 'relay-in'
  }
}

function clientAccepted(life: Life, event: Extract<MailEvent, {type: 'client-accepted'}>): void {
  const {origin} = life
  const original: Client | null = event.originalClient
  origin.client = original ?? event.client
  if (event.originalQueueId !== null) {
    link(life, 'handed-on', 'from', event.originalQueueId, null)
    if (isLoopback(event.client.ip)) life.reinjected = true
  }
  if (event.login !== null) {
    origin.kind = 'authenticated'
    origin.login = event.login
  } else if (isLoopback((original ?? event.client).ip)) origin.kind = 'local'
  else origin.kind = 'relay-in'
}

function header(life: Life, name: string, value: string): void {
  if (name === 'subject') life.subject ??= value
  else if (name === 'x-php-originating-script') life.phpHeader ??= value
  else if (name === 'x-php-script') {
    const page = /^(\S+) for ([0-9A-Fa-f.:]+)/.exec(value)
    life.origin.url ??= page?.[1] ?? value
    life.origin.visitorIp ??= page?.[2] ?? null
  }
}

function fullAddress(event: RecipientAttempted): string {
  if (event.original === null || event.address.includes('@') || !/^[^/|>:]/.test(event.address)) return event.address
  const at = event.original.lastIndexOf('@')
  return at < 0 ? event.address : event.address + event.original.slice(at)
}

const settled = (outcome: LifeRecipient['outcome']): boolean =>
  outcome === 'delivered' || outcome === 'delivered-locally' || outcome === 'handed-on'

/** A second delivery of an address that was delivered already, by another router or transport. */
function anotherCopy(folding: Folding, key: string, recipient: LifeRecipient, event: RecipientAttempted): boolean {
  if (event.mta !== 'exim' || event.result !== 'delivered' || !settled(recipient.outcome) || event.transport === null)
    return false
  const router = folding.known.routerOf(key)
  return (
    recipient.transport !== event.transport || (router !== null && event.router !== null && router !== event.router)
  )
}

function attempted(folding: Folding, event: RecipientAttempted, {at, times = 1}: Entry): void {
  const address = fullAddress(event)
  const original =
    event.original !== null && event.original.toLowerCase() !== address.toLowerCase()
      ? event.original
      : (event.parents[0] ?? null)
  let key = keyOf(address, original)
  let recipient = folding.known.get(key)
  if (recipient && anotherCopy(folding, key, recipient, event)) {
    // An `unseen` router (Spec 15.1) delivers the same address once more by another way.
    key = copyKey(key, event.router, event.transport)
    recipient = folding.known.get(key)
  }
  const second = Math.floor(at / 1000)
  const reply = event.reply ?? ''
  const last = folding.lastAttempt
  const repeated =
    recipient !== undefined &&
    last !== null &&
    second === last.second &&
    event.result === last.result &&
    key === last.key &&
    reply === last.reply
  folding.lastAttempt = {second, key, result: event.result, reply}
  if (!recipient) {
    recipient = newRecipient(address, original)
    folding.known.set(key, recipient)
    addRecipient(folding.life, recipient)
  }
  if (!repeated || times > 1) recipient.attempts += times
  folding.attempts++
  if (event.probe) folding.probes++
  const outcome = outcomeOf(event)
  // A final success is never undone by a later failure or deferral line of the same address (parallel copies, late notices).
  if (settled(recipient.outcome) && !settled(outcome)) return
  recipient.outcome = outcome
  recipient.at = at
  recipient.remoteHost = event.remoteHost ?? (outcome === 'failed' ? recipient.remoteHost : null)
  recipient.remoteIp = event.remoteIp ?? (outcome === 'failed' ? recipient.remoteIp : null)
  recipient.reply = event.reply
  recipient.status = event.status
  recipient.receipt = event.receipt
  recipient.forwardedAs = event.forwardedAs
  recipient.loopback = staysOnThisMachine(event)
  recipient.refusedByUs = event.refusedByUs
  recipient.transport = event.transport
  if (event.mta === 'exim') folding.known.setRouter(key, event.router)
  if (event.forwardedAs !== null) link(folding.life, 'forwarded', 'to', event.forwardedAs, null)
  else if (outcome === 'handed-on' && event.receipt !== null)
    for (const next of event.receipt.split('/')) link(folding.life, 'handed-on', 'to', next, null)
}

/** Most lives have one recipient: a list that grows by `push` has room for sixteen more. */
function addRecipient(life: Life, recipient: LifeRecipient): void {
  if (life.recipients.length === 0) life.recipients = [recipient]
  else life.recipients.push(recipient)
}

function envelopeChanged(folding: Folding, change: string, address: string, at: number): void {
  const lower = address.toLowerCase()
  if (change === 'sender-changed') {
    folding.life.sender = address
    return
  }
  const known = folding.life.recipients.filter(
    (r) => r.address.toLowerCase() === lower || r.original?.toLowerCase() === lower,
  )
  const targets = known.length > 0 ? known : [blank(folding, address)]
  for (const recipient of targets) {
    if (change === 'marked-delivered') recipient.outcome = 'removed'
    else if (change === 'error-ignored') recipient.outcome = 'failed'
    recipient.at = at
  }
}

function blank(folding: Folding, address: string): LifeRecipient {
  const recipient = newRecipient(address, null)
  addRecipient(folding.life, recipient)
  folding.known.set(keyOf(address, null), recipient)
  return recipient
}

function rejected(
  folding: Folding,
  event: Extract<MailEvent, {type: 'message-rejected'}>,
  {at, times = 1}: Entry,
): void {
  const {life} = folding
  const same = `${Math.floor(at / 1000)} ${event.stage} ${event.recipient ?? ''} ${event.text}`
  if ((event.action === 'reject' || event.action === 'drop') && (times > 1 || same !== folding.lastRefusal))
    life.refusals += times
  folding.lastRefusal = same
  if (event.action === 'discard') {
    folding.discarded = true
    const {recipient} = event
    if (recipient !== null && !folding.expected.includes(recipient)) folding.expected = [...folding.expected, recipient]
  } else if (event.action === 'hold') folding.frozen = true
  else if (event.action === 'reject' || event.action === 'drop') {
    const richer = life.rejection === null || (life.rejection.messageId === null && event.messageId !== null)
    if (richer) life.rejection = event
  }
  life.messageId ??= event.messageId
  life.subject ??= event.subject
  life.sender ??= event.sender
  life.user ??= event.user
  if (life.origin.client === null && event.client !== null) life.origin.client = event.client
  if (event.login !== null) life.origin.login ??= event.login
}

function sweep(folding: Folding, action: string): void {
  if (folding.life.ended) return
  if (action === 'deleted') {
    folding.removedByAdmin = true
    folding.life.ended = true
  } else if (action === 'held') folding.frozen = true
  else if (action === 'released') folding.frozen = false
  else if (action === 'expired') folding.expired = true
  else if (action === 'requeued') moved(folding)
}

/** verify(8) probes an address with an empty message of its own; nobody handed that in. */
const isProbe = ({probes, attempts, life}: Folding): boolean => probes > 0 && probes === attempts && !life.arrived

/** amavis threw it away or bounced it, and no delivery line says more: the hand-over to the filter was its end. */
function judge({judged, returned, life}: Folding): void {
  if (returned || judged.length === 0 || judged.includes('passed')) return
  const becomes = judged.includes('bounced') || judged.includes('blocked') ? 'failed' : 'discarded'
  for (const recipient of life.recipients)
    if (
      recipient.outcome === 'unknown' ||
      (recipient.outcome === 'handed-on' && recipient.loopback && !cameBack(recipient.reply))
    )
      recipient.outcome = becomes
}

function finish(folding: Folding): void {
  const {life} = folding
  const refused =
    life.rejection !== null && !folding.activated && !(life.mta === 'exim' && life.arrived) && !folding.discarded
  const queued = folding.activated || life.recipients.length > 0 || folding.frozen || folding.discarded
  life.accepted =
    !refused &&
    !folding.rescinded &&
    !isProbe(folding) &&
    life.queueId !== null &&
    (life.mta === 'exim' ? life.arrived || folding.discarded : queued)
  // A message that cleanup discards never becomes a queue file.
  if (life.mta === 'postfix' && folding.discarded) life.ended = true
  if (life.arrivedAt === null) life.arrivedAt = life.firstAt
  if (life.queueId !== null) {
    const second = life.mta === 'exim' ? eximIdSecond(life.queueId) : Number.NaN
    if (life.mta === 'exim' && Number.isFinite(second) && plausible(second * 1000, life.firstAt))
      life.arrivedAt = second * 1000
    const long = life.mta === 'postfix' ? postfixLongId(life.queueId) : null
    if (long && plausible(long.ms, life.firstAt)) life.arrivedAt = long.ms
  }
  if (life.origin.kind === null) {
    if (refused || (life.queueId === null && folding.discarded))
      life.origin.kind =
        life.origin.login !== null
          ? 'authenticated'
          : life.origin.client === null || isLoopback(life.origin.client.ip)
            ? 'local'
            : 'relay-in'
    else if (life.sender === '' || (folding.bornInside && /^double-bounce@/i.test(life.sender ?? '')))
      life.origin.kind = 'bounce'
    else if (life.mta === 'postfix' && folding.bornInside && !life.arrived && life.sender !== null) {
      // local(8) hands a forwarded message straight to cleanup. A log that lost the first line looks the same.
      life.origin.kind = 'forward'
      life.origin.certainty = 'likely'
    }
  }
  if (refused && life.origin.account === null && life.origin.client === null) life.origin.account = life.user
  forwarders(life)
  expectedRecipients(folding, refused)
  judge(folding)
  const pendingBecomes = folding.removedByAdmin ? 'removed' : folding.expired ? 'failed' : null
  for (const recipient of life.recipients) {
    if (recipient.outcome === 'deferred' || recipient.outcome === 'unknown') {
      if (pendingBecomes !== null) recipient.outcome = pendingBecomes
      else if (folding.discarded) recipient.outcome = 'discarded'
      else if (refused || folding.rescinded) recipient.outcome = 'failed'
      else if (life.arrived && life.accepted && !life.ended && recipient.outcome === 'unknown')
        recipient.outcome = 'deferred'
    }
  }
  if (refused || folding.rescinded) life.state = 'rejected'
  else if (folding.removedByAdmin) life.state = 'removed'
  else if (life.ended || folding.discarded) life.state = 'completed'
  else if (folding.frozen) life.state = 'frozen'
  else if (life.accepted || queued) life.state = 'queued'
  else life.state = 'unknown'
}

/** cPanel names the alias that forwards: the original address where the delivery lines do not say one. Two aliases leave it open. */
function forwarders({identified, recipients}: Life): void {
  if (identified.length === 0) return
  const aliases = new Set(identified.flatMap(({forwarder}) => (forwarder ? [forwarder.toLowerCase()] : [])))
  const [alias] = aliases
  if (alias === undefined || aliases.size > 1) return
  for (const recipient of recipients)
    if (recipient.original === null && recipient.address.toLowerCase() !== alias) recipient.original = alias
}

/** An ID's own time is believed unless the log says something a whole day earlier (a copied or damaged line). */
const plausible = (inId: number, logged: number): boolean => inId - logged < 86_400_000

function expectedRecipients(folding: Folding, refused: boolean): void {
  const {life} = folding
  const rejection = refused ? life.rejection : null
  if (folding.expected.length === 0 && rejection === null) return
  if (rejection === null && areNamed(folding.expected, life.recipients)) return
  const named = new Set<string>()
  for (const recipient of life.recipients) {
    named.add(recipient.address.toLowerCase())
    if (recipient.original !== null) named.add(recipient.original.toLowerCase())
  }
  const wanted = [...folding.expected]
  if (rejection !== null) {
    if (rejection.recipient !== null) wanted.push(rejection.recipient)
    wanted.push(...rejection.envelopeRecipients)
  }
  for (const address of wanted) {
    const lower = address.toLowerCase()
    if (named.has(lower)) continue
    named.add(lower)
    const recipient = blank(folding, address)
    if (rejection !== null) {
      recipient.reply = rejection.text
      recipient.status = rejection.status
      recipient.refusedByUs = true
    }
  }
}

/** Most messages have one or two recipients, spelt alike on all their lines: then every expected one is found without a set. */
function areNamed(expected: readonly string[], recipients: readonly LifeRecipient[]): boolean {
  if (expected.length > 4 || recipients.length > 4) return false
  for (const address of expected) {
    let found = false
    for (const recipient of recipients)
      if (recipient.address === address || recipient.original === address) found = true
    if (!found) return false
  }
  return true
}
