/** mailwitness report: what happened yesterday? */

import {hostname} from 'node:os'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {ANSWER, usage} from '../cli/failures.js'
import {serverFlag, spanFlags} from '../cli/flags.js'
import {inForm, type ReportFormat, runReport, titleOf, writeWhole} from '../cli/run-report.js'
import {mailAddress, sendMail} from '../cli/send-mail.js'
import {storeForReading} from '../cli/stores.js'
import {readDay} from '../cli/time-span.js'
import {compatTotals} from '../question/daily-compat.js'
import {renderCompat} from '../render/report-compat.js'
import {reportWords} from '../render/report-words.js'

export default class Report extends BaseCommand {
  static override summary =
    'Report a day: what was sent, what was refused and why, who stood out, and what the logs cover.'
  static override description =
    `For cron every morning. The day is taken in the zone of TZ; whole numbers are of messages that arrived in it. HTML is one file without script or
anything loaded from outside. With --compat the totals are counted as pflogsumm or eximstats count them: every queue entry and every line.`
  static override examples = [
    '<%= config.bin %> report',
    '<%= config.bin %> report --day 2026-11-20 --format html --output report.html',
    '<%= config.bin %> report --mail-to abuse@example.net --quiet-if-fine',
    '<%= config.bin %> report --format prom --output /var/lib/prometheus/node-exporter/mailwitness.prom',
    '<%= config.bin %> report --since 2026-11-01 --until 2026-11-30 --compat pflogsumm',
  ]
  static override flags = {
    day: Flags.string({summary: 'The day: yesterday, today, or 2026-11-20.', default: 'yesterday', helpValue: 'DAY'}),
    ...spanFlags,
    ...serverFlag,
    format: Flags.string({
      summary: 'How to print it (default: the configuration, else text).',
      options: ['text', 'html', 'json', 'prom'],
    }),
    output: Flags.string({char: 'o', summary: 'Write it to this file, whole or not at all.', helpValue: 'FILE'}),
    language: Flags.string({summary: 'Language of the texts.', options: ['en', 'de'], helpValue: 'LANG'}),
    'mail-to': Flags.string({
      summary: 'Send it as mail of text and HTML; may be given several times.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ADDRESS',
    }),
    mail: Flags.boolean({summary: "Send it to the configuration's addresses.", default: false}),
    sendmail: Flags.string({
      summary: 'The program that takes the mail.',
      default: '/usr/sbin/sendmail',
      helpValue: 'PATH',
    }),
    'quiet-if-fine': Flags.boolean({
      summary: 'Neither print nor send anything where nobody needs to look.',
      default: false,
    }),
    compat: Flags.string({
      summary: 'Print the totals as another program counts them.',
      options: ['pflogsumm', 'eximstats'],
      exclusive: ['format', 'mail-to', 'mail'],
    }),
    'exit-code': Flags.boolean({
      summary: 'Exit 0 where all is fine, 10 with alerts, 20 where the logs have gaps.',
      default: false,
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Report)
    const {config, db} = await this.settings(flags)
    const when = this.when()
    const span = await this.span(flags)
    const day = span.from === null && span.to === null ? readDay(flags.day, when) : null
    const from = day?.from ?? span.from ?? 0
    const to = day?.to ?? span.to ?? when.now
    const recipients = [...(flags['mail-to'] ?? []), ...(flags.mail ? config.report.to : [])].map(mailAddress)
    if (flags.mail && recipients.length === 0)
      throw usage('--mail has nobody to send to', ['name them in the configuration: [report] to = [...]'])
    const store = await storeForReading(db)
    try {
      if (flags.compat !== undefined) {
        const totals = compatTotals(store, flags.compat as 'pflogsumm' | 'eximstats', from, to)
        this.log(renderCompat(totals))
        return totals
      }
      const language = (flags.language ?? config.report.language) === 'de' ? 'de' : 'en'
      const servers = flags.server ?? []
      const {version} = this.config
      const answer = this.shown(
        runReport(store, db, {
          from,
          to,
          zone: when.zone,
          servers,
          now: when.now,
          config,
          version,
          language,
        }),
      )
      if (flags['exit-code'])
        process.exitCode = answer.fine
          ? 0
          : answer.alerts.some((alert) => alert.acknowledged !== 'false')
            ? ANSWER.alerts
            : ANSWER.inconclusive
      if (flags['quiet-if-fine'] && answer.fine) return answer
      const format: ReportFormat = (flags.format as ReportFormat | undefined) ?? config.report.format
      const options = {language, version, title: titleOf(from, to, when.zone)} as const
      if (recipients.length > 0) {
        const subject = `${reportWords(language).title(options.title)}, ${hostname()}`
        const mail = {
          to: recipients,
          subject,
          text: inForm(answer, 'text', options),
          html: inForm(answer, 'html', options),
          at: when.now,
          host: hostname(),
        }
        await sendMail(flags.sendmail, mail)
      }
      if (flags.output !== undefined) writeWhole(flags.output, inForm(answer, format, options))
      else if (recipients.length === 0) this.log(inForm(answer, format, {...options, colours: this.colours}))
      return answer
    } finally {
      store.close()
    }
  }
}
