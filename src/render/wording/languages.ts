/** The languages that are shipped, by their code. */

import {german} from './de.js'
import {english} from './en.js'
import {LANGUAGES, type Language, type Wording} from './wording.js'

const WORDINGS: Readonly<Record<Language, Wording>> = {en: english, de: german}

export const wordingOf = (language: Language): Wording => WORDINGS[language]

/** `de-AT`, `DE`, `de_DE.UTF-8` to `de`; null for a language that is not shipped. */
export function languageOf(text: string): Language | null {
  const code = text.trim().toLowerCase().split(/[-_.]/)[0]
  return LANGUAGES.find((language) => language === code) ?? null
}
