/** Envelope addresses: bare form, case rules, the null sender, masks, and what forwarders and signers wrapped around them. */

/** How an address was wrapped. */
export type Wrapping = 'srs0' | 'srs1' | 'bounces-srs' | 'batv' | 'verp' | 'plus-tag'

/** One layer taken off an address. */
export interface Unwrapped {
  readonly kind: Wrapping
  /** The address inside; null where the form hides it (Office 365 `bounces+SRS=hash=day@forwarder`). */
  readonly original: string | null
  /** Domain of the host that wrapped it (SRS), or the mailbox that VERP or a tag belongs to. */
  readonly forwarder?: string
  /** BATV `prvs`: the signature's last valid day, as days since 1970-01-01 modulo 1000 (draft-levine-smtp-batv). */
  readonly day?: number
}

const ADDRESS =
  /(?:"(?:[^"\\]|\\.){1,64}"|[^\s<>()[\],;:"@\\]{1,256})@(?:\[[0-9A-Fa-f.:IPv]{3,60}\]|[^\s<>()[\],;:"@\\]{1,255})/
const MASK =
  /\[?e-?mail[\s\u00a0_-]{0,3}protected\]?|\[(?:redacted|hidden|removed|masked|address|e-?mail)[^\]]{0,20}\]/i
const MASKED_HALF = /^(?:redacted|hidden|removed|masked|[*•…·.]{2,}|\*+)$/i

/** The marks that sites and people put in an address's place (`[email protected]`, `[redacted]`, `***@***`). */
export function isMasked(text: string): boolean {
  if (MASK.test(text)) return true
  const s = text.trim().replace(/^<|>$/g, '')
  const at = s.lastIndexOf('@')
  if (at < 0) return MASKED_HALF.test(s)
  const local = s.slice(0, at)
  return MASKED_HALF.test(local) || MASKED_HALF.test(s.slice(at + 1)) || /[*•…]{2,}|\*$/.test(local)
}

/** Lower-cases the domain and keeps the local part (RFC 5321 section 2.4); drops a trailing dot of the domain. */
export function normalAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at < 0) return address
  return `${address.slice(0, at)}@${address
    .slice(at + 1)
    .toLowerCase()
    .replace(/\.$/, '')}`
}

/**
 * The bare address in a header's or envelope's form: `<a@b>`, `Name <a@b>`, `a@b (Name)`, `rfc822; a@b`, `<@relay:a@b>`.
 * `<>` gives '' (the null sender); null where there is no address or a mask stands in its place.
 */
export function bareAddress(text: string): string | null {
  const s = text.length > 2000 ? text.slice(0, 2000) : text
  const trimmed = s.trim()
  if (trimmed === '<>' || trimmed === '"" <>') return ''
  const open = trimmed.lastIndexOf('<')
  if (open >= 0) {
    const close = trimmed.indexOf('>', open)
    const between = trimmed.slice(open + 1, close < 0 ? undefined : close)
    // folding and wrapping put blanks inside; a quoted local part may own them
    const inside = between.includes('"') ? between.trim() : between.replace(/\s+/g, '')
    if (inside === '' && close > open) return ''
    const found = onlyAddress(inside.replace(/^@[^:]{1,500}:/, ''))
    if (found !== null) return found
    if (isMasked(inside)) return null
  }
  return onlyAddress(trimmed)
}

function onlyAddress(text: string): string | null {
  const found = ADDRESS.exec(text)
  if (!found || isMasked(found[0])) return null
  return normalAddress(found[0].replace(/\.$/, ''))
}

/** Every bare address in a text, in order, each once, at most `limit`. Masks are no addresses. Linear: it looks around each `@`. */
export function addressesIn(text: string, limit = 100): string[] {
  const found = new Set<string>()
  let looked = 0
  for (let at = text.indexOf('@'); at >= 0 && found.size < limit && looked < 2000; looked++) {
    const left = /(?:"[^"\n]{1,64}"|[^\s<>()[\],;:"@\\]{1,64})$/.exec(text.slice(Math.max(0, at - 70), at))
    const right = /^(?:\[[0-9A-Fa-f.:IPv]{3,60}\]|[^\s<>()[\],;:"@\\]{1,255})/.exec(text.slice(at + 1, at + 260))
    if (left && right) {
      const address = `${left[0]}@${right[0].replace(/[.'’]+$/, '')}`
      if (!isMasked(address) && right[0].length > 1) found.add(normalAddress(address))
    }
    at = text.indexOf('@', at + 1 + (right?.[0].length ?? 0))
  }
  return [...found]
}

