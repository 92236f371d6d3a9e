/** The search keys of a life: what a question can find it by. Each key is a kind, a colon and a canonical text; the store hashes it. */

import {canonicalIp} from '../mail/ip.js'
import {queueIdForm, queueIdInMessageId} from '../mail/queue-id.js'
import type {Life} from './life.js'

export const queueKey = (queueId: string): string => `q:${queueId}`
export const messageIdKey = (messageId: string): string => `m:${messageId.toLowerCase()}`
export const addressKey = (address: string): string => `a:${address.toLowerCase()}`
export const scriptKey = (path: string): string => `s:${path}`
export const loginKey = (login: string): string => `l:${login.toLowerCase()}`
export const accountKey = (account: string): string => `u:${account}`
export const ipKey = (ip: string): string => `i:${canonicalIp(ip)}`
/** What another server or queue called this message, or what this message says of another (receipts, parents, forwards). */
export const receiptKey = (receipt: string): string => `r:${receipt}`
/** One refusal without a queue ID, told apart by its own text: the same line in main log, reject log or a copy is one refusal. */
export const refusalKey = (second: number, text: string): string => `x:${second}:${text}`

/** All keys of a life, without repeats. */
export function keysOf(life: Life): Set<string> {
  const keys = new Set<string>()
  eachKey(life, keys)
  return keys
}

/** Gives every key of a life to `keys`, some of them more than once. */
export function eachKey(life: Life, keys: {add(key: string): unknown}): void {
  if (life.queueId !== null) keys.add(queueKey(life.queueId))
  if (life.messageId !== null && life.messageId !== '') keys.add(messageIdKey(life.messageId))
  if (life.sender !== null && life.sender !== '') keys.add(addressKey(life.sender))
  for (const recipient of life.recipients) {
    keys.add(addressKey(recipient.address))
    if (recipient.original !== null) keys.add(addressKey(recipient.original))
    if (recipient.receipt !== null) for (const receipt of recipient.receipt.split('/')) keys.add(receiptKey(receipt))
    if (recipient.forwardedAs !== null) keys.add(receiptKey(recipient.forwardedAs))
  }
  // Exim's own Message-ID names the queue entry that made it, wherever the message has come since.
  const made = life.messageId === null ? null : queueIdInMessageId(life.messageId)
  if (made && made.id !== life.queueId) keys.add(receiptKey(made.id))
  for (const link of life.links) keys.add(receiptKey(link.queueId))
  const {origin} = life
  if (origin.script !== null) keys.add(scriptKey(origin.script))
  if (origin.scriptDirectory !== null) keys.add(scriptKey(origin.scriptDirectory))
  if (origin.url !== null) keys.add(scriptKey(origin.url))
  if (origin.login !== null) keys.add(loginKey(origin.login))
  if (origin.account !== null) keys.add(accountKey(origin.account))
  if (origin.client?.ip != null) keys.add(ipKey(origin.client.ip))
  if (origin.visitorIp !== null) keys.add(ipKey(origin.visitorIp))
}

/** The keys under which a thing that somebody typed may be found: every kind that its form allows. */
export function keysFor(typed: string): string[] {
  const bare = typed.trim().replace(/^<(.*)>$/, '$1')
  const keys = [messageIdKey(bare), receiptKey(bare), loginKey(bare), scriptKey(bare), accountKey(bare)]
  if (bare.includes('@')) keys.push(addressKey(bare))
  if (queueIdForm(bare) !== null || /^[0-9A-Za-z-]{6,30}$/.test(bare)) keys.push(queueKey(bare))
  if (/^[0-9a-fA-F.:[\]]+$/.test(bare)) keys.push(ipKey(bare))
  return [...new Set(keys)]
}
