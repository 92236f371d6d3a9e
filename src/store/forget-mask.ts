/** Finds an address in text in the forms in which logs and forwarders write it, and puts a token of fixed length in its place. */

import {createHmac, randomBytes} from 'node:crypto'
import {byteString} from '../mail/text.js'

/** The domain of tokens: reserved (RFC 2606), so that no mail can go there. */
export const FORGOTTEN_DOMAIN = 'forgotten.invalid'

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

export interface Mask {
  /** `forgotten-` and 16 hex digits at forgotten.invalid: the same for every form of the address, the same length for every address. */
  readonly token: string
  /** The text with the token in place of the address; the same string where the address is not in it. */
  apply(text: string): string
  /** Is the address in this text? */
  found(text: string): boolean
}

/**
 * A mask for one address (`local@domain`; letter case does not count). Also finds it with a tag (`local+tag@domain`), as VERP
 * (`local=domain`), SRS (`domain=local`) and in escaped forms (`local%40domain`, `local=40domain`), and after sendmail's `-f` and `-r`.
 * Not a part of a longer address. The token is keyed by `key`, which the caller throws away: nobody can compute it again.
 */
export function maskOf(address: string, key: Buffer = randomBytes(32)): Mask | null {
  const bytes = byteString(address.trim().replace(/^<(.*)>$/, '$1'))
  const at = bytes.lastIndexOf('@')
  const local = bytes.slice(0, at)
  const domain = bytes.slice(at + 1)
  if (at <= 0 || domain.length < 2 || /[\s<>\0]/.test(bytes) || bytes.length > 320) return null
  const name = `forgotten-${createHmac('sha256', key).update(bytes.toLowerCase()).digest('hex').slice(0, 16)}`
  const before = '(?:(?<![A-Za-z0-9._+\\-\\x80-\\xff])|(?<=[\\s"\']-[fr]))'
  const after = '(?![A-Za-z0-9\\x80-\\xff-]|\\.[A-Za-z0-9])'
  const tagged = `${literal(local)}(?:\\+[^\\s@<>"'=]{0,64})?`
  const forms = new RegExp(
    [
      `${before}${tagged}(@|=40|%40)${literal(domain)}${after}`,
      // VERP puts it behind the list's own name and a plus or minus sign
      `(?<![A-Za-z0-9._\\x80-\\xff])${tagged}(=)${literal(domain)}${after}`,
      `(?<![A-Za-z0-9.-])${literal(domain)}=${literal(local)}(?![A-Za-z0-9_+-])`,
    ].join('|'),
    'gi',
  )
  const quick = domain.toLowerCase()
  const found = (text: string): boolean => {
    if (!text.toLowerCase().includes(quick)) return false
    forms.lastIndex = 0
    return forms.test(text)
  }
  return {
    token: `${name}@${FORGOTTEN_DOMAIN}`,
    found,
    apply: (text) =>
      found(text)
        ? text.replaceAll(forms, (_, sign: string | undefined, equals: string | undefined) => {
            const between = sign ?? equals
            return between === undefined ? `${FORGOTTEN_DOMAIN}=${name}` : `${name}${between}${FORGOTTEN_DOMAIN}`
          })
        : text,
  }
}
