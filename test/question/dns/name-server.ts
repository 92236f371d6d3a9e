/** A tiny name server on a local UDP port: answers from a table, with the response codes that real ones give. */

import {createSocket} from 'node:dgram'
import {once} from 'node:events'
import type {AddressInfo} from 'node:net'

export type Answers = Readonly<Record<string, readonly string[] | 'SERVFAIL' | 'REFUSED' | 'SILENT'>>

const TYPES: Readonly<Record<number, string>> = {1: 'A', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA'}
const CODES = {NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5}

export interface NameServer {
  readonly address: string
  readonly asked: string[]
  close(): Promise<void>
}

/** Keys are `TYPE name`; a name without any key is NXDOMAIN, one with other types has no data. TXT strings are split at `|`. */
export async function nameServer(answers: Answers): Promise<NameServer> {
  const asked: string[] = []
  const names = new Set(Object.keys(answers).map((key) => key.split(' ')[1]))
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const {name, type, end} = question(query)
    const key = `${type} ${name}`
    asked.push(key)
    const answer = answers[key]
    if (answer === 'SILENT') return
    const records = Array.isArray(answer) ? answer : []
    const code =
      typeof answer === 'string' ? CODES[answer as 'SERVFAIL'] : names.has(name) ? CODES.NOERROR : CODES.NXDOMAIN
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(0x8180 | code, 2)
    head.writeUInt16BE(records.length, 6)
    head.writeUInt16BE(0, 8)
    head.writeUInt16BE(0, 10)
    const body = records.map((record) => resource(type, record))
    socket.send(Buffer.concat([head, query.subarray(12, end), ...body]), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const {port} = socket.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    asked,
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function question(query: Buffer): {name: string; type: string; end: number} {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return {name: labels.join('.').toLowerCase(), type: TYPES[query.readUInt16BE(at + 1)] ?? '?', end: at + 5}
}

const wireName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter(Boolean)
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ])

function resource(type: string, record: string): Buffer {
  const data = dataOf(type, record)
  const number = Object.entries(TYPES).find(([, name]) => name === type)?.[0]
  const head = Buffer.from([0xc0, 0x0c, 0, Number(number), 0, 1, 0, 0, 0, 60, 0, 0])
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(type: string, record: string): Buffer {
  if (type === 'A') return Buffer.from(record.split('.').map(Number))
  if (type === 'AAAA') return Buffer.from(record.replaceAll(':', ''), 'hex')
  if (type === 'PTR') return wireName(record)
  if (type === 'MX') {
    const [preference, exchange = ''] = record.split(' ')
    return Buffer.concat([Buffer.from([0, Number(preference)]), wireName(exchange)])
  }
  return Buffer.concat(record.split('|').flatMap((part) => [Buffer.from([part.length]), Buffer.from(part, 'latin1')]))
}
