/** A fast 53-bit hash for search keys. Not a secret and not a proof: every hit is compared with the real text afterwards. */

/** The two halves of a hash that is being computed: one object for all, so that joining texts makes none. */
const state = {a: 0, b: 0}

function begin(seed: number): void {
  state.a = 0xdeadbeef ^ seed
  state.b = 0x41c6ce57 ^ seed
}

function take(text: string): void {
  let {a, b} = state
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    a = Math.imul(a ^ c, 0x9e3779b1)
    b = Math.imul(b ^ c, 0x5f356495)
  }
  state.a = a
  state.b = b
}

/** Takes ASCII text in lower case; false, with part of it taken, where there is another character. */
function takeLower(text: string): boolean {
  let {a, b} = state
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i)
    if (c >= 65 && c <= 90) c += 32
    else if (c > 127) return false
    a = Math.imul(a ^ c, 0x9e3779b1)
    b = Math.imul(b ^ c, 0x5f356495)
  }
  state.a = a
  state.b = b
  return true
}

function end(): number {
  let {a, b} = state
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return 4294967296 * (2097151 & b) + (a >>> 0)
}

/** 53-bit hash of a byte string (two interleaved 32-bit multiplicative hashes), always a safe integer >= 0. */
export function hash53(text: string, seed = 0): number {
  begin(seed)
  take(text)
  return end()
}

/** `hash53(prefix + text)` without making that string. */
export function hash53Of(prefix: string, text: string): number {
  begin(0)
  take(prefix)
  take(text)
  return end()
}

/** `hash53(prefix + text.toLowerCase())` without making that string. */
export function hash53OfLower(prefix: string, text: string): number {
  begin(0)
  take(prefix)
  return takeLower(text) ? end() : hash53Of(prefix, text.toLowerCase())
}
