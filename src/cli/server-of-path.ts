/** Does a path belong to a configured pattern? Rotated and compressed parts belong to the pattern of their active log. */

import {basename, dirname, resolve} from 'node:path'

const escaped = (text: string): string => text.replaceAll(/[.+^${}()|\\]/g, '\\$&')

function component(pattern: string): string {
  return escaped(pattern).replaceAll('*', '[^/]*').replaceAll('?', '[^/]')
}

/** True where `path` is matched by the shell pattern, or is a rotated part of a file so matched, or lies in a folder so named. */
export function matchesPattern(pattern: string, path: string): boolean {
  const whole = resolve(path)
  const glob = resolve(pattern)
  const folder = component(dirname(glob))
  const rotated = '(?:[.-][0-9][0-9A-Za-z.-]*)?(?:\\.(?:gz|bz2|xz|zst))?'
  if (new RegExp(`^${folder === '/' ? '' : folder}/${component(basename(glob))}${rotated}$`).test(whole)) return true
  return whole.startsWith(`${glob}/`)
}
