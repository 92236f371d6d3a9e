/** The source order of an arrival line's fields: what tells a field of Exim's from words of a stranger that look like one. */

export const USER = 4
export const AUTH = 8

/**
 * The place of a field among those of an arrival line (receive.c); 0 for one that has no fixed place. Strangers choose the values of H=, U=,
 * A= and id=: a field that stands after one of a later place is their words, not Exim's.
 */
export function placeOf(text: string, at: number, key: number): number {
  const c = text.charCodeAt(at)
  if (key === 2) {
    const d = text.charCodeAt(at + 1)
    if (c === 67) return d === 105 ? 5 : d === 86 ? 7 : 0
    return c === 105 && d === 100 ? 10 : c === 68 && d === 78 ? 7 : 0
  }
  if (key === 3) return text.startsWith('id*', at) ? 10 : text.startsWith('SNI', at) ? 7 : 0
  if (key !== 1) return 0
  switch (c) {
    case 82:
      return 1
    case 72:
      return 2
    case 73:
      return 3
    case 85:
      return USER
    case 80:
      return 6
    case 88:
      return 7
    case 65:
      return AUTH
    case 83:
      return 9
    case 84:
      return 11
    default:
      return 0
  }
}
