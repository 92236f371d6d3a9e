/** Ticket templates: plain text with `{{name}}` placeholders. A provider's file replaces the one that is built in. */

import type {Verdict} from '../../mail/verdict.js'
import type {Language} from '../wording/wording.js'

export const AUDIENCES = ['customer', 'abuse-desk'] as const
export type Audience = (typeof AUDIENCES)[number]

/** Facts of the case that both audiences may see. */
const CASE_PLACEHOLDERS = [
  'verdict',
  'cause',
  'certainty',
  'summary',
  'address',
  'domain',
  'login',
  'account',
  'script',
  'queue_id',
  'message_id',
  'arrived_at',
  'foreign_host',
  'foreign_site',
  'foreign_queue_id',
  'foreign_at',
  'searched_from',
  'searched_to',
  'servers',
] as const

/** Every placeholder that a template of the audience may use. Blocks bring their own heading and vanish with their line when empty. */
export const PLACEHOLDERS: Readonly<Record<Audience, readonly string[]>> = {
  customer: [
    'greeting',
    'short_answer',
    'what_happened',
    'how_we_know',
    'your_account',
    'what_to_do',
    'closing',
    ...CASE_PLACEHOLDERS,
  ],
  'abuse-desk': [
    'heading',
    'asked',
    'messages',
    'reasons',
    'scope',
    'coverage',
    'port_25',
    'not_known',
    'commands',
    'advice',
    'evidence',
    'privacy',
    'foreign_visitor',
    ...CASE_PLACEHOLDERS,
  ],
}

/** The built-in templates: the words come from the wording, so one serves every verdict and language. */
export const BUILT_IN: Readonly<Record<Audience, string>> = {
  customer: `{{greeting}}

{{short_answer}}

{{what_happened}}

{{how_we_know}}

{{your_account}}

{{what_to_do}}

{{closing}}
`,
  'abuse-desk': `{{heading}}
{{summary}}

{{asked}}

{{messages}}

{{reasons}}

{{scope}}

{{coverage}}
{{port_25}}

{{not_known}}

{{commands}}

{{advice}}

{{evidence}}

{{privacy}}
`,
}

/** A provider's templates by file name without `.txt`: `never-here.customer.en`, or `any.customer.en` for all verdicts. */
export type Templates = ReadonlyMap<string, string>

/** The template for one reply: the provider's for the verdict, the provider's for any, the built-in one. */
export const templateFor = (templates: Templates, verdict: Verdict, audience: Audience, language: Language): string =>
  templates.get(`${verdict}.${audience}.${language}`) ??
  templates.get(`any.${audience}.${language}`) ??
  BUILT_IN[audience]

const PLACEHOLDER = /\{\{\s*([^{}\n]*?)\s*\}\}/g

export interface UnknownPlaceholder {
  readonly line: number
  readonly name: string
}

/** The first placeholder that the audience does not have; null where all are known. */
export function unknownPlaceholder(text: string, audience: Audience): UnknownPlaceholder | null {
  for (const [index, line] of text.split('\n').entries())
    for (const [, name = ''] of line.matchAll(PLACEHOLDER))
      if (!PLACEHOLDERS[audience].includes(name)) return {line: index + 1, name}
  return null
}

/** Fills a template in one pass: braces inside a value stay as they are. A line that holds only an empty placeholder vanishes. */
export function fill(template: string, values: ReadonlyMap<string, string>): string {
  const lines = template.replaceAll('\r\n', '\n').split('\n')
  const kept = lines.filter((line) => {
    const alone = /^\s*\{\{\s*([^{}]*?)\s*\}\}\s*$/.exec(line)?.[1]
    return alone === undefined || (values.get(alone) ?? '') !== ''
  })
  const squeezed = kept.join('\n').replace(/\n{3,}/g, '\n\n')
  return `${squeezed.replace(PLACEHOLDER, (_, name: string) => values.get(name) ?? '').trim()}\n`
}
