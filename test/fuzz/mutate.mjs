// Repeatable random numbers, and what they do to a text: bytes flipped, words moved, hostile pieces put in, pieces of other lines spliced.

/** A small repeatable generator (mulberry32). */
export function random(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n) => Math.floor(next() * n)
  return {below, pick: (list) => list[below(list.length)]}
}

const PIECES = [
  '\0',
  '\r',
  '\t',
  '\x1b[2J',
  '\x9b31m',
  '\xe2\x80\xae',
  '\xff\xfe',
  '\xc3',
  '"',
  '\\',
  '\\"',
  '<',
  '>',
  '<>',
  '(',
  ')',
  '[',
  ']',
  ' ',
  '  ',
  '=',
  ' H=',
  ' T="',
  ' id=',
  ' for ',
  ' <= ',
  ' => ',
  ' ** ',
  ' == ',
  ' Completed',
  ': ',
  ', ',
  'status=sent',
  'to=<',
  'NOQUEUE: ',
  'message repeated 9999999999 times: [ ',
  '[1/2] ',
  '[2\\2] ',
  '99999999999999999999',
  '-1',
  '0',
  'NaN',
  '1e309',
  '9999-99-99 99:99:99',
  '0000-00-00 00:00:00',
  'Feb 30 25:61:61',
  '{"MESSAGE":',
  '{"MESSAGE":[1,300,"x"]}',
  '}',
  '=?utf-8?B?',
  '?=',
  '@',
  '@@',
  'SRS0=a=b=c=d@e',
  'prvs=',
  '127.0.0.1',
  '[::1]',
  '::::',
  '%00',
  '-- Headers: ',
  '__proto__',
  'constructor',
]

/** The text with one to six changes. */
export function mutate(rand, text, others) {
  let out = text
  for (let n = 1 + rand.below(6); n > 0; n--) {
    const at = rand.below(out.length + 1)
    const to = Math.min(out.length, at + rand.below(24))
    switch (rand.below(9)) {
      case 0:
        out = out.slice(0, at) + String.fromCharCode(rand.below(256)) + out.slice(at + 1)
        break
      case 1:
        out = out.slice(0, at) + out.slice(to)
        break
      case 2:
        out = out.slice(0, to) + out.slice(at)
        break
      case 3:
      case 4:
        out = out.slice(0, at) + rand.pick(PIECES) + out.slice(at)
        break
      case 5: {
        const other = rand.pick(others)
        out = out.slice(0, at) + other.slice(rand.below(other.length + 1)) + (rand.below(2) ? out.slice(at) : '')
        break
      }
      case 6:
        out = out.slice(0, at)
        break
      case 7:
        out =
          out.slice(0, at) +
          rand.pick(PIECES).repeat(1 + rand.below(rand.below(50) === 0 ? 20_000 : 40)) +
          out.slice(at)
        break
      default: {
        const words = out.split(' ')
        const [a, b] = [rand.below(words.length), rand.below(words.length)]
        ;[words[a], words[b]] = [words[b], words[a]]
        out = words.join(' ')
      }
    }
  }
  return out
}
