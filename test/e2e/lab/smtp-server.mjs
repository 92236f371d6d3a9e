/** One SMTP or LMTP session of the outside world (or of the mailboxes); every transaction is recorded: that record is the truth. */
import {TLSSocket} from 'node:tls'
import {refusalOfData, replyToRecipient} from './policies.mjs'

/**
 * @param {import('node:net').Socket} socket
 * @param {{name: string, policy: string, proto?: string, tls?: boolean}} listener
 * @param {object} world clock, records, storage and what to do with an accepted message
 */
export function serveSmtp(socket, listener, world) {
  const peer = (socket.remoteAddress ?? 'unix').replace('::ffff:', '')
  const session = {from: '', recipients: [], helo: '', secure: false, xforward: {}}
  let stream = socket
  let buffer = ''
  let body = null
  let busy = Promise.resolve()
  const say = (text) => {
    const lines = text.split('\n')
    stream.write(
      `${lines
        .map((line, at) => (at === lines.length - 1 || line[3] === '-' ? line : `${line.slice(0, 3)}-${line.slice(4)}`))
        .join('\r\n')}\r\n`,
      'latin1',
    )
  }
  const note = (fields) =>
    world.record({listener: listener.name, client: peer, helo: session.helo, from: session.from, ...fields})

  async function command(line) {
    const verb = line.slice(0, 10).toUpperCase()
    if (/^(EHLO|LHLO)/.test(verb)) {
      session.helo = line.slice(5).trim()
      const extensions = ['PIPELINING', 'SIZE 52428800', '8BITMIME', 'ENHANCEDSTATUSCODES']
      if (listener.policy === 'filter') extensions.push('XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE')
      if (listener.tls && !session.secure) extensions.push('STARTTLS')
      say([listener.name, ...extensions].map((text) => `250 ${text}`).join('\n'))
    } else if (verb.startsWith('HELO')) {
      session.helo = line.slice(5).trim()
      say(`250 ${listener.name}`)
    } else if (verb.startsWith('STARTTLS')) {
      say('220 2.0.0 Ready to start TLS')
      session.secure = true
      socket.removeAllListeners('data')
      stream = new TLSSocket(socket, {isServer: true, secureContext: world.secureContext})
      listen(stream)
    } else if (verb.startsWith('XFORWARD')) {
      session.xforward = [session.xforward, line.slice(9)].filter((text) => typeof text === 'string' && text).join(' ')
      say('250 2.0.0 Ok')
    } else if (verb.startsWith('MAIL FROM')) {
      session.from = /<([^>]*)>/.exec(line)?.[1] ?? ''
      session.recipients = []
      if (listener.policy === 'mail550') {
        note({kind: 'smtp', stage: 'mail', recipients: [], reply: '550 5.7.1 sender refused'})
        say(`550 5.7.1 <${session.from}>: Sender address rejected: you are on our local blocklist`)
      } else say('250 2.1.0 Ok')
    } else if (verb.startsWith('RCPT TO')) recipient(line)
    else if (verb.startsWith('DATA')) {
      if (!session.recipients.some(([, reply]) => reply.startsWith('2'))) say('554 5.5.1 No valid recipients')
      else if (listener.policy === 'dropdata') {
        for (const [address] of session.recipients)
          note({kind: 'smtp', stage: 'drop', recipients: [[address, 'connection dropped']]})
        stream.destroy()
      } else {
        body = []
        say('354 End data with <CR><LF>.<CR><LF>')
      }
    } else if (verb.startsWith('RSET')) {
      session.recipients = []
      say('250 2.0.0 Ok')
    } else if (verb.startsWith('NOOP')) say('250 2.0.0 Ok')
    else if (verb.startsWith('QUIT')) {
      say('221 2.0.0 Bye')
      stream.end()
    } else say('500 5.5.2 unrecognized')
  }

  function recipient(line) {
    const address = /<(".*"@[^>]*|[^>]*)>/.exec(line)?.[1] ?? ''
    const reply =
      listener.proto === 'lmtp' || listener.policy === 'filter'
        ? '250 2.1.5 Ok'
        : replyToRecipient(listener, session, address, world.now())
    session.recipients.push([address, reply])
    if (!reply.startsWith('2'))
      note({kind: 'smtp', stage: 'rcpt', recipients: [[address, reply.replaceAll('\n', ' / ')]]})
    say(reply)
    if (reply.startsWith('421')) stream.end()
  }

  async function message(text) {
    const accepted = session.recipients.filter(([, reply]) => reply.startsWith('2')).map(([address]) => address)
    if (listener.policy === 'filter') return say(await world.filter(session, accepted, text))
    const receipt = world.receipt()
    if (listener.proto === 'lmtp') {
      for (const address of accepted) {
        const file = world.storeLocal(listener, session, address, text, receipt)
        note({
          kind: 'lmtp',
          stage: 'data',
          host: listener.host,
          recipients: [[address, '250 Saved']],
          receipt,
          file,
          headers: headerOf(text),
        })
        say(`250 2.0.0 <${address}> ${receipt} Saved`)
      }
      return undefined
    }
    const refusal = refusalOfData(listener, text, receipt)
    const reply = refusal ?? `250 2.0.0 Ok: queued as ${receipt}`
    const file = refusal ? null : world.storeRemote(session, text, receipt)
    note({
      kind: 'smtp',
      stage: 'data',
      recipients: accepted.map((address) => [address, reply.replaceAll('\n', ' / ')]),
      receipt,
      file,
      headers: headerOf(text),
    })
    say(reply)
    if (!refusal && listener.policy === 'latebounce')
      for (const address of accepted) world.bounceLate(listener, {...session}, peer, address, text, receipt)
    return undefined
  }

  async function take(line) {
    if (body === null) return command(line)
    if (line !== '.') {
      body.push(line.startsWith('..') ? line.slice(1) : line)
      return undefined
    }
    const text = `${body.join('\r\n')}\r\n`
    body = null
    await message(text)
    session.recipients = []
    return undefined
  }

  function listen(from) {
    from.on('data', (bytes) => {
      buffer += bytes.toString('latin1')
      for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
        const line = buffer.slice(0, end).replace(/\r$/, '')
        buffer = buffer.slice(end + 1)
        busy = busy.then(() => take(line)).catch(() => stream.destroy())
      }
    })
    from.on('error', () => from.destroy())
  }

  if (listener.policy === 'banner554') {
    note({kind: 'smtp', stage: 'banner', recipients: []})
    say(`554 5.7.1 ${listener.name} Service unavailable; Client host [${peer}] blocked by local reputation list`)
    stream.end()
    return
  }
  listen(socket)
  say(listener.proto === 'lmtp' ? `220 ${listener.name} Dovecot ready.` : `220 ${listener.name} ESMTP`)
}

const headerOf = (text) => text.split('\r\n\r\n', 1)[0].replaceAll('\r\n', '\n')
