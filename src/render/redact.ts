/**
 * Pseudonyms for what is printed: local parts, subjects, display names; client networks shortened to /24 and /48. Keyed and stable: the
 * same address has the same pseudonym in every answer of one database, and nobody without its key can compute it. Scripts and domains stay.
 * Applied twice it changes nothing more.
 */

import {createHmac} from 'node:crypto'
import {isIPv6} from 'node:net'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const OWN_LOCAL = /^~[a-z2-7]{8}$/
const OWN_SUBJECT = /^~subject-[a-z2-7]{8}$/
const STYLE = /(\u001b\[[0-9;]*m)/

const LOCAL = '[^\\s<>()[\\],;:"\'@\\\\][^\\s<>()[\\],;:"@\\\\]*'
const DOMAIN = '(?:\\[[0-9A-Fa-f.:IPv]{3,60}\\]|[^\\s<>()[\\],;:"\'@\\\\]{1,255})'
/** An apostrophe belongs to a local part (O'Brien) but where it begins it; several @ are of a torn line. */
const ADDRESS = new RegExp(
  `(?<=[\\s<>()[\\],;:"\\\\]|^)(['@]*(?:-[fr]'*)?(?:[A-Za-z_]{1,16}='*)?)(${LOCAL}(?:@+'*${LOCAL})*|"[^"\\n]{1,64}")(@+'*)(${DOMAIN})`,
  'g',
)
const BARE_BEFORE = new RegExp(`(?<=\\s|^)([^\\s<>@"]{1,64})(?= <(${LOCAL})@)`, 'g')
const DISPLAY_NAME = /"(?:[^"\\\n]|\\.){1,200}"(?=\s{0,3}<[^<>\s]{1,320}>)/g
const EXIM_SUBJECT = /((?:^|\s)T=")((?:[^"\\\n]|\\.)*)"/g
const LINE_SUBJECT =
  /(^ {0,8}subject |(?:^|\s)(?:-- |header )?Subject: )([^\n]*?)(?=(?: from [^\s[\]]+\[[^\]\s]*\]; )|\n|$)/gm
const IPV4 = /(?<![\w.-])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w/-]|\.\d)/g
const IPV6 = /(?<![0-9A-Za-z:.])[0-9a-fA-F:]{4,39}(?![0-9A-Za-z:./~])/g
const POSTFIX_CLIENT = /(\bclient=)([^\s[\]]+)(?=\[)/g

/** A value shorter than this is a word that can stand anywhere. */
const SHORTEST = 4
/** Values remembered at most, over all answers of one run. */
const MOST_KNOWN = 1_000

const isClientName = (key: string, parent: string): boolean =>
  key === 'clientName' || (key === 'name' && parent === 'client')

export class Redactor {
  /** Subjects and clients' hosts of the answers shown so far, which their sentences repeat, each with what stands for it. */
  private readonly known = new Map<string, string>()

  constructor(private readonly key: string) {}

  private token(kind: string, value: string): string {
    const digest = createHmac('sha256', this.key).update(`${kind}\n${value}`).digest()
    let out = ''
    for (let i = 0; i < 8; i++) out += ALPHABET[(digest[i] ?? 0) & 31]
    return out
  }

  /** The pseudonym of a local part at a domain; case does not count. */
  localPart(local: string, domain: string): string {
    return OWN_LOCAL.test(local) ? local : `~${this.token('address', `${local}@${domain}`.toLowerCase())}`
  }

  subject(text: string): string {
    return text === '' || OWN_SUBJECT.test(text) ? text : `~subject-${this.token('subject', text)}`
  }

  /** A host of a client: its last two labels. */
  private host(name: string): string {
    const labels = name.split('.')
    return labels.length <= 2 || name.startsWith('*.') ? name : `*.${labels.slice(-2).join('.')}`
  }

  /** The client's host in an arrival line of Exim, and all that strangers made look like it. */
  private arrival(line: string): string {
    const arrow = line.indexOf('<= ')
    if (arrow < 0) return line
    return (
      line.slice(0, arrow) +
      line.slice(arrow).replaceAll(/( H=)([^\s([]+)/g, (_, before: string, host: string) => before + this.host(host))
    )
  }

  /** Any text: an answer's sentence or a log line, with or without styles. */
  text(text: string): string {
    if (!text.includes('\u001b')) return this.plain(text)
    return text
      .split(STYLE)
      .map((piece) => (piece.startsWith('\u001b') ? piece : this.plain(piece)))
      .join('')
  }

  private plain(text: string): string {
    let known = text
    for (const [word, stand] of this.known) if (known.includes(word)) known = known.replaceAll(word, () => stand)
    known = known
      .replaceAll(EXIM_SUBJECT, (_, before: string, subject: string) => `${before}${this.subject(subject)}"`)
      .replaceAll(LINE_SUBJECT, (_, before: string, subject: string) => `${before}${this.subject(subject)}`)
    if (known.includes('<= '))
      known = known
        .split('\n')
        .map((line) => this.arrival(line))
        .join('\n')
    return known
      .replaceAll(DISPLAY_NAME, '"~name"')
      .replaceAll(POSTFIX_CLIENT, (_, before: string, host: string) => `${before}${this.host(host)}`)
      .replaceAll(BARE_BEFORE, (bare: string, _: string, local: string) =>
        bare.toLowerCase() === local.toLowerCase() && !OWN_LOCAL.test(bare) ? '~' : bare,
      )
      .replaceAll(
        ADDRESS,
        (_, before: string, local: string, at: string, domain: string) =>
          `${before}${this.localPart(local, domain)}${at}${domain}`,
      )
      .replaceAll(IPV4, (ip: string, a: string, b: string, c: string, d: string) =>
        a === '127' || d === '0' || [a, b, c, d].some((part) => Number(part) > 255) ? ip : `${a}.${b}.${c}.0/24`,
      )
      .replaceAll(IPV6, (ip: string) => network6(ip))
  }

  /** An answer, with every string in it; the keys say what a string is, and its subjects are found in its sentences too. */
  value<T>(value: T): T {
    this.learn(value, '')
    return this.walk(value, '', '') as T
  }

  private learn(value: unknown, parent: string): void {
    if (typeof value !== 'object' || value === null) return
    for (const [key, one] of Object.entries(value)) {
      // `scope.subject` is whose messages were counted, no subject of a message.
      if (key === 'scope') continue
      if (typeof one !== 'string') {
        this.learn(one, key)
        continue
      }
      const stand = key === 'subject' ? this.subject(one) : isClientName(key, parent) ? this.host(one) : one
      if (stand !== one && one.length >= SHORTEST && this.known.size < MOST_KNOWN) this.known.set(one, stand)
    }
  }

  private walk(value: unknown, key: string, parent: string): unknown {
    if (typeof value === 'string') {
      if (key === 'subject' && parent !== 'scope') return this.subject(value)
      if (isClientName(key, parent)) return this.host(value)
      return this.text(value)
    }
    if (Array.isArray(value)) return value.map((one) => this.walk(one, key, parent))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.walk(one, name, key)]))
  }
}

/** An IPv6 address as its /48; anything else, loopback and networks as they are. */
function network6(text: string): string {
  if (!text.includes(':') || !isIPv6(text) || text === '::1' || text === '::') return text
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined
      ? left
      : [...left, ...new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 3)
    .map((group) => group.toLowerCase())
    .join(':')}::/48`
}
