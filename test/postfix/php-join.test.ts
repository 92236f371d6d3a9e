/** Which script sent it? Many sites, one minute, equal recipients: what is named must be right, the rest is said to be ambiguous. */

import {describe, expect, test} from 'vitest'
import {phpTraffic, type TrafficOptions} from './php-traffic.js'
import {logs, read} from './store.js'

const plain: TrafficOptions = {
  mta: 'postfix',
  calls: 400,
  sites: 20,
  seed: 11,
  ownUids: true,
  bareSender: true,
  messageIds: false,
  journal: false,
  root: '/home/%/public_html',
  subjects: false,
}

interface Case {
  readonly name: string
  readonly options: Partial<TrafficOptions>
  readonly passwd?: boolean
  /** Share of messages whose script must be named. */
  readonly named: number
}

const CASES: readonly Case[] = [
  {name: 'one user for all sites, nothing else', options: {ownUids: false}, named: 0},
  {name: 'one user for all sites, -f of the site', options: {ownUids: false, bareSender: false}, named: 0},
  {name: 'one user for all sites, Message-IDs', options: {ownUids: false, messageIds: true}, named: 1},
  {name: 'one user for all sites, subjects of their own', options: {ownUids: false, subjects: true}, named: 0.95},
  {name: 'a user for each site', options: {}, named: 0.3},
  {name: 'a uid for each site, -f, no names', options: {bareSender: false}, named: 0},
  {name: 'a uid for each site, -f, names from passwd', options: {bareSender: false}, passwd: true, named: 0.3},
  {
    name: 'a uid for each site, homes from passwd',
    options: {bareSender: false, root: '/var/www/vhosts/%.example/httpdocs'},
    passwd: true,
    named: 0.3,
  },
  {
    name: 'a uid for each site, journald',
    options: {bareSender: false, journal: true, root: '/var/www/vhosts/%.example/httpdocs'},
    named: 0.3,
  },
  {name: 'Exim, a user for each site', options: {mta: 'exim'}, named: 0.3},
  {name: 'Exim, one user for all sites', options: {mta: 'exim', ownUids: false}, named: 0},
  {name: 'Exim, Message-IDs', options: {mta: 'exim', ownUids: false, messageIds: true}, named: 1},
]

describe('400 calls of mail() in a minute from 20 sites', () => {
  test.for(CASES)('$name', async ({options, passwd, named: wanted}) => {
    for (const seed of [11, 12]) {
      const traffic = phpTraffic({...plain, ...options, seed})
      const paths = logs({'mail.log': traffic.mail, 'php_mail.log': traffic.php})
      const {all} = await read([paths], {year: 2026, ...(passwd ? {passwd: traffic.passwd} : {})})
      let named = 0
      let right = 0
      let ambiguous = 0
      for (const {life} of all()) {
        const truth = traffic.truth.get(life.queueId ?? '') ?? ''
        const {script, certainty, candidates, kind} = life.origin
        if (script !== null) {
          named++
          if (script === truth) right++
          expect(certainty).not.toBe('ambiguous')
        } else if (kind === 'script') {
          ambiguous++
          expect(certainty).toBe('ambiguous')
          expect(candidates).toContain(truth)
        }
      }
      expect(all()).toHaveLength(400)
      expect(named + ambiguous).toBeGreaterThanOrEqual(399)
      expect(named === 0 ? 1 : right / named).toBeGreaterThanOrEqual(0.99)
      expect(named / 400).toBeGreaterThanOrEqual(wanted)
    }
  })
})
