/** One message in an Exim main log with +arguments +pid +subject +received_recipients, as control panels set it. */

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(value, length) {
  let out = ''
  let rest = value
  for (let i = 0; i < length; i++) {
    out = BASE62[rest % 62] + out
    rest = Math.floor(rest / 62)
  }
  return out
}

const stamp = (at) => new Date(at).toISOString().slice(0, 19).replace('T', ' ')
const TLS = 'X=TLS1.3:TLS_AES_256_GCM_SHA384:256'

/** The lines of one message that arrives at `at`; a fifth by a script, a tenth by cron, the rest by login or from outside. */
export function eximMessage(random, at, order) {
  const pid = 2000 + (order % 30_000)
  const id = `${base62(Math.floor(at / 1000), 6)}-${base62(pid, 6)}-${base62(order % 3844, 2)}`
  const account = random.often(random.accounts)
  const kind = random.next()
  const lines = []
  const say = (after, text) => lines.push({at: at + after, line: `${stamp(at + after)} [${pid}] ${text}`})
  let messageId = `${random.word(16)}@${account.domain}`
  let recipient = random.often(random.strangers)
  if (kind < 0.3) {
    const cron = kind < 0.1
    const site = `/home/${account.name}${cron ? '' : '/public_html'}`
    say(
      0,
      `cwd=${site} ${cron ? '7 args: /usr/sbin/sendmail -FCronDaemon -i -odi -oem -oi -t -f' + account.name : '3 args: /usr/sbin/sendmail -t -i'}`,
    )
    if (cron) recipient = `root@${account.domain}`
    say(
      0,
      `${id} <= ${account.name}@web1.example U=${account.name} P=local S=${900 + random.below(30_000)} id=${messageId} T="${random.word(8)} ${random.word(5)}" for ${recipient}`,
    )
  } else if (kind < 0.65) {
    const login = `info@${account.domain}`
    say(
      0,
      `${id} <= ${login} H=([192.168.1.${random.below(250)}]) [203.0.113.${random.below(250)}]:${20_000 + random.below(40_000)} P=esmtpsa ${TLS} CV=no A=dovecot_login:${login} S=${1500 + random.below(90_000)} id=${messageId} T="Re: ${random.word(9)}" from <${login}> for ${recipient}`,
    )
  } else {
    const sender = random.often(random.strangers)
    const host = random.of(random.providers)
    messageId = `${random.word(20)}@${host.host}`
    recipient = `info@${account.domain}`
    say(
      0,
      `${id} <= ${sender} H=${host.host} [${host.ip}]:${20_000 + random.below(40_000)} P=esmtps ${TLS} CV=no S=${2000 + random.below(90_000)} id=${messageId} T="${random.word(6)} ${random.word(7)}" from <${sender}> for ${recipient}`,
    )
  }
  say(0, `cwd=/var/spool/exim 3 args: /usr/sbin/exim -Mc ${id}`)
  if (kind >= 0.65 || recipient.startsWith('root@')) {
    say(
      400,
      `${id} => ${recipient.split('@')[0]} <${recipient}> R=virtual_user T=dovecot_virtual_delivery C="250 2.0.0 <${recipient}> ${random.word(16)} Saved"`,
    )
    say(400, `${id} Completed`)
    return {id, messageId, lines}
  }
  const host = random.often(random.providers)
  const outcome = random.next()
  const how = `R=dkim_lookuphost T=dkim_remote_smtp H=${host.host} [${host.ip}] ${TLS} CV=yes`
  if (outcome < 0.06) {
    say(
      900,
      `${id} == ${recipient} ${how} defer (-44) H=${host.host} [${host.ip}]: SMTP error from remote mail server after RCPT TO:<${recipient}>: 451 4.7.1 Greylisting in action, please come back later`,
    )
    say(900_000, `${id} => ${recipient} ${how} C="250 2.0.0 Ok: queued as ${random.word(10).toUpperCase()}" QT=15m1s`)
    say(900_000, `${id} Completed`)
  } else if (outcome < 0.1) {
    say(
      900,
      `${id} ** ${recipient} ${how}: SMTP error from remote mail server after RCPT TO:<${recipient}>: 550 5.1.1 <${recipient}>: Recipient address rejected: User unknown`,
    )
    say(900, `${id} Completed`)
  } else {
    say(1_200, `${id} => ${recipient} ${how} C="250 2.0.0 Ok: queued as ${random.word(10).toUpperCase()}"`)
    say(1_200, `${id} Completed`)
  }
  return {id, messageId, lines}
}
