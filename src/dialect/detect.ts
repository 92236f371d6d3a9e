/** Which dialect a file speaks, judged by a sample of its lines, with the reason. */

import {readAccessLine} from './access-log.js'
import {type Speaker, speakerOf} from './programs.js'
import {readEnvelope} from './syslog/envelope.js'

export interface Detected {
  /** A name of `dialects`; `auto` where nothing fits. */
  readonly format: string
  /** Share of the sample's lines that have the format's shape, 0 to 1. */
  readonly score: number
  readonly why: string
}

type Shape = 'exim' | 'php-mail' | 'access' | 'json' | 'syslog' | 'leftover'

const EXIM = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/
const PHP = /^(?:\[\d\d-[A-Z][a-z]{2}-\d{4} [^\]]{8,60}\] )?mail\(\) on \[/

interface Tally {
  readonly shapes: Map<Shape, number>
  readonly speakers: Map<Speaker['kind'], number>
  refused: number
  dumps: number
  transfers: number
  lines: number
}

const add = <Key>(counts: Map<Key, number>, key: Key): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function look(line: string, tally: Tally): void {
  tally.lines++
  if (PHP.test(line)) add(tally.shapes, 'php-mail')
  else if (EXIM.test(line) && !/^.{19,40} postfix[^ ]*\[\d+\]: /.test(line.slice(0, 120))) {
    add(tally.shapes, 'exim')
    if (/ rejected | temporarily rejected /.test(line)) tally.refused++
    else if (/ (?:<=|=>|->|==|\*\*|Completed|cwd=|Start queue run|exim \S+ daemon started)/.test(line))
      tally.transfers++
  } else if (readAccessLine(line)) add(tally.shapes, 'access')
  else {
    const envelope = readEnvelope(line)
    if (envelope) {
      add(tally.shapes, line.startsWith('{') ? 'json' : 'syslog')
      if (envelope.program !== null) add(tally.speakers, speakerOf(envelope.program).kind)
    } else {
      add(tally.shapes, 'leftover')
      if (/^(?:Envelope-|[A-Za-z*] {1,2}[!-9;-~]+:|-{20,})/.test(line)) tally.dumps++
    }
  }
}

const of = (count: number, lines: number, what: string): string => `${count} of ${lines} sampled lines ${what}`

/** Reject and panic logs are Exim files too: they differ in what they hold. */
function eximKind(tally: Tally, exim: number): Detected {
  const score = (exim + tally.dumps) / tally.lines
  const begin = of(exim, tally.lines, "begin with Exim's stamp")
  if (tally.transfers === 0 && (tally.dumps > 0 || tally.refused * 2 > exim))
    return {format: 'exim-rejectlog', score, why: `${begin}, ${tally.refused} say rejected, none is a delivery`}
  if (tally.transfers === 0 && tally.refused === 0)
    return {format: 'exim-paniclog', score, why: `${begin}, none is an arrival, a delivery or a refusal`}
  return {format: 'exim', score, why: `${begin}, ${tally.transfers} are arrivals, deliveries or commands`}
}

function syslogKind(tally: Tally, json: number, plain: number): Detected {
  const enveloped = json + plain
  const score = enveloped / tally.lines
  if (json > plain) return {format: 'journal', score, why: of(json, tally.lines, 'are JSON records of a log system')}
  const postfix = tally.speakers.get('postfix') ?? 0
  const exim = tally.speakers.get('exim') ?? 0
  const begin = of(plain, tally.lines, 'have a syslog prefix')
  if (postfix > 0 && postfix >= exim)
    return {format: 'postfix', score, why: `${begin}, ${postfix} were written by Postfix`}
  return {format: 'syslog', score, why: `${begin}, ${exim} were written by Exim`}
}

/**
 * Judges a sample of a file's lines (some tens are enough; blank lines do not count). Where several formats are mixed the most frequent one is
 * named. `auto` with score 0 where no line has a known shape: the universal parser still tells each line by itself.
 */
export function detect(sample: readonly string[]): Detected {
  const tally: Tally = {shapes: new Map(), speakers: new Map(), refused: 0, dumps: 0, transfers: 0, lines: 0}
  for (const line of sample) if (line.trim() !== '') look(line, tally)
  if (tally.lines === 0) return {format: 'auto', score: 0, why: 'the file has no lines yet'}
  const count = (shape: Shape): number => tally.shapes.get(shape) ?? 0
  const json = count('json')
  const plain = count('syslog')
  const candidates: readonly (readonly [number, () => Detected])[] = [
    [count('exim'), () => eximKind(tally, count('exim'))],
    [json + plain, () => syslogKind(tally, json, plain)],
    [
      count('php-mail'),
      () => ({
        format: 'php-mail',
        score: count('php-mail') / tally.lines,
        why: of(count('php-mail'), tally.lines, "are calls of PHP's mail()"),
      }),
    ],
    [
      count('access'),
      () => ({
        format: 'access',
        score: count('access') / tally.lines,
        why: of(count('access'), tally.lines, 'are requests to a web server'),
      }),
    ],
  ]
  let best: readonly [number, () => Detected] = [
    0,
    () => ({format: 'auto', score: 0, why: of(0, tally.lines, 'have a known shape')}),
  ]
  for (const candidate of candidates) if (candidate[0] > best[0]) best = candidate
  return best[1]()
}
