/** `to=<R>, relay=W, …, status=S (TEXT)`: the one delivery line of all Postfix delivery agents (global/log_adhoc.c). */

import type {Channel, EventBase, Parsed, RecipientAttempted} from '../../mail/event.js'
import {isPrivate} from '../../mail/ip.js'
import {receiptIn, statusIn} from '../../mail/reply.js'
import {closingAngle, event} from './scan.js'

interface Fields {
  address: string
  original: string | null
  relay: string
  delay: number | null
  dsn: string | null
  status: string
  text: string
}

const AFTER_TO = [', orig_to=', ', relay=']

/** Reads `to=` or `orig_to=` at `at`: `<address>` or, in old versions, a bare one; null where it does not end. */
function readAddress(line: string, at: number): {value: string; next: number} | null {
  if (line.charCodeAt(at) === 60) {
    let close = closingAngle(line, at + 1, AFTER_TO)
    if (close < 0) close = line.indexOf('>, ', at)
    return close < 0 ? null : {value: line.slice(at + 1, close), next: close + 3}
  }
  const comma = line.indexOf(', ', at)
  return comma < 0 ? null : {value: line.slice(at, comma), next: comma + 2}
}

/** Fields in source order; unknown ones (`tls=` since 3.11, whatever comes next) are stepped over. null where `status=` is missing. */
function readFields(line: string): Fields | null {
  const to = readAddress(line, 3)
  if (!to) return null
  const fields: Fields = {
    address: to.value,
    original: null,
    relay: 'none',
    delay: null,
    dsn: null,
    status: '',
    text: '',
  }
  for (let i = to.next; i < line.length; ) {
    const equals = line.indexOf('=', i)
    if (equals < 0 || equals - i > 24) return null
    const name = line.slice(i, equals)
    if (name === 'orig_to') {
      const original = readAddress(line, equals + 1)
      if (!original) return null
      fields.original = original.value
      i = original.next
      continue
    }
    if (name === 'status') {
      let end = line.indexOf(' ', equals)
      if (end < 0) end = line.length
      fields.status = line.slice(equals + 1, end)
      let from = end + 1
      let until = line.length
      if (line.charCodeAt(from) === 40) {
        from++
        if (line.charCodeAt(until - 1) === 41) until--
      }
      fields.text = line.slice(from, Math.max(from, until))
      return fields.status === '' ? null : fields
    }
    const comma = line.indexOf(', ', equals)
    if (comma < 0) return null
    if (name === 'relay') fields.relay = line.slice(equals + 1, comma)
    else if (name === 'dsn') fields.dsn = line.slice(equals + 1, comma)
    else if (name === 'delay') {
      const delay = Number(line.slice(equals + 1, comma))
      fields.delay = Number.isFinite(delay) ? delay : null
    }
    i = comma + 2
  }
  return null
}

interface Relay {
  readonly name: string | null
  readonly ip: string | null
  readonly port: number | null
  /** A unix-domain socket, or an address that only this machine or its own network has. */
  readonly own: boolean
  readonly socket: boolean
}

const NO_RELAY: Relay = {name: null, ip: null, port: null, own: false, socket: false}

function readRelay(relay: string): Relay {
  const open = relay.indexOf('[')
  if (open < 0) return NO_RELAY
  const close = relay.indexOf(']', open)
  if (close < 0) return NO_RELAY
  const name = open > 0 ? relay.slice(0, open) : null
  const inside = relay.slice(open + 1, close)
  if (inside.includes('/')) return {name, ip: null, port: null, own: true, socket: true}
  const port = relay.charCodeAt(close + 1) === 58 ? Number(relay.slice(close + 2)) : Number.NaN
  return {name, ip: inside, port: Number.isInteger(port) ? port : null, own: isPrivate(inside), socket: false}
}

/** Reasons that a delivery agent gives when the network, not a decision of ours, stopped it. */
const NETWORK =
  /^(?:connect to |host |lost connection|conversation with|delivery temporarily suspended: (?!.*loops back)|unable to look up|Host or domain name|Name service|Host not found|Server certificate|Cannot start TLS|TLS is required|SASL authentication failed|Domain |Network is)/

/** The delivery agent that wrote the line, where the shape lost its name: told from relay and text. */
function agentOf(relay: string, found: Relay, status: string, text: string): string {
  if (found.socket) return 'lmtp'
  if (found.ip !== null) return 'smtp'
  if (relay === 'local' || relay === 'virtual') return relay
  if (relay !== 'none') return 'pipe'
  if (status === 'sent') return 'discard'
  return text.startsWith('connect to ') ||
    text.startsWith('unable to look up') ||
    text.startsWith('Host or domain') ||
    text.startsWith('host ')
    ? 'smtp'
    : 'error'
}

