/** How much of a hostile report is looked at. Each cut is named in the Notice's `truncated`; the ceilings are far above any real report. */

export const LIMITS = {
  /** Bytes of one report that are read; the header of the original stands near its beginning. */
  reportBytes: 2_097_152,
  /** Bytes given to the MIME parser for one report, all nesting levels together. */
  mimeBytes: 3_145_728,
  /** Characters of decoded text that are scanned. */
  textCharacters: 1_500_000,
  /** Bytes of an Outlook .msg file (its directory can stand at the end, so it is read whole or not at all). */
  outlookBytes: 33_554_432,
  /** Reports in one input. */
  notices: 10_000,
  /** Characters of one header field. */
  fieldCharacters: 8192,
  /** Header fields of one report. */
  fields: 4000,
  /** Received lines of one report. */
  hops: 200,
  /** Clues of one report. */
  clues: 1500,
  /** message/rfc822 inside message/rfc822. */
  depth: 8,
} as const

/** What was cut short. */
export type Truncation = 'report' | 'text' | 'notices' | 'field' | 'fields' | 'hops' | 'clues' | 'depth'
