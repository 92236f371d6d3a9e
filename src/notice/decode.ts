/** A report's bytes as one readable text: character sets, MIME encodings (postal-mime), attached messages laid flat in reading order. */

import PostalMime, {type Attachment} from 'postal-mime'
import {LIMITS, type Truncation} from './limits.js'
import {withoutCuts} from './plain-lines.js'

/** True where MIME has to be decoded before the text can be read. */
const ENCODED = /content-transfer-encoding:\s{0,20}(?:base64|quoted-printable)/i
const UTF16 = /^(?:\xff\xfe|\xfe\xff)/

/** Bytes as text: byte order marks obeyed, UTF-8 where valid, otherwise latin1 (nothing is lost). Line ends stay. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const head = buffer.toString('latin1', 0, 4)
  if (UTF16.test(head)) {
    const little = head.startsWith('\xff\xfe')
    return new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(buffer)
  }
  const ascii = buffer.toString('latin1')
  if (!/[\x80-\xff]/.test(ascii)) return ascii
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(buffer)
  } catch {
    return ascii
  }
}

/** Does this text hold encoded MIME parts? */
export function needsDecoding(text: string): boolean {
  return ENCODED.test(text)
}

/** The MIME tree laid flat, encodings undone; null where postal-mime finds no tree or refuses it. Never throws. */
export async function flattened(
  bytes: Uint8Array,
  cut: Set<Truncation>,
  depth = 0,
  budget: {bytes: number} = {bytes: LIMITS.mimeBytes},
): Promise<string | null> {
  budget.bytes -= bytes.length
  if (depth > LIMITS.depth || budget.bytes < 0) {
    cut.add('depth')
    return textOf(bytes)
  }
  try {
    const parser = new PostalMime({forceRfc822Attachments: true, maxNestingDepth: 64, maxHeadersSize: 524_288})
    const email = await parser.parse(withLineFeeds(bytes))
    if (email.headers.length === 0) return null
    const parts = [rawHeader(bytes)]
    if (email.text) parts.push(email.text)
    if (email.html && (email.text ?? '').trim().length < 200) parts.push(email.html)
    let length = parts.join('').length
    for (const attachment of email.attachments) {
      const text = await attached(attachment, cut, depth, budget)
      if (text === null) continue
      length += text.length
      if (length > LIMITS.textCharacters) {
        cut.add('text')
        break
      }
      parts.push(`Content-Type: ${attachment.mimeType}`, text)
    }
    return parts.join('\n\n')
  } catch {
    return null
  }
}

/** The header as it stands: postal-mime drops lines that damage has broken. */
function rawHeader(bytes: Uint8Array): string {
  const text = textOf(bytes.subarray(0, 262_144))
    .replace(/\r{0,3}\n|\r/g, '\n')
    .replace(/^\n+/, '')
  const end = text.indexOf('\n\n')
  return end < 0 ? text : text.slice(0, end)
}

async function attached(
  attachment: Attachment,
  cut: Set<Truncation>,
  depth: number,
  budget: {bytes: number},
): Promise<string | null> {
  const content = attachment.content
  if (typeof content === 'string') return content
  const bytes = content instanceof Uint8Array ? content : new Uint8Array(content)
  const message = /^message\/(?:rfc822|global)$/.test(attachment.mimeType)
  if (message || /\.eml$/i.test(attachment.filename ?? '')) {
    const text = textOf(bytes)
    return needsDecoding(text) ? ((await flattened(bytes, cut, depth + 1, budget)) ?? text) : text
  }
  if (/^(?:text|message)\//.test(attachment.mimeType) || looksTextual(bytes)) return textOf(bytes)
  return null
}

/** Some hosts send the original as application/octet-stream. */
function looksTextual(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 600)).toString('latin1')
  return /^[A-Za-z][\w-]{1,40}:\s/.test(head) && !head.includes('\0')
}

/** postal-mime reads no bare CR. */
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (bytes.includes(10) || !bytes.includes(13)) return bytes
  return bytes.map((byte) => (byte === 13 ? 10 : byte))
}

const BASE64_LINE = /^[A-Za-z0-9+/]{56,80}$/
const BASE64_END = /^[A-Za-z0-9+/]{0,80}={0,2}$/

/** Pasted MIME source: runs of base64 lines that decode to text are put in their place; quoted-printable breaks are undone. */
export function decodePasted(text: string): string {
  const whole = withoutCuts(text)
  const plain = ENCODED.test(whole) && /=\r?\n|=3D/i.test(whole) ? unQuotedPrintable(whole) : whole
  const lines = plain.split('\n')
  const out: string[] = []
  for (let i = 0; i < lines.length; ) {
    let end = i
    while (end < lines.length && BASE64_LINE.test(bare(lines[end]))) end++
    if (end - i < 3) {
      out.push(lines[i++] ?? '')
      continue
    }
    if (end < lines.length && BASE64_END.test(bare(lines[end]))) end++
    const decoded = Buffer.from(lines.slice(i, end).map(bare).join(''), 'base64').toString('utf8')
    if (isText(decoded)) out.push('', ...decoded.split(/\r?\n/))
    i = end
  }
  return out.join('\n')
}

const bare = (line: string | undefined): string => (line ?? '').replace(/^[>|\s]{1,12}/, '').trim()

function unQuotedPrintable(text: string): string {
  return text
    .replace(/=[ \t]{0,4}\r?\n/g, '')
    .replace(/=([0-7][0-9A-F])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function isText(text: string): boolean {
  const head = text.slice(0, 2000)
  let odd = 0
  for (const c of head) if ((c < ' ' && c !== '\n' && c !== '\r' && c !== '\t') || c === '\ufffd') odd++
  return odd * 20 < head.length
}
