/** One line of a log with its place: what the input floor hands up and every dialect reads. Values only. */

/** A line as read, before anybody has asked what it means. */
export interface LogLine {
  /** Byte string (latin1, one character a byte) without its line end (`\n` or `\r\n`); NUL bytes kept; cut at the length cap. */
  readonly text: string
  /** Byte offset of the line's first byte in the decompressed part. */
  readonly offset: number
  /** Length in bytes in the part, line end included, uncut: `offset + bytes` is where the next line begins. */
  readonly bytes: number
  /** True where the line was longer than the cap and `text` holds only its beginning. */
  readonly truncated: boolean
}
