/**
 * Documentation is a test: every command is explained, and every shown command is run against the samples.
 *
 * ```console  each `$ command` is run with sh and must print what stands below it; `…` in a line stands for anything
 * ```sh       each line is run and must end with 0
 * ```sh no-run REASON   is not run; the reason says why
 *
 * MAILWITNESS_UPDATE_DOCS=1 writes the real output into the console blocks.
 */
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {Config} from '@oclif/core/config'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'

const root = process.cwd()
const config = await Config.load({root})
const commands = config.commands.filter(({id, hidden}) => !hidden && id !== 'help')
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync('docs', {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
]
const read = (name: string): string => readFileSync(join(root, name), 'utf8')

describe('every command', () => {
  const guide = read('docs/guide.md')
  it('is there', () => expect(commands.length).toBeGreaterThan(0))

  it.each(commands.map((command) => [command.id, command] as const))('%s is explained', (id, command) => {
    expect(command.summary, 'a summary').toMatch(/^[A-Z].*[.?]$/)
    expect(command.examples?.length ?? 0, 'an example').toBeGreaterThan(0)
    expect(guide, 'its place in docs/guide.md').toContain(`mailwitness ${id.replaceAll(':', ' ')}`)
    for (const [name, flag] of Object.entries(command.flags))
      expect(flag.summary ?? flag.description ?? '', `a summary of --${name}`).not.toBe('')
    for (const [name, arg] of Object.entries(command.args)) {
      expect(arg.description ?? '', `a description of ${name}`).not.toBe('')
    }
  })
})

describe('links', () => {
  it.each(documents)('of %s lead somewhere', (name) => {
    const text = read(name).replaceAll(/^```.*?^```/gms, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      expect(() => readFileSync(resolve(root, name, '..', target)), `${name} → ${target}`).not.toThrow(/ENOENT/)
    }
  })
})

describe('the JSON contract names every field that is printed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwitness-json-'))
  afterAll(() => rmSync(folder, {recursive: true}))
  const contract = read('docs/json.md')
  const fields = (value: unknown, found = new Set<string>()): Set<string> => {
    if (Array.isArray(value)) for (const item of value) fields(item, found)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value))
        fields(key === 'data' || key === 'values' ? null : inner, found.add(key))
    return found
  }
  const notices = readdirSync('samples/notices').map((name) => join('samples/notices', name))
  const calls: Record<string, string[]> = {
    ingest: [],
    coverage: [],
    trace: ['victim0@late-full.example', 'newsfwd@cafe.example'],
    verdict: [...notices, '--reply'],
    abuse: ['--since', '2022-05-19', '--until', '2022-05-20'],
    report: ['--day', '2022-05-20'],
    backscatter: [],
    doctor: [],
    verify: [],
    prune: ['--keep', '10000d'],
    forget: ['nobody@example.org'],
  }
  for (const [id, args] of Object.entries(calls)) {
    if (!config.findCommand(id)) continue
    it(id, () => {
      const {stdout} = spawnSync(process.execPath, ['bin/run.js', id, ...args, '--json'], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: {
          ...process.env,
          MAILWITNESS_DB: join(folder, 'mail.db'),
          MAILWITNESS_CONFIG: join(root, 'samples/config.toml'),
          MAILWITNESS_NOW: '2022-05-21T06:00:00Z',
        },
      })
      const printed = stdout
        .trimEnd()
        .split('\n')
        .reduce((all, line) => fields(JSON.parse(line), all), new Set<string>())
      expect(printed.size).toBeGreaterThan(1)
      const unnamed = [...printed].filter((name) => !new RegExp(`\\b${name}\\b`).test(contract))
      expect(unnamed).toEqual([])
    })
  }
})

interface Block {
  readonly info: string
  readonly line: number
  readonly body: string
}

