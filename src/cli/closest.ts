/** Did you mean …? The nearest word of a list, where one is near enough to be meant. */

/** Letters changed, added, left out or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({length: b.length + 1}, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(change, swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}

/** The word of the list nearest to what was typed (at most a third of its letters differ); null where none is. */
export function closest(typed: string, words: readonly string[]): string | null {
  if (typed.length > 40) return null
  let best: string | null = null
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1
  for (const word of words) {
    const d = word.startsWith(typed) && typed.length > 2 ? 1 : distance(typed, word)
    if (d < least) [best, least] = [word, d]
  }
  return best
}
