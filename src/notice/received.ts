/** One Received line, however folded, into a Hop. Own scanner: linear, quote- and comment-aware, never throws. */

import {bareAddress, isMasked} from '../mail/address.js'
import {EXIM_ID_IN_TEXT, queueIdForm, timeInQueueId} from '../mail/queue-id.js'
import {type HeaderDate, headerDate} from '../mail/received-date.js'
import type {Hop, HopPeer, TimeAgreement} from './notice.js'
import {SEAM} from './seam.js'

interface Token {
  readonly comment: boolean
  readonly text: string
}

type Clause = 'from' | 'by' | 'via' | 'with' | 'id' | 'for' | 'tls'
const CLAUSES = new Set<string>(['from', 'by', 'via', 'with', 'id', 'for', 'tls'])
const MAX_TOKENS = 200

const IP4 = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.]*\d)/
const IP6 = /(?:IPv6:)?((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15})/i
const BRACKETED_IP = /\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\](?::(\d{1,5}))?/i
const SOFTWARE =
  /^\(?(Exim|Postfix|OpenSMTPD|Sendmail|qmail|amavisd-new|CommuniGate Pro SMTP|Haraka|Courier|MailEnable)\b[ /,]{0,2}v?(\d[\w.]{0,20})?/i
const SENDMAIL = /^(\d{1,2}\.\d{1,2}[\w.+-]{0,30})\/[\w.+-]{1,60}$/
const AGREE_SECONDS = 5

/** Reads a Received value. A seam (a place where a line was cut) is tried glued first, then as a blank. */
export function readHop(value: string): Hop {
  if (!value.includes(SEAM)) return hopOf(value)
  const glued = hopOf(value.replaceAll(SEAM, ''))
  if (glued.idForm && glued.by && glued.date) return glued
  const spaced = hopOf(value.replaceAll(SEAM, ' '))
  return weight(spaced) > weight(glued) ? spaced : glued
}

const weight = (hop: Hop): number =>
  (hop.idForm ? 4 : 0) + (hop.id ? 4 : 0) + (hop.by ? 2 : 0) + (hop.date ? 2 : 0) + (hop.from.ip ? 1 : 0)

/** The time inside a queue ID against a date, both in UTC ms. */
export function timeAgreement(id: string | null, at: number | null): TimeAgreement {
  const inside = id === null ? null : timeInQueueId(id)
  if (inside === null || at === null) return {kind: 'no-time'}
  const seconds = Math.round((Math.floor(inside / 1000) * 1000 - at) / 1000)
  return {kind: Math.abs(seconds) <= AGREE_SECONDS ? 'agrees' : 'differs', seconds}
}

function hopOf(value: string): Hop {
  const text = value
    .replace(/\[?e-?mail\s{0,3}protected\]?/gi, '[hidden]')
    .replace(/\s+/g, ' ')
    .trim()
  const semicolon = text.lastIndexOf(';')
  const date = headerDate(semicolon >= 0 ? text.slice(semicolon + 1) : text.slice(-60))
  const head = date && semicolon >= 0 ? text.slice(0, semicolon) : text
  const {clauses, comments} = clausesOf(tokens(head))
  const tail = date && semicolon >= 0 ? text.slice(semicolon + 1) : ''
  const id = idOf(clauses.get('id') ?? [], head) ?? idBehindDate(tail)
  const local = /^local\b/i.test(clauses.get('with')?.[0] ?? '')
  const from = peerOf(clauses.get('from') ?? [], comments.get('from') ?? [], local)
  const all = [...comments.values()].flat()
  const recipient = (clauses.get('for') ?? []).slice(0, 2).join('')
  const envelope = envelopeIn(all)
  return {
    from: from.peer,
    by: hostOf((clauses.get('by') ?? [])[0]),
    protocol: clauses.get('with')?.join(' ').toLowerCase() ?? null,
    id,
    idForm: id === null ? null : queueIdForm(id),
    for: recipient === '' ? null : bareAddress(recipient),
    envelopeFrom: envelope === null ? null : bareAddress(envelope),
    user: from.user,
    ident: identIn(all),
    login: loginIn(all),
    uid: uidIn(all),
    tls: tlsOf(clauses.get('tls') ?? [], all),
    software: softwareOf(all, clauses.get('with') ?? []),
    date,
    time: timeAgreement(id, date?.ms ?? null),
    hidden: isMasked(recipient) || (envelope !== null && isMasked(envelope)) || head.includes('[hidden]'),
  }
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  let i = 0
  while (i < text.length && found.length < MAX_TOKENS) {
    const c = text[i]
    if (c === ' ' || c === ')') i++
    else if (c === '(') {
      const end = commentEnd(text, i)
      found.push({comment: true, text: text.slice(i + 1, end)})
      i = end + 1
    } else {
      const end = wordEnd(text, i)
      found.push({comment: false, text: text.slice(i, end)})
      i = end
    }
  }
  return found
}

/** Index of the closing bracket; damage can lose it: then the comment ends before the next clause, or at the text's end. */
function commentEnd(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i
  }
  const first = text.indexOf(')', open)
  if (first > 0) return first
  const clause = / (?:by|with|id|for) /.exec(text.slice(open, open + 300))
  return clause ? open + clause.index : text.length
}

