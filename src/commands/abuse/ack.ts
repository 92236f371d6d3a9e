/** mailwitness abuse ack: the operator's word on an alert, which the detector learns from. */

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../../cli/base-command.js'
import {cannotUnderstand, usage} from '../../cli/failures.js'
import {searchAlert} from '../../cli/run-abuse.js'
import {storeFailure, storeForReading} from '../../cli/stores.js'
import {iso} from '../../question/message.js'
import {abuseWords} from '../../render/abuse-words.js'
import {printable} from '../../render/printable.js'
import {alertOf, putAcknowledgement} from '../../store/acknowledgements.js'
import {openForWriting} from '../../store/database.js'

export default class AbuseAck extends BaseCommand {
  static override summary =
    'Say whether an alert was right: false alarms make the detector more careful with that sender.'
  static override description =
    'ID is the word before each alert of `abuse`; its first letters are enough. The last word counts; it works from now on, not backwards.'
  static override examples = [
    '<%= config.bin %> abuse ack 0k3x9wpa --false --note "newsletter, agreed with the customer"',
    '<%= config.bin %> abuse ack 0k3x9wpa --true',
    '<%= config.bin %> abuse ack 0k3x9wpa --undo',
  ]
  static override args = {id: Args.string({description: "The alert's ID.", required: true})}
  static override flags = {
    true: Flags.boolean({summary: 'It was abuse.', exclusive: ['false', 'undo']}),
    false: Flags.boolean({summary: 'It was a false alarm.', exclusive: ['true', 'undo']}),
    undo: Flags.boolean({summary: 'Take back what was said.', exclusive: ['true', 'false']}),
    note: Flags.string({summary: 'Why, for your colleagues.', helpValue: 'TEXT'}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(AbuseAck)
    if (!flags.true && !flags.false && !flags.undo)
      throw usage('say what the alert was', ['--true: it was abuse', '--false: it was a false alarm'])
    const {config, db} = await this.settings(flags)
    const {now} = this.when()
    const id = args.id.trim().toLowerCase()
    const store = await storeForReading(db)
    let alert: ReturnType<typeof alertOf>
    try {
      alert = alertOf(store.db, id) ?? searchAlert(store, db, id, config, now, this.config.version)
    } finally {
      store.close()
    }
    if (alert === null)
      throw cannotUnderstand(`there is no alert with the ID "${args.id}", or more than one`, [
        'see the IDs: mailwitness abuse --since 7d',
      ])
    try {
      const writing = openForWriting(db)
      try {
        putAcknowledgement(
          writing,
          alert,
          flags.undo ? null : {at: now, abusive: flags.true === true, note: flags.note ?? null},
        )
      } finally {
        writing.close()
      }
    } catch (error) {
      throw storeFailure(error)
    }
    const {subject} = alert
    const said = flags.undo ? 'taken back' : flags.true ? 'it was abuse' : 'a false alarm'
    this.log(
      `${alert.id}: ${abuseWords('en').kinds[subject.kind]} ${printable(subject.name)} on ${printable(subject.server)}: ${said}`,
    )
    return {
      schema: 'mailwitness.abuse-ack/1',
      id: alert.id,
      subject,
      firstAlertAt: iso(alert.firstAlertAt),
      acknowledged: flags.undo ? null : flags.true ? 'true' : 'false',
      note: flags.note ?? null,
    }
  }
}
