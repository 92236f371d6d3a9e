import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {renderReply} from '../../src/render/reply.js'
import {loadTemplates, templateFaultText} from '../../src/render/templates/load-templates.js'
import {AUDIENCES, BUILT_IN, PLACEHOLDERS, unknownPlaceholder} from '../../src/render/templates/template.js'
import {languageOf} from '../../src/render/wording/languages.js'
import {firstPage} from './answers/first-page.js'
import {leftByScript} from './answers/left-by-script.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'templates-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const faultOf = () => {
  const loaded = loadTemplates(folder)
  return loaded.kind === 'fault' ? loaded.fault : null
}

describe('a provider’s templates', () => {
  it('replace the text of one verdict, or of all', () => {
    writeFileSync(
      join(folder, 'never-here.customer.en.txt'),
      '\uFEFFDear customer,\r\n\r\n{{ foreign_site }} did it at {{foreign_at}}.\n{{login}}\n\n\nYours\n',
    )
    writeFileSync(join(folder, 'any.customer.en.txt'), 'Case: {{verdict}}, {{queue_id}}')
    writeFileSync(join(folder, 'notes.md'), 'not a template')
    const loaded = loadTemplates(folder)
    if (loaded.kind !== 'loaded') throw new Error('these templates are right')
    const options = {audience: 'customer', language: 'en', templates: loaded.templates} as const
    expect(renderReply(firstPage, options)).toBe(
      'Dear customer,\n\namchamec.com did it at 2022-05-20 06:15:48 UTC.\n\nYours\n',
    )
    expect(renderReply(leftByScript, options)).toBe('Case: left, 1wXyZb-000000012AC-0AbC\n')
    expect(renderReply(firstPage, {...options, language: 'de'})).toContain('Guten Tag')
  })

  it('with an unknown placeholder are refused with file, line and the known names', () => {
    writeFileSync(join(folder, 'left.abuse-desk.de.txt'), '{{heading}}\n\n{{greetings}}')
    expect(faultOf()).toMatchObject({code: 'unknown-placeholder', line: 3, found: 'greetings'})
    const fault = faultOf()
    expect(fault && templateFaultText(fault)).toMatch(
      /left\.abuse-desk\.de\.txt:3: there is no placeholder \{\{greetings\}\}; known are heading, /,
    )
  })

  it('cannot show customers what is for the desk', () => {
    writeFileSync(join(folder, 'any.customer.en.txt'), '{{foreign_visitor}}')
    expect(faultOf()).toMatchObject({code: 'unknown-placeholder', found: 'foreign_visitor'})
  })

  it.for(['lefft.customer.en.txt', 'left.customer.fr.txt', 'left.boss.en.txt', 'left.txt', 'left.customer.en.old.txt'])(
    'named %s are refused',
    (name) => {
      writeFileSync(join(folder, name), 'x')
      expect(faultOf()).toMatchObject({code: 'unknown-file', found: name})
    },
  )

  it('in a folder that is not there are a fault', () => {
    const loaded = loadTemplates(join(folder, 'missing'))
    expect(loaded).toMatchObject({kind: 'fault', fault: {code: 'folder-unreadable', found: 'ENOENT'}})
  })
})

it.for(AUDIENCES)('the built-in template for %s uses known placeholders, each of which has a value', (audience) => {
  expect(unknownPlaceholder(BUILT_IN[audience], audience)).toBeNull()
  const templates = new Map([
    [`any.${audience}.en`, PLACEHOLDERS[audience].map((name) => `${name}=<{{${name}}}>`).join('\n')],
  ])
  const text = renderReply(leftByScript, {audience, language: 'en', templates})
  const empty = [...text.matchAll(/^(\w+)=<>$/gm)].map(([, name]) => name)
  expect(empty.sort()).toEqual(
    [
      'foreign_at',
      'foreign_host',
      'foreign_queue_id',
      'foreign_site',
      'login',
      ...(audience === 'customer' ? [] : ['foreign_visitor']),
    ].sort(),
  )
})

it.for([
  ['de-AT', 'de'],
  ['en_GB.UTF-8', 'en'],
  ['DE', 'de'],
  ['fr', null],
  ['', null],
] as const)('%s is %s', ([text, language]) => {
  expect(languageOf(text)).toBe(language)
})
