/** The domain of an address as counted: lower case, null where the address has none (a pipe, a file, a bare local part). */

import {lowerCase} from '../mail/text.js'

export function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@')
  const first = address.charCodeAt(0)
  if (at < 0 || at === address.length - 1 || first === 47 || first === 124) return null
  return lowerCase(address.slice(at + 1))
}
