/** Where a key stands in a TOML text: smol-toml gives values without positions, and an error must say where. */

/** Line numbers (from 1) by path: `abuse.budget`, `server[0].logs`; tables stand under their own path. */
export type TomlLines = ReadonlyMap<string, number>

const HEADER = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/
const KEY = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/
const PART = /[A-Za-z0-9_-]+|"[^"]*"|'[^']*'/g

const parts = (text: string): string[] =>
  (text.match(PART) ?? []).map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part))

/** Skips quoted text so that brackets and quotes in it are not counted; multi-line strings are tracked by the caller. */
function bracketDepth(line: string, depth: number): number {
  let quote = ''
  let result = depth
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (quote) {
      if (c === '\\' && quote === '"') i++
      else if (c === quote) quote = ''
    } else if (c === '"' || c === "'") quote = c
    else if (c === '#') break
    else if (c === '[' || c === '{') result++
    else if (c === ']' || c === '}') result--
  }
  return result
}

/** Reads the positions of tables and keys. Never throws; on text that is no TOML it finds what it can. */
export function tomlLines(text: string): TomlLines {
  const lines = new Map<string, number>()
  const counts = new Map<string, number>()
  let table = ''
  let depth = 0
  let fence = ''
  const resolve = (path: readonly string[]): string => {
    let result = ''
    for (const part of path) {
      result = result ? `${result}.${part}` : part
      const count = counts.get(result)
      if (count !== undefined) result = `${result}[${count - 1}]`
    }
    return result
  }
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1
    if (fence) {
      if (line.includes(fence)) fence = ''
      continue
    }
    const header = depth === 0 ? HEADER.exec(line) : null
    if (header) {
      const path = parts(header[2] ?? '')
      if (header[1] === '[[') {
        const plain = [resolve(path.slice(0, -1)), path.at(-1) ?? ''].filter(Boolean).join('.')
        const count = counts.get(plain) ?? 0
        counts.set(plain, count + 1)
        table = `${plain}[${count}]`
      } else table = resolve(path)
      lines.set(table, number)
      continue
    }
    const key = depth === 0 ? KEY.exec(line) : null
    if (key) lines.set([table, ...parts(key[1] ?? '')].filter(Boolean).join('.'), number)
    const opened = /("""|''')/.exec(line)
    if (opened && line.split(opened[0]).length === 2) fence = opened[0]
    else depth = Math.max(0, bracketDepth(key ? line.slice(key[0].length) : line, depth))
  }
  return lines
}
