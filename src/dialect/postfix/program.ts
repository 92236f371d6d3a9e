/** Takes a Postfix program name apart: `syslog_name/service/daemon` (syslog_name is free and may hold slashes, dashes and dots). */

/** Daemons and commands of Postfix (daemon_directory, command_directory); the last part of a program name. */
const DAEMONS = new Set(
  (
    'anvil bounce cleanup discard dnsblog error flush lmtp local master nqmgr oqmgr pickup pipe postlogd postscreen proxymap proxywrite ' +
    'qmgr qmqpd retry scache showq smtp smtpd spawn tempfail tlsmgr tlsproxy trace trivial-rewrite verify virtual ' +
    'postfix-script postfix sendmail postdrop postsuper postqueue postlog postmap postalias postmulti postkick postcat postconf ' +
    'postlock fsstone mailq newaliases posttls-finger postfix-wrapper postmulti-script post-install postfix-tls-script nbdb_reindexd'
  ).split(' '),
)

/** What only counts as a sign that the daemon lived: no line of these names a message, except postscreen's refusals. */
const COUNTED_ONLY = new Set(
  (
    'anvil dnsblog flush postscreen proxymap proxywrite scache showq spawn tlsmgr tlsproxy trivial-rewrite verify ' +
    'postqueue postlog postlogd postmap postalias postmulti postkick postcat postconf postlock mailq newaliases posttls-finger ' +
    'postfix-wrapper postmulti-script post-install postfix-tls-script postfix-script postfix nbdb_reindexd'
  ).split(' '),
)

/** `postfix` or an instance of it without the daemon's name; not the tools around it that share the prefix. */
const LOST = /^postfix(?:-(?!local$|queue$|policyd|policy|mta-sts|tlspol|exporter|logwatch|spf|srs|filter)[^/]*)?$/

export interface PostfixProgram {
  /** The part before the first `/` (`postfix`, `postfix-out`). */
  readonly instance: string
  /** The part after the last `/`; null where the shape lost it (rsyslog's RFC 5424 template). */
  readonly daemon: string | null
  /** What stands between (`submission`, `smtps`, `sender-cleanup`); null where nothing does. */
  readonly service: string | null
}

/**
 * `postfix/submission/smtpd` → instance `postfix`, service `submission`, daemon `smtpd`. A name without a slash is Postfix's only where it
 * begins with `postfix` (daemon lost). null for other programs.
 */
export function postfixProgram(program: string): PostfixProgram | null {
  const last = program.lastIndexOf('/')
  if (last < 0) return LOST.test(program) ? {instance: program, daemon: null, service: null} : null
  const daemon = program.slice(last + 1)
  if (!DAEMONS.has(daemon) && !program.startsWith('postfix')) return null
  const first = program.indexOf('/')
  return {instance: program.slice(0, first), daemon, service: first < last ? program.slice(first + 1, last) : null}
}

/** Daemons whose lines never name a message, and programs that only borrow the name (`postfix/policy-spf`, `postfix/postgrey`). */
export const isCountedOnly = (daemon: string): boolean => COUNTED_ONLY.has(daemon) || !DAEMONS.has(daemon)
