/** The sentences about alerts by language: no other file holds any. */

import type {AbuseWords} from './abuse-wording.js'
import {germanAbuse} from './abuse-words-de.js'
import {englishAbuse} from './abuse-words-en.js'
import type {Language} from './wording/wording.js'

const WORDS: Readonly<Record<Language, AbuseWords>> = {en: englishAbuse, de: germanAbuse}

export const abuseWords = (language: Language): AbuseWords => WORDS[language]
