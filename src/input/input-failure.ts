/** What could not be read, as a value: never thrown, never swallowed, counted and remembered as a gap by those above. */

/** Stable codes of input failures; system codes (EACCES, ENOENT, EIO …) stand beside them as they are. */
export type InputFailureCode =
  | 'NOT_A_FILE' // a FIFO, socket or device: reported, never opened for reading
  | 'OUTSIDE_FOLDER' // a symbolic link met while walking a folder that leads out of it
  | 'NO_MATCH' // a glob that matches nothing
  | 'TOO_DEEP' // folders nested beyond the limit
  | 'CORRUPT' // compressed data broken at `offset`
  | 'COMPRESSED_TRUNCATED' // compressed data ends too early
  | 'TRAILING_GARBAGE' // bytes after the last compressed member that are no padding
  | 'DECOMPRESSION_LIMIT' // grew beyond the limit: a zip bomb, or the option is too small
  | 'TOOL_MISSING' // the system's decompressor is not installed
  | 'TRUNCATED_WITHOUT_COPY' // a live file shrank and no rotated copy holds what was not read yet
  | 'BAD_JOURNAL_EXPORT' // a journal export stream broken at `offset`
  | (string & {})

/** One thing that could not be read. */
export interface InputFailure {
  readonly path: string
  readonly code: InputFailureCode
  /** One sentence: what and why, and where it helps, what to do next. */
  readonly message: string
  /** Decompressed byte offset up to which everything was delivered; null where reading never began. */
  readonly offset: number | null
}

/** An error of the system as a failure value. */
export function failureOf(path: string, error: unknown, offset: number | null = null): InputFailure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
  const message = error instanceof Error ? error.message : String(error)
  return {path, code, message: WORDS[code] ?? message, offset}
}

const WORDS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of the path is not a directory',
  EIO: 'the disk could not be read (input/output error)',
  ESTALE: 'stale file handle of a network file system',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the file name is too long',
}
