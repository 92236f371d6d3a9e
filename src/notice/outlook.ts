/** Outlook .msg files (MS-OXMSG) as mail text: transport headers (property 007D), body, and attached messages. */

import {LIMITS, type Truncation} from './limits.js'

const MAGIC = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]

/** Is this an OLE compound file, the form of .msg? */
export function isOutlook(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, n) => bytes[n] === byte)
}

interface Fields {
  headers?: string
  subject?: string
  senderEmail?: string
  senderSmtpAddress?: string
  body?: string
  attachments?: Fields[]
  innerMsgContentFields?: Fields
}

/** The message as text; null when the file cannot be read. The reader is loaded only when needed. */
export async function outlookText(bytes: Uint8Array, cut: Set<Truncation>): Promise<string | null> {
  if (bytes.length > LIMITS.outlookBytes) {
    cut.add('report')
    return null
  }
  try {
    const module = await import('@kenjiuno/msgreader')
    const Reader = readerOf(module)
    const copy = new Uint8Array(bytes)
    const reader = new Reader(copy.buffer)
    return laidFlat(reader.getFileData() as Fields, (attachment) => contentOf(reader, attachment), cut, 0)
  } catch {
    return null
  }
}

type Reader = {getFileData(): unknown; getAttachment(attachment: never): {content: Uint8Array}}
type ReaderClass = new (buffer: ArrayBuffer) => Reader

/** The package is CommonJS with a default inside its default. */
function readerOf(module: unknown): ReaderClass {
  let found = module as {default?: unknown}
  for (let i = 0; i < 3 && typeof found !== 'function'; i++) found = (found.default ?? found) as {default?: unknown}
  return found as unknown as ReaderClass
}

function contentOf(reader: Reader, attachment: Fields): Uint8Array | null {
  try {
    return reader.getAttachment(attachment as never).content
  } catch {
    return null
  }
}

function laidFlat(
  fields: Fields,
  content: (attachment: Fields) => Uint8Array | null,
  cut: Set<Truncation>,
  depth: number,
): string {
  const header =
    fields.headers?.trim() ??
    `From: ${fields.senderSmtpAddress ?? fields.senderEmail ?? ''}\nSubject: ${fields.subject ?? ''}`
  const parts = [header, (fields.body ?? '').slice(0, LIMITS.textCharacters)]
  if (depth >= LIMITS.depth) {
    cut.add('depth')
    return parts.join('\n\n')
  }
  for (const attachment of (fields.attachments ?? []).slice(0, 50)) {
    if (attachment.innerMsgContentFields)
      parts.push('Content-Type: message/rfc822', laidFlat(attachment.innerMsgContentFields, content, cut, depth + 1))
    else {
      const bytes = content(attachment)
      const text = bytes ? Buffer.from(bytes.subarray(0, LIMITS.reportBytes)).toString('latin1') : ''
      if (/^[A-Za-z][\w-]{1,40}:\s/.test(text)) parts.push('Content-Type: message/rfc822', text)
    }
  }
  return parts.join('\n\n')
}
