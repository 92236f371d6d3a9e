/** mailwitness ingest: read logs into the database, once. */

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {letOthersFirst, tuneForLoad} from '../cli/engine.js'
import {runIngest} from '../cli/run-ingest.js'
import {renderIngest} from '../render/ingest.js'

export default class Ingest extends BaseCommand {
  static override summary = 'Read Exim, Postfix and PHP logs into the database.'
  static override description =
    `Reads plain and compressed logs, folders and patterns, rotated parts oldest first. What was read before is recognised by its
content, whatever it is called now, and adds nothing. Without PATH it reads what the configuration names.`
  static override examples = [
    '<%= config.bin %> ingest /var/log/exim_mainlog* /var/log/exim_rejectlog*',
    '<%= config.bin %> ingest --server web1.example.net /var/log/mail.log*',
    'journalctl -u postfix -o json | <%= config.bin %> ingest -',
  ]
  static override strict = false
  static override args = {
    path: Args.string({
      description: 'File, folder or pattern; - is standard input, compressed or not. Several may be given.',
      required: false,
    }),
  }
  static override flags = {
    server: Flags.string({
      summary: 'The server that wrote the logs (default: as the lines or the configuration name it).',
      helpValue: 'NAME',
    }),
    format: Flags.string({
      summary: 'What the logs are.',
      options: ['auto', 'exim', 'postfix', 'php-mail', 'journal', 'syslog', 'access'],
      default: 'auto',
    }),
    tz: Flags.string({
      summary: 'Time zone of the stamps (IANA name); else worked out from the IDs in the log.',
      helpValue: 'ZONE',
    }),
    year: Flags.integer({
      summary: 'Year of stamps that have none; else worked out from IDs and file times.',
      helpValue: 'YYYY',
      min: 1990,
      max: 2200,
    }),
    passwd: Flags.string({summary: 'A passwd file that names the uids of these logs.', helpValue: 'FILE'}),
    'no-subjects': Flags.boolean({
      summary: 'Store no subject, neither as a fact nor in a line; as [privacy] subjects = false.',
      default: false,
    }),
    follow: Flags.boolean({
      summary:
        'Stay and read what is written, through rotations, until stopped; new abuse alerts go to standard error, a line each.',
      default: false,
    }),
    wait: Flags.integer({
      summary: 'Seconds to wait while another ingest is writing.',
      default: 10,
      min: 0,
      max: 86_400,
      helpValue: 'SECONDS',
    }),
    quiet: Flags.boolean({summary: 'No progress and no summary; errors only.', char: 'q', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Ingest)
    const {config, db} = await this.settings(flags)
    tuneForLoad()
    letOthersFirst()
    const answer = await runIngest({
      paths: argv.map(String),
      config,
      db,
      format: flags.format,
      server: flags.server ?? null,
      zone: flags.tz ?? null,
      year: flags.year ?? null,
      passwd: flags.passwd ?? null,
      subjects: !flags['no-subjects'],
      follow: flags.follow,
      waitMs: flags.wait * 1000,
      when: this.when(),
      progress: !flags.quiet && !this.jsonEnabled() && process.stderr.isTTY === true,
      remark: (text) => this.remark(text),
      alerts: {
        json: this.jsonEnabled(),
        version: this.config.version,
        tell: (line) => process.stderr.write(`${this.shown(line)}\n`),
      },
    })
    if (answer.failures.length > 0) process.exitCode = answer.exit
    if (!flags.quiet) this.log(renderIngest(answer, this.colours))
    return answer.json
  }
}
