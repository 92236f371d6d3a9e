import {execFile} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {gunzipSync} from 'node:zlib'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {absorb, parseExim, parseEximText} from '../../../src/dialect/exim/log.js'
import type {Parsed} from '../../../src/mail/event.js'
import {cpuTime} from '../../helpers/cpu-time.js'
import {BASE} from './lines.js'

const shared = new URL('../../../../shared/', import.meta.url).pathname
const corpus = join(shared, 'corpus/exim')
const lab = join(shared, 'lab/run-2/logs')
const eximstats = '/usr/sbin/eximstats'
const versions = ['HEAD', 'exim-4.96.2']

const linesOf = (file: string): string[] => {
  const bytes = file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)
  const lines = bytes.toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
const filesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, {recursive: true, withFileTypes: true})
        .filter((f) => f.isFile())
        .map((f) => join(f.parentPath, f.name))
        .sort()
    : []

const kinds = new Set<Parsed['kind']>(['event', 'ignored', 'unknown', 'continuation', 'piece'])

describe('any line', () => {
  const start = fc.constantFrom(
    '',
    '2022-05-20 06:15:48 ',
    '2022-05-20 06:15:48 1nrvvQ-0002CA-NB ',
    '2022-05-20 06:15:48.001 +0200 [7] 1rHwSQ-000000008fX-2mXZ ',
  )
  const part = fc.constantFrom(
    '<= ',
    '=> ',
    '** ',
    '== ',
    '-> ',
    'cwd=/ 3 args: ',
    'H=(',
    ') [192.0.2.1]',
    ':25',
    ' F=<',
    '>',
    '"',
    '\\',
    ' R=',
    ' T="',
    ' C="',
    ' id=',
    ': ',
    ' rejected RCPT <',
    ' for ',
    ' from <',
    ' S=1',
    'defer (',
    ' authenticator failed for ',
    'PHP php="',
    'PWD=',
    ' <"',
    'Script details - ',
    ' ',
    '[1/3] ',
    '\t',
    '\x00',
    '\xff',
  )
  const line = fc
    .tuple(start, fc.array(fc.oneof(part, fc.string({unit: 'binary', maxLength: 8})), {maxLength: 20}))
    .map(([s, p]) => s + p.join(''))

  it('is answered, without throwing and the same twice', () => {
    fc.assert(
      fc.property(line, (text) => {
        const parsed = parseExim(text)
        expect(kinds.has(parsed.kind)).toBe(true)
        expect(parseExim(text)).toEqual(parsed)
        const wrapped = parseEximText(text, BASE)
        expect(parseEximText(text, BASE)).toEqual(wrapped)
        if (parsed.kind === 'event') expect(absorb(parsed.event, text)).toEqual(absorb(parsed.event, text))
      }),
      {numRuns: 2000},
    )
  })

  it('costs time in proportion to its length', () => {
    const front = '2022-05-20 06:15:48 1nrvvQ-0002CA-NB '
    for (const piece of [
      ' <"a',
      ' F=<"',
      '") [1] (',
      ' R=x T=y',
      ': host x (',
      'PWD=',
      ' args: "a ',
      'H=(',
      '=?utf-8?Q?',
      ': error ignored <',
    ]) {
      for (const head of ['<= a@b H=(x', '=> a', '** a', '== a', 'H=(', 'cwd=/ 3 args: ', '<= a@b T="', '']) {
        const text = front + head + piece.repeat(Math.ceil(200_000 / piece.length))
        const began = cpuTime()
        parseExim(text)
        parseExim(text.replace(front, '2022-05-20 06:15:48 '))
        expect(cpuTime() - began, `${head} ${piece}`).toBeLessThan(1500)
      }
    }
  }, 60_000)
})

const corpusFiles = versions.flatMap((v) => filesOf(join(corpus, v)))

describe.skipIf(corpusFiles.length === 0)(
  `${corpusFiles.length} files of Exim's own test suite (../shared/corpus/exim)`,
  () => {
    it.each(versions)('%s: every line is accounted for, fewer than 18 % unknown', (version) => {
      let lines = 0
      let unknown = 0
      for (const file of filesOf(join(corpus, version))) {
        const all = linesOf(file)
        const seen = {event: 0, ignored: 0, unknown: 0, continuation: 0, piece: 0}
        for (const text of all) seen[parseExim(text).kind]++
        expect(seen.event + seen.ignored + seen.unknown + seen.continuation + seen.piece, file).toBe(all.length)
        lines += all.length
        unknown += seen.unknown
      }
      expect(lines).toBeGreaterThan(5000)
      expect(unknown / lines).toBeLessThan(0.18)
    })

    it.each(versions)('%s: every line with an ID keeps it', (version) => {
      const id =
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? (?:[+-]\d{4} )?(?:\[\d+\] )?([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})) \S/
      for (const file of filesOf(join(corpus, version, 'log')))
        for (const text of linesOf(file)) {
          const expected = id.exec(text)?.[1]
          if (!expected) continue
          const parsed = parseExim(text)
          if (parsed.kind === 'event') expect(parsed.event.queueId, text).toBe(expected)
          else if (parsed.kind === 'unknown') expect(parsed.queueId, text).toBe(expected)
        }
    })
  },
)

