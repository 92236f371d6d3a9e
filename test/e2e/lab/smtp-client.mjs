/** A small SMTP client with a source address of its own: customers, partners, forgers and the sites that bounce late. */
import {connect} from 'node:net'
import {connect as secure} from 'node:tls'

/** Reads replies (RFC 5321 section 4.2) from a socket, one at a time. */
class Replies {
  buffer = ''
  lines = []
  waiting = null
  failure = null

  attach(socket) {
    socket.on('data', (bytes) => {
      this.buffer += bytes.toString('latin1')
      this.settle()
    })
    const fail = (error) => {
      this.failure = error ?? new Error('closed')
      this.settle()
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('closed')))
  }

  settle() {
    const end = /(?:^|\n)\d{3}(?: [^\n]*)?\r?\n/.exec(this.buffer)
    if (!this.waiting) return
    if (end) {
      const length = end.index + end[0].length
      const text = this.buffer.slice(0, length).trimEnd().replaceAll('\r', '')
      this.buffer = this.buffer.slice(length)
      const {settle} = this.waiting
      this.waiting = null
      settle(text)
    } else if (this.failure) {
      const {refuse} = this.waiting
      this.waiting = null
      refuse(this.failure)
    }
  }

  next() {
    return new Promise((settle, refuse) => {
      this.waiting = {settle, refuse}
      this.settle()
    })
  }
}

/**
 * One transaction.
 * @param {{ip: string, port?: number, source?: string, helo: string, from: string, to: string[], message: string,
 *   login?: [string, string], xforward?: string, abrupt?: boolean}} what `message` latin1
 * @returns {Promise<{mail?: string, rcpt: Record<string, string>, data?: string, auth?: string, error?: string}>}
 */
export async function sendMail(what) {
  const {ip, port = 25, source, helo, from, to, message, login, xforward} = what
  const result = {rcpt: {}}
  let socket = connect({host: ip, port, ...(source ? {localAddress: source} : {})})
  socket.setTimeout(60_000, () => socket.destroy(new Error('timeout')))
  let replies = new Replies()
  replies.attach(socket)
  const command = (line) => {
    socket.write(`${line}\r\n`, 'latin1')
    return replies.next()
  }
  try {
    await replies.next()
    await command(`EHLO ${helo}`)
    if (login) {
      await command('STARTTLS')
      socket.removeAllListeners('data')
      socket = secure({socket, rejectUnauthorized: false})
      replies = new Replies()
      replies.attach(socket)
      await command(`EHLO ${helo}`)
      result.auth = await command(`AUTH PLAIN ${Buffer.from(`\0${login[0]}\0${login[1]}`).toString('base64')}`)
      if (!result.auth.startsWith('2')) throw new Error(`login refused: ${result.auth}`)
    }
    if (xforward) await command(`XFORWARD ${xforward}`)
    result.mail = await command(`MAIL FROM:<${from}>`)
    for (const address of to) result.rcpt[address] = await command(`RCPT TO:<${address}>`)
    if (Object.values(result.rcpt).some((reply) => reply.startsWith('2'))) {
      await command('DATA')
      const lines = message.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n')
      socket.write(`${lines.map((line) => (line.startsWith('.') ? `.${line}` : line)).join('\r\n')}\r\n`, 'latin1')
      result.data = await command('.')
    }
    if (!what.abrupt) await command('QUIT')
  } catch (error) {
    result.error = String(error.message ?? error)
  }
  socket.destroy()
  return result
}

/** The queue ID that a server of ours names in its reply to DATA, or null. */
export function queuedAs(reply) {
  return (
    /\bid=([0-9A-Za-z-]{16,23})/.exec(reply ?? '')?.[1] ?? /queued as ([0-9A-Za-z]+)\s*$/.exec(reply ?? '')?.[1] ?? null
  )
}
