/** The door of this floor: bytes of whatever a complainer sent, in; reports with clues, out. Never throws; bounded by LIMITS. */

import {bareAddress} from '../mail/address.js'
import {headerDate} from '../mail/received-date.js'
import {decodePasted, flattened, needsDecoding, textOf} from './decode.js'
import {type Block, blocksOf} from './fields.js'
import {headerClues, messageIdClues, messageIdIn, readableWords} from './header-clues.js'
import {kindOfNotice} from './kind.js'
import {LIMITS, type Truncation} from './limits.js'
import type {Clue, Hop, Notice, NoticeEnvelope, Sure} from './notice.js'
import {isOutlook, outlookText} from './outlook.js'
import {type Line, plainLines} from './plain-lines.js'
import {readHop} from './received.js'
import {reportClues} from './report-clues.js'
import {type Cast, castsOf, fieldValue} from './roles.js'
import type {Sink} from './sink.js'
import {piecesOf} from './split.js'
import {textClues} from './text-clues.js'

/**
 * Reads every report of an input (.eml, mbox, .msg, pasted text in any state), in order. At least one Notice comes for any input,
 * the empty one included. Never throws; time and memory are linear in the input up to LIMITS, and constant beyond.
 */
export async function* readNotices(input: Uint8Array): AsyncGenerator<Notice> {
  let index = 0
  if (isOutlook(input)) {
    const cut = new Set<Truncation>()
    const text = (await outlookText(input, cut)) ?? ''
    for (const notice of noticesIn(text, true, cut)) yield {...notice, index: index++}
    return
  }
  for (const piece of piecesOf(wide(input))) {
    for (const notice of await noticesOf(piece.bytes, new Set(piece.cut))) yield {...notice, index: index++}
  }
}

/** UTF-16 (a Windows clipboard's habit) becomes UTF-8 before anything else looks at bytes. */
function wide(input: Uint8Array): Uint8Array {
  const marked = (input[0] === 0xff && input[1] === 0xfe) || (input[0] === 0xfe && input[1] === 0xff)
  if (!marked) return input
  return Buffer.from(textOf(input.subarray(0, LIMITS.reportBytes * 4)), 'utf8')
}

async function noticesOf(bytes: Uint8Array, cut: Set<Truncation>): Promise<Notice[]> {
  const raw = textOf(bytes)
  if (!needsDecoding(raw)) return noticesIn(raw, false, cut)
  const flat = await flattened(withoutFromLine(bytes), cut)
  const decoded = flat === null ? [] : noticesIn(flat, true, new Set(cut))
  if (keys(decoded, 'message-id') > 0 && keys(decoded, 'hop') > 0) return decoded
  // broken or pasted MIME: the tree yields little, the bytes may yield more
  const scanned = noticesIn(decodePasted(raw), false, cut)
  const all = (notices: readonly Notice[]): number => keys(notices, 'message-id') + keys(notices, 'hop')
  return all(scanned) > all(decoded) || decoded.length === 0 ? scanned : decoded
}

const keys = (notices: readonly Notice[], type: 'message-id' | 'hop'): number =>
  notices
    .flatMap((notice) => notice.clues)
    .filter((clue) => clue.type === type && clue.where.part.startsWith('original')).length

function withoutFromLine(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!/^\s*From \S/.test(buffer.toString('latin1', 0, 20))) return bytes
  const end = buffer.indexOf(10)
  return end < 0 ? bytes : bytes.subarray(end + 1)
}

/** The reports in one decoded text. */
function noticesIn(text: string, decoded: boolean, cut: Set<Truncation>): Notice[] {
  const scanned = text.length > LIMITS.textCharacters ? text.slice(0, LIMITS.textCharacters) : text
  if (scanned.length < text.length) cut.add('text')
  const lines = plainLines(scanned)
  const blocks = blocksOf(lines, cut)
  return castsOf(blocks, lines).map((cast) => noticeOf(cast, lines, decoded, cut))
}

