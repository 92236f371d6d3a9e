/** mailwitness backscatter: who is hit by bounces for mail that never left, and do we send such bounces ourselves? */

import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {serverFlag, spanFlags} from '../cli/flags.js'
import {storeForReading} from '../cli/stores.js'
import {backscatterAnswer} from '../question/backscatter.js'
import {listBackscatterers} from '../question/backscatter-listed.js'
import {systemResolver} from '../question/dns/system-resolver.js'
import {renderBackscatter} from '../render/backscatter.js'

const WEEK = 7 * 86_400_000
const DNS_TIMEOUT = 3_000
/** Bounces of ours whose cause is looked up. */
const VERIFIED = 5_000

export default class Backscatter extends BaseCommand {
  static override summary =
    'Show the domains hit by bounces for mail that never left, what feeds on them, and the bounces that we send to strangers.'
  static override description =
    `A bounce counts as backscatter where its address sent no mail through us in the five days before that it could be about. Without --since it
looks at the last seven days.`
  static override examples = [
    '<%= config.bin %> backscatter',
    '<%= config.bin %> backscatter --domain example.com --since 30d',
    '<%= config.bin %> backscatter --dnsbl --json',
  ]
  static override flags = {
    ...spanFlags,
    ...serverFlag,
    domain: Flags.string({summary: 'Only this domain.', helpValue: 'DOMAIN'}),
    dnsbl: Flags.boolean({
      summary: 'Ask ips.backscatterer.org (by DNS) about the reporters and our own addresses.',
      default: false,
    }),
    'dns-server': Flags.string({
      summary: 'Ask these name servers instead of the system ones.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ADDRESS',
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Backscatter)
    const {config, db} = await this.settings(flags)
    const {now} = this.when()
    const span = await this.span(flags)
    const to = span.to ?? now
    const store = await storeForReading(db)
    try {
      const question = {
        from: span.from ?? to - WEEK,
        to,
        servers: flags.server ?? [],
        domain: flags.domain?.trim().toLowerCase() ?? null,
        verify: VERIFIED,
      }
      let answer = store.inOneState(() => backscatterAnswer(store, question))
      if (flags.dnsbl) {
        const own = config.servers.flatMap((server) => server.addresses).filter((address) => !address.includes('/'))
        answer = await listBackscatterers(answer, own, systemResolver(DNS_TIMEOUT, flags['dns-server']))
      }
      const shown = this.shown(answer)
      this.log(renderBackscatter(shown, this.colours))
      return shown
    } finally {
      store.close()
    }
  }
}