function channelOf(agent: string, found: Relay, text: string): Channel {
  switch (agent) {
    case 'smtp':
      return found.socket ? 'lmtp' : 'remote'
    case 'lmtp':
      return 'lmtp'
    case 'local':
      if (text.startsWith('delivered to command')) return 'pipe'
      return text.startsWith('delivered to file') ? 'file' : 'local'
    case 'virtual':
      return 'local'
    case 'pipe':
      return 'pipe'
    case 'discard':
      return 'blackhole'
    default:
      return 'none'
  }
}

/** amavis: `250 2.7.0 Ok, discarded, id=…`. Says `sent`, but the filter threw the message away. */
export const saysDiscarded = (reply: string): boolean =>
  /^2\d\d[ -](?:2\.\d+\.\d+ )?Ok, (?:discarded|DISCARD)\b/i.test(reply)

/** amavis: `250 2.5.0 Ok, id=…, BOUNCE`. Says `sent`, but the filter bounced the message itself. */
const saysBounced = (reply: string): boolean => /^2\d\d[ -](?:2\.\d+\.\d+ )?Ok, (?:id=[^,]*, )?BOUNCE\b/.test(reply)

const FORWARDED = /^forwarded as ([0-9A-Za-z]+)/

/**
 * A delivery line; `line` begins with `to=`. `daemon` is null where the shape lost it.
 *
 * `status=sent` does not say that a message left. Here: `forwarded as Q2` fills `forwardedAs`; discard(8) (`relay=none`) is `discarded`
 * by `blackhole`; a filter on this machine or its own network that answered `Ok, discarded` is `discarded`, one that answered `BOUNCE` is
 * `failed` and `refusedByUs` (the same words of a remote host are only that host's words); local, virtual, pipe and LMTP have their own
 * channel; a hand-off to a content filter or to another server of ours is `remote` with the next queue ID as `receipt`. Address
 * probes (`deliverable`, `undeliverable…`) deliver nothing: they are `discarded` or `failed`, marked as `probe`, and their reply begins with the status.
 */
export function readDelivery(line: string, at: EventBase, daemon: string | null): Parsed | null {
  const fields = readFields(line)
  if (!fields) return null
  const {relay, status, text} = fields
  const found = readRelay(relay)
  let result: RecipientAttempted['result']
  const probe = status.startsWith('deliverable') || status.startsWith('undeliverable')
  switch (status) {
    case 'sent':
      result = 'delivered'
      break
    case 'deferred':
    case 'SOFTBOUNCE':
      result = 'deferred'
      break
    case 'bounced':
    case 'expired':
    case 'force-expired':
      result = 'failed'
      break
    default:
      if (!probe) return null
      result = status.startsWith('deliverable') ? 'discarded' : 'failed'
  }
  const agent = daemon ?? agentOf(relay, found, status, text)
  const channel = channelOf(agent, found, text)
  let refusedByUs = false
  if (result === 'delivered') {
    if (agent === 'discard' || (relay === 'none' && agent !== 'local')) result = 'discarded'
    else if (found.own && saysDiscarded(text)) result = 'discarded'
    else if (found.own && saysBounced(text)) {
      result = 'failed'
      refusedByUs = true
    }
  } else
    refusedByUs =
      text.includes('loops back to myself') || (channel !== 'remote' && channel !== 'lmtp' && !NETWORK.test(text))
  if (probe) refusedByUs = false
  const forwarded = channel === 'local' && !probe ? FORWARDED.exec(text) : null
  return event({
    stamp: at.stamp,
    host: at.host,
    pid: at.pid,
    queueId: at.queueId,
    mta: at.mta,
    instance: at.instance,
    type: 'recipient-attempted',
    result,
    address: fields.address,
    original: fields.original,
    parents: [],
    channel: probe ? 'none' : result === 'discarded' && channel === 'none' ? 'blackhole' : channel,
    marker: agent,
    router: null,
    transport: found === NO_RELAY && relay !== 'none' ? relay : null,
    remoteHost: found.name,
    remoteIp: found.ip,
    remotePort: found.port,
    reply: probe ? `${status} (${text})` : text,
    status: fields.dsn ?? statusIn(text),
    receipt: result === 'delivered' && found !== NO_RELAY ? receiptIn(text) : null,
    forwardedAs: forwarded?.[1] ?? null,
    sender: null,
    delay: fields.delay,
    refusedByUs,
    ...(probe ? {probe} : {}),
  })
}
