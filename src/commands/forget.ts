/** mailwitness forget: remove one address for good (GDPR article 17). */

import * as Args from '@oclif/core/args'
import {BaseCommand} from '../cli/base-command.js'
import {waitFlag} from '../cli/flags.js'
import {runForget} from '../cli/run-forget.js'
import {renderForget} from '../render/doctor-removals.js'

export default class Forget extends BaseCommand {
  static override summary = 'Remove one address for good from the stored lines and everything derived from them.'
  static override description =
    `Every occurrence becomes a token, in every stored line; messages are derived again, the file is rewritten and the write-ahead log emptied, so that
no byte of the address is left in the database. The chain of evidence records which blocks were masked and when. The times of the masked lines count as gaps.
It does not touch the log files themselves, backups or exports. This cannot be undone.`
  static override examples = ['<%= config.bin %> forget someone@example.com']
  static override args = {address: Args.string({description: 'The address, as it stands in the logs.', required: true})}
  static override flags = waitFlag

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Forget)
    const {db} = await this.settings(flags)
    const answer = await runForget(db, args.address, this.when().now, flags.wait * 1000)
    this.log(renderForget(answer))
    return answer
  }
}
