/** What strangers do: mail to us, mail through us, and mail in our name that was never ours. */

import {mailDate} from './dsn.mjs'
import {HOSTS} from './plan.mjs'
import {compose, domainsOf, SPAM} from './scenarios-inside.mjs'
import {queuedAs} from './smtp-client.mjs'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** @param {import('./lab.mjs').Lab} lab @param {import('./ledger.mjs').Ledger} ledger @param {string} name the host */
export function outsideScenarios(lab, ledger, name) {
  const [a, b, c] = domainsOf(name)
  const {hostname, ip, style, longIds} = HOSTS[name]

  /** Mail from outside to a server of ours. */
  async function inbound(
    scenario,
    verdict,
    from,
    to,
    {source = '192.0.2.71', body = 'hello\n', port = 25, helo = 'mail.partner.example'} = {},
  ) {
    const token = ledger.token()
    const id = `<${token}@mail.partner.example>`
    const subject = `Hello ${token}`
    const origin = {kind: 'smtp-in', client_ip: source}
    const entry = ledger.add(name, scenario, verdict, token, {
      origin,
      env_from: from,
      message_id: id,
      subject,
      rcpts: to,
    })
    const done = await lab.smtp({
      ip,
      port,
      source,
      helo,
      from,
      to,
      message: compose({lab, from, to, subject, id, body}),
    })
    entry.smtp_id = queuedAs(done.data)
    entry.submit_reply = done.data ?? done.error ?? ''
    entry.rcpt_replies = done.rcpt
    return entry
  }

  /** Mail that claims to be ours and is sent by a stranger to a server that is not ours. */
  async function forge(scenario, via, from, to, {extra = '', id, note, token = ledger.token()} = {}) {
    const messageId = id ?? `<${token}@DELL-PC>`
    const subject = `Amazing ${token}`
    const origin = {kind: 'elsewhere', client_ip: '192.0.2.203', via}
    const entry = ledger.add(name, scenario, 'never_here', token, {
      origin,
      env_from: from,
      message_id: messageId,
      subject,
      rcpts: [to],
      forged: true,
      note,
    })
    const message = compose({lab, from, to: [to], subject, id: messageId, body: SPAM, extra})
    const target = HOSTS[via]?.ip ?? lab.mx[via]
    const done = await lab.smtp({ip: target, source: '192.0.2.203', helo: 'DELL-PC', from, to: [to], message})
    entry.submit_reply = done.data ?? done.error ?? ''
    return entry
  }

  /** A queue ID in our form, of this minute, that never was. */
  function madeUpId() {
    const pick = (count) => Array.from({length: count}, () => BASE62[10 + ledger.random(52)]).join('')
    let rest = Math.floor(lab.clock.now()) - 60
    let second = ''
    while (rest > 0) {
      second = BASE62[rest % 62] + second
      rest = Math.floor(rest / 62)
    }
    if (style === 'cpanel') return `${second}-0002CA-NB`
    if (style) return `${second}-0000000${ledger.random(10)}xYz-${pick(4)}`
    return longIds
      ? `4${pick(14)}`
      : `7F${ledger
          .random(1 << 30)
          .toString(16)
          .toUpperCase()
          .padStart(9, '0')}`
  }

  function madeUpHop(domain, id) {
    const date = mailDate(lab.clock.now() - 60)
    if (style)
      return `Received: from amcham by ${hostname} with local (Exim 4.96)\n\t(envelope-from <info@${domain}>)\n\tid ${id}\n\tfor all@strictmx.example; ${date}\n`
    return `Received: by ${hostname} (Postfix, from userid 1003)\n\tid ${id}; ${date}\n`
  }

  return {
    inbound,
    forge,
    madeUpId,
    madeUpHop,

    async partners(count) {
      const places = [`office@${a}`, `bob@${b}`, `dave@${b}`, `hello@${c}`]
      for (let i = 0; i < count; i += 1)
        await inbound('inbound', 'local_only', `friend${i}@sender-ok.example`, [places[ledger.random(4)]])
    },

    async forwards() {
      await inbound('forwarded', 'forwarded', 'writer@sender-ok.example', [`newsfwd@${b}`])
      await inbound('forwarded', 'forwarded', 'writer@sender-ok.example', [`info@${a}`])
      await inbound('forwarded-list', 'forwarded', 'writer@sender-ok.example', [`staff@${b}`])
      for (const to of [`newsfwd@${b}`, `oldboss@${a}`])
        await inbound('forwarded-spam-refused', 'forwarded', 'innocent@bigmail.example', [to], {
          source: '192.0.2.67',
          body: SPAM,
          helo: 'ylmf-pc',
        })
      await inbound('autoreply', 'local_only', 'writer@sender-ok.example', [`orders@${b}`])
    },

    async rejects() {
      const spammer = {source: '192.0.2.67'}
      const refused = (scenario, from, to, how) => inbound(scenario, 'rejected_by_us', from, to, how)
      await refused('rejected-rbl', 'x@sender-ok.example', [`office@${a}`], {source: '192.0.2.66'})
      await refused('rejected-nosuchuser', 'x@sender-ok.example', [`nix${ledger.random(999)}@${a}`])
      await refused('rejected-relay', 'x@sender-ok.example', ['victim@bigmail.example'], spammer)
      await refused('rejected-relay-spoof', `bob@${b}`, ['victim@bigmail.example'], spammer)
      await refused('rejected-sender-domain', 'x@nodomain.example', [`office@${a}`], spammer)
      await refused('rejected-data-spam', 'x@sender-ok.example', [`office@${a}`, `bob@${b}`], {
        ...spammer,
        body: 'GTUBE-STANDARD\n',
      })
      await inbound('rejected-partly', 'local_only', 'partly@sender-ok.example', [
        `office@${a}`,
        `nix${ledger.random(999)}@${a}`,
      ])
      await refused('rejected-587', `bob@${b}`, ['victim@bigmail.example'], {source: '192.0.2.204', port: 587})
    },

    /** Bounces of mail that was never ours, in every form; and copies that quote us. */
    async backscatter() {
      if (lab.hosts.f1) await forge('backscatter-exim', 'f1', `info@${a}`, 'member@oldclub.example')
      if (lab.hosts.f2) await forge('backscatter-postfix', 'f2', `bob@${b}`, 'someone@lists.example')
      for (const kind of ['full', 'qmail', 'exchange', 'headers', 'text']) {
        const token = ledger.token()
        await forge(
          `backscatter-${kind}`,
          `late-${kind}.example`,
          `dave@${b}`,
          `zoe.${token.toLowerCase()}@late-${kind}.example`,
          {token},
        )
      }
      await forge(
        'backscatter-to-catchall',
        'late-full.example',
        `${ledger.token().toLowerCase()}@${c}`,
        'zoe@late-full.example',
      )
      const [relay, rcpt] = lab.hosts.f2
        ? ['f2', 'someone@lists.example']
        : ['late-full.example', 'zoe@late-full.example']
      const made = madeUpId()
      await forge('forged-received-unknown-id', relay, `bob@${b}`, rcpt, {
        extra: madeUpHop(a, made),
        note: `quotes queue ID ${made} that never existed`,
      })
      const real = ledger.list.find(
        (entry) => entry.host === name && entry.scenario === 'customer' && entry.smtp_id && entry.message_id,
      )
      await forge('forged-received-real-id', relay, `bob@${b}`, rcpt, {
        extra: madeUpHop(a, real.smtp_id),
        note: `quotes the queue ID of ${real.id}`,
      })
      const reuse = {id: real.message_id, note: `reuses the Message-ID of ${real.id}`}
      if (lab.hosts.f1) await forge('forged-reused-message-id', 'f1', real.env_from, 'member@oldclub.example', reuse)
      await forge('forged-reused-message-id', 'late-full.example', real.env_from, 'zoe@late-full.example', reuse)
      await forge('forged-reported-as-abuse', 'bigmail.example', `bob@${b}`, 'reporter@bigmail.example')
    },

    /** A delivery report that a spammer made up whole. */
    async fakeReport() {
      const token = ledger.token()
      const made = madeUpId()
      const origin = {kind: 'elsewhere', client_ip: '192.0.2.67'}
      const id = `<${token}@mx.evil.example>`
      ledger.add(name, 'fake-dsn', 'never_here', token, {
        origin,
        env_from: '',
        message_id: id,
        subject: `Invoice ${token}`,
        rcpts: [`office@${a}`],
        forged: true,
        dsn: true,
      })
      const message = `From: Mail Delivery System <Mailer-Daemon@${hostname}>
To: office@${a}
Subject: Mail delivery failed: returning message to sender
Date: ${mailDate(lab.clock.now())}
Message-ID: ${id}
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to all of its recipients. See http://cheap-pills.example/

  all@strictmx.example

------ This is a copy of your message, including all the headers. ------

${madeUpHop(a, made)}From: office@${a}
To: all@strictmx.example
Subject: Invoice ${token}

hi
`
      await lab.smtp({ip, source: '192.0.2.67', helo: 'mx.evil.example', from: '', to: [`office@${a}`], message})
    },

    /** The case of the hosters' question: a contact form on a stranger's server uses our address, and their scanner refuses it. */
    async foreignForm() {
      const token = ledger.token()
      const owner = HOSTS.f1.owner
      const origin = {kind: 'elsewhere', via: 'f1'}
      const common = {origin, env_from: owner, subject: 'Contact', forged: true}
      const domain = owner.split('@')[1]
      ledger.add(name, 'backscatter-foreign-contact-form', 'never_here', `${token}.o`, {
        ...common,
        message_id: `<${token}.o@${domain}>`,
        rcpts: [owner],
      })
      ledger.add(name, 'backscatter-foreign-contact-form', 'never_here', `${token}.c`, {
        ...common,
        message_id: `<${token}.c@${domain}>`,
        rcpts: ['v@strictmx.example'],
      })
      const shown = `? Donna just viewed your profile! Click here: https://wondergirl.example/${token} ?`
      await lab.http('f1', 0, '/contact.php', '192.0.2.205', {
        name: shown,
        email: 'v@strictmx.example',
        message: 'x',
        copy: '1',
        mid: token,
      })
    },
  }
}
