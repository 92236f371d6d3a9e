/** Strangers write our input: everything that is printed passes here first. */

const STRANGE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const EACH_STRANGE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const visible = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/**
 * Text that is safe on a terminal, in one line: control characters (terminal escapes too), invisible format characters and
 * right-to-left overrides, line and paragraph separators and lone surrogates become `\u{hex}`; all else stays as it is.
 */
export function printable(text: string): string {
  return STRANGE.test(text) ? text.replaceAll(EACH_STRANGE, visible) : text
}

/** As `printable`, but keeps line feeds and tabs: for texts of several lines that we wrote ourselves around strangers' words. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')
}

/** Text for an HTML body or a quoted attribute: `printable`, then the five special characters as entities. */
export function escapeHtml(text: string): string {
  return printableLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
