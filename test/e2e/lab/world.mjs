/**
 * The rest of the Internet, as one process inside its own network namespace: listeners with policies, and clients.
 *   world.mjs CONF.json     commands come as JSON lines on stdin ({id, do: 'smtp' | 'http', …}), answers go to stdout
 */
import {createHash} from 'node:crypto'
import {appendFileSync, chmodSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeFileSync} from 'node:fs'
import {request} from 'node:http'
import {createServer} from 'node:net'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {createSecureContext} from 'node:tls'
import {deliveryReport, mailDate} from './dsn.mjs'
import {sendMail} from './smtp-client.mjs'
import {serveSmtp} from './smtp-server.mjs'

const conf = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const offsetFile = openSync(conf.offset, 'r')
const offsetBytes = Buffer.alloc(8)
let count = 0

const world = {
  secureContext: conf.key
    ? createSecureContext({key: readFileSync(conf.key), cert: readFileSync(conf.certificate)})
    : null,

  /** Lab time, Unix seconds. */
  now() {
    readSync(offsetFile, offsetBytes, 0, 8, 0)
    return Date.now() / 1000 + Number(offsetBytes.readBigInt64LE())
  },

  record(fields) {
    appendFileSync(conf.records, `${JSON.stringify({t: Math.round(this.now() * 1000) / 1000, ...fields})}\n`)
  },

  /** A queue ID of an outside server. */
  receipt() {
    count += 1
    return createHash('sha1').update(`${process.pid} ${count}`).digest('hex').slice(0, 12).toUpperCase()
  },

  /** A message for one of our mailboxes, as the delivery agent writes it. */
  storeLocal(listener, session, address, text, receipt) {
    count += 1
    const file = `${conf.store}/${listener.host}-${receipt}-${count}.eml`
    const trace = [
      `Return-Path: <${session.from}>`,
      `Delivered-To: ${address}`,
      `Received: from ${listener.hostname}`,
      `\tby ${listener.hostname} with LMTP`,
      `\tid ${receipt}`,
      `\t(envelope-from <${session.from}>)`,
      `\tfor <${address}>; ${mailDate(this.now())}`,
    ]
    writeFileSync(file, `${trace.join('\r\n')}\r\n${text}`, 'latin1')
    return file
  },

  storeRemote(session, text, receipt) {
    const file = `${conf.store}/remote-${receipt}.eml`
    writeFileSync(file, `Return-Path: <${session.from}>\r\n${text}`, 'latin1')
    return file
  },

  /** The content filter: hands the message back by SMTP, as amavis does. */
  async filter(session, to, message) {
    const xforward = typeof session.xforward === 'string' ? session.xforward : undefined
    const done = await sendMail({
      ip: '127.0.0.1',
      port: 10025,
      helo: 'localhost',
      from: session.from,
      to,
      message,
      xforward,
    })
    const reply = done.data ?? `451 4.5.0 ${done.error ?? JSON.stringify(done.rcpt)}`
    return `${reply.slice(0, 4)}${reply.startsWith('2') ? '2.0.0' : '5.6.0'} from MTA(smtp:[127.0.0.1]:10025): ${reply}`
  },

  /** Accepted, and bounced a second later. */
  async bounceLate(listener, session, client, recipient, text, receipt) {
    const date = mailDate(this.now())
    await sleep(1000)
    const ip = conf.mx[session.from.split('@').at(-1).toLowerCase()]
    const id = `${receipt}.${Math.floor(this.now())}@${listener.name}`
    const facts = {host: listener.name, from: session.from, helo: session.helo, client, receipt, date, id}
    const report = deliveryReport(listener.style, facts, recipient, text)
    const done =
      ip && session.from
        ? await sendMail({
            ip,
            source: listener.addr,
            helo: listener.name,
            from: '',
            to: [session.from],
            message: report,
          })
        : {error: 'no way back'}
    this.record({
      kind: 'dsn',
      by: listener.name,
      from: session.from,
      dsnMessageId: id,
      recipient,
      reply: done.data ?? done.error ?? done.rcpt,
    })
  },
}

const commands = {
  smtp: (what) => sendMail(what),
  http: (what) => post(what),
}

/** A visitor sends a form. */
function post({ip, port, source, host, path, form}) {
  return new Promise((settle, refuse) => {
    const headers = {'content-type': 'application/x-www-form-urlencoded', host}
    const call = request(
      {host: ip, port, localAddress: source, path, method: 'POST', headers, agent: false},
      (answer) => {
        let text = ''
        answer.on('data', (bytes) => {
          text += bytes
        })
        answer.on('end', () => settle(text))
      },
    )
    call.on('error', refuse)
    call.end(new URLSearchParams(form).toString())
  })
}

mkdirSync(conf.store, {recursive: true})
for (const listener of conf.listeners) {
  const server = createServer((socket) => serveSmtp(socket, listener, world))
  if (listener.unix) {
    rmSync(listener.unix, {force: true})
    server.listen(listener.unix, () => chmodSync(listener.unix, 0o666))
  } else server.listen(listener.port ?? 25, listener.addr)
  await new Promise((settle) => server.once('listening', settle))
}
process.stdout.write('ready\n')

createInterface({input: process.stdin})
  .on('line', async (line) => {
    const {id, do: what, ...rest} = JSON.parse(line)
    try {
      process.stdout.write(`${JSON.stringify({id, result: await commands[what](rest)})}\n`)
    } catch (error) {
      process.stdout.write(`${JSON.stringify({id, error: String(error.message ?? error), code: error.code})}\n`)
    }
  })
  .on('close', () => process.exit(0))
