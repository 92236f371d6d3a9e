/** `cwd=DIR N args: …` (+arguments): how Exim was called. Most calls are no submissions. */

import type {Parsed} from '../../mail/event.js'
import {idLengthAt, type Line} from './stamp.js'

/** Options whose value is the next argument when nothing is glued to them. */
const TAKES_VALUE = new Set(['-f', '-r', '-F', '-C', '-D', '-h', '-L', '-O', '-X', '-V', '-p', '-R', '-S', '-B'])

/** Single-letter options that always are something else than a submission. */
const OTHER_MODES = /^-(?:M|b[VdefhiIpPrtvwFn]|bmalware|q|R|S|V$|I$|A[cm]?$|T$|Z$)/
const OTHER_PROGRAMS = new Set(['mailq', 'newaliases', 'runq'])

/** The arguments; those with blanks stand in quotes whose inner quotes are not escaped, so a quote only closes before a blank or the end. */
export function splitArguments(text: string): string[] {
  const found: string[] = []
  let closes = true
  for (let i = 0; i < text.length; ) {
    if (text.charCodeAt(i) === 32) {
      i++
      continue
    }
    let end: number
    if (closes && text.charCodeAt(i) === 34) {
      end = text.indexOf('"', i + 1)
      while (end >= 0 && end + 1 < text.length && text.charCodeAt(end + 1) !== 32) end = text.indexOf('"', end + 1)
      if (end >= 0) {
        found.push(text.slice(i + 1, end))
        i = end + 1
        continue
      }
      closes = false
    }
    end = text.indexOf(' ', i)
    if (end < 0) end = text.length
    found.push(text.slice(i, end))
    i = end
  }
  return found
}

/** What the arguments mean. */
export function callOf(args: readonly string[]): {
  submission: boolean
  parent: string | null
  sender: string | null
  cron: boolean
} {
  const program = args[0] ?? ''
  const name = program.slice(program.lastIndexOf('/') + 1)
  let other = OTHER_PROGRAMS.has(name)
  let reads = name === 'rmail' || name === 'rsmtp'
  let parent: string | null = null
  let sender: string | null = null
  let cron = false
  let options = true
  for (let i = 1; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (!options || arg.charCodeAt(0) !== 45) {
      reads = true
      continue
    }
    if (arg === '--') {
      options = false
      continue
    }
    const value = TAKES_VALUE.has(arg) ? (args[i + 1] ?? null) : null
    const letter = arg.charCodeAt(1)
    if (letter === 102 || (letter === 114 && !arg.startsWith('-restore'))) {
      const given = value ?? arg.slice(2)
      if (given !== '' || value !== null) sender = given === '<>' ? '' : given.replace(/^<(.*)>$/, '$1')
    } else if (letter === 70) {
      cron = /^\W*(?:Cron ?Daemon|Anacron)/i.test(value ?? arg.slice(2))
    } else if (letter === 69 && idLengthAt(arg, 2) > 0) {
      parent = arg.slice(2)
    } else if (arg === '-t' || arg === '-ti' || arg === '-it' || arg === '-bm' || arg === '-bs' || arg === '-bS') {
      reads = true
    } else if (OTHER_MODES.test(arg)) {
      other = true
    }
    if (value !== null || (arg.startsWith('-oM') && arg.length > 3)) i++
  }
  return {submission: reads && !other && parent === null, parent, sender, cron}
}

/** `from` is where the directory begins, after `cwd=`; null where the line is no such line. */
export function parseCommand(line: Line, from: number): Parsed | null {
  const text = line.text
  let args: string[] = []
  let cwd: string | null = null
  for (
    let mark = text.indexOf(' args:', from), n = 0;
    mark >= 0 && n < 16;
    mark = text.indexOf(' args:', mark + 1), n++
  ) {
    let digits = mark
    while (digits > from && text.charCodeAt(digits - 1) >= 48 && text.charCodeAt(digits - 1) <= 57) digits--
    if (digits === mark || text.charCodeAt(digits - 1) !== 32) continue
    const count = Number(text.slice(digits, mark))
    const tried = splitArguments(text.slice(mark + 6))
    if (cwd === null || tried.length === count) {
      cwd = text.slice(from, digits - 1)
      args = tried
    }
    if (tried.length === count) break
  }
  if (cwd === null) return null
  const call = callOf(args)
  return {
    kind: 'event',
    times: 1,
    event: {
      type: 'command-run',
      stamp: line.stamp,
      host: line.host,
      pid: line.pid,
      queueId: null,
      mta: 'exim',
      instance: null,
      cwd,
      args,
      submission: call.submission,
      parent: call.parent,
      sender: call.sender,
      cron: call.cron,
    },
  }
}
