/** IP addresses as logs write them. */

/** 127.0.0.0/8, ::1, IPv4-mapped loopback, and Postfix's word for a UNIX socket peer. */
export function isLoopback(ip: string | null): boolean {
  if (ip === null) return false
  return ip.startsWith('127.') || ip === '::1' || (ip.startsWith('::') && ip.toLowerCase().startsWith('::ffff:127.'))
}

/** RFC 1918, RFC 4193, link-local, loopback and carrier-grade NAT: never a host of the outside world. */
export function isPrivate(ip: string | null): boolean {
  if (ip === null) return false
  if (isLoopback(ip)) return true
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/i.exec(ip)
  if (v4) {
    const a = Number(v4[1])
    const b = Number(v4[2])
    return (
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128)
    )
  }
  return /^(?:f[cd]|fe[89ab])[0-9a-f]{0,2}:/i.test(ip)
}

/** Digits, lower-case hex, dots and colons alone. */
function isCanonical(ip: string): boolean {
  for (let i = 0; i < ip.length; i++) {
    const c = ip.charCodeAt(i)
    if ((c < 48 || c > 58) && c !== 46 && (c < 97 || c > 102)) return false
  }
  return true
}

/** One spelling an address: lower case, no `IPv6:` tag, no brackets, no zone index. */
export function canonicalIp(ip: string): string {
  if (isCanonical(ip)) return ip
  return ip
    .replace(/^\[|\]$/g, '')
    .replace(/^ipv6:/i, '')
    .replace(/%.*$/, '')
    .toLowerCase()
}
