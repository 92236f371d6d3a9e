/** Reads a provider's templates (`--templates DIR`) and says what is wrong with them before any reply is written. */

import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {VERDICTS} from '../../mail/verdict.js'
import {LANGUAGES} from '../wording/wording.js'
import {AUDIENCES, type Audience, PLACEHOLDERS, type Templates, unknownPlaceholder} from './template.js'

export interface TemplateFault {
  readonly code: 'folder-unreadable' | 'unknown-file' | 'unknown-placeholder'
  readonly path: string
  /** 1-based; null where the fault is the file's. */
  readonly line: number | null
  /** The name that is not known, or the system's error code. */
  readonly found: string
  /** The names that are known. */
  readonly known: readonly string[]
}

export type LoadedTemplates =
  | {readonly kind: 'loaded'; readonly templates: Templates}
  | {readonly kind: 'fault'; readonly fault: TemplateFault}

/**
 * Reads every `.txt` of the folder: `<verdict>.<audience>.<language>.txt`, with `any` for all verdicts. A file of another name, an
 * unknown placeholder, or a folder that cannot be read is a fault, never an exception: a typing mistake must not reach a customer.
 */
export function loadTemplates(folder: string): LoadedTemplates {
  const templates = new Map<string, string>()
  let path = folder
  try {
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.txt')) continue
      path = join(folder, name)
      const key = name.slice(0, -'.txt'.length)
      const audience = audienceOf(key)
      if (audience === null) return fault('unknown-file', path, null, name, knownFiles())
      const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
      const unknown = unknownPlaceholder(text, audience)
      if (unknown) return fault('unknown-placeholder', path, unknown.line, unknown.name, PLACEHOLDERS[audience])
      templates.set(key, text)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return fault('folder-unreadable', path, null, code, [])
  }
  return {kind: 'loaded', templates}
}

function fault(
  code: TemplateFault['code'],
  path: string,
  line: number | null,
  found: string,
  known: readonly string[],
): LoadedTemplates {
  return {kind: 'fault', fault: {code, path, line, found, known}}
}

function audienceOf(key: string): Audience | null {
  const [verdict = '', audience = '', language = '', ...rest] = key.split('.')
  const known = verdict === 'any' || VERDICTS.some((one) => one === verdict)
  if (!known || rest.length > 0 || !LANGUAGES.some((one) => one === language)) return null
  return AUDIENCES.find((one) => one === audience) ?? null
}

const knownFiles = (): readonly string[] =>
  ['any', ...VERDICTS].flatMap((verdict) =>
    AUDIENCES.flatMap((audience) => LANGUAGES.map((language) => `${verdict}.${audience}.${language}.txt`)),
  )

/** What is wrong, where, and what would be right: one sentence for the user. */
export function templateFaultText(fault: TemplateFault): string {
  switch (fault.code) {
    case 'folder-unreadable':
      return `cannot read the template ${fault.path}: ${fault.found}`
    case 'unknown-file':
      return `${fault.path} is no template name; names are like never-here.customer.en.txt or any.abuse-desk.de.txt`
    case 'unknown-placeholder':
      return `${fault.path}:${fault.line}: there is no placeholder {{${fault.found}}}; known are ${fault.known.join(', ')}`
  }
}
