/** The samples of the product get the verdicts they were made for, through the real binary; and a cut-out hour takes the certainty away. */
import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {gunzipSync, gzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const BINARY = join(ROOT, 'bin/run.js')
const SAMPLES = join(ROOT, 'samples')

interface Expected {
  readonly file: string
  readonly verdict: string
  readonly cause: string
  readonly server?: string | null
  readonly queueId?: string | null
  readonly host?: string
  readonly idAt?: string
}

interface Gap {
  readonly from: string | null
  readonly to: string | null
  readonly reason: string
}

interface Verdict {
  readonly verdict: string
  readonly cause: string
  readonly asked: {readonly queueIds: readonly {id: string; host: string | null; at: string | null}[]}
  readonly messages: readonly {server: string; queueId: string}[]
  readonly coverage: {
    complete: boolean
    servers: readonly {server: string; from: string; to: string; gaps: readonly Gap[]}[]
  }
}

const expected: readonly Expected[] = JSON.parse(readFileSync(join(SAMPLES, 'expected.json'), 'utf8'))
const work = mkdtempSync(join(tmpdir(), 'mailwitness-samples-'))

/** Runs the real binary in the sample folder and gives its JSON objects, one a line. */
function run(samples: string, args: readonly string[]): unknown[] {
  const config = ['--config', join(samples, 'config.toml'), '--db', join(samples, 'mail.db'), '--json']
  const done = spawnSync(process.execPath, [BINARY, ...args, ...config], {
    cwd: samples,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  expect(done.status, done.stderr).toBe(0)
  const text = done.stdout.trim()
  try {
    return [JSON.parse(text)]
  } catch {
    return text.split('\n').map((line) => JSON.parse(line) as unknown)
  }
}

/** A copy of samples/, changed by `change`, read into a database of its own. */
function prepared(name: string, change?: (samples: string) => void): string {
  const samples = join(work, name)
  cpSync(SAMPLES, samples, {recursive: true})
  change?.(samples)
  run(samples, ['ingest'])
  return samples
}

/** Takes the lines of one hour out of an Exim log whose stamps are in Berlin's summer time. */
function cutHour(path: string, from: string, to: string): number {
  const zipped = path.endsWith('.gz')
  const bytes = readFileSync(path)
  const lines = (zipped ? gunzipSync(bytes) : bytes).toString('latin1').split('\n')
  const kept = lines.filter((line) => line < from || line >= to)
  const text = Buffer.from(kept.join('\n'), 'latin1')
  writeFileSync(path, zipped ? gzipSync(text) : text)
  return lines.length - kept.length
}

afterAll(() => rmSync(work, {recursive: true, force: true}))

describe('the sample notices', () => {
  let answers = new Map<string, Verdict>()

  beforeAll(() => {
    const samples = prepared('whole')
    const objects = run(samples, ['verdict', ...expected.map(({file}) => file)]) as (Verdict & {
      input: {path: string}
    })[]
    answers = new Map(objects.map((object) => [object.input.path, object]))
  })

  it('are all listed', () => {
    const files = readdirSync(join(SAMPLES, 'notices')).map((file) => `notices/${file}`)
    expect(expected.map(({file}) => file).sort()).toEqual(files.sort())
    expect(expected.length).toBeGreaterThanOrEqual(17)
  })

  it.each(expected)('$file: $verdict, $cause', (row) => {
    const answer = answers.get(row.file)
    expect(answer?.verdict).toBe(row.verdict)
    expect(answer?.cause).toBe(row.cause)
    const found = answer?.messages.map(({server, queueId}) => `${server} ${queueId}`)
    if (row.server && row.queueId && !['inconclusive', 'not-a-bounce'].includes(row.verdict))
      expect(found).toContain(`${row.server} ${row.queueId}`)
    if (row.verdict === 'never-here') expect(answer?.coverage.complete).toBe(true)
  })

  it('names the foreign host and the time inside the foreign ID', () => {
    const seed = expected.find(({file}) => file.endsWith('.txt'))
    const asked = answers.get(seed?.file ?? '')?.asked.queueIds
    expect(asked).toContainEqual(
      expect.objectContaining({id: '1nrvvQ-0002CA-NB', host: 'vps62989.inmotionhosting.com'}),
    )
    const at = asked?.find(({id}) => id === seed?.queueId)?.at
    expect(Date.parse(at ?? '')).toBe(Date.parse('2022-05-20T06:15:48Z'))
  })
})

describe('the hour cut out of a log', () => {
  it('makes the verdict about the foreign contact form inconclusive and names the gap', () => {
    const samples = prepared('cut', (folder) => {
      const log = join(folder, 'exim/web1.hoster.example/exim_mainlog')
      expect(cutHour(log, '2022-05-20 08:00', '2022-05-20 09:00')).toBeGreaterThan(20)
    })
    const [answer] = run(samples, ['verdict', 'notices/foreign-contact-form.txt']) as Verdict[]
    expect(answer?.verdict).toBe('inconclusive')
    expect(answer?.coverage.complete).toBe(false)
    const gaps = answer?.coverage.servers.find(({server}) => server === 'web1.hoster.example')?.gaps ?? []
    const moment = Date.parse('2022-05-20T06:15:48Z')
    const around = gaps.filter(
      ({from, to}) => Date.parse(from ?? '1970') <= moment && moment <= Date.parse(to ?? '2100'),
    )
    expect(around, JSON.stringify(gaps)).toHaveLength(1)
    const [gap] = around
    expect(Date.parse(gap?.from ?? '')).toBeGreaterThan(Date.parse('2022-05-20T05:45:00Z'))
    expect(Date.parse(gap?.to ?? '')).toBeLessThan(Date.parse('2022-05-20T07:15:00Z'))
  })

  it('leaves a message that stands in the rest of the log as it was', () => {
    const samples = join(work, 'cut')
    const [answer] = run(samples, ['verdict', 'notices/contact-form-mail-left-then-bounced.eml']) as Verdict[]
    expect(answer?.verdict).toBe('left')
  })
})

describe('the samples themselves', () => {
  it('hold only reserved names and documentation addresses, but for the public question', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'samples'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
    const texts = files.filter((file) => !file.endsWith('.txt') && !file.endsWith('.md') && !file.endsWith('.toml'))
    expect(texts.length).toBeGreaterThan(25)
    for (const file of texts) {
      const bytes = readFileSync(join(ROOT, file))
      const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
      const addresses = [...text.matchAll(/\[(\d+\.\d+\.\d+\.\d+)\]/g)].map(([, address]) => address ?? '')
      const foreign = addresses.filter(
        (address) => !/^(127\.|198\.1[89]\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|192\.168\.1\.20$)/.test(address),
      )
      expect(foreign, file).toEqual([])
      const names = [...text.matchAll(/@([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map(([, name]) => (name ?? '').toLowerCase())
      expect(
        names.filter((name) => !name.endsWith('.example')),
        file,
      ).toEqual([])
    }
  })
})
