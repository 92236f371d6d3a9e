/** Which dialect a syslog program name speaks; names are few, so each is worked out once. */

import type {EventBase, Parsed} from '../mail/event.js'
import {companionOf} from './companions/companion.js'
import {type PostfixProgram, postfixProgram} from './postfix/program.js'
import {isLogSystem} from './syslog/notices.js'

export type Speaker =
  | ({readonly kind: 'postfix'} & PostfixProgram)
  | {readonly kind: 'exim'}
  | {readonly kind: 'php'}
  | {readonly kind: 'companion'; readonly read: (text: string, base: EventBase) => Parsed | null}
  | {readonly kind: 'log-system'}
  | {readonly kind: 'foreign'}

const FOREIGN: Speaker = {kind: 'foreign'}
const known = new Map<string, Speaker>()

function workOut(program: string): Speaker {
  const companion = companionOf(program)
  if (companion) return {kind: 'companion', read: companion}
  const postfix = postfixProgram(program)
  if (postfix) return {kind: 'postfix', ...postfix}
  if (/^exim(?!stats|grep|iqgrep|qgrep)/i.test(program)) return {kind: 'exim'}
  if (/^(?:php|lsphp|ea-php|alt-php|plesk-php|sendmail-wrapper)/.test(program)) return {kind: 'php'}
  return isLogSystem(program) ? {kind: 'log-system'} : FOREIGN
}

/** The dialect of a program's text. Hostile logs may hold any number of names: the memory is bounded. */
export function speakerOf(program: string): Speaker {
  const found = known.get(program)
  if (found) return found
  const speaker = workOut(program)
  if (known.size > 2000) known.clear()
  known.set(program, speaker)
  return speaker
}
