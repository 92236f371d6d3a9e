/** mailwitness trace: what happened to this message? */

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {usage} from '../cli/failures.js'
import {serverFlag, spanFlags} from '../cli/flags.js'
import {fleetOf} from '../cli/fleet.js'
import {storeForReading} from '../cli/stores.js'
import {type TraceAnswer, traceMessages} from '../question/trace.js'
import {renderTrace} from '../render/trace.js'

export default class Trace extends BaseCommand {
  static override summary = 'Show what happened to a message, across filters, forwards and servers, with its log lines.'
  static override description =
    `KEY is a queue ID, a Message-ID, an address, a script's path or folder, a login, an IP, or the ID by which a remote server
took the message.`
  static override examples = [
    '<%= config.bin %> trace 1nrvvQ-0002CA-NB',
    '<%= config.bin %> trace info@example.com --since 7d',
    '<%= config.bin %> trace /home/web1/public_html/contact.php --json',
  ]
  static override strict = false
  static override args = {
    key: Args.string({description: 'What the message is known by; several may be given.', required: true}),
  }
  static override flags = {
    ...spanFlags,
    ...serverFlag,
    limit: Flags.integer({
      summary: 'Messages to show at most; the latest are shown.',
      default: 50,
      min: 1,
      max: 100_000,
      helpValue: 'N',
    }),
    lines: Flags.boolean({summary: 'Show the log lines.', default: true, allowNo: true}),
    evidence: Flags.string({
      summary: 'Also write a bundle to FILE that `mailwitness verify` checks on any machine.',
      helpValue: 'FILE',
    }),
    ticket: Flags.string({summary: 'Note this look-up in the journal, for this ticket.', helpValue: 'ID'}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Trace)
    if (argv.length === 0) throw usage('no KEY was given')
    const {config, db, redact} = await this.settings(flags)
    if (redact && flags.evidence !== undefined)
      throw usage('a redacted bundle proves nothing: --evidence cannot be combined with --redact', ['give --no-redact'])
    const window = await this.span(flags)
    const store = await storeForReading(db)
    try {
      const cited = new Set<number>()
      const asked = {keys: argv.map(String), ticket: flags.ticket ?? null}
      const question = {
        keys: asked.keys,
        servers: flags.server ?? [],
        window,
        limit: flags.limit,
        onCited: (references: readonly number[]) => {
          for (const reference of references) cited.add(reference)
        },
      }
      const asking = (): TraceAnswer => traceMessages(store, fleetOf(config, store), question)
      let full: TraceAnswer
      if (flags.evidence === undefined) full = store.inOneState(asking)
      else {
        const {writeBundle} = await import('../cli/run-evidence.js')
        const context = {
          tool: {name: 'mailwitness', version: this.config.version},
          now: this.when().now,
          question: asked,
        }
        const path = flags.evidence
        full = store.inOneState(() => {
          const answer = asking()
          writeBundle(path, store, answer, cited, context)
          return answer
        })
      }
      const answer = this.shown(full)
      if (flags.ticket !== undefined) {
        const {journal} = await import('../cli/run-evidence.js')
        journal(db, {
          at: this.when().now,
          command: 'trace',
          ticket: flags.ticket,
          asked: asked.keys,
          answer: `${full.journeys.length} journeys`,
        })
      }
      this.log(renderTrace(answer, {lines: flags.lines, colours: this.colours}))
      return answer
    } finally {
      store.close()
    }
  }
}
