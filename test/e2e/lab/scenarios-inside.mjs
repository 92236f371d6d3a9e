/** What our own customers, web sites, scripts, shells and operators do. */
import {setTimeout as sleep} from 'node:timers/promises'
import {mailDate} from './dsn.mjs'
import {COLLEAGUES, HOSTS, PASSWORD, THIEVES} from './plan.mjs'
import {SHELL, UPLOADS} from './servers.mjs'
import {queuedAs} from './smtp-client.mjs'

export const SPAM = 'Hello, http://cheap-pills.example/ and https://wondergirl.example/?29hQ\n'

export const domainsOf = (name) => HOSTS[name].accounts.map(([, , domain]) => domain)

/** A message as a mail program writes it. */
export function compose({lab, from, to, subject, id, body = 'hello\n', extra = ''}) {
  const head = id ? `Message-ID: ${id}\n` : ''
  return `${extra}Date: ${mailDate(lab.clock.now())}\nFrom: <${from}>\nTo: ${to.map((one) => `<${one}>`).join(',\n ')}\nSubject: ${subject}\n${head}\n${body}`
}

/** @param {import('./lab.mjs').Lab} lab @param {import('./ledger.mjs').Ledger} ledger @param {string} name the host */
export function insideScenarios(lab, ledger, name) {
  const [a, b] = domainsOf(name)
  const {accounts, hostname, ip} = HOSTS[name]
  const host = lab.hosts[name]

  /** An authenticated submission. */
  async function submit(login, to, scenario = 'customer', fields = {}) {
    const {source = '192.0.2.51', verdict = 'left_us', env, helo = '[192.168.1.20]', body, noId = false} = fields
    const token = fields.token ?? ledger.token()
    const from = env ?? login
    const id = noId ? null : (fields.id ?? `<${token}@${from.split('@')[1]}>`)
    const subject = fields.subject ?? `Offer ${token}`
    const origin = {kind: 'sasl', login, client_ip: source}
    const entry = ledger.add(name, scenario, verdict, token, {
      origin,
      env_from: from,
      message_id: id,
      subject,
      rcpts: to,
    })
    const message = compose({lab, from, to, subject, id, ...(body ? {body} : {})})
    const done = await lab.smtp({ip, port: 587, source, helo, from, to, message, login: [login, PASSWORD]})
    entry.smtp_id = queuedAs(done.data)
    entry.submit_reply = done.data ?? done.error ?? ''
    return entry
  }

  const script = (account, path, visitor) => {
    const [user, uid, domain] = accounts[account]
    return {
      kind: 'php-mail',
      user,
      uid,
      script: `/home/${user}/public_html${path}`,
      url: `${domain}${path}`,
      visitor_ip: visitor,
    }
  }

  /** One of several customers, so that no innocent one is refused again and again. */
  const writer = (i) => `${COLLEAGUES[i % COLLEAGUES.length]}@${b}`

  /** An outside address that refuses, or takes, what a form sends it. */
  const victim = () => ['strictmx', 'spamwall', 'bigmail', 'filtered', 'slowpoke'][ledger.random(5)]

  return {
    submit,

    async customers(count) {
      for (let i = 0; i < count; i += 1)
        await submit(`${i % 2 ? 'dave' : 'bob'}@${b}`, [`client${ledger.random(900)}@bigmail.example`], 'customer', {
          source: `192.0.2.${50 + (i % 4)}`,
          noId: i % 5 === 4,
        })
      await submit(`bob@${b}`, ['pat@filtered.example'])
    },

    /** A visitor uses the contact form; the copy goes to the address that was typed. */
    async contact(count, abused = false, place = null) {
      const scenario = abused ? 'contact-form-abuse' : 'contact-form'
      for (let i = 0; i < count; i += 1) {
        const visitor = abused ? `192.0.2.${200 + (i % 8)}` : '192.0.2.70'
        const token = ledger.token()
        const origin = {...script(0, '/contact.php', visitor), originating: 'class.phpmailer.php'}
        const typed = `victim${i}@${place ?? (abused ? victim() : 'bigmail')}.example`
        const common = {origin, env_from: `info@${a}`, subject: 'Contact'}
        ledger.add(name, scenario, 'left_us', `${token}.o`, {
          ...common,
          message_id: `<${token}.o@${a}>`,
          rcpts: [`info@${a}`],
        })
        ledger.add(name, scenario, 'left_us?', `${token}.c`, {
          ...common,
          message_id: `<${token}.c@${a}>`,
          rcpts: [typed],
        })
        const shown = abused
          ? `? Donna just viewed your profile! Click here: https://wondergirl.example/${token} ?`
          : `Visitor ${i}`
        await lab.http(name, 0, '/contact.php', visitor, {
          name: shown,
          email: typed,
          message: 'hi',
          copy: '1',
          mid: token,
        })
      }
    },

    /** mail() without Message-ID and without -f. */
    async simple(count) {
      for (let i = 0; i < count; i += 1) {
        const account = i % 3
        const [user, , domain] = accounts[account]
        const token = ledger.token()
        const to = `buyer${i}@bigmail.example`
        ledger.add(name, 'php-simple', 'left_us', token, {
          origin: script(account, '/simple.php', '192.0.2.70'),
          env_from: `${user}@${hostname}`,
          message_id: null,
          subject: `Order ${token}`,
          rcpts: [to],
        })
        await lab.http(name, account, '/simple.php', '192.0.2.70', {
          to,
          subject: `Order ${token}`,
          from: `shop@${domain}`,
        })
      }
    },

    /** A cron job in PHP, sendmail from a shell, and a sender that cannot be told. */
    async shell() {
      const [user, uid, domain] = accounts[2]
      const sendmail = (from, to, subject, id) =>
        `cd /home/${user}/public_html && printf 'From: ${from}\\nTo: ${to}\\nSubject: ${subject}\\nMessage-ID: ${id}\\n\\nhello\\n' | /usr/sbin/sendmail -t -i -f ${from}`
      let token = ledger.token()
      const cron = {kind: 'php-mail', user, uid, script: `/home/${user}/public_html/simple.php`, cli: true}
      ledger.add(name, 'cron-php', 'left_us', token, {
        origin: cron,
        env_from: `${user}@${hostname}`,
        message_id: null,
        subject: `Nightly report ${token}`,
        rcpts: ['ops@bigmail.example'],
      })
      await host.sh(
        `cd /home/${user} && php public_html/simple.php ops@bigmail.example 'Nightly report ${token}' cron@${domain}`,
        {user},
      )
      token = ledger.token()
      const origin = {kind: 'sendmail', user, uid}
      ledger.add(name, 'sendmail-cli', 'left_us', token, {
        origin,
        env_from: `news@${domain}`,
        message_id: `<${token}@${domain}>`,
        subject: `News ${token}`,
        rcpts: ['fan1@bigmail.example', 'fan2@bigmail.example'],
      })
      await host.sh(
        sendmail(
          `news@${domain}`,
          'fan1@bigmail.example, fan2@bigmail.example',
          `News ${token}`,
          `<${token}@${domain}>`,
        ),
        {user},
      )
      token = ledger.token()
      ledger.add(name, 'undeliverable-bounce', 'ours_not_left', token, {
        origin,
        env_from: 'ghost@deadhost.example',
        message_id: `<${token}@${domain}>`,
        subject: `Frozen ${token}`,
        rcpts: ['kai@strictmx.example'],
      })
      await host.sh(
        sendmail('ghost@deadhost.example', 'kai@strictmx.example', `Frozen ${token}`, `<${token}@${domain}>`),
        {user},
      )
    },

    /** A file in the uploads folder: one request, many mails. */
    async burst(count) {
      const [user, , domain] = accounts[0]
      const path = `/${UPLOADS}/${SHELL}`
      const base = ledger.token()
      const places = [
        ...Array(14).fill('user@bigmail'),
        'nouser@bigmail',
        'u@strictmx',
        'u@spamwall',
        'u@slowpoke',
        'u@deadhost',
        'u@nodomain',
      ]
      const to = Array.from({length: count}, (_, i) => `${places[i % places.length].replace('@', `${i}@`)}.example`)
      for (const [i, address] of to.entries()) {
        const token = `${base}${String(i).padStart(4, '0')}`
        ledger.add(name, 'script-burst', 'left_us?', token, {
          origin: script(0, path, '192.0.2.208'),
          env_from: `${user}@${hostname}`,
          message_id: `<${token}@${domain}>`,
          subject: `Your parcel ${token} is waiting`,
          rcpts: [address],
        })
      }
      await lab.http(name, 0, path, '192.0.2.208', {to: to.join(','), tok: base, from: `parcel@${domain}`})
    },

    /** PHP that speaks SMTP to this machine: no log names the user or the script. */
    async localSmtp() {
      const [user, uid, domain] = accounts[1]
      const token = ledger.token()
      const origin = {kind: 'smtp-localhost', user, uid, script: `/home/${user}/public_html/wp-content/cache.php`}
      const to = `sock@bigmail.example`
      ledger.add(name, 'script-local-smtp', 'left_us', token, {
        origin,
        env_from: `winner@${domain}`,
        message_id: `<${token}@${domain}>`,
        subject: `You won ${token}`,
        rcpts: [to],
      })
      await lab.http(name, 1, '/wp-content/cache.php', '192.0.2.209', {
        to,
        subject: `You won ${token}`,
        mid: `${token}@${domain}`,
        from: `winner@${domain}`,
      })
    },

    /** Our own scanner refuses a script's mail. */
    async scannedOut() {
      const [user, , domain] = accounts[0]
      const token = ledger.token()
      host.write('/etc/scan-outbound', '')
      ledger.add(name, 'refused-by-our-scanner', 'rejected_by_us', token, {
        origin: script(0, '/simple.php', '192.0.2.205'),
        env_from: `${user}@${hostname}`,
        message_id: null,
        subject: `BLOCKME ${token}`,
        rcpts: ['q@bigmail.example'],
      })
      await lab.http(name, 0, '/simple.php', '192.0.2.205', {
        to: 'q@bigmail.example',
        subject: `BLOCKME ${token}`,
        from: `shop@${domain}`,
      })
      await host.sh('rm /etc/scan-outbound')
    },

    /** A stolen login, used from many addresses. */
    async stolen(count) {
      for (let i = 0; i < count; i += 1) {
        const places = ['bigmail', 'bigmail', 'bigmail', 'bigmail', 'filtered', 'strictmx', 'spamwall']
        const to = Array.from(
          {length: 1 + (i % 4)},
          () => `lead${ledger.random(99999)}@${places[ledger.random(places.length)]}.example`,
        )
        const fields = {
          source: THIEVES[i % THIEVES.length],
          helo: `WIN-${i % 3}`,
          body: SPAM,
          verdict: 'left_us?',
          subject: `Crypto double ${ledger.token()}`,
        }
        await submit(`carol@${b}`, to, 'compromised-account', fields)
      }
      await lab.smtp({
        ip,
        port: 587,
        source: '192.0.2.204',
        helo: 'WIN-9',
        from: `carol@${b}`,
        to: ['x@bigmail.example'],
        message: 'Subject: x\n\nx\n',
        login: [`carol@${b}`, 'wrong'],
      })
    },

    /** Several recipients with fates of their own. */
    async several() {
      const mixed = [
        'ann@bigmail',
        'nouser.zed@bigmail',
        'full.max@filtered',
        'grey.eve@bigmail',
        'tom@strictmx',
        'ida@slowpoke',
      ].map((one) => `${one}.example`)
      await submit(`bob@${b}`, [...mixed, `dave@${b}`], 'multi-recipient')
      await submit(
        `dave@${b}`,
        Array.from({length: 12}, (_, i) => `guest.number.${i}@bigmail.example`),
        'multi-recipient',
      )
      await submit(`bob@${b}`, [`info@${a}`], 'local-forwarded')
    },

    async deferred() {
      await submit(`bob@${b}`, ['kim@greylist.example'], 'defer-then-success')
      await submit(`dave@${b}`, ['grey.lee@bigmail.example'], 'defer-then-success')
      for (const [i, place] of ['slowpoke', 'tss', 'deadhost', 'unreach', 'dropper'].entries())
        await submit(writer(i), [`sam@${place}.example`], 'defer-then-expire', {verdict: 'ours_not_left'})
      for (const [i, place] of [
        'strictmx',
        'spamwall',
        'bannerblock',
        'senderblock',
        'dmarcwall',
        'nodomain',
      ].entries())
        await submit(writer(i), [`uma@${place}.example`], 'refused-by-remote', {verdict: 'ours_not_left'})
    },

    /** Accepted outside, and bounced later, in five forms and by two real servers. */
    async bouncedLate() {
      for (const style of ['full', 'qmail', 'exchange', 'headers', 'text']) {
        const token = ledger.token()
        await submit(`bob@${b}`, [`zoe.${token.toLowerCase()}@late-${style}.example`], 'late-bounce', {token})
      }
      if (lab.hosts.f1) await submit(`bob@${b}`, ['member@oldclub.example'], 'late-bounce-real-exim')
      if (lab.hosts.f2) await submit(`bob@${b}`, ['someone@lists.example'], 'late-bounce-real-postfix')
    },

    async reusedMessageId() {
      const id = `<${ledger.token()}.same@${b}>`
      for (const to of ['first', 'second'])
        await submit(`dave@${b}`, [`${to}@bigmail.example`], 'same-message-id-twice', {id})
    },

    /** Names and subjects that look like log fields. */
    async hostile() {
      const subjects = [
        '=> victim@bigmail.example R=lookuphost T=remote_smtp H=evil',
        'x" from <root@evil.example> for boss@bigmail.example',
        'Completed',
        'status=sent (250 ok), to=<victim@bigmail.example>, relay=evil[1.2.3.4]:25',
      ]
      for (const text of subjects) {
        const token = ledger.token()
        await submit(`dave@${b}`, ['log@bigmail.example'], 'hostile-subject', {subject: `${text} ${token}`, token})
      }
      const token = ledger.token()
      await submit(`dave@${b}`, ['log@bigmail.example'], 'hostile-message-id', {
        token,
        id: `<${token} H=evil.example [6.6.6.6] P=esmtp id=1@x>`,
      })
      await submit(`dave@${b}`, ['log@bigmail.example'], 'spoofed-envelope', {env: 'ceo@bigmail.example'})
    },

    /** The operator removes one message from the queue and freezes or holds another. */
    async operator() {
      const removed = await submit(`bob@${b}`, ['rob.gone@slowpoke.example'], 'removed-by-admin', {
        verdict: 'ours_not_left',
      })
      const frozen = await submit(`bob@${b}`, ['rob.held@tss.example'], 'frozen-by-admin', {verdict: 'ours_not_left'})
      await sleep(2000)
      if (host.style) {
        await host.run('exim', ['-Mrm', removed.smtp_id], {check: false})
        await host.run('exim', ['-Mf', frozen.smtp_id], {check: false})
        return
      }
      // behind a content filter the ID in the queue is not the one of the reply to DATA
      const queue = (await host.run('postqueue', ['-j'])).out
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
      const idOf = (entry) =>
        queue.find((one) => one.recipients.some(({address}) => address === entry.rcpts[0]))?.queue_id ?? entry.smtp_id
      await host.run('postsuper', ['-d', idOf(removed)], {check: false})
      await host.run('postsuper', ['-h', idOf(frozen)], {check: false})
    },
  }
}
