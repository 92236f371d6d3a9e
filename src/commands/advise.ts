/** mailwitness advise: what can a domain's owner do against forged senders? */

import {readFile} from 'node:fs/promises'
import {text as streamText} from 'node:stream/consumers'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {BaseCommand} from '../cli/base-command.js'
import {ANSWER, cannotRead, cannotUnderstand, usage} from '../cli/failures.js'
import {storeOrNone} from '../cli/stores.js'
import {adviseDomain, type BackscatterSeen, type CatchAllSeen} from '../question/advice/advise-domain.js'
import {hitDomains} from '../question/backscatter.js'
import type {Resolver} from '../question/dns/resolver.js'
import {systemResolver} from '../question/dns/system-resolver.js'
import {zoneResolver} from '../question/dns/zone-resolver.js'
import {fillAdvice, renderAdvice} from '../render/advise.js'
import {SqliteStore} from '../store/finder.js'

const MONTH = 30 * 86_400_000
const DNS_TIMEOUT = 4_000
const MOST_BYTES = 16 * 1024 * 1024

const offline: Resolver = (() => {
  const unasked = (): Promise<{kind: 'failure'; reason: string}> =>
    Promise.resolve({kind: 'failure', reason: 'the network was not asked'})
  return {txt: unasked, a: unasked, aaaa: unasked, mx: unasked, ptr: unasked}
})()

export default class Advise extends BaseCommand {
  static override summary =
    "Read a domain's SPF, DKIM, DMARC and MX, and say with reasons what to change against forged senders."
  static override description =
    `Asks the system's name servers, or reads a zone file that was pasted into a ticket. Our sending addresses come from the configuration; a
catch-all and bounces for mail that never left come from the database, where there is one.`
  static override examples = [
    '<%= config.bin %> advise example.com',
    '<%= config.bin %> advise example.com --zone pasted.txt --no-network',
    '<%= config.bin %> advise example.com --selector s2026 --json',
  ]
  static override args = {domain: Args.string({description: 'The domain.', required: true})}
  static override flags = {
    zone: Flags.string({summary: 'A zone file in place of the DNS; - is standard input.', helpValue: 'FILE'}),
    selector: Flags.string({
      summary: 'A DKIM selector to ask for (s= of a signature).',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    network: Flags.boolean({
      summary: 'Ask name servers (default: yes; with --zone only for names outside it).',
      default: true,
      allowNo: true,
    }),
    'dns-server': Flags.string({
      summary: 'Ask these name servers instead of the system ones.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ADDRESS',
    }),
    language: Flags.string({summary: 'Language of the texts.', options: ['en', 'de'], helpValue: 'LANG'}),
    'exit-code': Flags.boolean({
      summary: 'Exit 0 where nothing needs repair, 10 with something to repair, 20 where it could not be found out.',
      default: false,
    }),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Advise)
    const {config, db} = await this.settings(flags)
    const domain = args.domain.trim().replace(/^.*@/, '')
    if (!/^[^\s/:,;<>"']{1,253}$/.test(domain) || !domain.includes('.'))
      throw usage(`"${args.domain}" is no domain`, ['write it as example.com'])
    const network = flags.network ? systemResolver(DNS_TIMEOUT, flags['dns-server']) : offline
    const resolver = flags.zone === undefined ? network : await zoneOf(flags.zone, domain, network)
    const sendingIps = config.servers.flatMap((server) => server.addresses).filter((address) => !address.includes('/'))
    const seen = await this.seenInLogs(db, domain)
    const advice = await adviseDomain({domain, resolver, sendingIps, selectors: flags.selector ?? [], ...seen})
    const language = (flags.language ?? config.report.language) === 'de' ? 'de' : 'en'
    const answer = this.shown(fillAdvice(advice, language))
    this.log(renderAdvice(answer, this.colours))
    if (flags['exit-code']) {
      const has = (severity: string): boolean => answer.items.some((item) => item.severity === severity)
      process.exitCode = has('problem') ? ANSWER.alerts : has('unchecked') ? ANSWER.inconclusive : 0
    }
    return answer
  }

  /** What the last thirty days of logs say of the domain. */
  private async seenInLogs(
    db: string,
    domain: string,
  ): Promise<{catchAll?: CatchAllSeen; backscatter?: BackscatterSeen}> {
    const store = await storeOrNone(db)
    try {
      if (!(store instanceof SqliteStore)) return {}
      const {now} = this.when()
      const [hit] = hitDomains(store, {
        from: now - MONTH,
        to: now,
        servers: [],
        domain: domain.toLowerCase(),
        verify: 0,
      })
      if (hit === undefined) return {}
      const reporters = hit.reporters.map((one) => one.name ?? one.ip ?? '').filter((name) => name !== '')
      const backscatter = {messages: hit.bounces, since: hit.since, until: hit.until, reporters}
      if (hit.catchAll === null) return {backscatter}
      const {localParts, examples} = hit.catchAll
      return {backscatter, catchAll: {randomLocalParts: localParts, since: hit.since, until: hit.until, examples}}
    } finally {
      store.close()
    }
  }
}

/** @throws Failure (65, 66). */
async function zoneOf(path: string, domain: string, outside: Resolver): Promise<Resolver> {
  let text: string
  try {
    text = path === '-' ? await streamText(process.stdin) : await readFile(path, 'utf8')
  } catch (error) {
    throw cannotRead('zone file', path, error as NodeJS.ErrnoException)
  }
  if (text.length > MOST_BYTES) throw cannotUnderstand(`the zone file ${path} is too large to be one domain's`)
  const resolver = zoneResolver(text, {origin: domain, outside})
  if (resolver.zone.records.length === 0)
    throw cannotUnderstand(`the zone file ${path} holds no record that can be read`, [
      'give it as the name server or the panel shows it',
    ])
  return resolver
}
