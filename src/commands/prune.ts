/** mailwitness prune: remove what is older than is kept. */

import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {waitFlag} from '../cli/flags.js'
import {runPrune} from '../cli/run-prune.js'
import {renderPrune} from '../render/doctor-removals.js'

export default class Prune extends BaseCommand {
  static override summary = 'Remove messages and lines that are older than is kept.'
  static override description =
    `Without --keep it keeps what [privacy] keep says, else 60 days. Day totals stay for 400 days, coverage stays for good; the pruned time counts as a
gap, so that nothing in it is ever called "never here". The chain of evidence keeps the hashes of what was removed. It can be stopped at any time.`
  static override examples = [
    '<%= config.bin %> prune --keep 60d',
    '<%= config.bin %> prune --keep 90d --dry-run --json',
  ]
  static override flags = {
    keep: Flags.string({summary: 'Days of messages and lines to keep.', helpValue: '60d'}),
    'keep-counts': Flags.string({summary: 'Days of totals to keep (default: 400).', helpValue: '400d'}),
    vacuum: Flags.boolean({
      summary: 'Give the freed space back to the file system (rewrites the file; needs that much space once more).',
      default: false,
    }),
    'dry-run': Flags.boolean({summary: 'Only say how many messages would go.', default: false}),
    ...waitFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Prune)
    const {config, db} = await this.settings(flags)
    const answer = await runPrune({
      config,
      db,
      when: this.when(),
      keep: flags.keep ?? null,
      keepCounts: flags['keep-counts'] ?? null,
      vacuum: flags.vacuum,
      dryRun: flags['dry-run'],
      waitMs: flags.wait * 1000,
    })
    this.log(renderPrune(answer))
    return answer
  }
}
