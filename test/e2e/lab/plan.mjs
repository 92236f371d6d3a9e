/** Who is who in the lab: hosts, accounts, addresses and the policies of the outside world. Only reserved names and documentation addresses. */

export const DNS = '198.51.100.53'

/** Ours: two Exim and two Postfix servers; f1 and f2 are real servers of strangers. */
export const HOSTS = {
  e1: {
    root: 'exim496',
    hostname: 'web1.hoster.example',
    ip: '203.0.113.25',
    tz: 'Europe/Berlin',
    style: 'cpanel',
    accounts: [
      ['flora', 1001, 'flora.example'],
      ['cafe', 1002, 'cafe.example'],
      ['club', 1003, 'club.example'],
    ],
  },
  e2: {
    root: 'exim498',
    hostname: 'web2.hoster.example',
    ip: '203.0.113.26',
    tz: 'Asia/Kolkata',
    style: 'directadmin',
    accounts: [
      ['atelier', 1011, 'atelier.example'],
      ['dental', 1012, 'dental.example'],
      ['choir', 1013, 'choir.example'],
    ],
  },
  p1: {
    root: 'postfix37',
    hostname: 'mx1.hoster.example',
    ip: '203.0.113.35',
    tz: 'America/New_York',
    accounts: [
      ['bakery', 1021, 'bakery.example'],
      ['legal', 1022, 'legal.example'],
      ['rowing', 1023, 'rowing.example'],
    ],
  },
  p2: {
    root: 'postfix310',
    hostname: 'mx2.hoster.example',
    ip: '203.0.113.36',
    tz: 'Europe/Vienna',
    longIds: true,
    accounts: [
      ['alpine', 1031, 'alpine.example'],
      ['tax', 1032, 'tax.example'],
      ['ski', 1033, 'ski.example'],
    ],
  },
  f1: {
    root: 'exim496',
    hostname: 'cp31.elsewhere.example',
    ip: '198.51.100.90',
    tz: 'UTC',
    style: 'cpanel',
    foreign: true,
    accounts: [['stranger', 1044, 'stranger.example']],
    aliases: {'member@oldclub.example': ['nouser.member@strictmx.example']},
    owner: 'info@flora.example',
  },
  f2: {
    root: 'postfix37',
    hostname: 'mta9.elsewhere.example',
    ip: '198.51.100.80',
    tz: 'UTC',
    foreign: true,
    accounts: [],
    aliases: {'someone@lists.example': ['nouser.someone@strictmx.example']},
  },
}

/** Remote domains: address, policy, extra settings of the listener. */
export const REMOTE = {
  'bigmail.example': ['198.51.100.10', 'accept', {tls: true}],
  'strictmx.example': ['198.51.100.11', 'rcpt550'],
  'spamwall.example': ['198.51.100.12', 'data554'],
  'filtered.example': ['198.51.100.13', 'spamfilter', {tls: true}],
  'greylist.example': ['198.51.100.14', 'greylist'],
  'slowpoke.example': ['198.51.100.15', 'defer451'],
  'late-full.example': ['198.51.100.16', 'latebounce', {style: 'full'}],
  'late-qmail.example': ['198.51.100.17', 'latebounce', {style: 'qmail'}],
  'late-exchange.example': ['198.51.100.18', 'latebounce', {style: 'exchange'}],
  'late-headers.example': ['198.51.100.19', 'latebounce', {style: 'headers'}],
  'late-text.example': ['198.51.100.20', 'latebounce', {style: 'text'}],
  'bannerblock.example': ['198.51.100.21', 'banner554'],
  'senderblock.example': ['198.51.100.22', 'mail550'],
  'dropper.example': ['198.51.100.23', 'dropdata'],
  'tss.example': ['198.51.100.24', 'tempsession'],
  'dmarcwall.example': ['198.51.100.25', 'dmarc'],
}
/** Refuses connections; and one that does not exist. */
export const DEAD = {'deadhost.example': '198.51.100.27', 'unreach.example': '198.51.100.99'}

const range = (from, to) => Array.from({length: to - from + 1}, (_, index) => `192.0.2.${from + index}`)
/** Where a stolen login is used from: eight networks of the benchmarking range (RFC 2544), for the documentation ranges are only three. */
export const THIEVES = [1, 22, 47, 90, 133, 171, 204, 250].map((net, index) => `198.18.${net}.${20 + 9 * index}`)

/** Customers .50-.57, an address on the DNSBL .66, a spammer .67, visitors .70, partners .71, attackers .200-.209. */
export const CLIENTS = [...range(50, 57), ...range(66, 67), ...range(70, 71), ...range(200, 209), ...THIEVES]

export const PASSWORD = 'Sekret77'

/** Mailboxes of people who each write one letter that nobody takes: a single customer with all of them would look like a thief. */
export const COLLEAGUES = ['anna', 'erik', 'gina', 'hugo', 'ines', 'karl']

/** Mailboxes and aliases of a host with three accounts. */
export function mailboxesOf(host) {
  const [a, b, c] = host.accounts.map(([, , domain]) => domain)
  if (!c) return {mailboxes: [], aliases: host.aliases ?? {}}
  return {
    mailboxes: [
      `office@${a}`,
      `webmaster@${a}`,
      ...['bob', 'carol', 'dave', 'orders', ...COLLEAGUES].map((name) => `${name}@${b}`),
      `webmaster@${c}`,
    ],
    aliases: {
      [`info@${a}`]: [`office@${a}`, `boss.${a.split('.')[0]}@bigmail.example`],
      [`oldboss@${a}`]: ['nouser.oldboss@bigmail.example'],
      [`staff@${b}`]: [`bob@${b}`, `carol@${b}`, 'helper@bigmail.example'],
      [`newsfwd@${b}`]: ['reader@filtered.example'],
      [`*@${c}`]: [`webmaster@${c}`],
    },
  }
}

/** Mail exchanger of every domain of the lab. @returns {Record<string, string>} domain -> IP address */
export function exchangers(names) {
  const all = {}
  for (const [domain, [address]] of Object.entries(REMOTE)) all[domain] = address
  for (const [domain, address] of Object.entries(DEAD)) all[domain] = address
  for (const name of names) {
    const host = HOSTS[name]
    const {aliases} = mailboxesOf(host)
    const domains = [
      ...host.accounts.map(([, , domain]) => domain),
      ...Object.keys(aliases).map((one) => one.split('@')[1]),
    ]
    for (const domain of [host.hostname, ...domains]) all[domain] = host.ip
  }
  return all
}
