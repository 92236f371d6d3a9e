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

/** Takes keys in two pieces, prefix and text, so that a hash can be made of them without joining them. */
export interface KeyTaker {
  /** The key is `prefix + text`. */
  exact(prefix: string, text: string): void
  /** The key is `prefix + text.toLowerCase()`. */
  lower(prefix: string, text: string): void
}

/** All keys of a life, without repeats. */
export function keysOf(life: Life): Set<string> {
  const keys = new Set<string>()
  eachKey(life, {
    exact: (prefix, text) => keys.add(prefix + text),
    lower: (prefix, text) => keys.add(prefix + text.toLowerCase()),
  })
  return keys
}

/** Gives every key of a life to `keys`, some of them more than once. The same as the functions above make. */
export function eachKey(life: Life, keys: KeyTaker): void {
  if (life.queueId !== null) keys.exact('q:', life.queueId)
  if (life.messageId !== null && life.messageId !== '') keys.lower('m:', life.messageId)
  if (life.sender !== null && life.sender !== '') keys.lower('a:', life.sender)
  for (const recipient of life.recipients) {
    keys.lower('a:', recipient.address)
    if (recipient.original !== null) keys.lower('a:', recipient.original)
    if (recipient.receipt !== null) eachReceipt(recipient.receipt, keys)
    if (recipient.forwardedAs !== null) keys.exact('r:', recipient.forwardedAs)
  }
  // Exim's own Message-ID names the queue entry that made it, wherever the message has come since.
  const made = life.messageId === null ? null : queueIdInMessageId(life.messageId)
  if (made && made.id !== life.queueId) keys.exact('r:', made.id)
  for (const link of life.links) keys.exact('r:', link.queueId)
  const {origin} = life
  if (origin.script !== null) keys.exact('s:', origin.script)
  if (origin.scriptDirectory !== null) keys.exact('s:', origin.scriptDirectory)
  if (origin.url !== null) keys.exact('s:', origin.url)
  if (origin.login !== null) keys.lower('l:', origin.login)
  if (origin.account !== null) keys.exact('u:', origin.account)
  if (origin.client?.ip != null) keys.exact('i:', canonicalIp(origin.client.ip))
  if (origin.visitorIp !== null) keys.exact('i:', canonicalIp(origin.visitorIp))
}

function eachReceipt(receipt: string, keys: KeyTaker): void {
  if (!receipt.includes('/')) keys.exact('r:', receipt)
  else for (const one of receipt.split('/')) keys.exact('r:', one)
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
