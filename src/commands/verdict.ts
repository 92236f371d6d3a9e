/** mailwitness verdict: did this ever leave our servers? */

import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {ANSWER} from '../cli/failures.js'
import {spanFlags} from '../cli/flags.js'
import {runVerdicts, type VerdictRequest} from '../cli/run-verdict.js'
import {renderVerdict} from '../render/verdict.js'

export default class Verdict extends BaseCommand {
  static override summary = 'Did this message ever leave our servers? Give the bounce, get the answer with its proof.'
  static override description =
    `FILE is what the customer sent: an .eml, an mbox, pasted headers, an Outlook .msg; - is standard input. Without FILE the keys are given by flags.
Several files, or several reports in one file, give one answer each.`
  static override examples = [
    '<%= config.bin %> verdict bounce.eml',
    '<%= config.bin %> verdict --queue-id 1nrvvQ-0002CA-NB',
    '<%= config.bin %> verdict --from info@example.com --to someone@example.net --at 2022-05-20T06:15:00Z --json',
    '<%= config.bin %> verdict bounce.eml --reply',
  ]
  static override strict = false
  static override args = {
    file: Args.string({description: 'A report; - is standard input. Several may be given.', required: false}),
  }
  static override flags = {
    ...spanFlags,
    'message-id': Flags.string({
      summary: 'Message-ID of the original.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID',
    }),
    'queue-id': Flags.string({
      summary: 'Queue ID that a Received line of ours shows.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID',
    }),
    from: Flags.string({
      summary: 'Envelope sender of the original.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ADDRESS',
    }),
    to: Flags.string({
      summary: 'Recipient of the original.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ADDRESS',
    }),
    at: Flags.string({summary: 'When it was sent.', helpValue: 'TIME'}),
    subject: Flags.string({summary: 'Subject of the original.', helpValue: 'TEXT'}),
    reply: Flags.boolean({summary: 'Draft the answer to the ticket.', default: false}),
    audience: Flags.string({
      summary: 'Whom the drafted answer is for.',
      options: ['customer', 'abuse-desk'],
      default: 'customer',
    }),
    language: Flags.string({summary: 'Language of the texts: en, de.', default: 'en', helpValue: 'LANG'}),
    templates: Flags.string({summary: 'Folder of texts that replace the built-in ones.', helpValue: 'DIR'}),
    lines: Flags.boolean({summary: 'Show the log lines.', default: true, allowNo: true}),
    ticket: Flags.string({summary: 'Note this look-up in the journal, for this ticket.', helpValue: 'ID'}),
    'exit-code': Flags.boolean({summary: 'Exit 0 found here, 10 never here, 20 inconclusive.', default: false}),
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(Verdict)
    const {config, db} = await this.settings(flags)
    const request: VerdictRequest = {
      files: argv.map(String),
      flags: {
        messageIds: flags['message-id'] ?? [],
        queueIds: flags['queue-id'] ?? [],
        senders: flags.from ?? [],
        recipients: flags.to ?? [],
        subjects: flags.subject === undefined ? [] : [flags.subject],
        at: flags.at ?? null,
      },
      window: await this.span(flags),
      when: this.when(),
      config,
      db,
      reply: flags.reply
        ? {audience: flags.audience as 'customer' | 'abuse-desk', templates: flags.templates ?? null}
        : null,
      language: flags.language,
    }
    let exit = 0
    let single: unknown
    let count = 0
    for await (const answer of runVerdicts(request)) {
      if (count++ > 0) this.log('')
      if (answer.kind === 'failed') {
        process.exitCode = answer.exit
        this.remark(answer.json.error.message)
      } else {
        const {verdict} = answer.answer
        const code =
          verdict === 'never-here'
            ? ANSWER.neverHere
            : verdict === 'inconclusive' || verdict === 'not-a-bounce'
              ? ANSWER.inconclusive
              : ANSWER.found
        exit = Math.max(exit, code)
        const shown = this.shown(answer.answer)
        if (flags.ticket !== undefined) {
          const {journal} = await import('../cli/run-evidence.js')
          const {messageIds, queueIds, senders, recipients} = answer.answer.asked
          const asked = [...messageIds, ...queueIds.map(({id}) => id), ...senders, ...recipients]
          journal(db, {at: request.when.now, command: 'verdict', ticket: flags.ticket, asked, answer: verdict})
        }
        this.log(renderVerdict(shown, {lines: flags.lines, colours: this.colours, input: answer.input}))
      }
      if (request.files.length > 1 || answer.several) this.answer(answer.json)
      else single = answer.json
    }
    if (flags['exit-code'] && process.exitCode === undefined) process.exitCode = exit
    return single
  }
}
