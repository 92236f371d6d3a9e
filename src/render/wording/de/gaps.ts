/** Deutsch: warum ein Stück Protokoll fehlt, für Leute, die die Kürzel nicht kennen. */

const WORDS: ReadonlyMap<string, string> = new Map([
  ['part-missing', 'eine rotierte Datei fehlt'],
  ['no-lines', 'keine Zeilen, wo es sonst viele hat'],
  ['lines-lost', 'das Logsystem meldet verworfene Zeilen'],
  ['line-too-long', 'eine Zeile war zu lang, um ganz behalten zu werden'],
  ['unreadable', 'die Datei ist dort beschädigt'],
  ['stream-ended', 'dieses Protokoll endet, während andere des Servers weitergehen'],
  ['no-logs', 'keines wurde eingelesen'],
  ['before-first', 'es beginnt später'],
  ['after-last', 'es endet früher'],
  ['pruned', 'es wurde gekürzt'],
  ['forgotten', 'eine Adresse in seinen Zeilen wurde vergessen'],
])

export const gapWords = (code: string): string => WORDS.get(code) ?? code
