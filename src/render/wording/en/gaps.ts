/** English: why a piece of log is missing, for people who do not know the codes. */

const WORDS: ReadonlyMap<string, string> = new Map([
  ['part-missing', 'a rotated file is missing'],
  ['no-lines', 'no lines where it usually has many'],
  ['lines-lost', 'the log system says that it dropped lines'],
  ['line-too-long', 'a line was too long to be kept whole'],
  ['unreadable', 'the file is damaged there'],
  ['stream-ended', 'this log ends while others of the server go on'],
  ['no-logs', 'none was read in'],
  ['before-first', 'it begins later'],
  ['after-last', 'it ends earlier'],
  ['pruned', 'it has been pruned'],
  ['forgotten', 'an address in its lines was forgotten'],
])

export const gapWords = (code: string): string => WORDS.get(code) ?? code
