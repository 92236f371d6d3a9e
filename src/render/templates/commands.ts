/** Commands that would look at or stop the sending: text for a human, never run, and never made from what cannot be quoted safely. */

import type {Message} from '../../mail/message.js'
import {queueIdForm} from '../../mail/queue-id.js'
import type {VerdictAnswer} from '../../mail/verdict.js'
import {printable} from '../printable.js'
import type {CommandNote} from '../wording/wording.js'

export interface StopCommand {
  /** Where to run it; null for where mailwitness runs. */
  readonly server: string | null
  readonly note: CommandNote
  readonly command: string
}

const MOST_MESSAGES = 10

/** What an operator may want to run for this answer; empty where nothing of ours is sending. */
export function stopCommands(answer: VerdictAnswer): readonly StopCommand[] {
  const commands: StopCommand[] = []
  if (answer.verdict === 'left' || answer.verdict === 'queued' || answer.verdict === 'not-delivered')
    for (const message of answer.messages.slice(0, MOST_MESSAGES)) commands.push(...messageCommands(message))
  if (answer.reasons.some((reason) => reason.code === 'bypassed-mta'))
    commands.push(
      {server: null, note: 'firewall', command: "ss -tnp '( dport = :25 )'"},
      {
        server: null,
        note: 'firewall',
        command: "iptables -S OUTPUT | grep -- '--dport 25'",
      },
    )
  if (answer.verdict === 'inconclusive' && !answer.coverage.complete)
    commands.push({server: null, note: 'search-again', command: 'mailwitness ingest && mailwitness coverage'})
  const seen = new Set<string>()
  return commands.filter(({server, command}) => {
    const key = `${server} ${command}`
    const fresh = !seen.has(key)
    seen.add(key)
    return fresh
  })
}

function messageCommands(message: Message): StopCommand[] {
  const {server, mta, queueId, origin, sender} = message
  const commands: StopCommand[] = []
  const add = (note: CommandNote, command: string | null): void => {
    if (command !== null) commands.push({server, note, command})
  }
  const exim = mta === 'exim'
  const waiting = message.state === 'queued' || message.state === 'frozen'
  if (waiting && queueIdForm(queueId) !== null) {
    add('look', exim ? `exim -Mvh ${queueId}` : `postcat -q ${queueId}`)
    add(exim ? 'freeze' : 'hold', exim ? `exim -Mf ${queueId}` : `postsuper -h ${queueId}`)
  }
  if (origin.kind !== 'script' && origin.kind !== 'authenticated' && origin.kind !== 'local') return commands
  if (sender) {
    const quoted = quote(exim ? `^${sender.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` : sender)
    add(
      'queue-of-sender',
      quoted === null ? null : exim ? `exiqgrep -i -f ${quoted}` : `postqueue -p | grep -F -- ${quoted}`,
    )
  }
  if (origin.kind === 'script' && origin.script?.startsWith('/')) {
    const path = quote(origin.script)
    add('stop-script', path === null ? null : `chmod 000 -- ${path}`)
  }
  if (origin.kind === 'authenticated' && origin.login) {
    const login = quote(origin.login)
    add('login-sessions', login === null ? null : `mailwitness trace ${login} --since 7d`)
  }
  return commands
}

/** A word for a POSIX shell; null where it holds control or invisible characters, which no command should carry. */
export function quote(text: string): string | null {
  if (text === '' || printable(text) !== text) return null
  return /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