const SRS0 = /^srs0[=+-][^=]{1,40}=[^=]{1,4}=([^=]{1,255})=(.{1,255})$/i
const SRS1 = /^srs1[=+-][^=]{1,40}=([^=]{1,255})=[=+-](.{1,400})$/i
const EMBEDDED_SRS = /^(.{1,64})\+srs=[^=]{1,40}=[^=]{1,4}(?:=([^=]{1,255})=(.{1,255}))?$/i
const PRVS = /^(?:ms)?prvs1?=([0-9A-Za-z]{4,40})=(.{1,255})$/i
const PRVS_OLD = /^prvs=(.{1,255})\/([0-9a-f]{6,16})$/i
const BTV1 = /^btv1==([0-9A-Za-z]{1,40})==(.{1,255})$/i
const VERP_TARGET = /^[^\s=@]{1,255}$/

/** Takes one layer off in every way that fits, likeliest first; an empty list for a plain address. Never throws. */
export function unwrap(address: string): Unwrapped[] {
  const at = address.lastIndexOf('@')
  if (at <= 0 || address.length > 1000) return []
  const local = address.slice(0, at)
  const domain = address.slice(at + 1).toLowerCase()
  return srs(local, domain) ?? batv(local, domain) ?? [...verp(local, domain), ...plusTag(local, domain)]
}

function srs(local: string, domain: string): Unwrapped[] | null {
  const zero = SRS0.exec(local)
  if (zero) return [{kind: 'srs0', original: normalAddress(`${zero[2]}@${zero[1]}`), forwarder: domain}]
  const one = SRS1.exec(local)
  if (one) {
    // SRS1=hash=first-forwarder==hash=day=domain=user@second-forwarder: the inner part is an SRS0 without its tag
    const inner = SRS0.exec(`srs0=${one[2] ?? ''}`)
    const original = inner ? normalAddress(`${inner[2]}@${inner[1]}`) : `SRS0=${one[2]}@${(one[1] ?? '').toLowerCase()}`
    return [{kind: 'srs1', original, forwarder: domain}]
  }
  const embedded = EMBEDDED_SRS.exec(local)
  if (!embedded) return null
  const original = embedded[2] ? normalAddress(`${embedded[3]}@${embedded[2]}`) : null
  return [{kind: 'bounces-srs', original, forwarder: domain}]
}

function batv(local: string, domain: string): Unwrapped[] | null {
  const signed = PRVS.exec(local)
  if (signed) {
    const day = /^\d(\d{3})/.exec(signed[1] ?? '')
    return [{kind: 'batv', original: `${signed[2]}@${domain}`, ...(day ? {day: Number(day[1])} : {})}]
  }
  const plain = PRVS_OLD.exec(local)?.[1] ?? BTV1.exec(local)?.[2]
  return plain === undefined ? null : [{kind: 'batv', original: `${plain}@${domain}`}]
}

/** `list-bounces+user=dom@host`, `list-return-1234-user=dom@host`: the part after the last `=` is the domain. */
function verp(local: string, domain: string): Unwrapped[] {
  const equals = local.lastIndexOf('=')
  if (equals <= 0) return []
  const target = local.slice(equals + 1)
  if (!target.includes('.') || !VERP_TARGET.test(target)) return []
  const before = local.slice(0, equals)
  const plus = before.lastIndexOf('+')
  if (plus > 0)
    return [
      {
        kind: 'verp',
        original: normalAddress(`${before.slice(plus + 1)}@${target}`),
        forwarder: `${before.slice(0, plus)}@${domain}`,
      },
    ]
  const found: Unwrapped[] = []
  for (let dash = before.lastIndexOf('-'); dash > 0 && found.length < 4; dash = before.lastIndexOf('-', dash - 1)) {
    const user = before.slice(dash + 1)
    if (user !== '')
      found.push({
        kind: 'verp',
        original: normalAddress(`${user}@${target}`),
        forwarder: `${before.slice(0, dash)}@${domain}`,
      })
  }
  return found
}

function plusTag(local: string, domain: string): Unwrapped[] {
  const plus = local.indexOf('+')
  if (plus <= 0) return []
  const mailbox = `${local.slice(0, plus)}@${domain}`
  return [{kind: 'plus-tag', original: mailbox, forwarder: mailbox}]
}

/** The address and everything inside it, layer by layer (bounded), normalised. */
export function allForms(address: string): string[] {
  const forms = new Set([normalAddress(address)])
  for (const form of forms) {
    if (forms.size >= 16) break
    for (const layer of unwrap(form)) if (layer.original !== null) forms.add(layer.original)
  }
  return [...forms]
}

/**
 * Do two addresses name the same mailbox, as written or unwrapped? The case of the local part is ignored: RFC 5321 lets a host tell
 * `Bob` from `bob`, none in practice does, and panels lower-case what they log. The null sender equals only itself.
 */
export function sameMailbox(a: string, b: string): boolean {
  if (a === '' || b === '') return a === b
  const forms = new Set(allForms(a).map((form) => form.toLowerCase()))
  return allForms(b).some((form) => forms.has(form.toLowerCase()))
}