const labFiles = filesOf(lab).filter(
  (f) =>
    /\/(?:e1|e2|e3|f1)-/.test(f) &&
    /exim_(?:main|reject)log|maillog|mail\.log|mainlog|rejectlog/.test(f) &&
    !f.includes('php_mail'),
)
const SYSLOG = /^(?:\w{3} [ \d]\d \d\d:\d\d:\d\d|\S+T\S+) \S+ exim\S*?\[(\d+)\]: (.*)$/s

describe.skipIf(labFiles.length === 0)(`${labFiles.length} logs of real Exims (../shared/lab)`, () => {
  it.each(labFiles.map((f) => [f.slice(lab.length + 1), f]))('%s has no unknown line', (_, file) => {
    const unknown: string[] = []
    let events = 0
    for (const text of linesOf(file)) {
      const wrapped = SYSLOG.exec(text)
      if (!wrapped && !/^\d{4}-\d\d-\d\d /.test(text)) continue
      const parsed = wrapped ? parseEximText(wrapped[2] ?? '', {...BASE, pid: Number(wrapped[1])}) : parseExim(text)
      if (parsed.kind === 'unknown') unknown.push(text)
      if (parsed.kind !== 'event') continue
      events++
      const event = parsed.event
      if (event.type === 'message-received') {
        expect(event.protocol, text).not.toBeNull()
        expect(event.size, text).not.toBeNull()
        if (text.includes(' for ')) expect(event.recipients.length, text).toBeGreaterThan(0)
      } else if (event.type === 'recipient-attempted') {
        expect(event.reply ?? '', text).not.toMatch(/^(?:[A-Z]{1,3}=|defer|\(-?\d+\)|:)|DT=[\d.]+s$/)
        if (/ (?:=>|->) .* H=\S+ \[/.test(text))
          expect(event, text).toMatchObject({channel: 'remote', result: 'delivered'})
        if (/ H=\S+ \[/.test(text)) expect(event.remoteIp, text).toMatch(/^[\da-f.:]+$/)
      } else if (event.type === 'message-rejected' && / H=/.test(text))
        expect(event.client?.ip, text).toMatch(/^[\da-f.:]+$/)
    }
    expect(unknown).toEqual([])
    expect(events).toBeGreaterThan(0)
  })
})

interface Counts {
  received: number
  deliveries: number
  addresses: number
}

function ours(lines: readonly string[]): Counts {
  const counts = {received: 0, deliveries: 0, addresses: 0}
  for (const text of lines) {
    const parsed = parseExim(text)
    if (parsed.kind !== 'event') continue
    const event = parsed.event
    if (event.type === 'message-received' && !event.fakeReject) counts.received++
    else if (event.type === 'recipient-attempted') {
      if (event.marker === '=>') counts.deliveries++
      if (event.marker === '=>' || event.marker === '->') counts.addresses++
    }
  }
  return counts
}

async function theirs(file: string): Promise<Counts> {
  const {stdout} = await promisify(execFile)(eximstats, ['-nr', '-nt', '-ne', '-nvr', '-h0', '-t0', '-emptyok', file], {
    encoding: 'latin1',
  })
  const received = /^ {2}Received +\S+ +(\d+)/m.exec(stdout)
  const delivered = /^ {2}Delivered +\S+ +(\d+) +(\d+)/m.exec(stdout)
  return {
    received: Number(received?.[1] ?? 0),
    deliveries: Number(delivered?.[1] ?? 0),
    addresses: Number(delivered?.[2] ?? 0),
  }
}

/** New IDs in the form that Debian's eximstats 4.96 can read. */
const oldForm = (text: string): string =>
  text.replace(/\b([0-9A-Za-z]{6})-[0-9A-Za-z]{5}([0-9A-Za-z]{6})-[0-9A-Za-z]{2}([0-9A-Za-z]{2})\b/g, '$1-$2-$3')

describe.skipIf(!existsSync(eximstats) || corpusFiles.length === 0)(
  'eximstats (Debian exim4-base), where installed',
  () => {
    it.each(versions)(
      '%s: counts the same messages, deliveries and addresses in each file',
      async (version) => {
        const folder = mkdtempSync(join(tmpdir(), 'eximstats-'))
        try {
          const files = filesOf(join(corpus, version, 'log'))
          const differ: string[] = []
          const next = files.entries()
          const worker = async (): Promise<void> => {
            for (const [n, file] of next) {
              const lines = linesOf(file)
              const copy = join(folder, `${n}`)
              writeFileSync(copy, `${lines.map(oldForm).join('\n')}\n`, 'latin1')
              const [a, b] = [ours(lines), await theirs(copy)]
              if (JSON.stringify(a) !== JSON.stringify(b))
                differ.push(`${version}/${file.slice(-4)}: ${JSON.stringify(a)} ${JSON.stringify(b)}`)
            }
          }
          await Promise.all([worker(), worker(), worker(), worker()])
          expect(files.length).toBeGreaterThan(100)
          // a file where eximstats itself errs would be named here with the reason; none is known
          expect(differ).toEqual([])
        } finally {
          rmSync(folder, {recursive: true})
        }
      },
      600_000,
    )
  },
)