function wordEnd(text: string, start: number): number {
  const closer = text[start] === '<' ? '>' : text[start] === '[' ? ']' : text[start] === '"' ? '"' : ''
  if (closer !== '') {
    const end = text.indexOf(closer, start + 1)
    if (end > 0 && end - start < 400) {
      const next = /[ (]/.exec(text.slice(end + 1, end + 300))
      return next ? end + 1 + next.index : Math.min(text.length, end + 300)
    }
  }
  for (let i = start + 1; i < text.length; i++) if (text[i] === ' ' || text[i] === '(') return i
  return text.length
}

/** Words and comments by clause. The word after a clause name is its value, even when a HELO spells like a clause. */
function clausesOf(list: Token[]): {clauses: Map<Clause, string[]>; comments: Map<string, string[]>} {
  const clauses = new Map<Clause, string[]>()
  const comments = new Map<string, string[]>()
  let clause: Clause | null = null
  list.forEach((token, n) => {
    if (token.comment) {
      const key = clause ?? 'none'
      const kept = comments.get(key)
      if (kept) kept.push(token.text)
      else comments.set(key, [token.text])
      return
    }
    const lower = token.text.toLowerCase()
    const words = clause === null ? undefined : clauses.get(clause)
    const awaited = words !== undefined && words.length === 0
    if (isClause(lower) && !clauses.has(lower) && !(awaited && repeats(list, n, lower))) {
      clause = lower
      clauses.set(lower, [])
    } else if (words && words.length < 12) words.push(token.text)
  })
  return {clauses, comments}
}

const isClause = (word: string): word is Clause => CLAUSES.has(word)
const repeats = (list: Token[], n: number, word: string): boolean =>
  list.some((token, at) => at > n && !token.comment && token.text.toLowerCase() === word)

function idOf(words: string[], head: string): string | null {
  const first = words[0]
  if (first === undefined) return /\bid\b/i.test(head) ? (head.match(EXIM_ID_IN_TEXT)?.[0] ?? null) : null
  // a wrap at the ID's hyphen leaves a blank inside it
  const joined = first.endsWith('-') && words[1] ? first + words[1] : first
  const id = joined.replace(/^[<"]+|[>",;)]+$/g, '')
  return id === '' || id.length > 200 || isMasked(id) ? null : id
}

/** Courier-like hosts write the ID after the date. */
function idBehindDate(tail: string): string | null {
  const id = /\sid ([\w.@-]{4,100})$/.exec(tail)?.[1] ?? null
  return id === null || isMasked(id) ? null : id
}

