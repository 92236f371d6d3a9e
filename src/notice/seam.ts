/** The mark for a place where a line was cut, maybe through a token: read glued first, then as a blank. Removed from all input. */
export const SEAM = '\u0001'

/** Text with its seams glued and its white space collapsed. */
export function glued(text: string): string {
  return text.replaceAll(SEAM, '').replace(/\s+/g, ' ').trim()
}
