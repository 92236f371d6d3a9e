/** One message in a Postfix mail log with short queue IDs and traditional syslog stamps. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function stamp(at) {
  const iso = new Date(at).toISOString()
  return `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${String(Number(iso.slice(8, 10))).padStart(2)} ${iso.slice(11, 19)}`
}

/** The lines of one message that arrives at `at`: by login, by a script or from outside. */
export function postfixMessage(random, at, order) {
  const id = ((order * 2654435761) % 2 ** 40).toString(16).toUpperCase().padStart(10, '0')
  const account = random.often(random.accounts)
  const kind = random.next()
  const lines = []
  const say = (after, service, text) =>
    lines.push({at: at + after, line: `${stamp(at + after)} mx1 postfix/${service}[${1000 + (order % 900)}]: ${text}`})
  const inbound = kind >= 0.6
  const sender = inbound ? random.often(random.strangers) : `info@${account.domain}`
  const recipient = inbound ? `info@${account.domain}` : random.often(random.strangers)
  const messageId = `${random.word(18)}@${inbound ? 'mail.example' : account.domain}`
  const size = 900 + random.below(90_000)
  if (kind < 0.25) say(0, 'pickup', `${id}: uid=${1000 + random.below(400)} from=<${account.name}>`)
  else {
    const ip = inbound ? random.of(random.providers).ip : `203.0.113.${random.below(250)}`
    const name = inbound ? random.of(random.providers).host : 'unknown'
    say(-40, 'smtpd', `connect from ${name}[${ip}]`)
    say(0, 'smtpd', `${id}: client=${name}[${ip}]${inbound ? '' : `, sasl_method=PLAIN, sasl_username=${sender}`}`)
    say(
      900,
      'smtpd',
      `disconnect from ${name}[${ip}] ehlo=2 starttls=1 ${inbound ? '' : 'auth=1 '}mail=1 rcpt=1 data=1 quit=1 commands=${inbound ? 7 : 8}`,
    )
  }
  say(100, 'cleanup', `${id}: message-id=<${messageId}>`)
  say(200, 'qmgr', `${id}: from=<${sender}>, size=${size}, nrcpt=1 (queue active)`)
  const host = random.often(random.providers)
  const outcome = random.next()
  if (inbound)
    say(
      500,
      'lmtp',
      `${id}: to=<${recipient}>, relay=mx1.example[private/dovecot-lmtp], delay=0.5, delays=0.4/0/0.01/0.09, dsn=2.0.0, status=sent (250 2.0.0 <${recipient}> ${random.word(16)} Saved)`,
    )
  else if (outcome < 0.05) {
    say(
      1_500,
      'smtp',
      `${id}: to=<${recipient}>, relay=${host.host}[${host.ip}]:25, delay=1.5, delays=0.3/0/0.6/0.6, dsn=4.7.1, status=deferred (host ${host.host}[${host.ip}] said: 451 4.7.1 <${recipient}>: Recipient address rejected: Greylisted (in reply to RCPT TO command))`,
    )
    say(600_000, 'qmgr', `${id}: from=<${sender}>, size=${size}, nrcpt=1 (queue active)`)
    say(
      602_000,
      'smtp',
      `${id}: to=<${recipient}>, relay=${host.host}[${host.ip}]:25, delay=602, delays=600/0.1/0.9/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ${random.word(10).toUpperCase()})`,
    )
    say(602_000, 'qmgr', `${id}: removed`)
    return {id, messageId, lines}
  } else if (outcome < 0.08) {
    say(
      1_500,
      'smtp',
      `${id}: to=<${recipient}>, relay=${host.host}[${host.ip}]:25, delay=1.5, delays=0.3/0/0.6/0.6, dsn=5.1.1, status=bounced (host ${host.host}[${host.ip}] said: 550 5.1.1 <${recipient}>: Recipient address rejected: User unknown (in reply to RCPT TO command))`,
    )
  } else
    say(
      1_500,
      'smtp',
      `${id}: to=<${recipient}>, relay=${host.host}[${host.ip}]:25, delay=1.5, delays=0.3/0/0.6/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ${random.word(10).toUpperCase()})`,
    )
  say(1_500, 'qmgr', `${id}: removed`)
  return {id, messageId, lines}
}