function peerOf(words: string[], comments: string[], local: boolean): {peer: HopPeer; user: string | null} {
  const first = words[0] ?? null
  const details = comments.join(' ')
  const literal = first ? BRACKETED_IP.exec(first) : null
  const bracketed = BRACKETED_IP.exec(details)
  const ip = bracketed?.[1] ?? literal?.[1] ?? IP4.exec(details)?.[1] ?? IP6.exec(details)?.[1] ?? null
  if (local && !ip) return {peer: {helo: null, rdns: null, ip: null, port: null}, user: first}
  const stated = /\bhelo[= ]([^\s)]{1,255})/i.exec(details)?.[1] ?? null
  const port = Number(/\bport=(\d{1,5})/.exec(details)?.[1] ?? bracketed?.[2] ?? literal?.[2] ?? Number.NaN)
  const named = rdnsIn(comments)
  const helo = stated ?? (first === null || first === 'unknown' ? null : first)
  const rdns = named ?? (stated && first && !literal && first !== 'unknown' ? first : null)
  return {peer: {helo, rdns: hostOf(rdns ?? undefined), ip, port: Number.isNaN(port) ? null : port}, user: null}
}

function rdnsIn(comments: string[]): string | null {
  for (const comment of comments) {
    const found = /^(?:\S{1,64}@)?([A-Za-z0-9][\w.-]{0,254})\.? \[/.exec(comment)
    if (found && found[1] !== 'unknown' && !/^(?:port|helo|ident)$/i.test(found[1] ?? '')) return found[1] ?? null
  }
  return null
}

const hostOf = (word: string | undefined): string | null =>
  word === undefined || word === ''
    ? null
    : word
        .replace(/[;,]+$/, '')
        .replace(/\.$/, '')
        .toLowerCase() || null

const inComments = (comments: string[], pattern: RegExp): string | null => {
  for (const comment of comments) {
    const found = pattern.exec(comment)
    if (found) return found[1] ?? null
  }
  return null
}

const envelopeIn = (comments: string[]): string | null =>
  inComments(comments, /\benvelope-(?:from|sender)[ =]{1,2}(<[^>]{0,320}>?|\S{1,320})/i)
const identIn = (comments: string[]): string | null => inComments(comments, /\bident[= ]([^\s)]{1,64})/i)
const loginIn = (comments: string[]): string | null =>
  inComments(
    comments,
    /\b(?:Authenticated sender|authenticated as|account|smtp-auth username)[:= ]{1,2}<?([^\s,>)]{1,255})/i,
  )
const uidIn = (comments: string[]): number | null => {
  const uid = inComments(comments, /\b(?:from userid|invoked by uid|from uid)[ =]{1,2}(\d{1,10})/i)
  return uid === null ? null : Number(uid)
}

function tlsOf(words: string[], comments: string[]): string | null {
  const stated = comments.find((comment) => /TLS|SSL|\bcipher/i.test(comment) && !/^No client cert/i.test(comment))
  const parts = [stated, words[0]].filter((part) => part !== undefined)
  return parts.length === 0 ? null : parts.join(' ').slice(0, 300)
}

function softwareOf(comments: string[], protocol: string[]): Hop['software'] {
  for (const comment of comments) {
    const found = SOFTWARE.exec(comment)
    // qmail's number is its process ID
    if (found) return {name: found[1] ?? '', version: /^qmail$/i.test(found[1] ?? '') ? null : (found[2] ?? null)}
    const sendmail = SENDMAIL.exec(comment)
    if (sendmail) return {name: 'Sendmail', version: sendmail[1] ?? null}
  }
  return /^Microsoft SMTP/i.test(protocol.join(' ')) ? {name: 'Microsoft SMTP Server', version: null} : null
}

/** True where the value has the look of a Received line at all: a clause or a qmail comment, and a date or an ID. */
export function looksLikeHop(hop: Hop): boolean {
  return hop.by !== null || hop.date !== null || hop.id !== null || hop.uid !== null
}

export type {HeaderDate}
