/** Shell patterns without a shell: `*`, `?` and `[…]` in any path component, matched against real folder entries in linear time. */

import {type Dirent, readdirSync} from 'node:fs'
import {join} from 'node:path'

const MAGIC = /[*?[]/

/** True where the path is a pattern rather than a name. */
export const isGlob = (path: string): boolean => MAGIC.test(path)

/** Whether a name matches one pattern component. A leading dot must be written. Greedy with one point of return: never exponential. */
export function matchesComponent(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  let p = 0
  let n = 0
  let starAt = -1
  let starName = 0
  while (n < name.length) {
    const step = p < pattern.length ? matchOne(pattern, p, name.charAt(n)) : 0
    if (pattern[p] === '*') {
      starAt = p++
      starName = n
    } else if (step > 0) {
      p += step
      n++
    } else if (starAt >= 0) {
      p = starAt + 1
      n = ++starName
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Length of the pattern item at `p` where it matches `character`, else 0. */
function matchOne(pattern: string, p: number, character: string): number {
  const c = pattern[p]
  if (c === '?') return 1
  if (c === '\\' && p + 1 < pattern.length) return pattern[p + 1] === character ? 2 : 0
  if (c !== '[') return c === character ? 1 : 0
  const negated = pattern[p + 1] === '!' || pattern[p + 1] === '^'
  const first = p + (negated ? 2 : 1)
  const close = pattern.indexOf(']', first + 1)
  if (close < 0) return character === '[' ? 1 : 0
  let inside = false
  for (let i = first; i < close; i++) {
    const low = pattern.charAt(i)
    const ranged = pattern[i + 1] === '-' && i + 2 < close
    const high = ranged ? pattern.charAt(i + 2) : low
    if (character >= low && character <= high) inside = true
    if (ranged) i += 2
  }
  return inside !== negated ? close - p + 1 : 0
}

/**
 * The existing paths that a pattern names, sorted. Folders that cannot be read are handed to `unreadable`.
 * Patterns match names, not their targets: whether a match is a file is for the caller to see.
 */
export function expandGlob(pattern: string, unreadable: (folder: string, error: unknown) => void): string[] {
  const absolute = pattern.startsWith('/')
  const components = pattern.split('/').filter((c) => c !== '')
  let paths = [absolute ? '/' : '']
  for (const [index, component] of components.entries()) {
    const last = index === components.length - 1
    paths = paths.flatMap((folder) => {
      if (!isGlob(component)) return [folder === '' ? component : join(folder, component)]
      let entries: Dirent[]
      try {
        entries = readdirSync(folder === '' ? '.' : folder, {withFileTypes: true})
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')))
          unreadable(folder, error)
        return []
      }
      return entries
        .filter((e) => matchesComponent(component, e.name) && (last || e.isDirectory() || e.isSymbolicLink()))
        .map((e) => (folder === '' ? e.name : join(folder, e.name)))
    })
  }
  return paths.sort()
}
