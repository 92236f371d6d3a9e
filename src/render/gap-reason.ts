/** Why a span of time is not covered, in words. */

const REASONS: Readonly<Record<string, string>> = {
  'part-missing': 'a rotated log is missing, or nothing proves that none is',
  'no-lines': 'no lines where this log usually has many',
  'lines-lost': 'the log system says that it dropped lines',
  'line-too-long': 'a line was longer than the limit and is stored cut',
  unreadable: 'the file is damaged there',
  'stream-ended': 'this log ends while others of the server go on',
  'no-logs': 'no logs of this server',
  'before-first': 'before the first line',
  'after-last': 'after the last line',
  pruned: 'what was logged then has been pruned',
  forgotten: 'an address in lines of that time was forgotten',
}

/** A gap's reason code in words. */
export const gapReason = (code: string): string => REASONS[code] ?? code
