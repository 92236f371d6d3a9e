/** mailwitness doctor: is everything in place, what do the logs show, and is the evidence intact? */

import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {EXIT} from '../cli/failures.js'
import {platformsOf, runDoctor} from '../cli/run-doctor.js'
import {renderDoctor} from '../render/doctor.js'

export default class Doctor extends BaseCommand {
  static override summary =
    'Check the installation, the configured logs and the database, and say which answers are weaker and why.'
  static override description =
    `Ends with 0 where there is no problem (warnings and hints are none), and with 1 where there is. --check also recomputes the SHA-256 chain
of the evidence, runs SQLite's integrity check and compares a sample of the derived rows with their lines.`
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --check --full',
    '<%= config.bin %> doctor --platform cpanel --json',
  ]
  static override flags = {
    check: Flags.boolean({summary: 'Check the evidence, the file and the derived rows.', default: false}),
    full: Flags.boolean({summary: 'Compare every derived row, not a sample.', default: false, dependsOn: ['check']}),
    anchor: Flags.string({
      summary: 'A head of the chain noted earlier, which must still be in it.',
      helpValue: 'BLOCK:SHA256',
      dependsOn: ['check'],
    }),
    rebuild: Flags.boolean({summary: 'First derive every message again from its lines.', default: false}),
    platform: Flags.string({
      summary: 'Print the configuration lines for this platform; may be given several times.',
      options: ['cpanel', 'directadmin', 'debian', 'postfix', 'php'],
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Doctor)
    const {config, db} = await this.settings(flags)
    const answer = await runDoctor({
      config,
      db,
      when: this.when(),
      version: this.config.version,
      check: flags.check || flags.rebuild ? (flags.full ? 'full' : 'sample') : null,
      anchor: flags.anchor ?? null,
      rebuild: flags.rebuild,
      platforms: platformsOf(flags.platform ?? []),
    })
    if (!answer.healthy) process.exitCode = EXIT.failure
    this.log(renderDoctor(answer, this.colours))
    return answer
  }
}
