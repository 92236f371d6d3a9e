/** mailwitness abuse: which script, login or account sends abnormally? */

import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {ANSWER, usage} from '../cli/failures.js'
import {serverFlag, spanFlags} from '../cli/flags.js'
import {runAbuse} from '../cli/run-abuse.js'
import {storeForReading} from '../cli/stores.js'
import {readLength} from '../cli/time-span.js'
import {fillAlerts, renderAbuse} from '../render/abuse.js'

export default class Abuse extends BaseCommand {
  static override summary =
    'Show who sends abnormally: scripts, logins and accounts far above their own past, with the reasons.'
  static override description =
    `Each alert is judged only on what was logged before it. Without --since and --until it shows the alerts of the window that ends now, and
those raised earlier that still send. Nothing is ever stopped by mailwitness: the commands are printed for you.`
  static override examples = [
    '<%= config.bin %> abuse',
    '<%= config.bin %> abuse --window 1h --exit-code',
    '<%= config.bin %> abuse --since 2026-11-01 --until 2026-11-20 --json',
    '<%= config.bin %> abuse ack 0k3x9wpa --false',
  ]
  static override flags = {
    ...spanFlags,
    ...serverFlag,
    window: Flags.string({summary: 'The time before now to look at.', default: '24h', helpValue: 'LENGTH'}),
    budget: Flags.string({
      summary: 'False alerts per server and week that you will bear (default: the configuration, else 1).',
      helpValue: 'N',
    }),
    language: Flags.string({summary: 'Language of the texts.', options: ['en', 'de'], helpValue: 'LANG'}),
    lines: Flags.boolean({summary: 'Show the log lines.', default: true, allowNo: true}),
    'exit-code': Flags.boolean({summary: 'Exit 0 without alerts, 10 with alerts.', default: false}),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Abuse)
    const {config, db} = await this.settings(flags)
    const {now} = this.when()
    const span = await this.span(flags)
    const explicit = span.from !== null || span.to !== null
    const to = span.to ?? now
    const from = span.from ?? (explicit ? 0 : now - readLength(flags.window, 'window'))
    const store = await storeForReading(db)
    try {
      const found = runAbuse(store, db, {
        from,
        to,
        mode: explicit ? 'raised' : 'active',
        servers: flags.server ?? [],
        budget: budgetOf(flags.budget),
        config,
        now,
        version: this.config.version,
      })
      const language =
        flags.language === 'de' || (flags.language === undefined && config.report.language === 'de') ? 'de' : 'en'
      const answer = this.shown(fillAlerts(found, language))
      this.log(renderAbuse(answer, {language, colours: this.colours, lines: flags.lines}))
      if (flags['exit-code'] && answer.alerts.some((alert) => alert.acknowledged !== 'false'))
        process.exitCode = ANSWER.alerts
      return answer
    } finally {
      store.close()
    }
  }
}

function budgetOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const budget = Number(text)
  if (!(budget > 0 && budget <= 1000))
    throw usage(`cannot understand the number "${text}" of --budget`, ['write a number above 0 and up to 1000'])
  return budget
}