const blocks = (text: string): Block[] =>
  [...text.matchAll(/^```((?:console|sh|bash|shell)\b[^\n]*)\n(.*?)^```$/gms)].map((match) => ({
    info: match[1] ?? '',
    line: text.slice(0, match.index).split('\n').length,
    body: match[2] ?? '',
  }))

interface Step {
  readonly command: string
  /** null: only the exit code counts. */
  readonly output: string | null
}

function steps({info, body}: Block): Step[] {
  if (!info.startsWith('console'))
    return body
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((command) => ({command, output: null}))
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return {command: part.slice(0, end), output: part.slice(end + 1)}
    })
}

/** Columns are as wide as the longest path, and so is the clone's: runs of blanks count as one. */
const narrow = (text: string): string => text.trimEnd().replaceAll(/ {2,}/g, ' ')

/** The shown output with `…` for anything; blank lines at the end do not count. A lone `…` is a place to fill. */
function shows(shown: string, real: string): boolean {
  if (shown.trim() === '…') return false
  const pattern = narrow(shown)
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*?')
  return new RegExp(`^${pattern}$`).test(narrow(real))
}

/** What differs from run to run: durations, speeds and this run's folder. */
const lasting = (text: string, folder: string): string =>
  text
    .trimEnd()
    .replaceAll(folder, '…')
    .replaceAll(root, '…')
    .replaceAll(/\d[\d., {2}]*(?= (?:ms|s|(?:k |M )?lines\/s|[kMG]i?B\/s)\b)/g, '…')
    .replaceAll(/(?<="elapsedMs":)\d+/g, '…')

const shown = documents
  .map((name) => ({name, blocks: blocks(read(name))}))
  .filter((document) => document.blocks.length > 0)

describe.each(shown)('the commands in $name', ({name, blocks}) => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwitness-docs-'))
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TZ: 'UTC',
    NO_COLOR: '1',
    COLUMNS: '100',
    MAILWITNESS_DB: join(folder, 'mail.db'),
    MAILWITNESS_CONFIG: join(root, 'samples/config.toml'),
    MAILWITNESS_NOW: '2022-05-21T06:00:00Z',
  }
  const sh = (command: string) =>
    spawnSync('sh', ['-c', `exec 2>&1\n${command}`], {cwd: root, env, encoding: 'utf8', timeout: 50_000})
  const updates: {from: string; to: string}[] = []

  beforeAll(() => {
    const program = join(folder, 'mailwitness')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/run.js')}' "$@"\n`)
    chmodSync(program, 0o755)
    const runs = blocks.filter(({info}) => !info.includes('no-run')).flatMap(steps)
    if (
      runs.some(({command}) => command.includes('mailwitness')) &&
      !runs.some(({command}) => command.includes('mailwitness ingest'))
    )
      expect(sh('mailwitness ingest').status).toBe(0)
  })

  afterAll(() => {
    rmSync(folder, {recursive: true})
    if (updates.length === 0) return
    writeFileSync(
      name,
      updates.reduce((text, {from, to}) => text.replace(from, () => to), read(name)),
    )
  })

  for (const block of blocks) {
    const noRun = /\bno-run\b\s*(.*)$/.exec(block.info)
    if (noRun) {
      it(`line ${block.line} is not run: ${noRun[1]}`, () =>
        expect(noRun[1], 'say why it is not run').toMatch(/\w+ \w+/))
      continue
    }
    it.each(steps(block))(`line ${block.line}: $command`, ({command, output}) => {
      const {status, stdout: real} = sh(command)
      if (output === null) {
        expect(status, real).toBe(0)
        return
      }
      if (process.env['MAILWITNESS_UPDATE_DOCS'] && status !== 64 && !shows(output, real)) {
        updates.push({
          from: `$ ${command}\n${output}`,
          to: `$ ${command}\n${lasting(real, folder)}\n${output.endsWith('\n\n') ? '\n' : ''}`,
        })
        return
      }
      if (!shows(output, real)) expect(real.trimEnd()).toBe(output.trimEnd())
    })
  }
})
