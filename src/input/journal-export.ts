/** journald's export format (systemd.io/JOURNAL_EXPORT_FORMATS, `journalctl -o export`) to lines as `journalctl -o json` writes them. */

import type {LogLine} from '../mail/log-line.js'
import type {InputFailure} from './input-failure.js'

/** Longest field value kept, in bytes; journald's own limit of a whole entry is 768 MiB. */
const FIELD_CAP = 256 * 1024

/** True where a stream's beginning is the export format rather than text or JSON lines. */
export const looksLikeJournalExport = (head: Buffer): boolean =>
  /^__CURSOR=[^\n]+\n(?:__[A-Z_]+=)?/.test(head.toString('latin1', 0, 512))

/**
 * Turns the stream to JSON lines: one entry, one line; every value a string; a field that stands twice an array of strings.
 * A line's place is the byte span of its entry. Values that are no UTF-8 keep each byte as its latin1 character.
 */
export class JournalExport {
  /** Where the stream broke the format: reading went on at the next entry. */
  readonly failures: InputFailure[] = []
  readonly #path: string
  #pending: Buffer = Buffer.alloc(0)
  #offset: number
  #entryStart: number
  #fields = new Map<string, string | string[]>()
  #cut = false
  /** A binary field being read: its name, its bytes still to come (with the newline), and what is kept of it. */
  #binary: {name: string; left: number; kept: Buffer[]; keptBytes: number} | null = null

  constructor(path: string, from = 0) {
    this.#path = path
    this.#offset = from
    this.#entryStart = from
  }

  /** The entries that this block completes. */
  push(block: Buffer): LogLine[] {
    const lines: LogLine[] = []
    let data = this.#pending.length > 0 ? Buffer.concat([this.#pending, block]) : block
    for (;;) {
      const used = this.#binary ? this.#readBinary(data) : this.#readField(data, lines)
      if (used === 0) break
      this.#offset += used
      data = data.subarray(used)
    }
    this.#pending = Buffer.from(data)
    return lines
  }

  /** The stream is complete: its last entry. */
  end(): LogLine | null {
    if (this.#binary || this.#pending.length > 0) this.#fail('the journal export ends in the middle of a field')
    this.#offset += this.#pending.length
    this.#pending = Buffer.alloc(0)
    return this.#entry()
  }

  #readField(data: Buffer, lines: LogLine[]): number {
    const end = data.indexOf(10)
    if (end < 0) {
      if (data.length <= FIELD_CAP * 4) return 0
      this.#cut = true
      this.#fail('a field without an end')
      return data.length
    }
    const used = end + 1
    if (end === 0) {
      this.#offset += 1
      const line = this.#entry()
      this.#offset -= 1
      if (line) lines.push(line)
      this.#entryStart = this.#offset + 1
      return used
    }
    const equals = data.subarray(0, end).indexOf(61)
    if (equals > 0) {
      this.#put(data.toString('latin1', 0, equals), data.subarray(equals + 1, end))
      return used
    }
    const name = data.toString('latin1', 0, end)
    if (!/^[A-Z0-9_]+$/.test(name)) {
      this.#fail('a line that is no field')
      return used
    }
    if (data.length < used + 8) return 0
    const length = data.readBigUInt64LE(used)
    if (length > 768n * 1024n * 1024n) {
      this.#fail('a field longer than journald allows')
      return used + 8
    }
    this.#binary = {name, left: Number(length) + 1, kept: [], keptBytes: 0}
    return used + 8
  }

  #readBinary(data: Buffer): number {
    const field = this.#binary
    if (!field || data.length === 0) return 0
    const used = Math.min(field.left, data.length)
    const room = FIELD_CAP + 1 - field.keptBytes
    if (room > 0) field.kept.push(Buffer.from(data.subarray(0, Math.min(used, room))))
    field.keptBytes += Math.min(used, Math.max(0, room))
    field.left -= used
    if (field.left === 0) {
      if (data[used - 1] !== 10) this.#fail('a binary field without a line end')
      const value = Buffer.concat(field.kept)
      // what is kept includes the closing line end unless it was cut
      const complete = value.length <= FIELD_CAP
      if (!complete) this.#cut = true
      this.#put(field.name, complete ? value.subarray(0, value.length - 1) : value.subarray(0, FIELD_CAP))
      this.#binary = null
    }
    return used
  }

  #put(name: string, bytes: Buffer): void {
    if (bytes.length > FIELD_CAP) this.#cut = true
    const value = text(bytes.subarray(0, FIELD_CAP))
    const before = this.#fields.get(name)
    if (before === undefined) this.#fields.set(name, value)
    else if (typeof before === 'string') this.#fields.set(name, [before, value])
    else before.push(value)
  }

  #entry(): LogLine | null {
    const offset = this.#entryStart
    this.#entryStart = this.#offset
    if (this.#fields.size === 0) return null
    const json = JSON.stringify(Object.fromEntries(this.#fields))
    const line = {
      text: Buffer.from(json, 'utf8').toString('latin1'),
      offset,
      bytes: this.#offset - offset,
      truncated: this.#cut,
    }
    this.#fields = new Map()
    this.#cut = false
    return line
  }

  #fail(message: string): void {
    if (this.failures.length < 100)
      this.failures.push({path: this.#path, code: 'BAD_JOURNAL_EXPORT', message, offset: this.#offset})
  }
}

const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

function text(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}
