/** mailwitness verify: check an evidence bundle, or the chain of the database's evidence. */

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {EXIT} from '../cli/failures.js'
import {againstDatabase, runVerify, verifyDatabase} from '../cli/run-verify.js'
import {renderBundleCheck} from '../render/doctor-removals.js'

export default class Verify extends BaseCommand {
  static override summary = 'Check an evidence bundle on any machine, or the chain of the database.'
  static override description =
    `FILE is what \`trace --evidence\` wrote; - is standard input. No database is needed. Without FILE the chain of the database's evidence is
recomputed. Ends with 0 where everything is proven, and with 1 where something was changed; the place is named.`
  static override examples = [
    '<%= config.bin %> verify case-4711.evidence',
    '<%= config.bin %> verify case-4711.evidence --with-database',
    '<%= config.bin %> verify',
  ]
  static override args = {file: Args.string({description: 'An evidence bundle.', required: false})}
  static override flags = {
    'with-database': Flags.boolean({
      summary: "Also compare the bundle's blocks with the chain of the database.",
      default: false,
    }),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Verify)
    const {db} = await this.settings(flags)
    if (args.file === undefined) {
      const answer = await verifyDatabase(db)
      if (!answer.proven) process.exitCode = EXIT.failure
      this.log(renderBundleCheck({...answer, messages: 0, tool: null, createdAt: null, links: []}, db, this.colours))
      return answer
    }
    let check = runVerify(args.file)
    if (flags['with-database']) check = await againstDatabase(check, db)
    if (!check.proven) process.exitCode = EXIT.failure
    this.log(renderBundleCheck(check, args.file, this.colours))
    return check
  }
}
