/** IP addresses as bytes: parsing, networks, reversed names and the dotted form that SPF macros use. */

import {isIPv4, isIPv6} from 'node:net'

export interface IpAddress {
  readonly version: 4 | 6
  /** 4 or 16 bytes, network order. */
  readonly bytes: readonly number[]
}

/**
 * Reads an IPv4 or IPv6 address in any text form of RFC 4291; null when it is none. A zone (`%eth0`) is refused, and
 * an IPv4-mapped address (`::ffff:192.0.2.1`) becomes the IPv4 address it stands for (RFC 7208 section 5).
 */
export function ipAddress(text: string): IpAddress | null {
  if (isIPv4(text)) return {version: 4, bytes: text.split('.').map(Number)}
  if (!isIPv6(text) || text.includes('%')) return null
  const bytes = sixteenBytes(text)
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? {version: 4, bytes: bytes.slice(12)} : {version: 6, bytes}
}

function sixteenBytes(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}

/** Are the first `length` bits the same, and the version too? */
export function inNetwork(address: IpAddress, network: IpAddress, length: number): boolean {
  if (address.version !== network.version) return false
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 255 : 255 & (255 << (8 - (length - bit)))
    const index = bit / 8
    if (((address.bytes[index] ?? 0) & mask) !== ((network.bytes[index] ?? 0) & mask)) return false
  }
  return true
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** The octets (IPv4) or nibbles (IPv6), dotted: the `i` macro of RFC 7208 section 7.3. */
export const dotted = (address: IpAddress): string =>
  address.version === 4 ? address.bytes.join('.') : [...address.bytes.map(hex).join('')].join('.')

/** The reversed octets or nibbles without a suffix: what a DNS block list puts before its zone (RFC 5782). */
export const reversed = (address: IpAddress): string => dotted(address).split('.').reverse().join('.')

/** The name to ask for PTR records (RFC 1035 3.5, RFC 3596 2.5). */
export const reverseName = (address: IpAddress): string =>
  `${reversed(address)}.${address.version === 4 ? 'in-addr' : 'ip6'}.arpa`