function noticeOf(cast: Cast, lines: readonly Line[], decoded: boolean, cut: Set<Truncation>): Notice {
  const envelope = envelopeOf(cast.report ?? null)
  const judged = kindOfNotice(cast, lines, envelope.subject ?? (cast.lone ? fieldValue(cast.lone, 'subject') : null))
  const sink: Sink = {clues: [], cut, decoded, hops: 0}
  const isReport = cast.report !== null || cast.dsn.length + cast.arf.length > 0
  cast.originals.forEach((original, n) => {
    const nested = n > 0 && !(original.embedded && !cast.originals.slice(0, n).some((before) => before.embedded))
    headerClues(original.block, nested ? 'original body' : 'original header', sureOf(original, nested, isReport), sink)
  })
  if (cast.lone) headerClues(cast.lone, 'lone header', cast.lone.strict ? 'likely' : 'guess', sink)
  machineClues(cast, sink)
  referenceClues(cast, sink)
  textClues(lines, cast.text.from, cast.text.to, ownAddresses(envelope), sink)
  for (const block of cast.loose) if (block.start < cast.text.to) headerClues(block, 'text', 'guess', sink)
  return {
    index: 0,
    kind: judged.kind,
    because: judged.because,
    envelope,
    clues: unique(sink.clues),
    truncated: [...cut],
  }
}

function sureOf(original: Cast['originals'][number], nested: boolean, isReport: boolean): Sure {
  if (nested) return 'guess'
  return original.block.strict && original.embedded && isReport ? 'certain' : 'likely'
}

function machineClues(cast: Cast, sink: Sink): void {
  let reporter: string | null = null
  for (const block of cast.dsn) {
    const stated = fieldValue(block, 'reporting-mta')
    if (stated)
      reporter = stated
        .replace(/^[A-Za-z]{1,20}\s?;\s*/, '')
        .trim()
        .toLowerCase()
    reportClues(block, 'dsn', block.strict ? 'certain' : 'likely', reporter, sink)
  }
  for (const block of cast.arf) reportClues(block, 'arf', block.strict ? 'certain' : 'likely', null, sink)
  for (const block of cast.mdn) reportClues(block, 'mdn', block.strict ? 'certain' : 'likely', null, sink)
}

/** What the report's own header says about the original: failed recipients, and the last of its references. */
function referenceClues(cast: Cast, sink: Sink): void {
  if (!cast.report) return
  for (const field of cast.report.fields) {
    if (field.name === 'x-failed-recipients')
      reportClues({...cast.report, fields: [field]}, 'report header', 'certain', null, sink)
    if (field.name !== 'references' && field.name !== 'in-reply-to') continue
    const last = field.value.lastIndexOf('<')
    const value = last < 0 ? field.value : field.value.slice(last)
    const {id} = messageIdIn(value)
    const known = sink.clues.some(
      (clue) => clue.type === 'message-id' && (clue.value === id || clue.where.part === 'original header'),
    )
    if (id?.includes('@') && !known) messageIdClues({...field, value}, 'report header', 'likely', sink)
  }
}

function envelopeOf(report: Block | null): NoticeEnvelope {
  const value = (name: string): string | null => (report ? fieldValue(report, name) : null)
  const path = value('return-path')
  const hops: Hop[] = []
  for (const field of report?.fields ?? []) {
    if (field.name === 'received' && hops.length < LIMITS.hops) hops.push(readHop(field.value))
  }
  const date = value('date')
  const own = date === null ? null : headerDate(date)
  const subject = value('subject')
  return {
    returnPath: path === null ? null : bareAddress(path),
    autoSubmitted: value('auto-submitted'),
    messageId: messageIdIn(value('message-id') ?? '').id,
    from: bareAddress(value('from') ?? '?'),
    to: bareAddress(value('to') ?? '?'),
    subject: subject === null ? null : readableWords(subject),
    date: own,
    hops,
    arrivedAt: hops.find((hop) => hop.date !== null)?.date?.ms ?? own?.ms ?? null,
  }
}

function ownAddresses(envelope: NoticeEnvelope): Set<string> {
  const own = [envelope.from, envelope.to, ...envelope.hops.map((hop) => hop.for)]
  return new Set(own.filter((address) => address !== null))
}

/** The same value of the same type in the same part is one clue; hops are kept, each is a line of its own. */
function unique(clues: readonly Clue[]): Clue[] {
  const seen = new Set<string>()
  return clues.filter((clue) => {
    if (clue.type === 'hop') return true
    const host = 'host' in clue ? clue.host : ''
    const extra = clue.type === 'anti-abuse' ? clue.name : clue.type === 'date' ? clue.of : ''
    const key = `${clue.type}\n${clue.where.part}\n${'hidden' in clue && clue.hidden}\n${clue.value}\n${host}\n${extra}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
