/** Sets up Exim, Postfix, PHP and rsyslog on a host, from the texts in etc/ and www/. */
import {mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {RUN} from './host.mjs'
import {mailboxesOf, PASSWORD} from './plan.mjs'

const text = (path) => readFileSync(join(import.meta.dirname, path), 'utf8')
const filled = (path, values) => text(path).replaceAll(/@([A-Z_]+)@/g, (_, key) => values[key] ?? '')
const lines = (list) => list.map((line) => `${line}\n`).join('')

export const UPLOADS = 'wp-content/uploads/2022/05'
export const SHELL = 'wp-cache.php'

/** The web sites: PHP's own server, one process an account, running as its user. Ports 80, 81, 82. */
async function setUpSites(host) {
  const version = readdirSync(`${host.path}/etc/php`)[0]
  const panel = host.style === 'cpanel'
  const mailer = panel ? '/usr/local/bin/cp-sendmail -t -i' : '/usr/sbin/sendmail -t -i'
  const zone = ['e2', 'p1'].includes(host.name) ? `date.timezone = ${host.tz}\n` : ''
  const log = host.name === 'p2' ? 'syslog' : '/var/log/php_mail.log'
  host.write(
    `/etc/php/${version}/cli/conf.d/99-lab.ini`,
    `mail.add_x_header = On\nmail.log = ${log}\nsendmail_path = "${mailer}"\n${zone}`,
  )
  host.write('/usr/local/bin/cp-sendmail', text('etc/cp-sendmail'), 0o755)
  host.write('/usr/local/lib/prepend.php', text('etc/prepend.php'))
  host.write('/var/log/php_mail.log', '', 0o666)
  for (const [index, [user, uid, domain]] of host.accounts.entries()) {
    const site = `/home/${user}/public_html`
    await host.sh(
      `groupadd -g ${uid} ${user}; useradd -m -u ${uid} -g ${uid} -s /bin/bash ${user}; chmod 711 /home/${user}`,
    )
    host.write(`${site}/contact.php`, filled('www/contact.php', {OWNER: host.owner ?? `info@${domain}`}))
    host.write(`${site}/lib/class.phpmailer.php`, text('www/lib/class.phpmailer.php'))
    host.write(`${site}/simple.php`, text('www/simple.php'))
    host.write(`${site}/${UPLOADS}/${SHELL}`, text('www/burst.php'))
    host.write(`${site}/wp-content/cache.php`, text('www/socket.php'))
    await host.sh(`chown -R ${user}:${user} /home/${user}`)
    const prepend = panel ? ['-d', 'auto_prepend_file=/usr/local/lib/prepend.php'] : []
    host.background('php', [...prepend, '-S', `${host.ip}:${80 + index}`, '-t', site], user)
  }
}

async function setUpExim(host) {
  const panel = host.style === 'cpanel'
  const owner = panel ? 'mailnull' : 'Debian-exim'
  const extra = ['pid_file_path = /run/exim.pid', 'exim_path = /usr/sbin/exim']
  if (panel) {
    extra.push('exim_user = mailnull', 'exim_group = mailnull', 'spool_directory = /var/spool/exim')
    await host.sh(
      'groupadd -g 47 mailnull; useradd -u 47 -g 47 -M -d /var/spool/mqueue -s /sbin/nologin mailnull; mkdir -p /var/spool/exim; chown mailnull:mailnull /var/spool/exim',
    )
  } else await syslog(host, ['/var/log/maillog', 'RSYSLOG_TraditionalFileFormat'])
  host.write(
    '/etc/exim4/exim4.conf',
    filled(`etc/exim-${host.style}.conf`, {HOSTNAME: host.hostname, EXTRA: extra.join('\n')}),
  )
  const {mailboxes, aliases} = mailboxesOf(host)
  const owners = Object.fromEntries(host.accounts.map(([user, , domain]) => [domain, user]))
  const domains = [...new Set([...mailboxes, ...Object.keys(aliases)].map((address) => address.split('@')[1]))].sort()
  host.write('/etc/localdomains', lines(domains))
  host.write('/etc/userdomains', lines(domains.map((domain) => `${domain}: ${owners[domain] ?? 'nobody'}`)))
  host.write('/etc/valiases', lines(Object.entries(aliases).map(([from, to]) => `${from}: ${to.join(', ')}`)))
  host.write('/etc/vmailbox', lines(mailboxes.map((address) => `${address}: y`)))
  host.write(
    '/etc/vacation',
    lines(mailboxes.filter((address) => address.startsWith('orders@')).map((address) => `${address}: y`)),
  )
  host.write('/etc/dkimdomains', lines(host.foreign ? [] : domains.slice(0, 2).map((domain) => `${domain}: ${domain}`)))
  host.write(
    '/etc/aliases',
    lines(['postmaster: root', 'mailer-daemon: postmaster', 'root: /var/mail/root', 'nobody: /dev/null']),
  )
  host.write('/etc/exim4/passwd', lines(mailboxes.map((address) => `${address}: ${PASSWORD}`)))
  if (host.foreign) host.write('/etc/scan-outbound', '')
  await host.sh(`cd /etc/exim4; cp ${RUN}/key.pem dkim.key; cp ${RUN}/key.pem exim.key
    openssl req -x509 -key exim.key -days 9000 -subj /CN=${host.hostname} -out exim.crt 2>/dev/null
    chown ${owner} exim.key exim.crt dkim.key
    mkdir -p /var/log/exim /run/dovecot; chown ${owner}:adm /var/log/exim /var/log
    touch /var/mail/root; chown mail:mail /var/mail/root; chmod 1777 /var/mail`)
}

async function setUpPostfix(host) {
  const extra = host.longIds ? 'enable_long_queue_ids = yes\ndelay_warning_time = 4h' : ''
  host.write('/etc/postfix/main.cf', filled('etc/postfix-main.cf', {HOSTNAME: host.hostname, EXTRA: extra}))
  const filter = host.longIds ? '\n  -o content_filter=smtp-amavis:[127.0.0.1]:10024' : ''
  const services = host.longIds ? text('etc/postfix-filter.cf') : ''
  host.write('/etc/postfix/master.cf', filled('etc/postfix-master.cf', {FILTER: filter, FILTER_SERVICES: services}))
  const {mailboxes, aliases} = mailboxesOf(host)
  const domains = [...new Set([...mailboxes, ...Object.keys(aliases)].map((address) => address.split('@')[1]))].sort()
  host.write('/etc/postfix/vdomains', lines(domains.map((domain) => `${domain} ok`)))
  host.write('/etc/postfix/vmailbox', lines(mailboxes.map((address) => `${address} ok`)))
  const map = Object.entries(aliases).map(([from, to]) => `${from.replace(/^\*/, '')} ${to.join(', ')}`)
  host.write('/etc/postfix/valiases', lines([...mailboxes.map((address) => `${address} ${address}`), ...map]))
  host.write('/etc/postfix/aliases', lines(['postmaster root', 'root /var/mail/root', 'mailer-daemon postmaster']))
  host.write('/etc/postfix/header_checks', '/^Subject:.*BLOCKME/ REJECT 5.7.1 Message refused: looks like spam\n')
  host.write('/etc/postfix/body_checks', '/GTUBE-STANDARD/ REJECT High probability of spam\n')
  host.write(
    '/etc/postfix/sasl/smtpd.conf',
    'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n',
  )
  const logins = mailboxes
    .map((address) => address.split('@'))
    .map(([name, domain]) => `echo ${PASSWORD} | saslpasswd2 -p -c -u ${domain} ${name}`)
  await host.sh(`cd /etc/postfix; cp ${RUN}/key.pem key.pem
    openssl req -x509 -key key.pem -days 9000 -subj /CN=${host.hostname} -out cert.pem 2>/dev/null
    ${logins.join('\n')}
    if [ -e /etc/sasldb2 ]; then chmod 644 /etc/sasldb2; fi
    touch /var/mail/root; chmod 1777 /var/mail; postfix set-permissions 2>/dev/null; true`)
  const iso = [host.longIds ? '/var/log/mail.log' : '/var/log/mail.iso.log', 'RSYSLOG_FileFormat']
  await syslog(host, ...(host.longIds ? [iso] : [['/var/log/maillog', 'RSYSLOG_TraditionalFileFormat'], iso]))
}

/** rsyslog into these files, each with one of its own templates. */
async function syslog(host, ...files) {
  const actions = files.map(([file, template]) => `action(type="omfile" file="${file}" template="${template}")`)
  host.write('/etc/rsyslog.conf', `${text('etc/rsyslog.conf')}${lines(actions)}`)
  host.syslog = true
}

/** @param {import('./host.mjs').Host} host */
export async function setUp(host) {
  await (host.style ? setUpExim(host) : setUpPostfix(host))
  await setUpSites(host)
  if (host.syslog) await host.sh('rsyslogd -i /run/rsyslogd.pid')
  mkdirSync(`${host.path}${host.style ? '/run/dovecot' : '/var/spool/postfix/private'}`, {recursive: true})
}

export async function start(host) {
  await host.sh(host.style ? 'exim -bd -q10m' : 'postfix start')
}

/** A super-server for Exim: a fresh process for each connection, so that the clock may move under it. */
const SUPER_SERVER = `use IO::Socket::INET;
setpgrp 0, 0;
open my $pid, '>', '/run/super-server.pid';
print $pid $$;
close $pid;
for my $port (25, 587) {
  next if fork;
  $SIG{CHLD} = 'IGNORE';
  my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 50, ReuseAddr => 1) or die "port $port: $!";
  while (1) {
    my $client = $server->accept or next;
    if (!fork) {
      $SIG{CHLD} = 'DEFAULT';
      open STDIN, '<&', $client;
      open STDOUT, '>&', $client;
      exec '/usr/sbin/exim', '-bs';
    }
    close $client;
  }
}
sleep 1000 while 1;
`

/** Exim's daemon makes way for a super-server (as under inetd): no start-up lines while the clock moves in small steps. */
export async function serveWithoutDaemon(host) {
  if (!host.style) return
  await stop(host)
  host.write('/usr/local/sbin/super-server', SUPER_SERVER)
  host.background('perl', ['/usr/local/sbin/super-server'])
  await host.sh('for i in $(seq 50); do [ -s /run/super-server.pid ] && break; sleep 0.1; done; sleep 0.3')
}

/** Stops the daemons and lets deliveries under way finish: no process may live through a jump of the clock. */
export async function stop(host) {
  const exim =
    'if [ -s /run/super-server.pid ]; then kill -- -$(cat /run/super-server.pid); rm /run/super-server.pid; fi; kill $(cat /run/exim.pid); for i in $(seq 100); do pgrep -x "exim|exim4" >/dev/null || break; sleep 0.1; done'
  await host.sh(host.style ? exim : 'postfix stop', {check: false})
}

export async function runQueue(host, force) {
  await host.sh(host.style ? (force ? 'exim -qff' : 'exim -q') : 'postqueue -f', {check: false})
}

/** The socket that stands for the mailboxes' LMTP server. */
export const mailboxSocket = (host) =>
  `${host.path}${host.style ? '/run/dovecot/lmtp' : '/var/spool/postfix/private/dovecot-lmtp'}`
