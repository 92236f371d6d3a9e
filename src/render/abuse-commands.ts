/** Commands that an admin may want to run about an alert: printed, never run, and never made from what cannot be quoted safely. */

import type {AlertAnswer} from '../question/alerts-answer.js'
import type {AbuseCommandNote, AbuseWords} from './abuse-wording.js'
import {quote} from './templates/commands.js'

type Command = AlertAnswer['commands'][number]

const pattern = (address: string): string => `^${address.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`

/** Commands for one alert, in the order in which one would run them. */
export function alertCommands(alert: AlertAnswer, words: AbuseWords): Command[] {
  const {subject, account, mta} = alert
  const {server} = subject
  const commands: Command[] = []
  const add = (note: AbuseCommandNote, command: string | null): void => {
    if (command !== null) commands.push({server, note: words.notes[note], command})
  }
  const name = quote(subject.name.replace(/\/$/, ''))
  if (name === null) return commands
  add('look', `mailwitness trace ${name}${alert.from === null ? '' : ` --since ${alert.from}`}`)
  if (subject.kind === 'script' && subject.name.startsWith('/')) {
    if (subject.name.endsWith('/')) add('look', `ls -lt -- ${name}`)
    else add('stop-script', `chmod 000 -- ${name}`)
  }
  const owner = subject.kind === 'account' ? name : account === null ? null : quote(account)
  if (subject.kind === 'account' && owner !== null && !owner.startsWith('uid:')) {
    add('account', `ps -u ${owner} -o pid,lstart,args`)
    add('account', `crontab -l -u ${owner}`)
  }
  if (subject.kind === 'login') add('sessions', `doveadm kick ${name}`)
  for (const sender of alert.waiting > 0 ? alert.senders.slice(0, 2) : []) {
    const quoted = sender === '' ? null : quote(mta === 'exim' ? pattern(sender) : sender)
    if (quoted === null) continue
    for (const note of ['freeze', 'remove'] as const) {
      if (mta === 'exim') add(note, `exiqgrep -i -f ${quoted} | xargs -r exim ${note === 'freeze' ? '-Mf' : '-Mrm'}`)
      else
        add(
          note,
          `postqueue -j | jq -r --arg s ${quoted} 'select(.sender == $s).queue_id' | postsuper ${note === 'freeze' ? '-h' : '-d'} -`,
        )
    }
  }
  if (alert.acknowledged === null) add('acknowledge', `mailwitness abuse ack ${alert.id} --true`)
  return commands
}
