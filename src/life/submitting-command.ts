/** The command line (Exim's `cwd=` line, +arguments) that handed a local message in: by the PID in the ID, else by the ID's second, user and sender. */

import type {CommandRun} from '../mail/event.js'
import type {Certainty} from '../mail/message.js'
import {eximId} from '../mail/queue-id.js'
import {lowerCase} from '../mail/text.js'
import type {Life} from './life.js'
import {COMMAND_BEFORE, linesOf, type Nearby, ROUNDING} from './nearby.js'
import {accountOfPath, isSite} from './site-path.js'

export interface FoundCommand {
  readonly directory: string | null
  readonly certainty: Certainty
  readonly candidates: readonly string[]
  readonly references: readonly number[]
  readonly cron: boolean
  /** A directory of a web site or a program, not the MTA's own spool, root or a bare home. */
  readonly web: boolean
}

export function fromCommands(life: Life, nearby: Nearby): FoundCommand | null {
  if (life.queueId === null || life.arrivedAt === null) return null
  const id = eximId(life.queueId)
  if (!id) return null
  const second = id.second * 1000
  const open: Nearby['commands'][number][] = []
  for (const command of nearby.commands) {
    const {event, at} = command
    if (at > second + ROUNDING || at < second - COMMAND_BEFORE || !event.submission || event.parent !== null) continue
    if (senderFits(event, life)) open.push(command)
  }
  if (open.length === 0) return null
  // The process that logs the arrival is the one in the ID: where they differ, a relay or a container wrote the PIDs.
  const real = life.pid == null || life.pid === id.pid
  const byPid = real ? open.filter(({event}) => event.pid !== null) : []
  if (byPid.length > 0) {
    // With +pid the ID's own PID part decides: exact, or nothing.
    const own = byPid.filter(({event}) => event.pid === id.pid)
    const first = own[own.length - 1]
    return first ? found(first.event.cwd, 'proven', [], linesOf(first), first.event.cron) : null
  }
  const fitting = open.filter(({event}) => userFits(event.cwd, life.user))
  const candidates = fitting.length > 0 ? fitting : open
  const directories = [...new Set(candidates.map(({event}) => event.cwd))]
  const only = directories.length === 1 ? directories[0] : undefined
  const chosen = directories.map((directory) => representative(candidates.filter(({event}) => event.cwd === directory)))
  if (only !== undefined) return found(only, 'likely', [], linesOf(chosen[0]), chosen[0]?.event.cron ?? false)
  return {
    directory: null,
    certainty: 'ambiguous',
    candidates: directories,
    references: chosen.flatMap(linesOf),
    cron: false,
    web: directories.some((d) => isSite(d)),
  }
}

/** The latest command line that cron did not start, else the latest; told by the lines themselves, not by their order of reading. */
function representative(commands: Nearby['commands']): Nearby['commands'][number] | undefined {
  const byHand = commands.filter(({event}) => !event.cron)
  const text = ({event}: Nearby['commands'][number]): string => event.args.join(' ')
  return [...(byHand.length > 0 ? byHand : commands)].sort((a, b) => b.at - a.at || (text(a) < text(b) ? -1 : 1))[0]
}

function found(
  directory: string,
  certainty: Certainty,
  candidates: string[],
  references: readonly number[],
  cron: boolean,
): FoundCommand {
  return {directory, certainty, candidates, references, cron, web: isSite(directory)}
}

function senderFits(event: CommandRun, life: Life): boolean {
  if (event.sender === null || life.sender === null || event.sender === life.sender) return true
  const given = lowerCase(event.sender)
  const sender = lowerCase(life.sender)
  return sender.startsWith(given) && (sender.length === given.length || sender.charCodeAt(given.length) === 64)
}

/** A cwd inside some home must be the home of the submitting user. */
function userFits(cwd: string, user: string | null): boolean {
  if (user === null) return true
  const owner = accountOfPath(cwd)
  return owner === null || owner === user
}
