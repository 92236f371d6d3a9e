/** mailwitness export: everything that is held, or everything about one address, as NDJSON. */

import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {serverFlag, spanFlags} from '../cli/flags.js'
import {fleetOf} from '../cli/fleet.js'
import {writeNdjson} from '../cli/run-export.js'
import {storeForReading} from '../cli/stores.js'
import {exportRecords} from '../question/bundle-export.js'

export default class Export extends BaseCommand {
  static override summary = 'Write messages with their log lines as NDJSON: all of them, or all about one address.'
  static override description =
    `One JSON object a line: "kind":"message" as \`trace --json\` shows it; with --address also "kind":"line", every other stored line that names the
address (GDPR article 15); without it also "kind":"total", the day totals of pruned time.`
  static override examples = [
    '<%= config.bin %> export --since 7d > messages.ndjson',
    '<%= config.bin %> export --address someone@example.com',
  ]
  static override flags = {
    ...spanFlags,
    ...serverFlag,
    address: Flags.string({summary: 'Only what concerns this address.', helpValue: 'ADDRESS'}),
    format: Flags.string({summary: 'How to write it.', options: ['ndjson'], default: 'ndjson'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Export)
    const {config, db} = await this.settings(flags)
    const window = await this.span(flags)
    const store = await storeForReading(db)
    try {
      const records = exportRecords(store, fleetOf(config, store), {
        address: flags.address ?? null,
        window,
        servers: flags.server ?? [],
      })
      await writeNdjson(this.each(records), process.stdout)
    } finally {
      store.close()
    }
  }

  private *each(records: Iterable<object>): Generator<object> {
    for (const record of records) yield this.shown(record)
  }
}
